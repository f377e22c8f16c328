#include "spec/source_text.h"

#include <algorithm>
#include <cstdint>

#include "model/topology_files.h"

namespace gtidops {
namespace {

constexpr std::string_view kBom = "\xEF\xBB\xBF";
// yaml-cpp queues a token for each of these characters before it reports anything. A file that
// consists mostly of them would take gigabytes of memory.
constexpr std::string_view kTokenMakers = "[{,?:&";
constexpr std::size_t kMaxTokenMakers = 2 * kMaxNodes;

bool continues(unsigned char byte) { return (byte & 0xC0U) == 0x80U; }

struct Character {
  std::uint32_t code = 0;
  std::size_t bytes = 0;  // 0: not UTF-8
};

Character decode(std::string_view text) {
  const auto first = static_cast<unsigned char>(text.front());
  if (first < 0x80) return {first, 1};
  const std::size_t bytes = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4 || text.size() < bytes) return {};
  std::uint32_t code = first & (0x7FU >> bytes);
  for (std::size_t i = 1; i < bytes; ++i) {
    const auto next = static_cast<unsigned char>(text[i]);
    if (!continues(next)) return {};
    code = (code << 6U) | (next & 0x3FU);
  }
  const bool overlong = (bytes == 3 && code < 0x800) || (bytes == 4 && code < 0x10000);
  const bool surrogate = code >= 0xD800 && code <= 0xDFFF;
  if (overlong || surrogate || code > 0x10FFFF) return {};
  return {code, bytes};
}

bool is_control(std::uint32_t code) { return code < 0x20 || (code >= 0x7F && code < 0xA0); }

// Bidirectional control characters: with them, a reviewer sees another text than the parser reads.
bool turns_direction(std::uint32_t code) {
  return (code >= 0x202A && code <= 0x202E) || (code >= 0x2066 && code <= 0x2069);
}

std::string hexadecimal(unsigned value) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  return {kDigits[value / 16 % 16], kDigits[value % 16]};
}

const char* complaint(std::string_view rest, const Character& character) {
  if (character.bytes == 0) return "not UTF-8 text; save the file as UTF-8";
  if (character.code == 0) return "a NUL byte: this is not a text file";
  if (turns_direction(character.code))
    return "an invisible character that turns the direction of writing";
  if (character.code == '\r' && rest.size() > 1 && rest[1] == '\n') return nullptr;
  const bool allowed = character.code == '\t' || character.code == '\n' || character.code == 0x85;
  return is_control(character.code) && !allowed ? "a control character: this is not a text file"
                                                : nullptr;
}

}  // namespace

std::string_view without_bom(std::string_view text) {
  return text.substr(0, kBom.size()) == kBom ? text.substr(kBom.size()) : text;
}

std::optional<YamlProblem> check_text(std::string_view text) {
  if (text.size() > kMaxFileBytes) return YamlProblem{{1, 1}, "the file is larger than 8 MiB"};
  if (text.substr(0, 2) == "\xFF\xFE" || text.substr(0, 2) == "\xFE\xFF")
    return YamlProblem{{1, 1}, "UTF-16 text; save the file as UTF-8"};
  if (is_lfs_pointer(text)) return YamlProblem{{1, 1}, std::string(kIsLfsPointer)};
  std::size_t token_makers = 0;
  for (std::size_t i = 0; i < text.size();) {
    const Character character = decode(text.substr(i));
    if (const char* message = complaint(text.substr(i), character))
      return YamlProblem{position_at(text, i), message};
    if (kTokenMakers.find(text[i]) != std::string_view::npos && ++token_makers > kMaxTokenMakers)
      return YamlProblem{position_at(text, i), "too many keys and values for one file"};
    i += character.bytes;
  }
  return std::nullopt;
}

Position position_at(std::string_view text, std::size_t offset) {
  const std::string_view before = text.substr(0, std::min(offset, text.size()));
  const auto lines = std::count(before.begin(), before.end(), '\n');
  const std::string_view line = before.substr(before.rfind('\n') + 1);  // npos + 1 is 0
  const auto inner = std::count_if(line.begin(), line.end(),
                                   [](char c) { return continues(static_cast<unsigned char>(c)); });
  return {static_cast<int>(lines) + 1,
          static_cast<int>(line.size() - static_cast<std::size_t>(inner)) + 1};
}

std::string show(std::string_view text) {
  constexpr std::size_t kLongest = 64;
  std::string out = "\"";
  for (std::size_t i = 0; i < text.size();) {
    if (i >= kLongest) {
      out += "...";
      break;
    }
    const Character character = decode(text.substr(i));
    const auto byte = static_cast<unsigned char>(text[i]);
    if (character.bytes == 0 || is_control(character.code) || turns_direction(character.code)) {
      for (std::size_t k = 0; k < std::max<std::size_t>(character.bytes, 1); ++k)
        out += "\\x" + hexadecimal(static_cast<unsigned char>(text[i + k]));
    } else {
      if (byte == '"' || byte == '\\') out += '\\';
      out += text.substr(i, character.bytes);
    }
    i += std::max<std::size_t>(character.bytes, 1);
  }
  return out + "\"";
}

}  // namespace gtidops
