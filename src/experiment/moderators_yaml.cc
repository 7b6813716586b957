#include "experiment/moderators_yaml.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "base/json.h"
#include "base/yaml_json.h"
#include "chat/sampling.h"
#include "experiment/spec.h"
#include "experiment/spec_keys.h"
#include "experiment/spec_yaml.h"

namespace duologue::experiment {

namespace {

using base::Result;
using base::Status;
using base::Yaml;
using base::YamlKind;
using engine::Deed;
using engine::Instruction;

struct DeedWord {
  std::string_view word;
  Deed deed;
  bool needs_who;
};
constexpr std::array<DeedWord, 9> kDeeds{{
    {"say", Deed::kSay, false},
    {"whisper", Deed::kSay, false},
    {"speak", Deed::kSpeak, true},
    {"edit", Deed::kEdit, false},
    {"set", Deed::kSampling, false},
    {"system", Deed::kSystem, false},
    {"model", Deed::kModel, true},
    {"next", Deed::kNext, true},
    {"stop", Deed::kStop, false},
}};

std::vector<std::string> deed_words() {
  std::vector<std::string> words;
  for (const DeedWord& one : kDeeds) words.emplace_back(one.word);
  return words;
}

class ModeratorReader {
 public:
  ModeratorReader(const Yaml& node, const ModeratorContext& context) : node_(node), context_(context) {}

  Result<Instruction> read(std::size_t index) {
    TRY(node_.map("a moderator", {"name", "when", "do", "who", "to", "as", "at_most"}));
    it_.name = fmt::format("moderator {}", index + 1);
    if (const Yaml* name = node_.find("name")) {
      TRY_ASSIGN(it_.name, name->text("name"));
      if (auto good = check_participant_name(it_.name); !good)
        return name->fail("a moderator's name: " + good.error().message);
    }
    const Yaml* todo = node_.find("do");
    if (todo == nullptr) return node_.fail("a moderator needs do, e.g. {say: \"…\"}, or none");
    TRY(read_deed(*todo));
    const Yaml* when = node_.find("when");
    if (when == nullptr && it_.deed != Deed::kNone) {
      return node_.fail("a moderator needs when: {turn: N}, {every: N} or {detected: LABEL}");
    }
    if (when != nullptr) TRY(read_when(*when));
    TRY(read_rest());
    return std::move(it_);
  }

 private:
  Status read_when(const Yaml& when) {
    TRY_ASSIGN(const auto members, when.map("when", {"turn", "every", "detected"}));
    if (members.size() != 1)
      return when.fail("when says one thing: {turn: N}, {every: N} or {detected: LABEL}");
    const Yaml& value = members.front().value;
    if (members.front().key == "detected") {
      TRY_ASSIGN(const std::size_t word, value.word("detected", detected_labels()));
      it_.detected = detected_labels()[word];
    } else if (members.front().key == "every") {
      TRY_ASSIGN(const std::uint64_t every, value.integer("every", 1, kMaxTurns));
      it_.every = static_cast<std::uint32_t>(every);
    } else if (value.kind() == YamlKind::kList) {
      TRY_ASSIGN(const auto items, value.list("turn"));
      for (const Yaml& item : items) TRY(read_turn(item));
    } else {
      TRY(read_turn(value));
    }
    return {};
  }

  Status read_turn(const Yaml& value) {
    const std::uint64_t first = it_.deed == Deed::kEdit ? 2 : 1;
    TRY_ASSIGN(const std::uint64_t turn, value.integer("turn", first, kMaxTurns));
    if (context_.turns > 0 && turn > context_.turns) {
      return value.fail(
          fmt::format("turn {} is past the end: the conversation has {} turns", turn, context_.turns));
    }
    if (!it_.turns.empty() && it_.turns.back() >= turn) return value.fail("turns must go upwards");
    it_.turns.push_back(static_cast<std::uint32_t>(turn));
    return {};
  }

  Status read_deed(const Yaml& todo) {
    if (todo.kind() == YamlKind::kScalar) {
      TRY(todo.word("do", {"none"}));
      return {};
    }
    TRY_ASSIGN(const auto members, todo.map("do", deed_words()));
    if (members.size() != 1)
      return todo.fail("do says one thing, e.g. {say: \"…\"}; write another moderator for more");
    const base::YamlMember& member = members.front();
    word_ = *std::ranges::find(kDeeds, member.key, &DeedWord::word);
    it_.deed = word_.deed;
    if (it_.deed == Deed::kSampling) return read_sampling(member.value);
    if (it_.deed == Deed::kNext) {
      TRY_ASSIGN(it_.who, participant(member.value, "next"));
      return {};
    }
    TRY_ASSIGN(it_.text, member.value.text(member.key));
    if (it_.text.size() > kMaxTextBytes) return member.value.fail("this text is too long");
    const bool may_be_empty = it_.deed == Deed::kSystem || it_.deed == Deed::kStop || it_.deed == Deed::kEdit;
    if (it_.text.empty() && !may_be_empty) return member.value.fail(fmt::format("{} is empty", member.key));
    if (it_.deed == Deed::kModel) it_.text = with_absolute_file(it_.text, context_.folder);
    return {};
  }

  Status read_sampling(const Yaml& value) {
    TRY_ASSIGN(const base::Json all, base::parse_json(chat::to_json(chat::Sampling{})));
    std::vector<std::string> known;
    for (const auto& [key, unused] : all.items()) known.push_back(key);
    TRY(value.map("set", known));
    it_.text = base::dump_json(base::yaml_to_json(value));
    if (auto good = chat::sampling_with({}, it_.text); !good) return value.fail(good.error().message);
    return {};
  }

  Result<std::string> participant(const Yaml& value, std::string_view what) const {
    TRY_ASSIGN(const std::size_t index, value.word(what, context_.participants));
    return context_.participants[index];
  }

  Status read_rest() {
    const Yaml* who = node_.find("who");
    if (who != nullptr) {
      const bool takes_who = word_.needs_who || it_.deed == Deed::kSampling || it_.deed == Deed::kSystem;
      if (!takes_who || it_.deed == Deed::kNext)
        return who->fail("who belongs to speak, set, system and model");
      TRY_ASSIGN(it_.who, participant(*who, "who"));
    } else if (word_.needs_who && it_.who.empty()) {
      return node_.fail(fmt::format("{} needs who: a participant's name", word_.word));
    }
    const Yaml* to = node_.find("to");
    if (to != nullptr) {
      if (it_.deed != Deed::kSay) return to->fail("to belongs to say and whisper");
      const auto word = to->text("to");
      if (!word || *word != "all" || word_.word == "whisper") {
        TRY_ASSIGN(it_.to, participant(*to, "to"));
      }
    } else if (word_.word == "whisper") {
      return node_.fail("whisper needs to: a participant's name");
    }
    if (const Yaml* as = node_.find("as")) {
      if (it_.deed != Deed::kSay) return as->fail("as belongs to say and whisper");
      TRY_ASSIGN(const std::size_t word, as->word("as", {"appended", "replacing"}));
      it_.as = word == 0 ? chat::Placement::kAppended : chat::Placement::kReplacing;
    }
    if (const Yaml* at_most = node_.find("at_most")) {
      TRY_ASSIGN(const std::uint64_t times, at_most->integer("at_most", 1, kMaxTurns));
      it_.at_most = static_cast<std::uint32_t>(times);
    }
    return {};
  }

  const Yaml& node_;
  const ModeratorContext& context_;
  Instruction it_;
  DeedWord word_{"none", Deed::kNone, false};
};

}  // namespace

Result<std::vector<Instruction>> read_schedule(const std::string& path, const ModeratorContext& context) {
  TRY_ASSIGN(const Yaml root, Yaml::parse_file(path));
  if (root.kind() == YamlKind::kScalar) return root.fail("this file holds no moderators");
  ModeratorContext inner = context;
  inner.folder = std::filesystem::path(path).parent_path().string();
  return read_moderators(root, inner);
}

Result<std::vector<Instruction>> read_moderators(const Yaml& node, const ModeratorContext& context) {
  if (node.kind() == YamlKind::kScalar) {
    TRY_ASSIGN(const std::string file, node.text("moderators"));
    const std::string path = (std::filesystem::path(context.folder) / file).lexically_normal().string();
    auto read = read_schedule(path, context);
    if (!read && read.error().kind != base::ErrorKind::kUsage) return node.fail(read.error().message);
    return read;
  }
  if (node.kind() == YamlKind::kMap) {
    TRY(node.map("the schedule", {"moderators"}));
    const Yaml* inner = node.find("moderators");
    if (inner == nullptr || inner->kind() != YamlKind::kList) return node.fail("moderators must be a list");
    return read_moderators(*inner, context);
  }
  TRY_ASSIGN(const auto items, node.list("moderators"));
  if (items.size() > kMaxModerators) return node.fail(fmt::format("more than {} moderators", kMaxModerators));
  std::vector<Instruction> all;
  std::set<std::string> names;
  for (std::size_t i = 0; i < items.size(); ++i) {
    TRY_ASSIGN(Instruction one, ModeratorReader(items[i], context).read(i));
    if (!names.insert(one.name).second) {
      const Yaml* name = items[i].find("name");
      return (name == nullptr ? items[i] : *name)
          .fail(fmt::format("two moderators are called {}; the record tells them apart by name", one.name));
    }
    all.push_back(std::move(one));
  }
  return all;
}

}  // namespace duologue::experiment
