// A conversation as plain lines: no escapes, no rows broken by us. One thread.
#pragma once

#include "cli/output.h"
#include "cli/terminal/text_sink.h"

namespace duologue::cli {

class PlainSink final : public TextSink {
 public:
  // `as_it_comes`: at a terminal, text appears while it is made; in a pipe whole turns do.
  PlainSink(Output& out, bool as_it_comes) : out_(out), as_it_comes_(as_it_comes) {}

  void put(std::string_view safe, Style style) override;
  void set_indent(std::size_t /*columns*/) override {}
  void end_row() override;
  bool shows_deltas() const override { return as_it_comes_; }

 private:
  Output& out_;
  bool as_it_comes_;
  bool row_begun_ = false;
};

}  // namespace duologue::cli
