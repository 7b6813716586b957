// What loading and quantising answer to files that are missing, cut off, of the wrong kind or too large.
#include <filesystem>
#include <fstream>
#include <iterator>

#include <gtest/gtest.h>

#include "model/llama/llama_model.h"
#include "model/llama/quantize.h"
#include "model/llama/testing/dialogue.h"
#include "model/llama/testing/tiny_model.h"
#include "model/testing/tiny_gguf.h"

namespace duologue::model::llama {
namespace {

using base::ErrorKind;

LlamaOptions options_of() {
  LlamaOptions options;
  options.path = testing::tiny_model({});
  options.name = "tiny";
  options.identity = "random";
  options.context_tokens = 1024;
  options.max_sequences = 4;
  options.threads = 1;
  return options;
}

std::string error_of(const std::string& path, ErrorKind kind) {
  LlamaOptions options;
  options.path = path;
  const auto model = open_llama(options);
  if (model) return "it opened";
  EXPECT_EQ(model.error().kind, kind) << model.error().message;
  EXPECT_EQ(model.error().message.find('\n'), std::string::npos);
  return model.error().message;
}

std::string write_file(const std::string& name, const std::string& bytes) {
  const std::string path = testing::temporary_folder() + "/" + name;
  std::ofstream(path, std::ios::binary) << bytes;
  return path;
}

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

TEST(LlamaFiles, EachFaultIsOneLine) {
  EXPECT_NE(error_of("/no/such/model.gguf", ErrorKind::kNotFound).find("/no/such/model.gguf"),
            std::string::npos);
  error_of(write_file("empty.gguf", ""), ErrorKind::kModel);
  error_of(write_file("magic.gguf", "GGML and more bytes, enough for a header of any kind"),
           ErrorKind::kModel);
  const std::string whole = read_file(testing::tiny_model());
  error_of(write_file("truncated.gguf", whole.substr(0, whole.size() / 2)), ErrorKind::kModel);
  error_of(write_file("header.gguf", whole.substr(0, 100)), ErrorKind::kModel);
  // A whole GGUF that is no model.
  const std::string message =
      error_of(write_file("tiny.gguf", model::testing::tiny_gguf()), ErrorKind::kModel);
  EXPECT_NE(message.find("tiny.gguf"), std::string::npos) << message;
  std::string unknown = whole;
  unknown.replace(unknown.find("llama", unknown.find("general.architecture")), 5, "lhama");
  EXPECT_NE(error_of(write_file("unknown.gguf", unknown), ErrorKind::kModel).find("lhama"),
            std::string::npos);
}

TEST(LlamaFiles, ImpossibleSizesAreRefused) {
  LlamaOptions options = options_of();
  options.context_tokens = 8;
  EXPECT_EQ(open_llama(options).error().kind, ErrorKind::kUsage);
  options.context_tokens = 4'000'000'000U;
  EXPECT_EQ(open_llama(options).error().kind, ErrorKind::kModel);
  options.context_tokens = 1024;
  options.determinism = Determinism::kNone;
  EXPECT_EQ(open_llama(options).error().kind, ErrorKind::kUsage);
}

TEST(LlamaFiles, LoadingCanBeStopped) {
  std::stop_source stop;
  stop.request_stop();
  const auto model = open_llama(options_of(), {}, stop.get_token());
  ASSERT_FALSE(model);
  EXPECT_EQ(model.error().kind, ErrorKind::kCancelled);
}

TEST(LlamaFiles, Quantising) {
  const std::string target = testing::temporary_folder() + "/q8.gguf";
  const auto status = quantize_q8_0(testing::tiny_model(), target);
  ASSERT_TRUE(status) << status.error().message;
  LlamaOptions options = options_of();
  options.path = target;
  const auto opened = open_llama(options);
  ASSERT_TRUE(opened) << opened.error().message;
  EXPECT_TRUE(testing::Dialogue(testing::DialogueOptions{}).say(**opened));
  for (const auto& entry : std::filesystem::directory_iterator(testing::temporary_folder())) {
    EXPECT_EQ(entry.path().string().find(".part-"), std::string::npos) << "nothing is left behind";
  }
  EXPECT_EQ(quantize_q8_0("/no/such.gguf", target).error().kind, ErrorKind::kNotFound);
  EXPECT_FALSE(quantize_q8_0(testing::tiny_model(), "/no/such/folder/q8.gguf"));
  EXPECT_FALSE(quantize_q8_0(write_file("no.gguf", "no"), target));
  EXPECT_TRUE(std::filesystem::exists(target)) << "what was there stays";
}

}  // namespace
}  // namespace duologue::model::llama
