#include "model/retrying_model.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace duologue::model {

namespace {

using base::Error;
using base::ErrorKind;
using std::chrono::milliseconds;
using TimePoint = std::chrono::steady_clock::time_point;

constexpr std::uint64_t kBytesPerToken = 4;  // of English, with the common vocabularies
constexpr std::uint64_t kTokensPerMessage = 4;
constexpr milliseconds kLongestAsked = std::chrono::hours(24 * 366);  // a provider can ask for anything

std::uint64_t expected_tokens(const chat::View& view, const GenerateConfig& config) {
  std::uint64_t tokens = config.sampling.max_tokens;
  for (const chat::Message& message : view.messages) {
    tokens += kTokensPerMessage + message.content->size() / kBytesPerToken;
  }
  return tokens;
}

std::string seconds(milliseconds time) {
  return fmt::format("{:.3g} s", static_cast<double>(time.count()) / 1e3);
}

class RetryingModel final : public Model {
 public:
  RetryingModel(std::shared_ptr<Model> model, RetryPolicy policy, std::shared_ptr<RateLimiter> limiter,
                const base::Clock& clock)
      : model_(std::move(model)), policy_(policy), limiter_(std::move(limiter)), clock_(clock) {}

  const ModelInfo& info() const override { return model_->info(); }
  base::Result<ModelOutput> generate(const chat::View& view, const GenerateConfig& config,
                                     std::stop_token stop, const OnDelta& on_delta) override;
  base::Result<std::vector<chat::ListenerStats>> score(const chat::View& view, const GenerateConfig& config,
                                                       std::stop_token stop) override {
    return model_->score(view, config, std::move(stop));
  }
  base::Result<std::vector<std::uint32_t>> token_counts(const chat::View& view,
                                                        const GenerateConfig& config) override {
    return model_->token_counts(view, config);
  }
  base::Result<std::optional<RenderedPrompt>> render(const chat::View& view,
                                                     const GenerateConfig& config) override {
    return model_->render(view, config);
  }
  void release(const ContextKey& key) override { model_->release(key); }

 private:
  // One attempt, within the key's rate.
  base::Result<ModelOutput> attempt(const chat::View& view, const GenerateConfig& config,
                                    const std::stop_token& stop, const OnDelta& on_delta, TimePoint& begun);
  Error give_up(Error error, std::uint32_t attempts, milliseconds wait) const;

  const std::shared_ptr<Model> model_;
  const RetryPolicy policy_;
  const std::shared_ptr<RateLimiter> limiter_;
  const base::Clock& clock_;
};

base::Result<ModelOutput> RetryingModel::attempt(const chat::View& view, const GenerateConfig& config,
                                                 const std::stop_token& stop, const OnDelta& on_delta,
                                                 TimePoint& begun) {
  if (!limiter_) {
    begun = clock_.steady();
    return model_->generate(view, config, stop, on_delta);
  }
  TRY_ASSIGN(const RateLimiter::Ticket ticket,
             limiter_->acquire(expected_tokens(view, config), stop, config.on_waiting));
  begun = clock_.steady();
  auto output = model_->generate(view, config, stop, on_delta);
  if (output) {
    const chat::Usage& usage = output->usage;
    limiter_->settle(ticket, std::uint64_t{usage.prompt_tokens} + usage.completion_tokens);
  }
  return output;
}

// Without figures that differ from turn to turn: many conversations that end alike read alike.
Error RetryingModel::give_up(Error error, std::uint32_t attempts, milliseconds wait) const {
  if (attempts < policy_.attempts) {
    const bool asked = error.retry_after && wait > policy_.deadline;
    error.message += asked ? fmt::format("; it asks to wait {}, and a turn may take {}",
                                         seconds(*error.retry_after), seconds(policy_.deadline))
                           : fmt::format("; given up: a turn may take {}", seconds(policy_.deadline));
  } else if (attempts > 1) {
    error.message += fmt::format("; given up after {} attempts", attempts);
  }
  return error;
}

base::Result<ModelOutput> RetryingModel::generate(const chat::View& view, const GenerateConfig& config,
                                                  std::stop_token stop, const OnDelta& on_delta) {
  std::optional<TimePoint> first_begun;
  for (std::uint32_t number = 1;; ++number) {
    TimePoint begun;
    auto output = attempt(view, config, stop, on_delta, begun);
    if (output || !may_pass(output.error().kind)) return output;
    if (!first_begun) first_begun = begun;
    const Error& error = output.error();
    const milliseconds wait = wait_before_retry(policy_, config.key, number, error);
    const auto taken = std::chrono::duration_cast<milliseconds>(clock_.steady() - *first_begun);
    const bool too_long = wait > policy_.deadline - taken;
    // A provider that wants hours holds nobody else up: each finds out for itself, and gives up as well.
    if (limiter_ && error.kind == ErrorKind::kRateLimited && wait <= policy_.deadline)
      limiter_->note_limited(error.retry_after.value_or(wait));
    if (number >= policy_.attempts || too_long) return std::unexpected(give_up(error, number, wait));
    if (config.on_failed_attempt) config.on_failed_attempt({number, error, wait});
    if (!clock_.sleep(wait, stop)) return base::fail(ErrorKind::kCancelled, "cancelled");
  }
}

}  // namespace

bool may_pass(ErrorKind kind) {
  return kind == ErrorKind::kUnavailable || kind == ErrorKind::kRateLimited || kind == ErrorKind::kTimeout;
}

milliseconds wait_before_retry(const RetryPolicy& policy, base::RngKey key, std::uint32_t number,
                               const Error& error) {
  key.stream = base::RngStream::kRetry;
  const double drawn = base::random_uniform(key, number);
  const auto part_of = [drawn](milliseconds most) {
    return milliseconds(static_cast<std::int64_t>(drawn * static_cast<double>(most.count())));
  };
  if (error.retry_after) {
    return std::clamp(*error.retry_after, milliseconds(0), kLongestAsked) + part_of(policy.first_wait);
  }
  milliseconds most = policy.first_wait;
  for (std::uint32_t i = 1; i < number && most < policy.longest_wait; ++i) most *= 2;
  return part_of(std::min(most, policy.longest_wait));
}

std::shared_ptr<Model> make_retrying(std::shared_ptr<Model> model, RetryPolicy policy,
                                     std::shared_ptr<RateLimiter> limiter, const base::Clock& clock) {
  return std::make_shared<RetryingModel>(std::move(model), policy, std::move(limiter), clock);
}

}  // namespace duologue::model
