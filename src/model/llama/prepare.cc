#include "model/llama/prepare.h"

#include <fmt/format.h>

#include "model/llama/convert_bert.h"
#include "model/llama/quantize.h"

namespace duologue::model::llama {

base::Status prepare_weights(const KnownWeights& weights, const std::string& folder,
                             const std::string& target) {
  const std::string fetched = folder + "/" + weights.file;
  const Preparation& preparation = weights.preparation;
  switch (preparation.how) {
    case Preparation::How::kRequantize:
      if (preparation.type == "Q8_0") return quantize_q8_0(fetched, target);
      break;
    case Preparation::How::kConvert:
      if (preparation.type == "F16" && weights.beside.size() == 1) {
        return convert_bert({.safetensors = fetched,
                             .vocabulary = folder + "/" + weights.beside.front().file,
                             .name = weights.name,
                             .heads = preparation.heads,
                             .max_tokens = preparation.max_tokens},
                            target);
      }
      break;
    case Preparation::How::kNone:
      break;
  }
  return base::fail(
      base::ErrorKind::kInternal,
      fmt::format("the lock file asks for something of {} that this program can't make", weights.name));
}

}  // namespace duologue::model::llama
