#include "model/embedders/testing/fixtures.h"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace duologue::model::testing {

TempFolder::TempFolder() {
  std::string made = (std::filesystem::temp_directory_path() / "duologue-embedders-XXXXXX").string();
  if (mkdtemp(made.data()) == nullptr) std::abort();
  path_ = made;
}

TempFolder::~TempFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::string TempFolder::write(const std::string& name, const std::string& bytes) const {
  const std::string path = path_ + "/" + name;
  std::filesystem::create_directories(std::filesystem::path(path).parent_path());
  std::ofstream(path, std::ios::binary) << bytes;
  return path;
}

std::string safetensors_with(const std::string& header, const std::string& data) {
  const std::uint64_t size = header.size();
  return std::string(reinterpret_cast<const char*>(&size), sizeof size) + header + data;
}

std::string safetensors(const std::vector<TensorBytes>& tensors) {
  std::string header = R"({"__metadata__":{"format":"pt"})";
  std::string data;
  for (const TensorBytes& tensor : tensors) {
    header += fmt::format(R"(,"{}":{{"dtype":"{}","shape":[{}],"data_offsets":[{},{}]}})", tensor.name,
                          tensor.dtype, fmt::join(tensor.shape, ","), data.size(),
                          data.size() + tensor.bytes.size());
    data += tensor.bytes;
  }
  return safetensors_with(header + "}", data);
}

std::vector<float> pattern(std::size_t rows, std::size_t columns) {
  std::vector<float> values;
  for (std::size_t i = 0; i < rows; ++i) {
    for (std::size_t j = 0; j < columns; ++j)
      values.push_back((static_cast<float>((31 * i + 17 * j) % 23) - 11) / 16);
  }
  return values;
}

const char* const kWordPieceJson = R"({
  "version": "1.0", "truncation": null, "padding": null,
  "added_tokens": [
    {"id": 0, "content": "[PAD]", "single_word": false, "lstrip": false, "rstrip": false, "normalized": false,
     "special": true},
    {"id": 1, "content": "[UNK]", "single_word": false, "lstrip": false, "rstrip": false, "normalized": false,
     "special": true}],
  "normalizer": {"type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true,
    "strip_accents": null, "lowercase": true},
  "pre_tokenizer": {"type": "BertPreTokenizer"},
  "post_processor": null,
  "decoder": {"type": "WordPiece", "prefix": "##", "cleanup": true},
  "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
    "max_input_chars_per_word": 100,
    "vocab": {"[PAD]": 0, "[UNK]": 1, "the": 2, "lamp": 3, "##s": 4, "un": 5, "##believ": 6, "##able": 7,
      "!": 8, ".": 9, ",": 10, "cafe": 11, "\u4e2d": 12, "\u6587": 13, "a": 14, "##b": 15, "hello": 16,
      "-": 17, "night": 18, "##fall": 19, "is": 20, "lit": 21, "'": 22, "t": 23, "don": 24, "$": 25,
      "\u00e9": 26, "x": 27, "##x": 28, "\u00bf": 29}}
})";

namespace {

const char* const kUnigramTemplate = R"({
  "version": "1.0", "truncation": null, "padding": null,
  "added_tokens": [
    {"id": 0, "content": "<unk>", "single_word": false, "lstrip": false, "rstrip": false, "normalized": false,
     "special": true}],
  "normalizer": {"type": "Sequence", "normalizers": [
    {"type": "Precompiled", "precompiled_charsmap": "@CHARSMAP@"},
    {"type": "Lowercase"},
    {"type": "Replace", "pattern": {"String": "!"}, "content": " ! "},
    {"type": "Replace", "pattern": {"Regex": "\\s+"}, "content": " "},
    {"type": "Strip", "strip_left": false, "strip_right": true}]},
  "pre_tokenizer": {"type": "Metaspace", "replacement": "\u2581", "prepend_scheme": "always", "split": false},
  "post_processor": null, "decoder": null,
  "model": {"type": "Unigram", "unk_id": 0, "byte_fallback": false, "vocab": [
    ["<unk>", 0.0], ["\u2581the", -2.5], ["\u2581lamp", -4.0], ["\u2581", -3.0], ["s", -3.5], ["lamp", -5.0],
    ["t", -4.5], ["h", -4.75], ["e", -4.25], ["\u2581th", -4.0], ["\u2581a", -3.25], ["b", -5.5],
    ["ab", -6.0], ["abab", -8.0], ["fi", -5.0], ["ve", -5.25], ["\u2581!", -3.75], ["!", -6.5],
    ["\u00e9", -6.25], ["\u2581the\u2581lamp", -5.5], ["\u2581\u4e2d", -7.0], ["\u6587", -7.5], ["is", -4.0],
    ["\u2581is", -3.5]]}
})";

// The units of the map's trie that aren't 0 (darts-clone's layout).
struct Unit {
  std::size_t at;
  std::uint32_t value;
};
constexpr Unit kUnits[] = {{0, 0x400u},        {40, 0x80000009u},  {41, 0x581u},  {64, 0x541u},
                           {65, 0x80000000u},  {66, 0x80000002u},  {67, 0x542u},  {70, 0x4ACu},
                           {99, 0x880u},       {100, 0x465u},      {169, 0x4CCu}, {198, 0x581u},
                           {199, 0x80000004u}, {224, 0x80000007u}, {225, 0x580u}, {226, 0x4E3u},
                           {238, 0x10EFu}};
constexpr std::size_t kUnitCount = 256;
constexpr std::string_view kReplacements("a\0b\0fi\0 \0\xC3\xA9\0", 12);

std::string base64(std::string_view bytes) {
  constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    std::uint32_t bits = 0;
    for (std::size_t k = 0; k < 3; ++k)
      bits = bits << 8 | (i + k < bytes.size() ? static_cast<unsigned char>(bytes[i + k]) : 0u);
    for (std::size_t k = 0; k < 4; ++k)
      out += i + k > bytes.size() ? '=' : kDigits[bits >> (18 - 6 * k) & 63u];
  }
  return out;
}

}  // namespace

std::string charsmap() {
  std::vector<std::uint32_t> units(kUnitCount);
  for (const Unit& unit : kUnits) units[unit.at] = unit.value;
  return bytes_of(std::vector{static_cast<std::uint32_t>(kUnitCount * 4)}) + bytes_of(units) +
         std::string(kReplacements);
}

std::string unigram_json() {
  std::string json = kUnigramTemplate;
  constexpr std::string_view kPlace = "@CHARSMAP@";
  return json.replace(json.find(kPlace), kPlace.size(), base64(charsmap()));
}

}  // namespace duologue::model::testing
