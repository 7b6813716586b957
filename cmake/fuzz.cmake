# The fuzz targets of tests/fuzz: fuzz_NAME.cc is one program, `fuzz` builds them all. tools/run-fuzz runs them.
if(NOT CMAKE_CXX_COMPILER_ID MATCHES "Clang")
  message(FATAL_ERROR "libFuzzer comes with clang: use the preset fuzz")
endif()
add_custom_target(fuzz)
foreach(name tokens conversation_log jsonl sse wire tool_arguments)
  add_executable(fuzz_${name} ${CMAKE_SOURCE_DIR}/tests/fuzz/fuzz_${name}.cc)
  target_link_libraries(fuzz_${name} PRIVATE duologue_store)
  target_link_options(fuzz_${name} PRIVATE -fsanitize=fuzzer)
  add_dependencies(fuzz fuzz_${name})
endforeach()
# The JSON library compares every byte several times: telling the fuzzer of each takes a third of the time, and what it
# would learn from it, the formats' words, stands in the dictionary.
target_compile_options(duologue_base PRIVATE -fno-sanitize-coverage=trace-cmp)
