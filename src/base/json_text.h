// Bytes in JSON, which holds only UTF-8: where they aren't, the readable form stands under the key and the
// exact bytes under KEY_base64. For .cc files only: it brings the JSON library.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/json.h"

namespace duologue::base {

std::string base64_encode(std::string_view bytes);
std::optional<std::string> base64_decode(std::string_view text);

void put_text(Json& object, const std::string& key, std::string_view bytes);
// Empty: no such key, or no text.
std::optional<std::string> take_text(const Json& object, const std::string& key);

}  // namespace duologue::base
