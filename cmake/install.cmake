# make install: the program, the tool that fetches weights for it, and what a reader looks for.
include(GNUInstallDirs)
install(TARGETS duologue RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
set(libexec ${CMAKE_INSTALL_LIBEXECDIR}/duologue)
install(PROGRAMS tools/fetch-model DESTINATION ${libexec})
install(FILES tools/duologue.lock.json DESTINATION ${libexec})
install(FILES tools/lib/common.py tools/lib/weights.py DESTINATION ${libexec}/lib)
install(FILES LICENSE README.md CHANGELOG.md DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(DIRECTORY docs/ DESTINATION ${CMAKE_INSTALL_DOCDIR} FILES_MATCHING PATTERN "*.md")
install(DIRECTORY examples/ DESTINATION ${CMAKE_INSTALL_DOCDIR}/examples)
# The man page and the shells' completions are written by the program itself, from the words of its --help.
install(CODE "
  foreach(kind man bash zsh fish)
    execute_process(COMMAND \"$<TARGET_FILE:duologue>\" --generate \${kind}
                    OUTPUT_FILE \"${CMAKE_BINARY_DIR}/generated/duologue.\${kind}\" COMMAND_ERROR_IS_FATAL ANY)
  endforeach()")
set(generated ${CMAKE_BINARY_DIR}/generated)
install(FILES ${generated}/duologue.man DESTINATION ${CMAKE_INSTALL_MANDIR}/man1 RENAME duologue.1)
set(share ${CMAKE_INSTALL_DATADIR})
install(FILES ${generated}/duologue.bash DESTINATION ${share}/bash-completion/completions RENAME duologue)
install(FILES ${generated}/duologue.zsh DESTINATION ${share}/zsh/site-functions RENAME _duologue)
install(FILES ${generated}/duologue.fish DESTINATION ${share}/fish/vendor_completions.d)
