// How values stand in the columns of a .duo file. Reading is of foreign bytes: what can't be right is empty,
// never a guess. Pure functions, any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "chat/transcript.h"
#include "chat/turn.h"
#include "chat/view.h"

namespace duologue::store {

// SQL text is UTF-8, and SQLite's own functions end it at U+0000: bytes that are neither stand in a column of
// their own beside the readable form.
bool needs_raw(std::string_view bytes);
std::string readable(std::string_view bytes);

// LEB128, seven bits a byte.
std::string encode_tokens(const std::vector<std::int32_t>& ids);
std::optional<std::vector<std::int32_t>> decode_tokens(std::string_view bytes);

// A hash as a BLOB: its bytes, which are the caller's.
std::string_view bytes_of(const base::Hash& hash);

// 32-bit floats, little-endian. Decoding: empty where it isn't `dimensions` of them at length 1.
std::string encode_vector(std::span<const float> vector);
std::optional<std::vector<float>> decode_vector(std::string_view bytes, std::uint32_t dimensions);

// Numbers that never change: they stand in files.
enum class EntryKind { kTurn = 1, kInjection = 2, kConfigChange = 3 };
std::int64_t stop_reason_code(chat::StopReason reason);
std::optional<chat::StopReason> stop_reason_from_code(std::int64_t code);

std::string tool_calls_to_json(const std::vector<chat::ToolCall>& calls);
std::optional<std::vector<chat::ToolCall>> tool_calls_from_json(std::string_view json);

// Without participant and author, which have columns of their own.
std::string change_to_json(const chat::ConfigChange& change);
std::optional<chat::ConfigChange> change_from_json(std::string_view json);

std::string memory_to_text(const chat::MemoryPolicy& memory);  // full | last | window:N | summary:N
std::optional<chat::MemoryPolicy> memory_from_text(std::string_view text);
std::string_view reasoning_to_text(chat::ReasoningPolicy policy);  // strip | own | share
std::optional<chat::ReasoningPolicy> reasoning_from_text(std::string_view text);

}  // namespace duologue::store
