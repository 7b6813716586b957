#include "model/llama/backend.h"

#include <mutex>
#include <string_view>

#include <llama.h>

namespace duologue::model::llama {

namespace {

constexpr std::size_t kMaxLine = 300;

thread_local LogCapture* innermost = nullptr;

// "llama_model_load: error loading model: X" says X.
std::string_view without_function_names(std::string_view line) {
  for (;;) {
    const std::size_t colon = line.find(": ");
    if (colon == std::string_view::npos) return line;
    const std::string_view head = line.substr(0, colon);
    const bool a_name = head.find_first_of(" '\"") == std::string_view::npos;
    if (!a_name && head != "error loading model") return line;
    line.remove_prefix(colon + 2);
  }
}

}  // namespace

struct LogSink {
  static void take(ggml_log_level level, const char* text, void* /*unused*/) {
    LogCapture* capture = innermost;
    if (capture == nullptr) return;
    if (level != GGML_LOG_LEVEL_CONT) {
      capture->line_.clear();
      capture->is_error_ = level == GGML_LOG_LEVEL_ERROR;
    }
    if (!capture->is_error_) return;
    for (const std::string_view part(text); const char c : part) {
      if (c != '\n') {
        if (capture->line_.size() < kMaxLine) capture->line_ += c;
        continue;
      }
      const std::string_view said = without_function_names(capture->line_);
      if (!said.empty() && !said.starts_with("failed to load model")) capture->last_error_ = said;
      capture->line_.clear();
    }
  }
};

void start_backend() {
  static std::once_flag once;
  std::call_once(once, [] {
    llama_log_set(&LogSink::take, nullptr);
    llama_backend_init();
  });
}

std::string kernels() {
  start_backend();
  std::string words = llama_print_system_info();
  while (words.ends_with(' ') || words.ends_with('|')) words.pop_back();
  return words;
}

LogCapture::LogCapture() : outer_(innermost) { innermost = this; }
LogCapture::~LogCapture() { innermost = outer_; }

}  // namespace duologue::model::llama
