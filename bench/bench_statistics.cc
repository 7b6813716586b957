// What the batch statistics cost, on data from outside, so that a peer can be given the same. Prints one JSON
// object; times are CPU time (all of it runs on one thread), the median of --repeats passes over all the
// data.
//   --texts FILE.json   (an array of strings)
//     {"texts", "tokens", "sign_us", "sign_tokens_us", "search_us", "groups"}: microseconds a text for its
//     MinHash signature from the text and from its tokens, and for the whole search for near-duplicates
//   --series FILE.json  (an array of numbers) --penalty P --min-length L
//     {"values", "pelt_ms", "ends", "cost"}
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <set>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "base/json.h"
#include "figures.h"
#include "measure/statistics/change_points.h"
#include "measure/statistics/minhash.h"
#include "measure/statistics/near_duplicates.h"
#include "measure/tokens.h"

namespace duologue::bench {

namespace {

struct Options {
  std::string texts;
  std::string series;
  double penalty = 1;
  std::uint32_t min_length = 1;
  std::uint32_t repeats = 5;
};

// The least a pass is run again and again for, so that the clock's own grain doesn't matter.
constexpr double kLeastPass_s = 0.02;

base::Result<base::Json> read_array(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  const std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  TRY_ASSIGN(base::Json json, base::parse_json(text));
  if (!json.is_array() || json.empty()) {
    return base::fail(base::ErrorKind::kBadInput, path + ": no array with anything in it");
  }
  return json;
}

// CPU seconds of one call, the median of `repeats` passes.
template <typename Work>
double median_s(std::uint32_t repeats, Work work) {
  std::vector<double> times;
  for (std::uint32_t i = 0; i < repeats; ++i) {
    std::uint32_t calls = 0;
    const double started = cpu_s();
    double elapsed = 0;
    do {
      work();
      ++calls;
      elapsed = cpu_s() - started;
    } while (elapsed < kLeastPass_s);
    times.push_back(elapsed / calls);
  }
  std::ranges::sort(times);
  return times[times.size() / 2];
}

base::Result<base::Json> near_duplicates(const Options& options) {
  TRY_ASSIGN(const base::Json json, read_array(options.texts));
  std::vector<std::string> texts;
  for (const base::Json& text : json) {
    if (!text.is_string()) return base::fail(base::ErrorKind::kBadInput, "the texts aren't all strings");
    texts.push_back(text.get<std::string>());
  }
  measure::Tokenizer tokenizer;
  measure::MinHasher hasher;
  std::vector<std::vector<measure::TokenId>> tokens;
  std::size_t count = 0;
  for (const std::string& text : texts) {
    const auto ids = tokenizer.tokenize(text);
    tokens.emplace_back(ids.begin(), ids.end());
    count += ids.size();
  }
  std::int32_t kept = 0;  // of each signature, so that none is left out as unused
  const double per_text = 1e6 / static_cast<double>(texts.size());
  base::Json out;
  out["texts"] = texts.size();
  out["tokens"] = count;
  out["sign_us"] = per_text * median_s(options.repeats, [&] {
                     for (const std::string& text : texts)
                       kept ^= hasher.of_tokens(tokenizer.tokenize(text))[7];
                   });
  out["sign_tokens_us"] = per_text * median_s(options.repeats, [&] {
                            for (const auto& ids : tokens) kept ^= hasher.of_tokens(ids)[7];
                          });
  std::size_t groups = 0;
  out["search_us"] = per_text * median_s(options.repeats, [&] {
                       const auto found = measure::find_near_duplicates(texts);
                       groups = std::set(found->group.begin(), found->group.end()).size();
                     });
  out["groups"] = groups;
  out["kept"] = kept;
  return out;
}

base::Result<base::Json> change_points(const Options& options) {
  TRY_ASSIGN(const base::Json json, read_array(options.series));
  std::vector<double> values;
  for (const base::Json& value : json) {
    if (!value.is_number()) return base::fail(base::ErrorKind::kBadInput, "the series isn't all numbers");
    values.push_back(value.get<double>());
  }
  TRY_ASSIGN(const measure::Segmentation found,
             measure::pelt_l2(values, options.penalty, options.min_length));
  base::Json out;
  out["values"] = values.size();
  out["pelt_ms"] = 1e3 * median_s(options.repeats, [&] {
                     static_cast<void>(measure::pelt_l2(values, options.penalty, options.min_length));
                   });
  out["ends"] = found.ends;
  out["cost"] = found.cost;
  return out;
}

int run(int argc, char** argv) {
  CLI::App app{"What near-duplicates and change points cost"};
  Options options;
  app.add_option("--texts", options.texts, "a JSON array of strings");
  app.add_option("--series", options.series, "a JSON array of numbers")->excludes("--texts");
  app.add_option("--penalty", options.penalty, "of a change point");
  app.add_option("--min-length", options.min_length, "of a segment");
  app.add_option("--repeats", options.repeats, "passes, of which the median is taken")
      ->check(CLI::Range(1u, 1000u));
  CLI11_PARSE(app, argc, argv);
  if (options.texts.empty() && options.series.empty()) {
    return failed({base::ErrorKind::kUsage, "give --texts FILE or --series FILE", std::nullopt});
  }
  return finished(options.series.empty() ? near_duplicates(options) : change_points(options));
}

}  // namespace

}  // namespace duologue::bench

int main(int argc, char** argv) { return duologue::bench::run(argc, argv); }
