# Builds src/measure/data/ into the program (measure/data_text.h): a verdict can't depend on files that somebody else
# may have changed since.
set(data_dir ${CMAKE_SOURCE_DIR}/src/measure/data)
foreach(name IN ITEMS detectors markers function_words)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${data_dir}/${name}.yaml)
  string(TOUPPER ${name} upper)
  file(READ ${data_dir}/${name}.yaml DUOLOGUE_${upper}_YAML)
endforeach()
configure_file(${CMAKE_SOURCE_DIR}/cmake/data_text.cc.in ${CMAKE_BINARY_DIR}/generated/data_text.cc @ONLY)
target_sources(duologue_measure PRIVATE ${CMAKE_BINARY_DIR}/generated/data_text.cc)
