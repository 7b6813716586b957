// A recording as Markdown for people: a heading a conversation and a turn, texts as quotations in which
// nothing that was said can become markup (store/markdown_text.h). Comments <!-- duologue:KIND {…} --> hold
// what import needs besides the texts: KIND is conversation, turn, injection, config, end.
#pragma once

#include <memory>

#include "store/export/exporter.h"

namespace duologue::store {

std::unique_ptr<Exporter> make_markdown_exporter(const FileInfo& file, WriteText write);

}  // namespace duologue::store
