// A recording as ShareGPT in JSON Lines, one conversation a line: {id, conversations: [{from, value, name,
// author, turn}], participants: [{name, model, system_prompt}]}. `from` tells one participant's side (the
// options' `side`): system, gpt (what that one said), human (all else), function_call and observation. `name`
// and `turn` (0: no turn, an opening or a remark) are more than the format asks for, so that import tells
// everybody apart.
#pragma once

#include <memory>

#include "store/export/exporter.h"

namespace duologue::store {

std::unique_ptr<Exporter> make_sharegpt_exporter(const FileInfo& file, WriteText write,
                                                 const ExportOptions& options);

}  // namespace duologue::store
