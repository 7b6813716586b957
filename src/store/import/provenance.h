// Where an imported conversation came from, as it stands in a .duo file: the logs in the run's spec, as
// {"imported": [{file, format, sha256, bytes}]}, and of each conversation an event of kind kImportedEvent.
// Pure; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/hash.h"
#include "store/import/conversation_log.h"
#include "store/values.h"

namespace duologue::store {

inline constexpr std::string_view kImportedEvent = "imported";
inline constexpr std::string_view kDeclaredEvent = "declared";

struct ImportedLog {
  std::string file;  // as it was named
  std::string format;
  base::Hash sha256;  // of its bytes
  std::uint64_t bytes = 0;
};

std::string spec_of_imports(const std::vector<ImportedLog>& logs);
// Empty: the file was not made by an import.
std::vector<ImportedLog> imports_of(const FileInfo& file);

// The detail of kImportedEvent: {file, format, number, id, name}. And what of it is the conversation's own.
std::string origin_of(const LoggedConversation& conversation);
void take_origin(std::string_view detail, LoggedConversation& conversation);

// The detail of kDeclaredEvent.
std::string declared_text(const std::string& key, const std::string& value);
void take_declared(std::string_view detail, LoggedConversation& conversation);

}  // namespace duologue::store
