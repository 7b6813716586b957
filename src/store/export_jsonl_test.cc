#include "store/export_jsonl.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/json.h"
#include "store/json_text.h"
#include "store/store.h"
#include "store/testing/sample.h"

namespace duologue::store {
namespace {

using base::Json;

class ExportJsonlTest : public testing::Test {
 protected:
  std::string path() const { return folder_ / "a.duo"; }

  std::vector<Json> exported(std::optional<BranchId> branch = {}) {
    auto reader = Reader::open(path());
    EXPECT_TRUE(reader) << reader.error().message;
    std::vector<Json> lines;
    must(export_jsonl(**reader, 1, branch, [&lines](std::string_view line) -> base::Status {
      EXPECT_TRUE(line.ends_with('\n'));
      EXPECT_EQ(line.find('\n'), line.size() - 1);
      auto json = base::parse_json(line.substr(0, line.size() - 1));
      EXPECT_TRUE(json) << line;
      lines.push_back(std::move(*json));
      return {};
    }));
    return lines;
  }

  const TempFolder folder_;
  SampleTalk talk_;
};

std::vector<std::string> keys_of(const Json& object) {
  std::vector<std::string> keys;
  for (const auto& item : object.items()) keys.push_back(item.key());
  return keys;
}

void expect_second_turn(const Json& two) {
  EXPECT_EQ(two["text"], "two \xef\xbf\xbd");
  EXPECT_EQ(base64_decode(two["text_base64"].get<std::string>()), "two \xff");
  EXPECT_EQ(two["metrics"]["share"], Json::object({{"Bob", 0.5}}));
  EXPECT_EQ(two["detections"][0]["label"], "repetition");
  EXPECT_EQ(two["detections"][0]["detected_at"], 2);
  EXPECT_TRUE(two["detections"][0]["period"].is_null());
  ASSERT_EQ(two["events"].size(), 1u);
  EXPECT_EQ(two["events"][0]["kind"], "empty_turn");
  EXPECT_EQ(two["events"][0]["when"], "after");
}

void expect_human_turn(const Json& three) {
  EXPECT_EQ(three["author"]["kind"], "human");
  EXPECT_EQ(three["stop_reason"], "written");
  EXPECT_EQ(three["tool_calls"][0]["result"], "denied");
  for (const char* key : {"model", "params", "seed", "usage", "timing_ms", "view_hash"}) {
    EXPECT_TRUE(three[key].is_null()) << key;
  }
  ASSERT_EQ(three["events"].size(), 4u) << three["events"].dump();
  EXPECT_EQ(three["events"][0]["kind"], "config");
  EXPECT_EQ(three["events"][0]["when"], "before");
  EXPECT_EQ(three["events"][0]["participant"], "Bob");
  EXPECT_EQ(three["events"][0]["change"]["forget_through_turn"], 1);
  EXPECT_EQ(three["events"][1]["kind"], "context_full");
  EXPECT_EQ(three["events"][1]["when"], "before");
  EXPECT_EQ(three["events"][2]["kind"], "injection");
  EXPECT_EQ(three["events"][2]["when"], "after");
  EXPECT_EQ(three["events"][2]["as"], "replacing");
  EXPECT_TRUE(three["events"][2]["to"].is_null());
  EXPECT_EQ(three["events"][3]["kind"], "end");
  EXPECT_EQ(three["events"][3]["cause"], "user");
}

void expect_every_key(const std::vector<Json>& lines) {
  for (const Json& line : lines) {
    for (const char* key :
         {"conversation", "trial",       "turn",   "speaker", "author",     "text",  "reasoning",
          "tool_calls",   "stop_reason", "model",  "params",  "seed",       "usage", "timing_ms",
          "view_hash",    "hash",        "parent", "metrics", "detections", "events"}) {
      EXPECT_TRUE(line.contains(key)) << key;
    }
    EXPECT_EQ(line["conversation"], lines[0]["conversation"]);
    EXPECT_EQ(line["trial"], 1);
  }
}

TEST_F(ExportJsonlTest, OneLineATurnWithEverythingInIt) {
  {
    auto store = Store::create(path(), sample_info(), Durability::kNormal);
    ASSERT_TRUE(store) << store.error().message;
    must((*store)->add_trial(sample_trial()));
    auto made = (*store)->recorder(1);
    engine::Recorder& recorder = **made;
    must(recorder.record(
        talk_.inject({0, chat::Placement::kAppended, "Hello there", {chat::AuthorKind::kHarness, ""}})));
    must(recorder.record(talk_.say("one")));
    engine::Commit two = talk_.say("two \xff");
    two.detections.push_back({"repetition", "", 1, 2, std::nullopt, 1, "one", "words repeat"});
    two.events.push_back({2, "empty_turn", "kept"});
    two.measurements.push_back({2, "share", 1, 0.5});
    must(recorder.record(two));
    chat::ConfigChange change;
    change.participant = 1;
    change.forget_through_turn = 1;
    change.cause = "context full";
    engine::Commit forget = talk_.change(change);
    forget.events.push_back({3, "context_full", ""});
    must(recorder.record(forget));
    chat::Turn human;
    human.author = {chat::AuthorKind::kHuman, "user"};
    human.text = "as Ada";
    human.stop_reason = chat::StopReason::kWritten;
    human.tool_calls = {{"1", "exit", "{}", "denied"}};
    engine::Commit three = talk_.say(human);
    three.call.reset();
    must(recorder.record(three));
    must(recorder.record(talk_.inject(
        {std::nullopt, chat::Placement::kReplacing, "bye", {chat::AuthorKind::kHuman, "user"}})));
    must(recorder.finish({engine::EndCause::kUser, ""}));
  }
  const auto lines = exported();
  ASSERT_EQ(lines.size(), 3u);
  expect_every_key(lines);
  const Json& one = lines[0];
  EXPECT_EQ(one["turn"], 1);
  EXPECT_EQ(one["speaker"], "Ada");
  EXPECT_EQ(one["author"], Json::object({{"kind", "model"}, {"name", "Ada"}}));
  EXPECT_EQ(one["text"], "one");
  EXPECT_FALSE(one.contains("text_base64"));
  EXPECT_EQ(one["stop_reason"], "end_of_turn");
  EXPECT_EQ(one["model"], "gguf:/models/smollm2.gguf");
  EXPECT_EQ(one["params"], Json::object({{"temperature", 0.7}}));
  EXPECT_EQ(one["seed"].get<std::uint64_t>(), ~std::uint64_t{1});
  EXPECT_EQ(one["usage"],
            Json::object({{"prompt_tokens", 101}, {"new_prompt_tokens", 20}, {"completion_tokens", 200}}));
  EXPECT_EQ(one["timing_ms"], Json::object({{"first_token", 1.5}, {"total", 21.25}}));
  EXPECT_EQ(one["view_hash"], base::hash_bytes("view 1").hex());
  EXPECT_EQ(one["hash"], talk_.transcript().turn(1)->hash.hex());
  EXPECT_EQ(one["parent"], talk_.transcript().entries()[0]->hash.hex());
  EXPECT_TRUE(one["metrics"]["d_jac1"].is_null());
  EXPECT_EQ(one["metrics"]["length"], 1.0 / 8);
  EXPECT_EQ(one["metrics"]["entropy"], 2.5);
  EXPECT_TRUE(one["metrics"]["nll_speaker"].is_null());
  EXPECT_EQ(one["metrics"]["nll_listener"], Json::object({{"Bob", 3.25}}));
  ASSERT_EQ(one["events"].size(), 1u);
  EXPECT_EQ(one["events"][0]["when"], "before");
  EXPECT_EQ(one["events"][0]["kind"], "injection");
  EXPECT_EQ(one["events"][0]["to"], "Ada");
  EXPECT_EQ(one["events"][0]["text"], "Hello there");
  EXPECT_TRUE(one["events"][0]["parent"].is_null());
  expect_second_turn(lines[1]);
  expect_human_turn(lines[2]);
  EXPECT_EQ(keys_of(lines[2]), keys_of(one));
}

TEST_F(ExportJsonlTest, ABranchThatWasLeftCanBeExportedToo) {
  {
    auto store = Store::create(path(), sample_info(), Durability::kNormal);
    ASSERT_TRUE(store) << store.error().message;
    must((*store)->add_trial(sample_trial()));
    auto recorder = (*store)->recorder(1);
    for (const char* text : {"one", "two"}) must((*recorder)->record(talk_.say(text)));
    talk_.edit_before_turn(2);
    must((*recorder)->record(talk_.say("two, edited")));
  }
  const auto head = exported();
  ASSERT_EQ(head.size(), 2u);
  EXPECT_EQ(head[1]["text"], "two, edited");
  const auto left = exported(1);
  ASSERT_EQ(left.size(), 2u);
  EXPECT_EQ(left[1]["text"], "two");
  EXPECT_EQ(left[1]["parent"], head[1]["parent"]);
}

TEST_F(ExportJsonlTest, StopsWhereItCannotWrite) {
  {
    auto store = Store::create(path(), sample_info(), Durability::kNormal);
    ASSERT_TRUE(store) << store.error().message;
    must((*store)->add_trial(sample_trial()));
    auto recorder = (*store)->recorder(1);
    for (int i = 0; i < 5; ++i) must((*recorder)->record(talk_.say("turn")));
  }
  auto reader = Reader::open(path());
  int written = 0;
  const base::Status status = export_jsonl(**reader, 1, {}, [&written](std::string_view) -> base::Status {
    if (++written == 2) return base::fail(base::ErrorKind::kIo, "the pipe is closed");
    return {};
  });
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().message, "the pipe is closed");
  EXPECT_EQ(written, 2);
  EXPECT_EQ(export_jsonl(**reader, 9, {}, [](std::string_view) { return base::Status(); }).error().kind,
            base::ErrorKind::kNotFound);
}

}  // namespace
}  // namespace duologue::store
