#include "measure/detectors/rules.h"

#include <algorithm>
#include <utility>

#include "base/hash.h"
#include "measure/data_text.h"

namespace duologue::measure {
namespace {

const std::vector<std::string> kConditionKeys{"series", "density",  "presence", "any",  "over",
                                              "take",   "at_least", "at_most",  "width"};
const std::vector<std::string> kTakes{"mean", "least", "most"};

base::Result<Marker> marker_named(const std::string& name, const base::Yaml& at) {
  const std::optional<Marker> marker = marker_from(name);
  if (!marker) return at.fail("no group of markers is called " + base::in_quotes(name));
  return *marker;
}

base::Result<std::vector<Condition::Weight>> read_density(const base::Yaml& yaml) {
  std::vector<std::string> names;
  names.reserve(kMarkers);
  for (std::size_t i = 0; i < kMarkers; ++i) names.emplace_back(name_of(static_cast<Marker>(i)));
  TRY_ASSIGN(const auto members, yaml.map("marker groups with their weights", names));
  std::vector<Condition::Weight> weights;
  for (const base::YamlMember& member : members) {
    TRY_ASSIGN(const double weight, member.value.number("a weight"));
    weights.push_back({*marker_from(member.key), weight});
  }
  return weights;
}

base::Result<std::vector<Condition::Weight>> read_presence(const base::Yaml& yaml) {
  TRY_ASSIGN(const auto items, yaml.list("marker groups"));
  std::vector<Condition::Weight> groups;
  for (const base::Yaml& item : items) {
    TRY_ASSIGN(const std::string name, item.text("a marker group"));
    TRY_ASSIGN(const Marker marker, marker_named(name, item));
    groups.push_back({marker, 1});
  }
  return groups;
}

base::Status read_subject(const base::Yaml& yaml, Condition& condition) {
  if (const base::Yaml* series = yaml.find("series")) {
    TRY_ASSIGN(const std::string name, series->text("a quantity"));
    const std::optional<Quantity> quantity = quantity_from(name);
    if (!quantity) return series->fail("no quantity is called " + base::in_quotes(name));
    condition.kind = Condition::Kind::kSeries;
    condition.quantity = *quantity;
    return {};
  }
  if (const base::Yaml* density = yaml.find("density")) {
    condition.kind = Condition::Kind::kDensity;
    TRY_ASSIGN(condition.markers, read_density(*density));
    return {};
  }
  if (const base::Yaml* presence = yaml.find("presence")) {
    condition.kind = Condition::Kind::kPresence;
    TRY_ASSIGN(condition.markers, read_presence(*presence));
    return {};
  }
  return yaml.fail("a condition asks for one of series, density, presence, any");
}

base::Status read_threshold(const base::Yaml& yaml, Condition& condition) {
  const base::Yaml* least = yaml.find("at_least");
  const base::Yaml* most = yaml.find("at_most");
  if ((least == nullptr) == (most == nullptr)) return yaml.fail("give at_least or at_most");
  condition.at_least = least != nullptr;
  TRY_ASSIGN(condition.threshold, (least != nullptr ? least : most)->number("a threshold"));
  const base::Yaml* width = yaml.find("width");
  if (width == nullptr) return yaml.fail("a width is missing");
  TRY_ASSIGN(condition.width, width->number("a width"));
  if (condition.width <= 0) return width->fail("a width is above 0");
  return {};
}

base::Result<std::vector<Condition>> read_conditions(const base::Yaml& yaml);

base::Result<Condition> read_condition(const base::Yaml& yaml) {
  TRY(yaml.map("a condition", kConditionKeys));
  Condition condition;
  if (const base::Yaml* any = yaml.find("any")) {
    condition.kind = Condition::Kind::kAny;
    TRY_ASSIGN(condition.parts, read_conditions(*any));
    return condition;
  }
  TRY(read_subject(yaml, condition));
  TRY(read_threshold(yaml, condition));
  if (const base::Yaml* over = yaml.find("over")) {
    TRY_ASSIGN(const std::uint64_t turns, over->integer("a number of turns", 1, kEvidenceTurns));
    condition.over = turns;
  }
  if (const base::Yaml* take = yaml.find("take")) {
    TRY_ASSIGN(const std::size_t word, take->word("what to take", kTakes));
    condition.take = static_cast<Condition::Take>(word);
  }
  return condition;
}

base::Result<std::vector<Condition>> read_conditions(const base::Yaml& yaml) {
  TRY_ASSIGN(const auto items, yaml.list("conditions"));
  if (items.empty()) return yaml.fail("give one condition at least");
  std::vector<Condition> conditions;
  for (const base::Yaml& item : items) {
    TRY_ASSIGN(Condition condition, read_condition(item));
    conditions.push_back(std::move(condition));
  }
  return conditions;
}

base::Result<Way> read_way(const std::string& name, const base::Yaml& yaml) {
  TRY(yaml.map("a way", {"hold", "all", "onset", "embedder"}));
  Way way;
  way.name = name;
  const base::Yaml* hold = yaml.find("hold");
  const base::Yaml* all = yaml.find("all");
  if (hold == nullptr || all == nullptr) return yaml.fail("a way has a hold and conditions (all)");
  TRY_ASSIGN(way.hold, hold->number("a hold"));
  if (way.hold <= 0) return hold->fail("a hold is above 0");
  TRY_ASSIGN(way.all, read_conditions(*all));
  if (const base::Yaml* onset = yaml.find("onset")) {
    TRY(onset->word("an onset", {"first instance"}));
    way.from_first_instance = true;
  }
  if (const base::Yaml* embedder = yaml.find("embedder")) {
    TRY_ASSIGN(way.embedder, embedder->text("an embedder's identity"));
  }
  return way;
}

double marker_value(const Condition& condition, const TurnEvidence& turn) {
  double sum = 0;
  for (const Condition::Weight& one : condition.markers) {
    const auto index = static_cast<std::size_t>(one.marker);
    if (condition.kind == Condition::Kind::kPresence) {
      if (turn.present[index]) return 1;
    } else {
      sum += one.weight * turn.density[index];
    }
  }
  return sum;
}

std::optional<double> value_of(const Condition& condition, const TurnEvidence& turn) {
  if (condition.kind == Condition::Kind::kSeries)
    return turn.quantities[static_cast<std::size_t>(condition.quantity)];
  return marker_value(condition, turn);
}

}  // namespace

double Condition::evidence(const EvidenceWindow& window) const {
  if (kind == Kind::kAny) {
    double strongest = -1;
    for (const Condition& part : parts) strongest = std::max(strongest, part.evidence(window));
    return strongest;
  }
  const std::size_t turns = std::min(over, window.turns());
  double sum = 0;
  double least = 0;
  double most = 0;
  for (std::size_t i = 0; i < turns; ++i) {
    const std::optional<double> value = value_of(*this, window.at(i));
    if (!value) return -1;
    sum += *value;
    least = i == 0 ? *value : std::min(least, *value);
    most = i == 0 ? *value : std::max(most, *value);
  }
  const double taken = take == Take::kLeast  ? least
                       : take == Take::kMost ? most
                                             : sum / static_cast<double>(turns);
  return std::clamp((at_least ? taken - threshold : threshold - taken) / width, -1.0, 1.0);
}

void Condition::collect(std::vector<Marker>& counted) const {
  for (const Weight& one : markers) counted.push_back(one.marker);
  for (const Condition& part : parts) part.collect(counted);
}

double Way::evidence(const EvidenceWindow& window) const {
  if (!embedder.empty() && embedder != window.embedder()) return -1;
  double weakest = 1;
  for (const Condition& condition : all) {
    weakest = std::min(weakest, condition.evidence(window));
    if (weakest == -1) break;
  }
  return weakest;
}

base::Result<RuleBook> RuleBook::parse(std::string_view yaml, const std::string& file) {
  TRY_ASSIGN(const base::Yaml root, base::Yaml::parse(yaml, file));
  TRY_ASSIGN(const auto rules, root.members("the labels with their ways"));
  RuleBook book;
  for (const base::YamlMember& one : rules) {
    TRY_ASSIGN(const auto ways, one.value.members("ways, each with its name"));
    if (ways.empty()) return one.value.fail("give one way at least");
    Rule rule{.label = one.key, .ways = {}};
    for (const base::YamlMember& member : ways) {
      TRY_ASSIGN(Way way, read_way(member.key, member.value));
      rule.ways.push_back(std::move(way));
    }
    if (rule.label == "converged") {
      book.converged_ = std::move(rule);
    } else if (rule.label == "drift") {
      book.drift_ = std::move(rule);
    } else {
      book.labels_.push_back(std::move(rule));
    }
  }
  if (book.converged_.ways.empty()) return root.fail("'converged' is missing");
  if (book.drift_.ways.empty()) return root.fail("'drift' is missing");
  book.hash_ = base::hash_bytes(std::string(yaml) + std::string(Lexicon::built_in().hash())).short_hex();
  return book;
}

std::vector<std::string> RuleBook::names() const {
  std::vector<std::string> names{converged_.label, drift_.label};
  for (const Rule& rule : labels_) names.push_back(rule.label);
  return names;
}

const RuleBook& RuleBook::built_in() {
  // The tests read it: it can't be wrong here.
  static const RuleBook book = std::move(parse(kDetectorsYaml, "detectors.yaml")).value();
  return book;
}

}  // namespace duologue::measure
