#include "store/import/provenance.h"

#include "base/json.h"
#include "store/json_text.h"

namespace duologue::store {

using base::Json;

std::string spec_of_imports(const std::vector<ImportedLog>& logs) {
  Json list = Json::array();
  for (const ImportedLog& log : logs) {
    Json one = Json::object();
    put_text(one, "file", log.file);
    one["format"] = log.format;
    one["sha256"] = log.sha256.hex();
    one["bytes"] = log.bytes;
    list.push_back(std::move(one));
  }
  Json spec = Json::object();
  spec["imported"] = std::move(list);
  return base::dump_json(spec);
}

std::vector<ImportedLog> imports_of(const FileInfo& file) {
  std::vector<ImportedLog> logs;
  const auto spec = base::parse_json(file.spec_json);
  const Json* list = spec ? base::member_at(*spec, "imported") : nullptr;
  if (list == nullptr || !list->is_array()) return logs;
  for (const Json& one : *list) {
    ImportedLog log;
    log.file = take_text(one, "file").value_or("");
    log.format = base::string_at(one, "format").value_or("");
    if (const auto hash = base::Hash::from_hex(base::string_at(one, "sha256").value_or("")))
      log.sha256 = *hash;
    log.bytes = base::unsigned_at(one, "bytes").value_or(0);
    logs.push_back(std::move(log));
  }
  return logs;
}

std::string origin_of(const LoggedConversation& conversation) {
  Json json = Json::object();
  put_text(json, "file", conversation.file);
  json["format"] = to_string(conversation.format);
  json["number"] = conversation.number;
  put_text(json, "id", conversation.source_id);
  put_text(json, "name", conversation.id);
  return base::dump_json(json);
}

void take_origin(std::string_view detail, LoggedConversation& conversation) {
  const auto json = base::parse_json(detail);
  if (!json) return;
  conversation.source_id = take_text(*json, "id").value_or("");
}

std::string declared_text(const std::string& key, const std::string& value) { return key + ": " + value; }

void take_declared(std::string_view detail, LoggedConversation& conversation) {
  const std::size_t colon = detail.find(": ");
  if (colon == std::string_view::npos) return;
  conversation.declared.emplace_back(detail.substr(0, colon), detail.substr(colon + 2));
}

}  // namespace duologue::store
