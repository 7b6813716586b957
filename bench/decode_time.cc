#include "decode_time.h"

#include <algorithm>
#include <bitset>
#include <mutex>

#include <llama.h>

#include "figures.h"

namespace duologue::bench {

namespace {

std::mutex mutex;
DecodeTime total;

bool one_token_each(const llama_batch& batch) {
  std::bitset<1024> seen;
  for (std::int32_t i = 0; i < batch.n_tokens; ++i) {
    const auto sequence =
        batch.seq_id == nullptr ? std::size_t{0} : static_cast<std::size_t>(batch.seq_id[i][0]) % seen.size();
    if (seen[sequence]) return false;
    seen[sequence] = true;
  }
  return true;
}

void add(const llama_batch& batch, double seconds) {
  const auto tokens = static_cast<std::uint64_t>(std::max(batch.n_tokens, 0));
  const bool step = one_token_each(batch);
  const std::lock_guard lock(mutex);
  total.seconds += seconds;
  ++total.calls;
  total.tokens += tokens;
  if (!step) return;
  total.step_seconds += seconds;
  ++total.step_calls;
  total.step_tokens += tokens;
}

}  // namespace

DecodeTime decode_time() {
  const std::lock_guard lock(mutex);
  return total;
}

}  // namespace duologue::bench

// The names are the linker's.
extern "C" {
std::int32_t __real_llama_decode(llama_context* context, llama_batch batch);

std::int32_t __wrap_llama_decode(llama_context* context, llama_batch batch) {
  const double started = duologue::bench::now_s();
  const std::int32_t status = __real_llama_decode(context, batch);
  // What is still under way (on a GPU) belongs to the decode, not to whoever reads its result first.
  llama_synchronize(context);
  duologue::bench::add(batch, duologue::bench::now_s() - started);
  return status;
}
}
