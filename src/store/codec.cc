#include "store/codec.h"

#include <array>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstring>
#include <utility>

#include "base/utf8.h"
#include "chat/sampling.h"
#include "store/json_text.h"

namespace duologue::store {

namespace {

using chat::StopReason;

constexpr std::array<std::pair<StopReason, std::int64_t>, 7> kStopReasons{{
    {StopReason::kEndOfTurn, 1},
    {StopReason::kLength, 2},
    {StopReason::kStopSequence, 3},
    {StopReason::kToolCall, 4},
    {StopReason::kContentFilter, 5},
    {StopReason::kRefusal, 6},
    {StopReason::kWritten, 7},
}};

constexpr std::array<std::pair<chat::ReasoningPolicy, std::string_view>, 3> kReasoning{{
    {chat::ReasoningPolicy::kStrip, "strip"},
    {chat::ReasoningPolicy::kOwn, "own"},
    {chat::ReasoningPolicy::kShare, "share"},
}};

constexpr std::array<std::pair<chat::MemoryKind, std::string_view>, 4> kMemory{{
    {chat::MemoryKind::kFull, "full"},
    {chat::MemoryKind::kLast, "last"},
    {chat::MemoryKind::kWindow, "window:"},
    {chat::MemoryKind::kSummary, "summary:"},
}};

}  // namespace

bool needs_raw(std::string_view bytes) {
  return bytes.find('\0') != std::string_view::npos || !base::is_valid_utf8(bytes);
}

std::string readable(std::string_view bytes) {
  std::string valid = base::replace_invalid_utf8(bytes);
  if (valid.find('\0') == std::string::npos) return valid;
  std::string out;
  for (const char c : valid) {
    if (c == '\0') {
      base::append_utf8(out, base::kReplacementCharacter);
    } else {
      out.push_back(c);
    }
  }
  return out;
}

std::string encode_tokens(const std::vector<std::int32_t>& ids) {
  std::string out;
  out.reserve(ids.size() * 3);
  for (const std::int32_t id : ids) {
    auto rest = static_cast<std::uint32_t>(id);
    while (rest >= 0x80) {
      out.push_back(static_cast<char>(rest | 0x80));
      rest >>= 7;
    }
    out.push_back(static_cast<char>(rest));
  }
  return out;
}

std::optional<std::vector<std::int32_t>> decode_tokens(std::string_view bytes) {
  std::vector<std::int32_t> ids;
  std::uint64_t value = 0;
  int shift = 0;
  for (const char c : bytes) {
    const auto byte = static_cast<std::uint8_t>(c);
    value |= std::uint64_t{byte & 0x7fu} << shift;
    shift += 7;
    if (value > UINT32_MAX || shift > 35) return std::nullopt;
    if ((byte & 0x80) != 0) continue;
    ids.push_back(static_cast<std::int32_t>(static_cast<std::uint32_t>(value)));
    value = 0;
    shift = 0;
  }
  if (shift != 0) return std::nullopt;
  return ids;
}

static_assert(std::endian::native == std::endian::little, "vectors stand in the file as they lie in memory");

std::string_view bytes_of(const base::Hash& hash) {
  return {reinterpret_cast<const char*>(hash.bytes.data()), hash.bytes.size()};
}

std::string encode_vector(std::span<const float> vector) {
  return {reinterpret_cast<const char*>(vector.data()), vector.size_bytes()};
}

std::optional<std::vector<float>> decode_vector(std::string_view bytes, std::uint32_t dimensions) {
  constexpr double kRounding = 1e-3;
  if (dimensions == 0 || bytes.size() != std::size_t{dimensions} * sizeof(float)) return std::nullopt;
  std::vector<float> vector(dimensions);
  std::memcpy(vector.data(), bytes.data(), bytes.size());
  double squares = 0;
  for (const float value : vector) squares += static_cast<double>(value) * static_cast<double>(value);
  if (!(std::abs(squares - 1) <= kRounding)) return std::nullopt;  // NaN too
  return vector;
}

std::int64_t stop_reason_code(StopReason reason) {
  for (const auto& [value, code] : kStopReasons) {
    if (value == reason) return code;
  }
  return 0;
}

std::optional<StopReason> stop_reason_from_code(std::int64_t code) {
  for (const auto& [value, candidate] : kStopReasons) {
    if (candidate == code) return value;
  }
  return std::nullopt;
}

std::string tool_calls_to_json(const std::vector<chat::ToolCall>& calls) {
  base::Json list = base::Json::array();
  for (const chat::ToolCall& call : calls) {
    base::Json object = base::Json::object();
    put_text(object, "id", call.id);
    put_text(object, "name", call.name);
    put_text(object, "arguments", call.arguments);
    put_text(object, "result", call.result);
    if (call.at > 0) object["at"] = call.at;
    list.push_back(std::move(object));
  }
  return base::dump_json(list);
}

std::optional<std::vector<chat::ToolCall>> tool_calls_from_json(std::string_view json) {
  const auto list = base::parse_json(json, {.max_bytes = json.size()});
  if (!list || !list->is_array()) return std::nullopt;
  std::vector<chat::ToolCall> calls;
  for (const base::Json& object : *list) {
    auto id = take_text(object, "id");
    auto name = take_text(object, "name");
    auto arguments = take_text(object, "arguments");
    auto result = take_text(object, "result");
    const std::uint64_t at = base::unsigned_at(object, "at").value_or(0);
    if (!id || !name || !arguments || !result || at > UINT32_MAX) return std::nullopt;
    calls.push_back({std::move(*id), std::move(*name), std::move(*arguments), std::move(*result),
                     static_cast<std::uint32_t>(at)});
  }
  return calls;
}

std::string change_to_json(const chat::ConfigChange& change) {
  base::Json object = base::Json::object();
  if (change.model) put_text(object, "model", *change.model);
  if (change.system_prompt) put_text(object, "system_prompt", *change.system_prompt);
  if (change.sampling) {
    const auto sampling = base::parse_json(chat::to_json(*change.sampling));
    if (sampling) object["sampling"] = *sampling;
  }
  if (change.memory) {
    object["memory"] = memory_to_text(*change.memory);
    // Means nothing where the text has no number, but the entry's hash covers it.
    if (!object["memory"].get<std::string>().contains(':') && change.memory->count != 0) {
      object["memory_count"] = change.memory->count;
    }
  }
  if (change.forget_through_turn) object["forget_through_turn"] = *change.forget_through_turn;
  if (change.summary) put_text(object, "summary", *change.summary);
  put_text(object, "cause", change.cause);
  return base::dump_json(object);
}

std::optional<chat::ConfigChange> change_from_json(std::string_view json) {
  const auto object = base::parse_json(json, {.max_bytes = json.size()});
  if (!object || !object->is_object()) return std::nullopt;
  chat::ConfigChange change;
  change.model = take_text(*object, "model");
  change.system_prompt = take_text(*object, "system_prompt");
  if (const base::Json* sampling = base::member_at(*object, "sampling")) {
    const auto values = chat::sampling_from_json(base::dump_json(*sampling));
    if (!values) return std::nullopt;
    change.sampling = *values;
  }
  if (const auto memory = base::string_at(*object, "memory")) {
    change.memory = memory_from_text(*memory);
    if (!change.memory) return std::nullopt;
    if (const auto count = base::unsigned_at(*object, "memory_count")) {
      change.memory->count = static_cast<std::uint32_t>(*count);
    }
  }
  if (const auto turn = base::unsigned_at(*object, "forget_through_turn")) {
    if (*turn > UINT32_MAX) return std::nullopt;
    change.forget_through_turn = static_cast<std::uint32_t>(*turn);
  }
  change.summary = take_text(*object, "summary");
  change.cause = take_text(*object, "cause").value_or("");
  return change;
}

std::string memory_to_text(const chat::MemoryPolicy& memory) {
  for (const auto& [kind, word] : kMemory) {
    if (kind != memory.kind) continue;
    return word.ends_with(':') ? std::string(word) + std::to_string(memory.count) : std::string(word);
  }
  return "full";
}

std::optional<chat::MemoryPolicy> memory_from_text(std::string_view text) {
  for (const auto& [kind, word] : kMemory) {
    if (!word.ends_with(':')) {
      if (text == word) return chat::MemoryPolicy{kind, 0};
      continue;
    }
    if (!text.starts_with(word)) continue;
    const std::string_view digits = text.substr(word.size());
    chat::MemoryPolicy memory{kind, 0};
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), memory.count);
    if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
    return memory;
  }
  return std::nullopt;
}

std::string_view reasoning_to_text(chat::ReasoningPolicy policy) {
  for (const auto& [value, word] : kReasoning) {
    if (value == policy) return word;
  }
  return "strip";
}

std::optional<chat::ReasoningPolicy> reasoning_from_text(std::string_view text) {
  for (const auto& [value, word] : kReasoning) {
    if (word == text) return value;
  }
  return std::nullopt;
}

}  // namespace duologue::store
