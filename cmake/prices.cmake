# Builds src/model/data/prices.yaml into the program: what a call cost must not depend on where the program lies.
set(prices_file ${CMAKE_SOURCE_DIR}/src/model/data/prices.yaml)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${prices_file})
file(READ ${prices_file} DUOLOGUE_PRICES_YAML)
configure_file(${CMAKE_SOURCE_DIR}/cmake/prices_text.cc.in ${CMAKE_BINARY_DIR}/generated/prices_text.cc @ONLY)
target_sources(duologue_model PRIVATE ${CMAKE_BINARY_DIR}/generated/prices_text.cc)
