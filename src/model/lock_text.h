// What the build writes into the program (cmake/lock.cmake): constants.
#pragma once

namespace duologue::model {

extern const char* const kLockText;     // tools/duologue.lock.json
extern const char* const kSourceTools;  // the source tree's tools/, where this was built

}  // namespace duologue::model
