#include "model/http/transport.h"

namespace duologue::model::http {

std::string_view HttpAnswer::header(std::string_view name) const {
  for (const HttpHeader& header : headers) {
    if (header.name == name) return header.value;
  }
  return {};
}

}  // namespace duologue::model::http
