// style: the building blocks of text output: colours, tables in plain ASCII, and printable(). All
// text from a server or a file goes through printable(), so that it cannot control the terminal.
//
// Thread-safety: pure functions and a plain value. Errors: none.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "model/gtid_set.h"

namespace gtidops {

enum class Paint { kPlain, kBold, kDim, kGood, kAdded, kChanged, kRemoved, kWarning, kBad };

struct Style {
  bool colour = false;
  [[nodiscard]] std::string paint(Paint paint, std::string_view text) const;
};

// `text` with every character that could move the cursor, hide text or end the line written out:
// "\n", "\x1b", "\u202e", and "\xff" for what is no UTF-8. All else stays, backslashes too.
std::string printable(std::string_view text);

// How many columns it takes. Code points are counted, so a wide character counts as one.
std::size_t columns(std::string_view text);
// Adds spaces up to this many columns: padded() after the text, right() before it.
std::string padded(std::string_view text, std::size_t width);
std::string right(std::string_view text, std::size_t width);

// One cell of a table. table() passes its text through printable().
struct Cell {
  std::string text;
  Paint paint = Paint::kPlain;
};
using Line = std::vector<Cell>;
// The lines below each other, two spaces between columns, none at the end of a line; each is
// indented and ends in a newline.
std::string table(const std::vector<Line>& lines, std::size_t indent, const Style& style);

// "sha256:3f786850e387" of a digest, "3f786850e387" of a commit: enough to compare by eye.
std::string short_hash(std::string_view hash);

}  // namespace gtidops
