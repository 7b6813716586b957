#include "cli/loading.h"

#include <unistd.h>

#include <functional>
#include <iostream>
#include <memory>
#include <utility>

#include "cli/aliases.h"
#include "cli/prices.h"
#include "cli/terminal/safe_text.h"
#include "cli/terminal/terminal_mode.h"
#include "cli/user_configuration.h"
#include "model/http/curl_transport.h"
#include "model/http/wire_log.h"

namespace duologue::cli {
namespace {

// One line that is rewritten, and gone when there is something else to say or the models are open.
class LoadingLine {
 public:
  explicit LoadingLine(Output& err) : err_(err) {}
  ~LoadingLine() { clear(); }
  LoadingLine(const LoadingLine&) = delete;
  LoadingLine& operator=(const LoadingLine&) = delete;

  void show(std::string_view model, double done) {
    const int percent = static_cast<int>(done * 100);
    if (percent == shown_) return;
    shown_ = percent;
    const std::string name = safe_line(model, 40);
    // Loaded weights aren't all: the cache for the conversation comes next.
    err_.write("\r\x1b[K" + (percent < 100 ? fmt::format("loading {} … {} %", name, percent)
                                           : fmt::format("preparing {} …", name)));
    err_.flush();
  }
  void clear() {
    if (shown_ < 0) return;
    err_.write("\r\x1b[K");
    err_.flush();
    shown_ = -1;
  }

 private:
  Output& err_;
  int shown_ = -1;
};

bool ask(Output& err, std::string_view question) {
  err.print("{} [Y/n] ", safe_line(question));
  err.flush();
  std::string answer;
  if (!std::getline(std::cin, answer)) return false;
  return answer.empty() || answer.front() == 'y' || answer.front() == 'Y';
}

// Empty where nobody is there to answer.
std::function<bool(std::string_view)> asking(CommandContext& context, std::shared_ptr<LoadingLine> line) {
  if (isatty(STDIN_FILENO) != 1 || !context.err.is_terminal()) return {};
  return [&context, line = std::move(line)](std::string_view question) {
    line->clear();
    return ask(context.err, question);
  };
}

}  // namespace

base::Result<experiment::PoolOptions> pool_options(CommandContext& context, const ShowOptions& show, bool yes,
                                                   Signals& signals) {
  experiment::PoolOptions options;
  TRY_ASSIGN(model::PriceList prices, user_prices());
  options.prices = std::make_shared<const model::PriceList>(std::move(prices));
  options.stop = signals.token();
  options.catalog = &user_catalog();
  options.env = user_environment();
  options.key_rates = user_key_rates();
  auto line = std::make_shared<LoadingLine>(context.err);
  Output& words = words_to(context, show);
  options.say = [&words, line](std::string_view text) {
    line->clear();
    words.write(safe_line(text) + "\n");
    words.flush();
  };
  if (!show.plain && can_draw(STDERR_FILENO)) {
    options.on_loading = [line](std::string_view model, double done) { line->show(model, done); };
  }
  options.may_fetch = asking(context, line);
  if (yes) options.may_fetch = [](std::string_view) { return true; };
  return options;
}

void add_wire_flags(Command command, WireFlags& flags) {
  command.option("--record-wire", flags.record,
                 "DIR: keep what goes to providers and comes back, without keys, in DIR/wire.jsonl");
  command.option("--replay-wire", flags.replay,
                 "DIR: answer from what was recorded there, without a network");
}

base::Status set_wire(const WireFlags& flags, experiment::PoolOptions& options) {
  if (!flags.record.empty() && !flags.replay.empty())
    return base::fail(base::ErrorKind::kUsage, "--record-wire and --replay-wire at once: choose one");
  if (!flags.record.empty()) {
    TRY_ASSIGN(options.transport,
               model::http::open_wire_recorder(flags.record, model::http::make_curl_transport()));
  } else if (!flags.replay.empty()) {
    TRY_ASSIGN(options.transport, model::http::open_wire_replay(flags.replay));
  }
  return {};
}

experiment::EmbedderNeed embedder_need(CommandContext& context, Signals& signals) {
  experiment::EmbedderNeed need;
  need.stop = signals.token();
  need.env = user_environment();
  need.catalog = &user_catalog();
  auto line = std::make_shared<LoadingLine>(context.err);
  if (can_draw(STDERR_FILENO)) {
    need.on_loading = [line](std::string_view name, double done) { line->show(name, done); };
  }
  need.may_fetch = asking(context, line);
  return need;
}

}  // namespace duologue::cli
