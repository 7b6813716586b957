// libFuzzer: any bytes as a zip archive, and as the one sample of a whole .eval log. Every member is its
// declared size or an error; no reader may fail in another way than with one clear error.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "log_checks.h"
#include "store/import/eval_log.h"
#include "store/import/testing/zip_maker.h"
#include "store/import/zip_archive.h"

namespace {

using namespace duologue;

const std::string kName = "fuzz.eval";

void read_members(store::ZipArchive& archive) {
  for (const store::ZipFile& file : archive.files()) {
    const auto content = archive.read(file);
    if (content) {
      fuzz::must(content->size() == file.bytes);
    } else {
      fuzz::check_error(content.error());
    }
  }
}

void read_log(store::ZipArchive& archive) {
  store::LogOptions options;
  options.max_turns = 50;
  options.max_participants = 5;
  const store::TakeConversation take = [&options](store::LoggedConversation&& log) -> base::Status {
    fuzz::check_conversation(log, options);
    return {};
  };
  store::LogSink sink(kName, store::LogFormat::kInspect, options, take);
  base::Status status = store::read_eval_log(archive, kName, sink);
  if (status) status = sink.finish();
  if (!status) fuzz::check_error(status.error());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  store::ZipLimits limits;
  limits.max_file_bytes = 100'000;
  limits.max_total_bytes = 300'000;
  limits.max_files = 50;
  auto archive = store::ZipArchive::from_memory(bytes, kName, limits);
  if (archive) {
    read_members(*archive);
    read_log(*archive);
  } else {
    fuzz::check_error(archive.error());
  }
  const std::string made =
      store::make_zip({{"header.json", R"({"status": "success", "eval": {"model": "m"}})"},
                       {"samples/a.json", std::string(bytes)}},
                      store::Packing::kStored);
  auto good = store::ZipArchive::from_memory(made, kName);
  fuzz::must(good.has_value());
  read_log(*good);
  return 0;
}
