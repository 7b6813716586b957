// Lengths: `tokens` and `rel_length`.
#include <memory>
#include <optional>

#include "measure/registry.h"
#include "measure/series.h"
#include "measure/series/reading.h"

namespace duologue::measure {
namespace {

class RelLength final : public Series {
 public:
  std::optional<double> observe(const TurnFeatures& features) override {
    const auto& typical = features.typical_tokens;
    if (!features.recent_tokens || !typical || *typical <= 0) return std::nullopt;
    return *features.recent_tokens / *typical;
  }
};

}  // namespace

std::unique_ptr<Series> make_tokens() {
  return reading([](const TurnFeatures& turn) { return turn.tokens.size(); });
}
std::unique_ptr<Series> make_rel_length() { return std::make_unique<RelLength>(); }

}  // namespace duologue::measure
