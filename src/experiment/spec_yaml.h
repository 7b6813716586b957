// Reads an experiment from YAML or JSON, as docs/spec.md describes it. Every error begins with
// FILE:LINE:COLUMN; unknown keys are errors with the nearest known one, keys of later versions are errors
// too, nothing is ignored. Any thread.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "experiment/spec.h"

namespace duologue::experiment {

// Files that the spec names are read relative to the spec's own folder; models named by file become absolute
// paths, so that a resume from another folder finds them. No seed: one is drawn. The result has passed
// check(). kUsage, or kNotFound and kIo for the spec's file itself.
base::Result<ExperimentSpec> read_spec(const std::string& path);

// The same from a text; `file` names it in messages and gives the folder.
base::Result<ExperimentSpec> spec_from_yaml(std::string_view text, const std::string& file);

// The model's name with a relative file (`scripted:FILE`, `gguf:FILE`, or a bare name of a file that is
// there) made absolute from `folder`; any other name as it is.
std::string with_absolute_file(const std::string& model, const std::string& folder);

// What is accepted, as JSON Schema (draft 2020-12), indented.
std::string spec_schema();

}  // namespace duologue::experiment
