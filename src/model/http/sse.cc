#include "model/http/sse.h"

#include <fmt/format.h>

namespace duologue::model::http {

base::Status SseReader::push(std::string_view bytes, const OnEvent& on_event) {
  return lines_.push(bytes, [&](std::string_view line) { return take_line(line, on_event); });
}

base::Status SseReader::finish(const OnEvent& on_event) {
  TRY(lines_.finish([&](std::string_view line) { return take_line(line, on_event); }));
  return dispatch(on_event);
}

base::Status SseReader::take_line(std::string_view line, const OnEvent& on_event) {
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  if (first_line_ && line.starts_with(kByteOrderMark)) line.remove_prefix(kByteOrderMark.size());
  first_line_ = false;
  if (line.empty()) return dispatch(on_event);
  if (line.front() == ':') return {};
  if (line.front() == '{' || !stray_.empty()) {  // no field begins so
    if (stray_.size() + line.size() + 1 > max_event_)
      return base::fail(base::ErrorKind::kBadInput,
                        fmt::format("an answer of more than {} bytes", max_event_));
    stray_.append(line).push_back('\n');
    return {};
  }
  const std::size_t colon = line.find(':');
  const std::string_view field = line.substr(0, colon);
  std::string_view value = colon == std::string_view::npos ? std::string_view() : line.substr(colon + 1);
  if (value.starts_with(' ')) value.remove_prefix(1);
  if (field == "event") {
    name_ = value;
  } else if (field == "data") {
    if (data_.size() + value.size() + 1 > max_event_)
      return base::fail(base::ErrorKind::kBadInput,
                        fmt::format("an event of more than {} bytes", max_event_));
    if (has_data_) data_.push_back('\n');
    data_ += value;
    has_data_ = true;
  }
  return {};
}

base::Status SseReader::dispatch(const OnEvent& on_event) {
  if (!has_data_) {
    name_.clear();
    return {};
  }
  has_data_ = false;
  const std::string name = std::move(name_);
  const std::string data = std::move(data_);
  name_.clear();
  data_.clear();
  return on_event({name, data});
}

}  // namespace duologue::model::http
