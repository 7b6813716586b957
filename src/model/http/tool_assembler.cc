#include "model/http/tool_assembler.h"

#include <utility>

#include <fmt/format.h>

namespace duologue::model::http {

namespace {

constexpr std::size_t kMaxIdBytes = 1'024;

}  // namespace

base::Status ToolAssembler::add(std::int64_t index, std::string_view id, std::string_view name,
                                std::string_view arguments) {
  // Some servers give every call the same index, and tell them apart by their ids.
  if (const auto found = calls_.find(index); found != calls_.end() && !id.empty() && !name.empty() &&
                                             !found->second.id.empty() && found->second.id != id)
    return add_whole(id, name, arguments);
  if (!calls_.contains(index) && calls_.size() >= kMaxToolCalls)
    return base::fail(base::ErrorKind::kBadInput, fmt::format("more than {} tool calls", kMaxToolCalls));
  chat::ToolCall& call = calls_[index];
  if (id.size() > kMaxIdBytes || name.size() > kMaxIdBytes ||
      call.arguments.size() + arguments.size() > kMaxToolBytes)
    return base::fail(base::ErrorKind::kBadInput,
                      fmt::format("a tool call of more than {} bytes", kMaxToolBytes));
  if (call.id.empty()) call.id = id;
  if (call.name.empty()) call.name = name;
  call.arguments += arguments;
  return {};
}

base::Status ToolAssembler::add_whole(std::string_view id, std::string_view name,
                                      std::string_view arguments) {
  if (id.empty() && name.empty() && !calls_.empty()) return add(calls_.rbegin()->first, id, name, arguments);
  // A provider's index may be any number: a whole call after the greatest of all would have none left.
  if (!calls_.empty() && calls_.rbegin()->first == INT64_MAX)
    return base::fail(base::ErrorKind::kBadInput, "a tool call's index is out of range");
  const std::int64_t index = calls_.empty() ? 0 : calls_.rbegin()->first + 1;
  return add(index, id, name, arguments);
}

std::vector<chat::ToolCall> ToolAssembler::take() {
  std::vector<chat::ToolCall> calls;
  for (auto& [index, call] : calls_) {
    if (call.name.empty()) continue;
    if (call.id.empty()) call.id = fmt::format("call_{}", calls.size() + 1);
    if (call.arguments.empty()) call.arguments = "{}";
    calls.push_back(std::move(call));
  }
  calls_.clear();
  return calls;
}

}  // namespace duologue::model::http
