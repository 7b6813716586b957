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
  set(libraries fmt::fmt nlohmann_json::nlohmann_json Threads::Threads)
  set(kinds sources)
  if(DUOLOGUE_TESTS)
    find_package(GTest REQUIRED)
    list(APPEND kinds tests)
  endif()
  foreach(kind IN LISTS kinds)
    if(kind STREQUAL "tests")
      list(APPEND libraries GTest::gtest GTest::gtest_main)
      list(APPEND DUOLOGUE_PRECOMPILED_HEADERS <gtest/gtest.h>)
    endif()
    file(WRITE ${CMAKE_BINARY_DIR}/generated/precompiled_${kind}.cc "")
    add_library(duologue_precompiled_${kind} OBJECT ${CMAKE_BINARY_DIR}/generated/precompiled_${kind}.cc)
    target_link_libraries(duologue_precompiled_${kind} PRIVATE ${libraries})
    target_precompile_headers(duologue_precompiled_${kind} PRIVATE ${DUOLOGUE_PRECOMPILED_HEADERS})
  endforeach()
endif()

# duologue_precompile(TARGET sources|tests)
function(duologue_precompile target kind)
  if(DUOLOGUE_PRECOMPILED)
    target_precompile_headers(${target} REUSE_FROM duologue_precompiled_${kind})
  endif()
endfunction()
