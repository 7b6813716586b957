# The in-process engine: imports the llama.cpp archives that tools/build-llama made, for src/model/llama alone.
if(DUOLOGUE_LLAMA)
  if(NOT EXISTS "${DUOLOGUE_LLAMA_DIR}/duologue-llama.cmake")
    message(FATAL_ERROR "no llama.cpp build at DUOLOGUE_LLAMA_DIR='${DUOLOGUE_LLAMA_DIR}': run `make build`, which makes one, "
      "or configure with -DDUOLOGUE_LLAMA=OFF")
  endif()
  include("${DUOLOGUE_LLAMA_DIR}/duologue-llama.cmake")
  add_library(duologue_llama_cpp INTERFACE)
  target_include_directories(duologue_llama_cpp SYSTEM INTERFACE
    ${DUOLOGUE_LLAMA_INCLUDES} ${DUOLOGUE_LLAMA_COMMON_INCLUDES})
  target_link_libraries(duologue_llama_cpp INTERFACE -Wl,--start-group ${DUOLOGUE_LLAMA_ARCHIVES} -Wl,--end-group
    Threads::Threads ${CMAKE_DL_LIBS})
endif()
