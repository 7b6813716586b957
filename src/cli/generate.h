// The man page and the shells' completions, made from the same words as --help, so that they can't differ
// from it. Pure.
#pragma once

#include <string>
#include <string_view>

namespace CLI {
class App;
}

namespace duologue::cli {

// `kind`: man, bash, zsh or fish; empty for any other.
std::string generate(const CLI::App& app, std::string_view kind, std::string_view version);

}  // namespace duologue::cli
