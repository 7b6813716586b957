# The headers of the projections (qdtsne, umappp, knncolle, irlba, Eigen; MIT, BSD, MPL): for the files that
# tests/include_arrows.py names, which include them as a system's.
set(assorthead_dir "${DUOLOGUE_ASSORTHEAD_DIR}")
if(NOT assorthead_dir)
  execute_process(COMMAND ${CMAKE_SOURCE_DIR}/tools/fetch-headers --print-only
                  OUTPUT_VARIABLE assorthead_dir OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
endif()
if(NOT EXISTS "${assorthead_dir}/qdtsne/qdtsne.hpp")
  message(FATAL_ERROR "no headers of the projections at DUOLOGUE_ASSORTHEAD_DIR='${DUOLOGUE_ASSORTHEAD_DIR}': run "
    "`make build`, which fetches them, or tools/fetch-headers, which also prints the folder")
endif()
target_include_directories(duologue_measure SYSTEM PRIVATE ${assorthead_dir})
