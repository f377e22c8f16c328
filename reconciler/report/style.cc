#include "report/style.h"

#include <algorithm>
#include <array>
#include <cstdio>

namespace gtidops {
namespace {

std::string_view code_of(Paint paint) {
  switch (paint) {
    case Paint::kPlain:
      return "";
    case Paint::kBold:
      return "\x1b[1m";
    case Paint::kDim:
      return "\x1b[2m";
    case Paint::kGood:
    case Paint::kAdded:
      return "\x1b[32m";
    case Paint::kChanged:
    case Paint::kWarning:
      return "\x1b[33m";
    case Paint::kRemoved:
      return "\x1b[31m";
    case Paint::kBad:
      return "\x1b[1;31m";
  }
  return "";
}

struct CodePoint {
  char32_t value = 0;
  std::size_t length = 0;  // in bytes; 0: this is no UTF-8
};

bool is_continuation(char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U; }

// The code point that `text` begins with. REQUIRES: text is not empty.
CodePoint decode(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text.front());
  if (lead < 0x80) return {lead, 1};
  std::size_t length = 0;
  if (lead >= 0xC2 && lead <= 0xDF) length = 2;
  if (lead >= 0xE0 && lead <= 0xEF) length = 3;
  if (lead >= 0xF0 && lead <= 0xF4) length = 4;
  if (length == 0 || text.size() < length) return {};
  char32_t value = lead & (0xFFU >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) {
    if (!is_continuation(text[i])) return {};
    value = (value << 6U) | (static_cast<unsigned char>(text[i]) & 0x3FU);
  }
  const bool overlong = (length == 3 && value < 0x800) || (length == 4 && value < 0x10000);
  const bool surrogate = value >= 0xD800 && value <= 0xDFFF;
  return overlong || surrogate || value > 0x10FFFF ? CodePoint{} : CodePoint{value, length};
}

// Control characters (C0, C1, DEL), and characters that change the direction of text, are invisible
// or end lines.
bool is_dangerous(char32_t value) {
  return value < 0x20 || (value >= 0x7F && value <= 0x9F) || value == 0xAD || value == 0x61C ||
         (value >= 0x200B && value <= 0x200F) || (value >= 0x2028 && value <= 0x202E) ||
         (value >= 0x2060 && value <= 0x206F) || value == 0xFEFF ||
         (value >= 0xE0000 && value <= 0xE007F);
}

std::string escaped(char32_t value) {
  if (value == '\n') return "\\n";
  if (value == '\r') return "\\r";
  if (value == '\t') return "\\t";
  std::array<char, 16> text{};
  const char* form = value < 0x80 ? "\\x%02x" : "\\u%04x";
  std::snprintf(text.data(), text.size(), form, static_cast<unsigned>(value));
  return text.data();
}

}  // namespace

std::string Style::paint(Paint paint, std::string_view text) const {
  if (!colour || paint == Paint::kPlain || text.empty()) return std::string(text);
  return std::string(code_of(paint)) + std::string(text) + "\x1b[0m";
}

std::string printable(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const CodePoint next = decode(text);
    if (next.length == 0) {
      std::array<char, 8> hex{};
      std::snprintf(hex.data(), hex.size(), "\\x%02x", static_cast<unsigned char>(text.front()));
      out += hex.data();
      text.remove_prefix(1);
      continue;
    }
    out +=
        is_dangerous(next.value) ? escaped(next.value) : std::string(text.substr(0, next.length));
    text.remove_prefix(next.length);
  }
  return out;
}

std::size_t columns(std::string_view text) {
  const auto count =
      std::count_if(text.begin(), text.end(), [](char c) { return !is_continuation(c); });
  return static_cast<std::size_t>(count);
}

std::string padded(std::string_view text, std::size_t width) {
  const std::size_t taken = columns(text);
  return std::string(text) + std::string(taken < width ? width - taken : 0, ' ');
}

std::string right(std::string_view text, std::size_t width) {
  const std::size_t taken = columns(text);
  return std::string(taken < width ? width - taken : 0, ' ') + std::string(text);
}

std::string table(const std::vector<Line>& lines, std::size_t indent, const Style& style) {
  std::vector<std::size_t> widths;
  for (const Line& line : lines) {
    if (widths.size() < line.size()) widths.resize(line.size(), 0);
    for (std::size_t i = 0; i < line.size(); ++i)
      widths[i] = std::max(widths[i], columns(printable(line[i].text)));
  }
  std::string out;
  for (const Line& line : lines) {
    std::size_t last = line.size();
    while (last > 0 && line[last - 1].text.empty()) --last;
    out.append(indent, ' ');
    for (std::size_t i = 0; i < last; ++i) {
      const std::string text = printable(line[i].text);
      out += style.paint(line[i].paint, text);
      // The padding is not coloured, and the last cell has none.
      if (i + 1 < last) out.append(widths[i] - columns(text) + 2, ' ');
    }
    out += '\n';
  }
  return out;
}

std::string short_hash(std::string_view hash) {
  constexpr std::size_t kShown = 12;
  const std::size_t colon = hash.find(':');
  const std::size_t begin = colon == std::string_view::npos ? 0 : colon + 1;
  return std::string(hash.substr(0, begin + kShown));
}

}  // namespace gtidops
