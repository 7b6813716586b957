// The keys of the live view: Space pauses the conversation (the turn under way ends first), a one-line menu
// says what can be done then, and a line typed there becomes an action of the HumanModerator. A thread of its
// own reads the keys; as an Observer it knows which turn is the last.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/mutex.h"
#include "cli/terminal/screen.h"
#include "cli/terminal/terminal_mode.h"
#include "engine/human.h"
#include "engine/observer.h"

namespace duologue::cli {

// The words on the screen. Tests that drive a terminal wait for them: keep them as they are.
inline constexpr std::string_view kKeyHint = "Space: pause";
inline constexpr std::string_view kPausingNote = "pausing when this turn ends";
inline constexpr std::string_view kPauseMenu =
    "Paused  [Enter] go on  [h] say  [a] speak as  [w] whisper  [e] edit  [q] end";
inline constexpr std::string_view kPauseMenuBrief = "Paused [Enter] [h] [a] [w] [e] [q]";
inline constexpr std::string_view kSayPrompt = "You to all: ";
inline constexpr std::string_view kSpeakAsMenu = "Speak as:";  // "  [1] A  [2] B  [Esc] back"
inline constexpr std::string_view kWhisperMenu = "Whisper to:";
inline constexpr std::string_view kBackKey = "[Esc] back";
// "You as A: ", "You to B alone: ", "Turn 5 of A, new text: ".

class Keyboard final : public engine::Observer {
 public:
  // `names` of the participants, in speaking order. All must outlive it.
  Keyboard(Screen& screen, TerminalMode& mode, engine::HumanModerator& human, std::vector<std::string> names,
           int in, int out);
  ~Keyboard() override;

  // The conversation waits for the person now: HumanModerator's on_waiting.
  void waiting() EXCLUDES(mutex_);
  // After Ctrl-Z and fg: shows a prompt that was on the screen again.
  void continued() EXCLUDES(mutex_);

  void committed(const engine::Commit& commit, const chat::Transcript& transcript) override EXCLUDES(mutex_);
  // A conversation that goes on already has turns.
  void restore(std::uint32_t turn, chat::ParticipantId speaker) EXCLUDES(mutex_);

 private:
  enum class State { kTalking, kPausing, kMenu, kChooseSpeaker, kChooseListener, kPosted };
  struct LastTurn {
    std::uint32_t number = 0;  // 0: none yet
    chat::ParticipantId speaker = 0;
  };
  enum class Input { kKey, kWoken, kGone };

  void run();
  Input wait_for_input();
  void key(char c);
  void menu_key(char c);
  void choose_key(char c);
  void show_menu();
  void show_choice(std::string_view title, State state);
  void go_on();
  void post(engine::Action action);
  void say(const std::string& prompt, const std::function<engine::Action(std::string)>& action);
  std::optional<std::string> read_line(const std::string& prompt);
  void wake(char what);
  LastTurn last_turn() const EXCLUDES(mutex_);
  bool quitting() const EXCLUDES(mutex_);

  Screen& screen_;
  TerminalMode& mode_;
  engine::HumanModerator& human_;
  const std::vector<std::string> names_;
  const int in_;
  const int out_;
  int wake_in_ = -1;
  int wake_out_ = -1;
  State state_ = State::kTalking;  // the thread's own

  mutable base::Mutex mutex_;
  bool quit_ GUARDED_BY(mutex_) = false;
  bool waiting_ GUARDED_BY(mutex_) = false;
  bool continued_ GUARDED_BY(mutex_) = false;
  LastTurn last_ GUARDED_BY(mutex_);

  std::thread thread_;
};

}  // namespace duologue::cli
