#include "model/price.h"

#include <algorithm>

namespace duologue::model {

double cost_of(const chat::Usage& usage, const Price& price) {
  constexpr double kMillion = 1e6;
  const std::uint32_t fresh = std::min(usage.new_prompt_tokens, usage.prompt_tokens);
  return (fresh * price.input + (usage.prompt_tokens - fresh) * price.cached +
          usage.completion_tokens * price.output) /
         kMillion;
}

}  // namespace duologue::model
