# Headers of others that most files read, precompiled once for the sources and once for the tests: reading them anew is
# most of what compiling a file takes. `make check` builds without (preset clang), so that every file still includes
# what it uses.
option(DUOLOGUE_PRECOMPILED "precompile the headers that most files read" ON)
set(DUOLOGUE_PRECOMPILED_HEADERS <algorithm> <array> <chrono> <filesystem> <functional> <map> <memory> <optional> <set>
  <span> <stop_token> <string> <utility> <vector> <fmt/format.h> <nlohmann/json.hpp>)

if(DUOLOGUE_PRECOMPILED)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
    # Precompiled, the standard library's headers are no system's any more to g++ 12: false alarms of what it inlines.
    add_compile_options(-Wno-stringop-overflow -Wno-array-bounds)
  endif()
  file(WRITE ${CMAKE_BINARY_DIR}/generated/precompiled.cc "")
  add_library(duologue_precompiled OBJECT ${CMAKE_BINARY_DIR}/generated/precompiled.cc)
  target_link_libraries(duologue_precompiled PRIVATE fmt::fmt nlohmann_json::nlohmann_json Threads::Threads)
  target_precompile_headers(duologue_precompiled PRIVATE ${DUOLOGUE_PRECOMPILED_HEADERS})
  if(DUOLOGUE_TESTS)
    find_package(GTest REQUIRED)
    file(WRITE ${CMAKE_BINARY_DIR}/generated/precompiled_tests.cc "")
    add_library(duologue_precompiled_tests OBJECT ${CMAKE_BINARY_DIR}/generated/precompiled_tests.cc)
    target_link_libraries(duologue_precompiled_tests PRIVATE fmt::fmt nlohmann_json::nlohmann_json Threads::Threads
      GTest::gtest GTest::gtest_main)
    target_precompile_headers(duologue_precompiled_tests PRIVATE ${DUOLOGUE_PRECOMPILED_HEADERS} <gtest/gtest.h>)
  endif()
endif()

# duologue_precompile(TARGET sources|tests)
function(duologue_precompile target kind)
  if(NOT DUOLOGUE_PRECOMPILED)
    return()
  endif()
  if(kind STREQUAL "tests")
    target_precompile_headers(${target} REUSE_FROM duologue_precompiled_tests)
  else()
    target_precompile_headers(${target} REUSE_FROM duologue_precompiled)
  endif()
endfunction()
