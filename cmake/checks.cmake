# Tests of the sources themselves: who includes whom, sizes, leftovers. Once is enough: not in the sanitizers' builds.
if(DUOLOGUE_TESTS AND NOT DUOLOGUE_SANITIZE)
  find_program(PYTHON3 python3 REQUIRED)
  add_test(NAME include_arrows COMMAND ${PYTHON3} ${CMAKE_SOURCE_DIR}/tests/include_arrows.py)
  add_test(NAME include_arrows_self_test COMMAND ${PYTHON3} ${CMAKE_SOURCE_DIR}/tests/include_arrows.py --self-test)
endif()
