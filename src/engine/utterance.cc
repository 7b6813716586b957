#include "engine/utterance.h"

#include <algorithm>
#include <iterator>
#include <memory>
#include <optional>
#include <utility>

namespace duologue::engine {

namespace {

// Puts a part behind what was said before; its calls keep their places.
void append(model::ModelOutput& whole, model::ModelOutput part) {
  chat::Turn& turn = whole.turn;
  if (!turn.text.empty() && !part.turn.text.empty() && !turn.text.ends_with('\n')) turn.text += '\n';
  const auto before = static_cast<std::uint32_t>(turn.text.size());
  for (chat::ToolCall& call : part.turn.tool_calls) {
    call.at += before;
    turn.tool_calls.push_back(std::move(call));
  }
  turn.text += part.turn.text;
  if (!turn.reasoning.empty() && !part.turn.reasoning.empty()) turn.reasoning += "\n\n";
  turn.reasoning += part.turn.reasoning;
  turn.stop_reason = part.turn.stop_reason;
  if (turn.tokens && part.turn.tokens && turn.tokens->tokenizer == part.turn.tokens->tokenizer) {
    auto both = std::make_shared<chat::TokenIds>(*turn.tokens);
    both->ids.insert(both->ids.end(), part.turn.tokens->ids.begin(), part.turn.tokens->ids.end());
    turn.tokens = std::move(both);
  } else {
    turn.tokens.reset();
  }
  whole.usage.prompt_tokens += part.usage.prompt_tokens;
  whole.usage.new_prompt_tokens += part.usage.new_prompt_tokens;
  whole.usage.completion_tokens += part.usage.completion_tokens;
  whole.timing.total_ms += part.timing.total_ms;
  whole.stats = {};
  const bool both_cost = whole.cost_usd && part.cost_usd;
  whole.cost_usd = both_cost ? std::optional(*whole.cost_usd + *part.cost_usd) : std::nullopt;
  std::ranges::move(part.events, std::back_inserter(whole.events));
}

}  // namespace

base::Result<Utterance> utter(const ToolBox& tools, chat::ParticipantId speaker, std::uint32_t turn,
                              const AskForPart& ask) {
  Utterance said;
  chat::EntryPtr unfinished;
  for (std::uint32_t part = 0;; ++part) {
    TRY_ASSIGN(model::ModelOutput output, ask(unfinished, part));
    const bool called = !output.turn.tool_calls.empty();
    const std::size_t answered = said.output.turn.tool_calls.size();
    if (part == 0) {
      said.output = std::move(output);
    } else {
      append(said.output, std::move(output));
    }
    if (!called) return said;
    auto& calls = said.output.turn.tool_calls;
    bool goes_on = true;
    for (std::size_t i = answered; i < calls.size(); ++i) {
      ToolBox::Answer answer = tools.answer(calls[i]);
      calls[i].result = std::move(answer.text);
      goes_on = goes_on && answer.speaker_goes_on;
    }
    if (!goes_on) return said;
    if (calls.size() >= kMaxCallsATurn) {
      said.events.push_back(
          {turn, "tool_limit", "the turn ends after " + std::to_string(calls.size()) + " tool calls"});
      return said;
    }
    auto entry = std::make_shared<chat::Entry>();
    entry->turn = turn;
    chat::Turn so_far = said.output.turn;
    so_far.speaker = speaker;
    so_far.tokens.reset();  // they hold the calls, which the text doesn't
    entry->what = std::move(so_far);
    unfinished = std::move(entry);
  }
}

}  // namespace duologue::engine
