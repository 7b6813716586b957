// libFuzzer: pieces of tool calls in any order. Every call that comes out was named, has what its pieces
// held, and stays within the limits; its arguments always make an object.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "base/json.h"
#include "model/http/tool_assembler.h"
#include "model/http/wire_json.h"

namespace {

void must(bool holds) {
  if (!holds) std::abort();
}

// The bytes up to a zero, or all that is left.
std::string_view next(std::string_view& rest) {
  const std::string_view part = rest.substr(0, rest.find('\0'));
  rest.remove_prefix(std::min(rest.size(), part.size() + 1));
  return part;
}

}  // namespace

// A piece: one byte for its index (255: none), then id, name and arguments, each up to a zero byte.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  namespace http = duologue::model::http;
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  http::ToolAssembler tools;
  std::size_t bytes = 0;
  while (!rest.empty()) {
    const auto index = static_cast<std::uint8_t>(rest.front());
    rest.remove_prefix(1);
    const std::string_view id = next(rest);
    const std::string_view name = next(rest);
    const std::string_view arguments = next(rest);
    const auto added = index == 255 ? tools.add_whole(id, name, arguments)
                                    : tools.add(index == 254 ? INT64_MAX : index - 100, id, name, arguments);
    if (!added) break;
    bytes += arguments.size();
  }
  std::size_t kept = 0;
  const auto calls = tools.take();
  must(calls.size() <= http::kMaxToolCalls && tools.empty());
  for (const auto& call : calls) {
    must(!call.name.empty() && !call.id.empty() && !call.arguments.empty());
    kept += call.arguments.size();
    must(http::arguments_object(call.arguments).is_object());
    must(!duologue::base::dump_json(http::arguments_object(call.arguments)).empty());
  }
  must(kept <= bytes + 2 * calls.size());  // "{}" where there were none
  return 0;
}
