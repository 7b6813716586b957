#include "model/model.h"

namespace duologue::model {

std::string_view to_string(Determinism level) {
  switch (level) {
    case Determinism::kExact:
      return "exact";
    case Determinism::kSeeded:
      return "seeded";
    case Determinism::kNone:
      return "none";
  }
  return "unknown";
}

std::optional<Determinism> determinism_from(std::string_view word) {
  for (const Determinism level : {Determinism::kExact, Determinism::kSeeded, Determinism::kNone}) {
    if (to_string(level) == word) return level;
  }
  return std::nullopt;
}

base::Result<std::vector<chat::ListenerStats>> Model::score(const chat::View&, const GenerateConfig&,
                                                            std::stop_token) {
  return std::vector<chat::ListenerStats>{};
}

base::Result<std::vector<std::uint32_t>> Model::token_counts(const chat::View&, const GenerateConfig&) {
  return std::vector<std::uint32_t>{};
}

base::Result<std::optional<RenderedPrompt>> Model::render(const chat::View&, const GenerateConfig&) {
  return std::optional<RenderedPrompt>{};
}

void Model::release(const ContextKey&) {}

}  // namespace duologue::model
