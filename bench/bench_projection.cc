// Projections and recurrence quantification of a matrix that a file holds (floats of this machine's byte
// order, row after row). Prints one JSON object; times are of the work alone, without reading and writing
// files.
//   --task recurrence: {"wall_s", "matrix_s", "cpu_s", "peak_memory_mb", "rr", "det", "l", "lmax", "entr",
//   "lam", "tt"}
//   --task tsne, --task umap: {"wall_s", "cpu_s", "peak_memory_mb"}; the picture goes to --output, likewise
//   as floats
#include <fstream>
#include <string>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "base/json.h"
#include "figures.h"
#include "measure/projections/tsne.h"
#include "measure/projections/umap.h"
#include "measure/recurrence/quantify.h"

namespace duologue::bench {

namespace {

struct Options {
  std::string task;
  std::string input;
  std::string output;
  std::size_t rows = 0;
  std::size_t columns = 0;
  double threshold = 0.5;
  int threads = 1;
};

base::Result<measure::Points> read_points(const Options& options) {
  measure::Points points = measure::make_points(options.rows, options.columns);
  const auto bytes = static_cast<std::streamsize>(points.values.size() * sizeof(float));
  std::ifstream file(options.input, std::ios::binary);
  if (!file.read(reinterpret_cast<char*>(points.values.data()), bytes) || file.peek() != EOF) {
    return base::fail(base::ErrorKind::kIo, fmt::format("{} doesn't hold {} by {} floats", options.input,
                                                        options.rows, options.columns));
  }
  return points;
}

base::Status write_points(const std::string& path, const measure::Points& points) {
  std::ofstream file(path, std::ios::binary);
  file.write(reinterpret_cast<const char*>(points.values.data()),
             static_cast<std::streamsize>(points.values.size() * sizeof(float)));
  if (file.flush()) return {};
  return base::fail(base::ErrorKind::kIo, fmt::format("{} can't be written", path));
}

base::Json number(const std::optional<double>& value) { return value ? base::Json(*value) : base::Json(); }

base::Result<base::Json> recurrence(const Options& options, const measure::Points& points) {
  const double cpu_before = cpu_s();
  const double started = now_s();
  TRY_ASSIGN(const measure::Recurrence matrix,
             measure::recurrence_of(points, options.threshold, options.threads));
  const double compared = now_s();
  const measure::RecurrenceMeasures found = measure::quantify(matrix, options.threads);
  const double ended = now_s();
  base::Json out;
  out["wall_s"] = ended - started;
  out["matrix_s"] = compared - started;
  out["cpu_s"] = cpu_s() - cpu_before;
  out["rr"] = number(found.rr);
  out["det"] = number(found.det);
  out["l"] = number(found.l);
  out["lmax"] = number(found.lmax);
  out["entr"] = number(found.entr);
  out["lam"] = number(found.lam);
  out["tt"] = number(found.tt);
  return out;
}

base::Result<base::Json> picture(const Options& options, const measure::Points& points) {
  const double cpu_before = cpu_s();
  const double started = now_s();
  TRY_ASSIGN(const measure::Points made, options.task == "tsne"
                                             ? measure::tsne(points, {.threads = options.threads})
                                             : measure::umap(points, {.threads = options.threads}));
  base::Json out;
  out["wall_s"] = now_s() - started;
  out["cpu_s"] = cpu_s() - cpu_before;
  TRY(write_points(options.output, made));
  return out;
}

base::Result<base::Json> run_bench(const Options& options) {
  TRY_ASSIGN(const measure::Points points, read_points(options));
  TRY_ASSIGN(base::Json out,
             options.task == "recurrence" ? recurrence(options, points) : picture(options, points));
  out["peak_memory_mb"] = peak_memory_mb();
  return out;
}

int run(int argc, char** argv) {
  CLI::App app{"Projections and recurrence quantification of a matrix in a file"};
  Options options;
  app.add_option("--task", options.task)->required()->check(CLI::IsMember({"recurrence", "tsne", "umap"}));
  app.add_option("--input", options.input, "floats, row after row")->required();
  app.add_option("--rows", options.rows)->required();
  app.add_option("--columns", options.columns)->required();
  app.add_option("--threshold", options.threshold, "of the cosine, for recurrence");
  app.add_option("--threads", options.threads);
  app.add_option("--output", options.output, "where the picture goes: 2 floats a row");
  CLI11_PARSE(app, argc, argv);
  if (options.task != "recurrence" && options.output.empty()) {
    return failed({base::ErrorKind::kUsage, "a picture needs --output PATH", std::nullopt});
  }
  return finished(run_bench(options));
}

}  // namespace

}  // namespace duologue::bench

int main(int argc, char** argv) { return duologue::bench::run(argc, argv); }
