// Plain text: a turn begins on a line `NAME: text`, further lines belong to the last name; two to N names.
// Lines of a text may look the same ("Note: …"), so that names are told by how often they begin a line:
//   - The first line that isn't empty begins with a name.
//   - A name counts that begins at least a quarter as many lines as the most frequent one, or that belongs to
//     no model (harness, system, human, … as log_sink.h's `outsider` has them).
//   - Where two names or more, the first line's among them, speak again and always after an empty line, only
//     such lines begin a turn.
//   - There are at least two names, and one of them speaks twice, or there are exactly two.
// What the harness or system says is nobody's turn. A human beside two others is a person; with fewer than
// two others the word names a seat.
#pragma once

#include "store/import/log_reader.h"

namespace duologue::store {

extern const TextFormat kPlainText;

}  // namespace duologue::store
