#include "cli/terminal/keyboard.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <functional>
#include <utility>

#include <fmt/format.h>

#include "cli/terminal/safe_text.h"

namespace duologue::cli {
namespace {

constexpr char kEscape = 0x1b;
constexpr std::string_view kChoiceKeys = "123456789abcdefghijklmnopqrstuvwxyz";
constexpr std::size_t kMaxLineBytes = std::size_t{1} << 16;

void write_plain(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t n = write(fd, text.data(), text.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return;  // the terminal has gone: SIGHUP tells the rest
    text.remove_prefix(static_cast<std::size_t>(n));
  }
}

// The next byte of a key that sends several, which come at once; none: there is no more of it.
std::optional<char> next_of_key(int fd) {
  pollfd more{fd, POLLIN, 0};
  char c = 0;
  if (poll(&more, 1, 30) <= 0 || read(fd, &c, 1) != 1) return std::nullopt;
  return c;
}

// An arrow or function key sends more bytes after its escape (ECMA-48, 5.4: CSI … final byte; SS3 and one
// byte; Alt with a key): they are one key, and none of ours. What was typed after it stays to be read.
bool is_escape_alone(int fd) {
  constexpr int kLongestKey = 32;
  const std::optional<char> first = next_of_key(fd);
  if (!first) return true;
  if (*first == 'O') next_of_key(fd);
  if (*first != '[') return false;
  for (int i = 0; i < kLongestKey; ++i) {
    const std::optional<char> c = next_of_key(fd);
    if (!c || (*c >= '@' && *c <= '~')) break;
  }
  return false;
}

}  // namespace

Keyboard::Keyboard(Screen& screen, TerminalMode& mode, engine::HumanModerator& human,
                   std::vector<std::string> names, int in, int out)
    : screen_(screen), mode_(mode), human_(human), names_(std::move(names)), in_(in), out_(out) {
  std::array<int, 2> ends{-1, -1};
  if (pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK) != 0) return;  // no descriptors left: no keys then
  wake_out_ = ends[0];
  wake_in_ = ends[1];
  thread_ = std::thread([this] { run(); });
}

Keyboard::~Keyboard() {
  {
    const base::MutexLock lock(mutex_);
    quit_ = true;
  }
  wake('q');
  if (thread_.joinable()) thread_.join();
  if (wake_in_ >= 0) close(wake_in_);
  if (wake_out_ >= 0) close(wake_out_);
}

void Keyboard::wake(char what) { [[maybe_unused]] const ssize_t n = write(wake_in_, &what, 1); }

void Keyboard::waiting() {
  {
    const base::MutexLock lock(mutex_);
    waiting_ = true;
  }
  wake('w');
}

void Keyboard::continued() {
  {
    const base::MutexLock lock(mutex_);
    continued_ = true;
  }
  wake('c');
}

void Keyboard::committed(const engine::Commit& commit, const chat::Transcript& /*transcript*/) {
  for (const chat::EntryPtr& entry : commit.entries) {
    if (const chat::Turn* turn = entry->as_turn()) restore(entry->turn, turn->speaker);
  }
}

void Keyboard::restore(std::uint32_t turn, chat::ParticipantId speaker) {
  const base::MutexLock lock(mutex_);
  last_ = {turn, speaker};
}

bool Keyboard::quitting() const {
  const base::MutexLock lock(mutex_);
  return quit_;
}

Keyboard::LastTurn Keyboard::last_turn() const {
  const base::MutexLock lock(mutex_);
  return last_;
}

Keyboard::Input Keyboard::wait_for_input() {
  std::array<pollfd, 2> fds{pollfd{in_, POLLIN, 0}, pollfd{wake_out_, POLLIN, 0}};
  for (;;) {
    if (poll(fds.data(), fds.size(), -1) < 0 && errno != EINTR) return Input::kGone;
    if ((fds[1].revents & POLLIN) != 0) {
      std::array<char, 16> bytes{};
      [[maybe_unused]] const ssize_t n = read(wake_out_, bytes.data(), bytes.size());
      return Input::kWoken;
    }
    if (fds[0].revents == 0) continue;
    if (mode_.in_foreground()) return Input::kKey;
    // The keys are another program's now, and reading them would stop this one: look again in a while.
    if (poll(&fds[1], 1, 300) > 0) continue;
  }
}

void Keyboard::run() {
  while (!quitting()) {
    const Input input = wait_for_input();
    bool began_to_wait = false;
    {
      const base::MutexLock lock(mutex_);
      if (quit_ || input == Input::kGone) return;
      continued_ = false;
      began_to_wait = std::exchange(waiting_, false);
    }
    if (began_to_wait && human_.paused()) {
      state_ = State::kMenu;
      show_menu();
    }
    if (input != Input::kKey) continue;
    char c = 0;
    const ssize_t n = read(in_, &c, 1);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return;
    if (c == kEscape && !is_escape_alone(in_)) continue;
    key(c);
  }
}

void Keyboard::key(char c) {
  switch (state_) {
    case State::kTalking:
      if (c != ' ') return;
      state_ = State::kPausing;
      human_.pause();  // first: what the screen says holds by then
      screen_.set_note(kPausingNote);
      return;
    case State::kPausing:
      if (c == ' ') go_on();
      return;
    case State::kMenu:
      return menu_key(c);
    case State::kChooseSpeaker:
    case State::kChooseListener:
      return choose_key(c);
    case State::kPosted:
      return;
  }
}

void Keyboard::show_menu() {
  screen_.set_note("");
  screen_.set_menu(kPauseMenu, kPauseMenuBrief);
}

void Keyboard::show_choice(std::string_view title, State state) {
  state_ = state;
  std::string menu(title);
  std::string brief(title);
  for (std::size_t i = 0; i < names_.size() && i < kChoiceKeys.size(); ++i) {
    menu += fmt::format("  [{}] {}", kChoiceKeys[i], safe_line(names_[i], 24));
    brief += fmt::format(" [{}]", kChoiceKeys[i]);
  }
  screen_.set_menu(menu + "  " + std::string(kBackKey), brief);
}

void Keyboard::go_on() {
  state_ = State::kTalking;
  screen_.set_note("");
  screen_.set_menu("", "");
  human_.go_on();
}

void Keyboard::post(engine::Action action) {
  state_ = State::kPosted;  // until the conversation waits again
  human_.post(std::move(action));
}

void Keyboard::menu_key(char c) {
  const LastTurn last = last_turn();
  switch (c) {
    case '\r':
    case '\n':
    case ' ':
      return go_on();
    case 'h':
      return say(std::string(kSayPrompt), [](std::string text) {
        return engine::Inject{std::nullopt, std::move(text), chat::Placement::kAppended};
      });
    case 'a':
      return show_choice(kSpeakAsMenu, State::kChooseSpeaker);
    case 'w':
      return show_choice(kWhisperMenu, State::kChooseListener);
    case 'e':
      if (last.number == 0 || last.speaker >= names_.size()) return;  // nothing has been said yet
      return say(fmt::format("Turn {} of {}, new text: ", last.number, safe_line(names_[last.speaker])),
                 [](std::string text) { return engine::EditLastTurn{std::move(text)}; });
    case 'q':
      screen_.set_menu("", "");
      screen_.set_note("ending");
      return post(engine::Stop{"ended at the terminal"});
    default:
      return;
  }
}

void Keyboard::choose_key(char c) {
  const State choosing = std::exchange(state_, State::kMenu);
  const std::size_t chosen = kChoiceKeys.find(c);
  if (c == kEscape || chosen >= names_.size()) return show_menu();
  const auto id = static_cast<chat::ParticipantId>(chosen);
  const std::string name = safe_line(names_[chosen]);
  if (choosing == State::kChooseSpeaker) {
    return say(fmt::format("You as {}: ", name),
               [id](std::string text) { return engine::SpeakAs{id, std::move(text)}; });
  }
  say(fmt::format("You to {} alone: ", name),
      [id](std::string text) { return engine::Inject{id, std::move(text), chat::Placement::kAppended}; });
}

void Keyboard::say(const std::string& prompt, const std::function<engine::Action(std::string)>& action) {
  std::optional<std::string> text = read_line(prompt);
  if (text && !text->empty()) return post(action(std::move(*text)));
  state_ = State::kMenu;
  show_menu();
}

// Empty: nothing was typed, or the conversation is over. The kernel edits the line (Backspace, Ctrl-U,
// Ctrl-W).
std::optional<std::string> Keyboard::read_line(const std::string& prompt) {
  screen_.hold();
  screen_.set_menu("", "");
  mode_.lines();
  write_plain(out_, prompt);
  std::optional<std::string> line = "";
  while (line) {
    const Input input = wait_for_input();
    {
      const base::MutexLock lock(mutex_);
      if (quit_ || input == Input::kGone) {
        line.reset();
        write_plain(out_, "\n");
        break;
      }
      if (std::exchange(continued_, false)) write_plain(out_, prompt);
    }
    if (input != Input::kKey) continue;
    std::array<char, 4'096> bytes{};
    const ssize_t n = read(in_, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) {  // Ctrl-D on an empty line
      line.reset();
      write_plain(out_, "\n");
    } else {
      line->append(bytes.data(), static_cast<std::size_t>(n));
      if (line->ends_with('\n')) {
        line->pop_back();
        break;
      }
      if (line->size() > kMaxLineBytes) line.reset();
    }
  }
  mode_.keys();
  screen_.release();
  return line;
}

}  // namespace duologue::cli
