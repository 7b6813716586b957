# The in-process engine: imports the llama.cpp archives that tools/build-llama made, for src/model/llama alone.
if(DUOLOGUE_LLAMA)
  if(NOT EXISTS "${DUOLOGUE_LLAMA_DIR}/duologue-llama.cmake")
    message(FATAL_ERROR "no llama.cpp build at DUOLOGUE_LLAMA_DIR='${DUOLOGUE_LLAMA_DIR}': run `make build`, which "
      "makes one, or configure with -DDUOLOGUE_LLAMA=OFF")
  endif()
  include("${DUOLOGUE_LLAMA_DIR}/duologue-llama.cmake")
  add_library(duologue_llama_cpp INTERFACE)
  target_include_directories(duologue_llama_cpp SYSTEM INTERFACE ${DUOLOGUE_LLAMA_INCLUDES})
  # llama.cpp's internal `common` brings a JSON library of its own version, which must not meet ours in one file.
  set(common_options "")
  foreach(dir IN LISTS DUOLOGUE_LLAMA_COMMON_INCLUDES)
    list(APPEND common_options -isystem ${dir})
  endforeach()
  set_source_files_properties(${CMAKE_SOURCE_DIR}/src/model/llama/chat_template.cc
    PROPERTIES COMPILE_OPTIONS "${common_options}" SKIP_PRECOMPILE_HEADERS ON)
  if(APPLE)
    target_link_libraries(duologue_llama_cpp INTERFACE ${DUOLOGUE_LLAMA_ARCHIVES}
      "-framework Accelerate" "-framework Foundation")
  else()
    # The archives need each other in a circle.
    target_link_libraries(duologue_llama_cpp INTERFACE -Wl,--start-group ${DUOLOGUE_LLAMA_ARCHIVES} -Wl,--end-group)
  endif()
  target_link_libraries(duologue_llama_cpp INTERFACE Threads::Threads ${CMAKE_DL_LIBS})

  # What the GPU's backend needs besides its own archive, which is among those above.
  if(DUOLOGUE_LLAMA_GPU STREQUAL "cuda")
    find_package(CUDAToolkit REQUIRED)
    target_link_libraries(duologue_llama_cpp INTERFACE CUDA::cudart CUDA::cublas CUDA::cuda_driver)
  elseif(DUOLOGUE_LLAMA_GPU STREQUAL "vulkan")
    find_package(Vulkan REQUIRED)
    target_link_libraries(duologue_llama_cpp INTERFACE Vulkan::Vulkan)
  elseif(DUOLOGUE_LLAMA_GPU STREQUAL "metal")
    target_link_libraries(duologue_llama_cpp INTERFACE "-framework Metal" "-framework MetalKit")
  endif()
endif()
