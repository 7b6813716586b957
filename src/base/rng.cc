#include "base/rng.h"

#include <random>

#include <Random123/philox.h>

namespace duologue::base {

std::uint64_t random_bits(const RngKey& key, std::uint32_t counter) {
  using Philox = r123::Philox4x32;
  const Philox::ctr_type ctr = {{counter, static_cast<std::uint32_t>(key.stream), key.turn, key.trial}};
  const Philox::key_type philox_key = {
      {static_cast<std::uint32_t>(key.seed), static_cast<std::uint32_t>(key.seed >> 32)}};
  const auto block = Philox{}(ctr, philox_key);
  return block.v[0] | (static_cast<std::uint64_t>(block.v[1]) << 32);
}

double random_uniform(const RngKey& key, std::uint32_t counter) {
  return static_cast<double>(random_bits(key, counter) >> 11) * 0x1.0p-53;
}

std::uint64_t random_seed() {
  std::random_device device;
  return (static_cast<std::uint64_t>(device()) << 32) | device();
}

}  // namespace duologue::base
