// Where a recording goes that the user gave no name. Main thread.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "cli/output.h"

namespace duologue::cli {

// STEM-20261121-081500.duo in the data folder, or -2, -3, … of it; STEM made fit for a file's name. Makes the
// folder, and says where it is if that isn't the usual place. kIo.
base::Result<std::string> new_recording(std::string_view stem, Output& words);

}  // namespace duologue::cli
