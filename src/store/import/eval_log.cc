#include "store/import/eval_log.h"

#include <string>
#include <utility>

#include <fmt/format.h>

#include "base/json.h"
#include "store/import/inspect_log.h"
#include "store/import/json_node.h"

namespace duologue::store {

namespace {

using base::Json;
using base::Result;
using base::Status;

bool is_sample(const ZipFile& file) {
  return file.name.starts_with("samples/") && file.name.ends_with(".json");
}

// One member's text and its JSON: nodes point into both.
struct Member {
  std::string name;  // "FILE:MEMBER", for messages
  std::string text;
  Json json;

  JsonSource source() const { return {.file = &name, .piece = {.text = text}}; }
};

Result<Member> read_member(ZipArchive& archive, const std::string& file, const ZipFile& one) {
  Member member;
  const std::string quoted = in_quotes(one.name);
  member.name = fmt::format("{}:{}", file, quoted.substr(1, quoted.size() - 2));
  TRY_ASSIGN(member.text, archive.read(one));
  TRY_ASSIGN(member.json, parse_piece(member.name, {.text = member.text}));
  return member;
}

}  // namespace

Status read_eval_log(ZipArchive& archive, const std::string& file, LogSink& sink) {
  const ZipFile* header = archive.find("header.json");
  if (header == nullptr) header = archive.find("_journal/start.json");
  if (header == nullptr) {
    return base::fail(base::ErrorKind::kBadInput,
                      fmt::format("{}: is a zip archive, but no Inspect .eval log (no header.json in it); "
                                  "unpack it and name the files in it",
                                  file));
  }
  TRY_ASSIGN(const Member head, read_member(archive, file, *header));
  const JsonSource head_source = head.source();
  const JsonNode document(head.json, head_source);
  TRY(document.must_be_object());
  for (const ZipFile& one : archive.files()) {
    if (!is_sample(one)) continue;
    TRY_ASSIGN(const Member member, read_member(archive, file, one));
    const JsonSource source = member.source();
    TRY(read_inspect_sample(document, JsonNode(member.json, source), sink));
  }
  return {};
}

}  // namespace duologue::store
