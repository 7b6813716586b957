#include "model/llama/quantize.h"

#include <unistd.h>

#include <filesystem>
#include <system_error>

#include <fmt/format.h>
#include <llama.h>

#include "model/gguf_file.h"
#include "model/llama/backend.h"
#include "model/llama/cores.h"

namespace duologue::model::llama {

using base::ErrorKind;

base::Status quantize_q8_0(const std::string& source, const std::string& target) {
  TRY(read_gguf_summary(source));
  start_backend();
  const std::string part = fmt::format("{}.part-{}", target, ::getpid());
  llama_model_quantize_params params = llama_model_quantize_default_params();
  params.ftype = LLAMA_FTYPE_MOSTLY_Q8_0;
  params.allow_requantize = true;
  params.nthread = static_cast<std::int32_t>(usable_cores());
  const LogCapture log;
  std::error_code ignored;
  if (llama_model_quantize(source.c_str(), part.c_str(), &params) != 0) {
    std::filesystem::remove(part, ignored);
    return base::fail(ErrorKind::kIo,
                      fmt::format("can't requantise {} to {}: {}", source, target,
                                  log.last_error().empty() ? "llama.cpp gives no reason" : log.last_error()));
  }
  std::error_code error;
  std::filesystem::rename(part, target, error);
  if (error) {
    std::filesystem::remove(part, ignored);
    return base::fail(ErrorKind::kIo, fmt::format("can't write {}: {}", target, error.message()));
  }
  return {};
}

}  // namespace duologue::model::llama
