// A recording as an Inspect log (.json, version 2): each conversation is a sample, told from one
// participant's side (the options' `side`): what that one said is the assistant's, all else the user's. Each
// message's metadata holds under "duologue" who said it and as which turn (0: no turn), a sample's the
// participants, so that import tells everybody apart.
#pragma once

#include <memory>

#include "store/export/exporter.h"

namespace duologue::store {

std::unique_ptr<Exporter> make_inspect_exporter(const FileInfo& file, WriteText write,
                                                const ExportOptions& options);

}  // namespace duologue::store
