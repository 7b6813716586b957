// The data files of src/measure/data/, as the build writes them into the program (cmake/data_text.cmake): a
// verdict can't depend on files that somebody else may have changed. Constants.
#pragma once

namespace duologue::measure {

extern const char* const kMarkersYaml;        // markers.yaml
extern const char* const kDetectorsYaml;      // detectors.yaml
extern const char* const kFunctionWordsYaml;  // function_words.yaml

}  // namespace duologue::measure
