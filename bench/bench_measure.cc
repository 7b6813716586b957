// What the series of a conversation cost, on turns from outside, so that a peer can be given the same. Prints
// one JSON object; times are of one pass over all the turns, without reading them, and CPU time: everything
// here runs on one thread, and the clock on the wall would count what else the machine does.
//   --turns FILE: a JSON string a line
//   --task bleu      {"us", "scores"}: sentence BLEU of each turn against the one before; each is prepared
//   once
//   --task jaccard   {"us", "distances"}: token sets, to the turn before, with the tokens
//   --task overlap   {"us", "sums"}: 4 BLEU (both directions, lags 1 and 2), 2 Jaccard and nov4, summed up by
//                    kind
//   --task all       {"us", "first_us", "last_us"}: every series and detector; also the first and last --edge
//                    turns
//   --task long      {"marks", "tokens", "resident_worst", "allocated_worst", "peak_memory_mb"}: the same;
//   the
//                    CPU time at the turns --mark, and the most bytes of memory a token of history between
//                    turn 1,000 and the end, from turn 100 on: resident pages, and what was allocated (glibc
//                    only)
//   --task transcripts --folder DIR
//                    {"conversations", "turns", "read_s", "measure_s"}: conversations of
//                    {"turns": [{"speaker", "text"}]}
// "us" is microseconds a turn.
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <map>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "base/json.h"
#include "figures.h"
#include "measure/bleu.h"
#include "measure/instrument.h"
#include "measure/registry.h"
#include "measure/token_window.h"
#include "measure/tokens.h"
#ifdef __GLIBC__
#include <malloc.h>
#endif

namespace duologue::bench {

namespace {

struct Options {
  std::string task;
  std::string turns;
  std::string folder;
  std::vector<std::uint32_t> marks;
  std::size_t edge = 100;
};

constexpr std::uint32_t kSettled = 100;       // turns after which memory is counted
constexpr std::uint32_t kLongEnough = 1'000;  // and after which it is divided by the tokens
constexpr std::uint32_t kMemoryEvery = 50;

base::Result<std::string> string_of(const std::string& line) {
  TRY_ASSIGN(const base::Json json, base::parse_json(line));
  if (!json.is_string()) return base::fail(base::ErrorKind::kBadInput, "a line of the turns is no string");
  return json.get<std::string>();
}

base::Result<std::vector<std::string>> read_turns(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::vector<std::string> turns;
  for (std::string line; std::getline(file, line);) {
    TRY_ASSIGN(std::string text, string_of(line));
    turns.push_back(std::move(text));
  }
  if (turns.empty()) return base::fail(base::ErrorKind::kBadInput, path + ": no turns");
  return turns;
}

double us_a_turn(double started, std::size_t turns) {
  return 1e6 * (cpu_s() - started) / static_cast<double>(turns);
}

base::Json bleu(const std::vector<std::string>& turns) {
  measure::BleuPreparer preparer;
  std::array<measure::BleuText, 2> texts;
  std::vector<double> scores(turns.size());
  const double started = cpu_s();
  for (std::size_t i = 0; i < turns.size(); ++i) {
    const measure::BleuText& before = texts[(i + 1) % 2];
    measure::BleuText& now = texts[i % 2];
    preparer.prepare(turns[i], now);
    scores[i] = measure::bleu_score(now, before, measure::bleu_matches(now, before));
  }
  base::Json out;
  out["us"] = us_a_turn(started, turns.size());
  out["scores"] = scores;
  return out;
}

base::Json jaccard(const std::vector<std::string>& turns) {
  measure::Tokenizer tokenizer;
  measure::TokenWindow window(measure::kLags);
  std::vector<double> distances(turns.size());
  const double started = cpu_s();
  for (std::size_t i = 0; i < turns.size(); ++i) {
    distances[i] = window.add(tokenizer.tokenize(turns[i]))[0].value_or(1.0);
  }
  base::Json out;
  out["us"] = us_a_turn(started, turns.size());
  out["distances"] = distances;
  return out;
}

base::Json overlap(const std::vector<std::string>& turns) {
  measure::BleuPreparer preparer;
  std::array<measure::BleuText, 3> texts;
  measure::Tokenizer tokenizer;
  measure::TokenWindow window(measure::kLags);
  const auto nov4 = measure::make_nov4();
  measure::TurnFeatures features;
  double bleu = 0;
  double distance = 0;
  double unseen = 0;
  const double started = cpu_s();
  for (std::size_t i = 0; i < turns.size(); ++i) {
    measure::BleuText& now = texts[i % 3];
    preparer.prepare(turns[i], now);
    features.tokens = tokenizer.tokenize(turns[i]);
    const measure::LagSpectrum spectrum = window.add(features.tokens);
    for (std::size_t lag = 1; lag <= 2; ++lag) {
      distance += spectrum[lag - 1].value_or(0.0);
      if (i < lag) continue;
      const measure::BleuText& before = texts[(i - lag) % 3];
      const measure::BleuMatches matches = measure::bleu_matches(now, before);
      bleu += measure::bleu_score(now, before, matches) + measure::bleu_score(before, now, matches);
    }
    unseen += nov4->observe(features).value_or(0.0);
  }
  base::Json out;
  out["us"] = us_a_turn(started, turns.size());
  out["sums"] = {bleu, distance, unseen};
  return out;
}

// The tables that come with the program are read once, by the first instrument: that is start-up.
void read_tables() {
  measure::Instrument instrument({.all_series = true});
  instrument.observe(1, chat::Turn{});
}

base::Json all_series(const std::vector<std::string>& turns, std::size_t edge) {
  read_tables();
  edge = std::min(edge, turns.size());
  measure::Instrument instrument({.all_series = true});
  chat::Turn turn;
  std::vector<double> at(turns.size() + 1);  // the CPU time before each turn
  at[0] = cpu_s();
  for (std::size_t i = 0; i < turns.size(); ++i) {
    turn.speaker = i % 2;
    turn.text = turns[i];
    instrument.observe(static_cast<std::uint32_t>(i + 1), turn);
    at[i + 1] = cpu_s();
  }
  const auto between = [&](std::size_t first, std::size_t last) {
    return 1e6 * (at[last] - at[first]) / static_cast<double>(last - first);
  };
  base::Json out;
  out["us"] = between(0, turns.size());
  out["first_us"] = between(0, edge);
  out["last_us"] = between(turns.size() - edge, turns.size());
  return out;
}

double resident_bytes() {
  std::ifstream file("/proc/self/statm");
  double whole = 0;
  double resident = 0;
  file >> whole >> resident;
  return resident * static_cast<double>(sysconf(_SC_PAGESIZE));
}

double allocated_bytes() {
#ifdef __GLIBC__
  const auto info = mallinfo2();
  return static_cast<double>(info.uordblks) + static_cast<double>(info.hblkhd);
#else
  return 0;
#endif
}

// The most bytes a token that memory grew by since it was first looked at.
class Growth {
 public:
  explicit Growth(double (*bytes)()) : bytes_(bytes) {}
  void begin(std::size_t tokens) {
    first_bytes_ = bytes_();
    first_tokens_ = tokens;
  }
  void look(std::size_t tokens) {
    worst_ = std::max(worst_, (bytes_() - first_bytes_) / static_cast<double>(tokens - first_tokens_));
  }
  double worst() const { return worst_; }

 private:
  double (*bytes_)();
  double first_bytes_ = 0;
  std::size_t first_tokens_ = 0;
  double worst_ = 0;
};

// Reads a turn, measures it, forgets it: nothing but the instrument's own state grows.
base::Result<base::Json> long_conversation(const Options& options) {
  std::ifstream file(options.turns, std::ios::binary);
  read_tables();
  measure::Instrument instrument({.all_series = true});
  measure::Tokenizer tokenizer;
  chat::Turn turn;
  Growth resident(resident_bytes);
  Growth allocated(allocated_bytes);
  std::map<std::uint32_t, double> marks;
  double cpu = 0;
  std::size_t tokens = 0;
  std::uint32_t number = 0;
  for (std::string line; std::getline(file, line);) {
    TRY_ASSIGN(turn.text, string_of(line));
    turn.speaker = number % 2;
    tokens += tokenizer.tokenize(turn.text).size();
    const double before = cpu_s();
    instrument.observe(++number, turn);
    cpu += cpu_s() - before;
    if (std::ranges::find(options.marks, number) != options.marks.end()) marks[number] = cpu;
    if (number == kSettled) {
      resident.begin(tokens);
      allocated.begin(tokens);
    }
    if (number >= kLongEnough && number % kMemoryEvery == 0) {
      resident.look(tokens);
      allocated.look(tokens);
    }
  }
  if (number <= kLongEnough) return base::fail(base::ErrorKind::kBadInput, "--task long needs more turns");
  base::Json out;
  out["marks"] = base::Json::array();
  for (const auto& [at, seconds] : marks) out["marks"].push_back({{"turn", at}, {"cpu_s", seconds}});
  out["tokens"] = tokens;
  out["resident_worst"] = resident.worst();
  out["allocated_worst"] = allocated.worst();
  out["peak_memory_mb"] = peak_memory_mb();
  return out;
}

base::Result<std::vector<chat::Turn>> read_transcript(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  const std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  TRY_ASSIGN(const base::Json json, base::parse_json(text));
  std::vector<chat::Turn> turns;
  for (const base::Json& entry : json.value("turns", base::Json::array())) {
    chat::Turn turn;
    const std::string speaker = entry.value("speaker", "");
    turn.speaker = speaker == "B" ? 1 : 0;
    if (speaker == "harness") turn.author.kind = chat::AuthorKind::kHarness;
    turn.text = entry.value("text", "");
    turns.push_back(std::move(turn));
  }
  return turns;
}

base::Result<base::Json> transcripts(const std::string& folder) {
  std::vector<std::vector<chat::Turn>> conversations;
  std::size_t turns = 0;
  const double read_from = cpu_s();
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() != ".json") continue;
    TRY_ASSIGN(auto conversation, read_transcript(entry.path()));
    turns += conversation.size();
    conversations.push_back(std::move(conversation));
  }
  const double read_s = cpu_s() - read_from;
  const double started = cpu_s();
  for (const auto& conversation : conversations) {
    measure::Instrument instrument({.all_series = true});
    for (std::size_t i = 0; i < conversation.size(); ++i)
      instrument.observe(static_cast<std::uint32_t>(i + 1), conversation[i]);
  }
  base::Json out;
  out["measure_s"] = cpu_s() - started;
  out["read_s"] = read_s;
  out["conversations"] = conversations.size();
  out["turns"] = turns;
  return out;
}

base::Result<base::Json> run_bench(const Options& options) {
  if (options.task == "transcripts") return transcripts(options.folder);
  if (options.task == "long") return long_conversation(options);
  TRY_ASSIGN(const std::vector<std::string> turns, read_turns(options.turns));
  if (options.task == "bleu") return bleu(turns);
  if (options.task == "jaccard") return jaccard(turns);
  if (options.task == "overlap") return overlap(turns);
  return all_series(turns, options.edge);
}

int run(int argc, char** argv) {
  CLI::App app{"What the series of a conversation cost"};
  Options options;
  app.add_option("--task", options.task)
      ->required()
      ->check(CLI::IsMember({"bleu", "jaccard", "overlap", "all", "long", "transcripts"}));
  app.add_option("--turns", options.turns, "a JSON string a line")->check(CLI::ExistingFile);
  app.add_option("--folder", options.folder, "of transcripts")->check(CLI::ExistingDirectory);
  app.add_option("--mark", options.marks, "turns after which the CPU time is noted")->delimiter(',');
  app.add_option("--edge", options.edge, "turns at either end")->check(CLI::Range(1u, 1'000'000u));
  CLI11_PARSE(app, argc, argv);
  if (options.task == "transcripts" ? options.folder.empty() : options.turns.empty()) {
    return failed(
        {base::ErrorKind::kUsage, "give --turns FILE, or --folder DIR for transcripts", std::nullopt});
  }
  return finished(run_bench(options));
}

}  // namespace

}  // namespace duologue::bench

int main(int argc, char** argv) { return duologue::bench::run(argc, argv); }
