# The sanitizers' builds compile eight files as one (DUOLOGUE_UNITY), and clang-tidy looks at them so: most of their
# time goes into reading the same headers. There, files share their unnamed namespaces: no two files of a room have a
# name in common but those named here. Where that build alone says "redefinition" or "ambiguous", give one of the two a
# name of its own, or, where it is named as its siblings are, a place in the list.
option(DUOLOGUE_UNITY "compile several files as one" OFF)

set(alone
  base/yaml.cc chat/view_test.cc cli/json_view_test.cc cli/run_trials.cc cli/show.cc cli/talk_flags.cc
  cli/terminal/screen_test.cc cli/terminal/talk_view.cc engine/table_test.cc experiment/spec_json.cc
  experiment/spec_yaml.cc measure/frame_window_test.cc measure/history.cc measure/markers.cc
  measure/meaning_window_test.cc measure/phrase_matcher_test.cc measure/recurrence/quantify.cc
  measure/recurrence/window.cc measure/roles.cc measure/statistics/hdbscan_test.cc
  measure/statistics/multiple_comparisons_test.cc measure/statistics/near_duplicates_test.cc measure/suffix_tree.cc
  measure/token_window.cc measure/tool_use.cc model/embedders/static_embedder.cc model/embedders/word_piece.cc
  model/gguf_file.cc model/http/openai_chat.cc model/http/openai_chat_test.cc model/http/openai_responses.cc
  model/http/openai_responses_test.cc model/http/wire_log.cc model/price_list_test.cc model/turn_text.cc
  store/export/markdown.cc store/kill_test.cc store/rows.cc)
list(TRANSFORM alone PREPEND ${CMAKE_SOURCE_DIR}/src/)
# Readers of logs each have their recognise() and read(); a projection takes as long as eight other files.
file(GLOB others CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/store/import/*.cc
  ${CMAKE_SOURCE_DIR}/src/measure/projections/*.cc)
set(DUOLOGUE_ALONE ${alone} ${others})

# duologue_unite(TARGET)
function(duologue_unite target)
  if(DUOLOGUE_UNITY)
    set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 8)
    set_property(SOURCE ${DUOLOGUE_ALONE} TARGET_DIRECTORY ${target} PROPERTY SKIP_UNITY_BUILD_INCLUSION ON)
  endif()
endfunction()
