# Builds tools/duologue.lock.json into the program, so that it knows the same weights and hashes as the tools.
set(lock_file ${CMAKE_SOURCE_DIR}/tools/duologue.lock.json)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${lock_file})
file(READ ${lock_file} DUOLOGUE_LOCK_TEXT)
configure_file(${CMAKE_SOURCE_DIR}/cmake/lock_text.cc.in ${CMAKE_BINARY_DIR}/generated/lock_text.cc @ONLY)
target_sources(duologue_model PRIVATE ${CMAKE_BINARY_DIR}/generated/lock_text.cc)
