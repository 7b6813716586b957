#include "model/llama/chat_template.h"

#include <gtest/gtest.h>

namespace duologue::model::llama {
namespace {

using enum chat::Role;

// Noon on 2026-01-01, UTC.
constexpr std::int64_t kNoon = 1'767'268'800;

base::Result<std::unique_ptr<ChatTemplate>> parse(const std::string& source) {
  return ChatTemplate::parse(source, "<s>", "</s>", kNoon);
}

// What the template makes of messages "m0", "m1", ...
std::string rendered(const ChatTemplate& chat, const std::vector<chat::Role>& roles) {
  const auto parts = chat.render(roles);
  if (!parts) return "error: " + parts.error().message;
  std::string text;
  for (const TemplatePart& part : *parts) {
    text += part.text;
    if (part.message >= 0) text += "m" + std::to_string(part.message);
  }
  return text;
}

constexpr const char* kChatml =
    "{% for m in messages %}{{'<|im_start|>' + m['role'] + '\n' + m['content'] + '<|im_end|>\n'}}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}";

// As Mistral's and Gemma's do: roles must alternate and start with a user; contents are trimmed.
constexpr const char* kStrict =
    "{{ bos_token }}{% for m in messages %}{% if (m['role'] == 'user') != (loop.index0 % 2 == 0) %}"
    "{{ raise_exception('roles must alternate') }}{% endif %}"
    "{% if m['role'] == 'user' %}{{ '[INST] ' + m['content'] | trim + ' [/INST]' }}"
    "{% else %}{{ m['content'] + eos_token }}{% endif %}{% endfor %}";

TEST(ChatTemplate, EveryMessageInItsPlace) {
  const auto chat = parse(kChatml).value();
  EXPECT_EQ(rendered(*chat, {kSystem, kUser, kAssistant, kUser}),
            "<|im_start|>system\nm0<|im_end|>\n<|im_start|>user\nm1<|im_end|>\n<|im_start|>assistant\nm2<|im_"
            "end|>\n"
            "<|im_start|>user\nm3<|im_end|>\n<|im_start|>assistant\n");
  EXPECT_EQ(chat->between_turns(), "<|im_end|>\n<|im_start|>user\n");
  EXPECT_FALSE(chat->trims_content());
  EXPECT_FALSE(chat->opens_reasoning());
}

TEST(ChatTemplate, NeighboursOfOneRoleAreMergedWhereTheTemplateWantsIt) {
  const auto chat = parse(kStrict).value();
  EXPECT_TRUE(chat->trims_content());
  EXPECT_EQ(rendered(*chat, {kUser, kAssistant, kUser}), "<s>[INST] m0 [/INST]m1</s>[INST] m2 [/INST]");
  EXPECT_EQ(rendered(*chat, {kUser, kUser, kAssistant, kUser, kUser}),
            "<s>[INST] m0\n\nm1 [/INST]m2</s>[INST] m3\n\nm4 [/INST]");
  EXPECT_EQ(rendered(*chat, {kAssistant, kUser}), "<s>[INST] (says nothing) [/INST]m0</s>[INST] m1 [/INST]");
  EXPECT_EQ(rendered(*chat, {kSystem, kUser}), "<s>[INST] m0\nm1 [/INST]") << "no system role: in front";
}

TEST(ChatTemplate, ASystemPromptMayStandAnywhere) {
  const auto chat =
      parse(
          "{% for m in messages %}{% if m['role'] == 'user' %}{{ '[U]' }}{% if loop.last and "
          "messages[0]['role'] == 'system' %}{{ messages[0]['content'] + ' ' }}{% endif %}{{ "
          "m['content'] }}{% elif m['role'] == 'assistant' %}{{ '[A]' + m['content'] }}{% endif %}"
          "{% endfor %}{{ '[A]' }}")
          .value();
  EXPECT_EQ(rendered(*chat, {kSystem, kUser, kAssistant, kUser}), "[U]m1[A]m2[U]m0 m3[A]");
}

TEST(ChatTemplate, ATemplateThatLosesOrRepeatsMessagesIsRefused) {
  const auto forgets = parse("{{ messages[0]['content'] }}[A]");
  ASSERT_FALSE(forgets);
  EXPECT_EQ(forgets.error().kind, base::ErrorKind::kModel);
  EXPECT_NE(forgets.error().message.find("leaves messages out"), std::string::npos)
      << forgets.error().message;
  EXPECT_FALSE(parse("{% for m in messages %}{{ m['content'] + m['content'] }}{% endfor %}"));
  EXPECT_FALSE(parse("{% for m in messages %}{{"));
  EXPECT_EQ(parse("{{ raise_exception('no\nchat') }}").error().message.find('\n'), std::string::npos)
      << "one line";
}

TEST(ChatTemplate, TheClockStandsStill) {
  const auto chat =
      parse("{{ strftime_now('%Y-%m-%d') }}{% for m in messages %}[{{ m['content'] }}]{% endfor %}");
  EXPECT_EQ(rendered(**chat, {kUser}), "2026-01-01[m0]");
}

TEST(ChatTemplate, ReasoningOpenedByTheTemplate) {
  const auto chat =
      parse("{% for m in messages %}{{ '<u>' + m['content'] }}{% endfor %}{{ '<a><think>\n' }}").value();
  EXPECT_TRUE(chat->opens_reasoning());
}

}  // namespace
}  // namespace duologue::model::llama
