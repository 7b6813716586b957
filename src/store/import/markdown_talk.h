// What our own export to Markdown writes (store/export/markdown.h): comments say what stands there,
// quotations what was said. All other lines are for people, and passed over.
#pragma once

#include "store/import/log_reader.h"

namespace duologue::store {

extern const TextFormat kMarkdownTalk;

}  // namespace duologue::store
