# Tests of the sources themselves (who includes whom, sizes, leftovers) and of the set-up's tools. Once is enough: not
# in the sanitizers' builds.
if(DUOLOGUE_TESTS AND NOT DUOLOGUE_SANITIZE)
  find_program(PYTHON3 python3 REQUIRED)
  add_test(NAME include_arrows COMMAND ${PYTHON3} ${CMAKE_SOURCE_DIR}/tests/include_arrows.py)
  add_test(NAME include_arrows_self_test COMMAND ${PYTHON3} ${CMAKE_SOURCE_DIR}/tests/include_arrows.py --self-test)
  add_test(NAME tools COMMAND ${PYTHON3} ${CMAKE_SOURCE_DIR}/tests/tools_test.py)
  add_test(NAME tools_headers COMMAND ${PYTHON3} ${CMAKE_SOURCE_DIR}/tests/headers_test.py)
  set_tests_properties(tools tools_headers PROPERTIES TIMEOUT 300)
  if(DUOLOGUE_LLAMA AND TARGET model_tests)
    # Skipped where there is no numpy, or no MiniLM in the cache.
    add_test(NAME minilm_reference
             COMMAND ${PYTHON3} ${CMAKE_SOURCE_DIR}/tests/minilm_reference.py $<TARGET_FILE:model_tests>)
    set_tests_properties(minilm_reference PROPERTIES SKIP_RETURN_CODE 77 TIMEOUT 300)
  endif()
endif()
