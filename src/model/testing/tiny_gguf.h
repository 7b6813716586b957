// A whole GGUF file of a few hundred bytes, for tests that look at files and load none.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace duologue::model::testing {

inline std::string tiny_gguf() {
  std::string out;
  const auto number = [&out](auto value) { out.append(reinterpret_cast<const char*>(&value), sizeof value); };
  const auto text = [&](std::string_view bytes) {
    number(std::uint64_t{bytes.size()});
    out.append(bytes);
  };
  constexpr std::uint32_t kUint32 = 4, kBool = 7, kString = 8, kArray = 9, kF32 = 0, kQ80 = 8;
  out.append("GGUF");
  number(std::uint32_t{3});
  number(std::uint64_t{2});  // tensors
  number(std::uint64_t{6});  // keys
  text("general.architecture"), number(kString), text("llama");
  text("general.name"), number(kString), text("tiny");
  text("general.alignment"), number(kUint32), number(std::uint32_t{64});
  text("tokenizer.ggml.tokens"), number(kArray), number(kString), number(std::uint64_t{2}), text("a"),
      text("bb");
  text("tokenizer.ggml.add_bos_token"), number(kBool), number(std::uint8_t{1});
  text("tokenizer.chat_template"), number(kString), text("{{ messages }}");
  text("token_embd.weight"), number(std::uint32_t{2}), number(std::uint64_t{4}), number(std::uint64_t{2}),
      number(kF32), number(std::uint64_t{0});
  text("output.weight"), number(std::uint32_t{1}), number(std::uint64_t{64}), number(kQ80),
      number(std::uint64_t{64});
  out.resize((out.size() + 63) / 64 * 64, '\0');
  out.append(64 + 68, '\x11');  // 8 floats, padded to 64; two blocks of 34 bytes
  return out;
}

}  // namespace duologue::model::testing
