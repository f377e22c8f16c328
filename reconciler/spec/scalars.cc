#include "spec/scalars.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <set>

#include "base/nearest.h"

namespace gtidops {
namespace {

using Kind = YamlNode::Kind;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool all_of(std::string_view text, bool (*test)(char)) {
  return !text.empty() && std::all_of(text.begin(), text.end(), test);
}
bool is_word_char(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '-';
}

std::string_view kind_name(Kind kind) {
  switch (kind) {
    case Kind::kNull:
      return "nothing";
    case Kind::kList:
      return "a list";
    case Kind::kMap:
      return "a map";
    case Kind::kScalar:
    case Kind::kAlias:
      break;
  }
  return "a single value";
}

bool is_one_of(std::string_view text, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), text) != words.end();
}

// Does YAML read this as a floating-point number: digits with a point or an exponent, .inf or .nan?
bool is_real(std::string_view text) {
  if (is_one_of(lower(text), {".inf", "+.inf", "-.inf", ".nan"})) return true;
  if (!text.empty() && (text.front() == '-' || text.front() == '+')) text.remove_prefix(1);
  const std::size_t exponent = text.find_first_of("eE");
  if (exponent != std::string_view::npos) {
    std::string_view power = text.substr(exponent + 1);
    if (!power.empty() && (power.front() == '-' || power.front() == '+')) power.remove_prefix(1);
    if (!all_of(power, is_digit)) return false;
  }
  const std::string_view mantissa = text.substr(0, exponent);
  const bool digits =
      std::all_of(mantissa.begin(), mantissa.end(), [](char c) { return is_digit(c) || c == '.'; });
  return digits && std::count(mantissa.begin(), mantissa.end(), '.') <= 1 &&
         std::any_of(mantissa.begin(), mantissa.end(), is_digit);
}

// Whole numbers that YAML readers interpret differently: 017, 0x1F, 0o17, 0b1, 1_000, +5.
bool is_odd_integer(std::string_view text) {
  if (!text.empty() && (text.front() == '-' || text.front() == '+')) text.remove_prefix(1);
  if (text.empty() || !is_digit(text.front())) return false;
  const auto hexadecimal = [](char c) {
    return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F') || c == '_';
  };
  const std::string_view prefix = text.substr(0, 2);
  if (is_one_of(prefix, {"0x", "0X", "0o", "0O", "0b", "0B"}))
    return all_of(text.substr(2), hexadecimal);
  return all_of(text, [](char c) { return is_digit(c) || c == '_'; });
}

// Why a scalar without quotes is no text to YAML; empty when it is one.
std::string not_a_text(Plain plain, std::string_view text) {
  switch (plain) {
    case Plain::kText:
      return {};
    case Plain::kNull:
      return "expected a text, not nothing";
    case Plain::kBoolean:
    case Plain::kOldBoolean:
      return boolean_without_quotes(text, text);
    case Plain::kInteger:
    case Plain::kOddInteger:
    case Plain::kReal:
      return cut(text) + " without quotes is a number to YAML; write it in quotes: " + show(text);
  }
  return {};
}

bool has_control(std::string_view text, std::string_view allowed) {
  return std::any_of(text.begin(), text.end(), [allowed](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < 0x20 || byte == 0x7F) && allowed.find(c) == std::string_view::npos;
  });
}

constexpr std::size_t kLongestText = 4096;

enum class Shown { kYes, kNo };
std::optional<std::string> read_string(const Cursor& value, Errors& errors, bool may_be_empty,
                                       std::string_view controls, Shown shown) {
  if (!is_scalar(value, errors, "a text")) return std::nullopt;
  const std::string& text = value.node.text;
  std::string wrong;
  if (!value.node.quoted) wrong = not_a_text(classify(text), text);
  if (!wrong.empty() && shown == Shown::kNo) wrong = "expected a text in quotes";
  if (text.empty() && !may_be_empty) wrong = "must not be empty";
  if (has_control(text, controls)) wrong = "must not hold a line break or a control character";
  if (text.size() > kLongestText) wrong = "is too long";
  if (wrong.empty()) return text;
  errors.add(value.node.at, value.path, wrong);
  return std::nullopt;
}

std::optional<std::int64_t> read_number(const Cursor& value, Errors& errors, std::int64_t least,
                                        std::int64_t most) {
  if (!is_scalar(value, errors, "a whole number")) return std::nullopt;
  const std::string& text = value.node.text;
  const Plain plain = classify(text);
  std::int64_t number = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
  std::string wrong;
  if (value.node.quoted && plain == Plain::kInteger) {
    wrong = "expected a whole number; write " + cut(text) + " without quotes";
  } else if (plain == Plain::kOddInteger || plain == Plain::kReal) {
    wrong = "expected a whole number in plain decimal digits, not " + show(text);
  } else if (plain != Plain::kInteger || value.node.quoted) {
    wrong = "expected a whole number, not " + show(text);
  } else if (problem != std::errc{} || number < least || number > most) {
    const bool bounded = most != std::numeric_limits<std::int64_t>::max();
    wrong = "must be " + std::to_string(least) +
            (bounded ? " to " + std::to_string(most) : " or more") + ", not " + cut(text);
  }
  if (wrong.empty()) return number;
  errors.add(value.node.at, value.path, wrong);
  return std::nullopt;
}

}  // namespace

std::string child_path(const std::string& path, std::string_view key) {
  constexpr std::size_t kLongest = 64;
  if (!all_of(key, is_word_char) || key.size() > kLongest) return path + "[" + show(key) + "]";
  return path.empty() ? std::string(key) : path + "." + std::string(key);
}

Cursor member_of(const Cursor& parent, const YamlMember& member) {
  return {member.value, child_path(parent.path, member.key.text), member.key.at};
}

Cursor item_of(const Cursor& list, std::size_t index) {
  const YamlNode& item = list.node.items[index];
  return {item, list.path + "[" + std::to_string(index) + "]", item.at};
}

Plain classify(std::string_view text) {
  if (is_one_of(text, {"", "~", "null", "Null", "NULL"})) return Plain::kNull;
  if (is_one_of(text, {"true", "True", "TRUE", "false", "False", "FALSE"})) return Plain::kBoolean;
  if (is_one_of(text,
                {"yes", "Yes", "YES", "no", "No", "NO", "on", "On", "ON", "off", "Off", "OFF"}))
    return Plain::kOldBoolean;
  std::string_view digits = text;
  if (digits.front() == '-') digits.remove_prefix(1);
  if (all_of(digits, is_digit) && (digits.size() == 1 || digits.front() != '0'))
    return Plain::kInteger;
  if (is_odd_integer(text)) return Plain::kOddInteger;
  return is_real(text) ? Plain::kReal : Plain::kText;
}

std::string boolean_without_quotes(std::string_view text, std::string_view meant) {
  return cut(text) + " without quotes is a boolean to YAML; write it in quotes: " + show(meant);
}

bool is_scalar(const Cursor& value, Errors& errors, std::string_view what) {
  const YamlNode& node = value.node;
  if (node.kind == Kind::kAlias || node.tagged) return false;  // check_structure() has reported it
  if (node.kind == Kind::kScalar) return true;
  errors.add(node.at, value.path,
             "expected " + std::string(what) + ", not " + std::string(kind_name(node.kind)));
  return false;
}

bool is_list(const Cursor& value, Errors& errors) {
  if (value.node.kind == Kind::kList) return true;
  if (value.node.kind != Kind::kAlias)
    errors.add(value.node.at, value.path,
               "expected a list, not " + std::string(kind_name(value.node.kind)));
  return false;
}

bool is_map(const Cursor& value, Errors& errors, std::string_view what) {
  if (value.node.kind == Kind::kMap) return true;
  if (value.node.kind != Kind::kAlias)
    errors.add(value.node.at, value.path,
               fmt::format("expected {}, not {}", what, kind_name(value.node.kind)));
  return false;
}

std::optional<std::string> read_text(const Cursor& value, Errors& errors) {
  return read_string(value, errors, false, "", Shown::kYes);
}

std::optional<std::string> read_note(const Cursor& value, Errors& errors) {
  return read_string(value, errors, true, "\n\t", Shown::kYes);
}

std::optional<std::string> read_discreet_text(const Cursor& value, Errors& errors) {
  return read_string(value, errors, false, "", Shown::kNo);
}

std::optional<bool> read_boolean(const Cursor& value, Errors& errors) {
  if (!is_scalar(value, errors, "true or false")) return std::nullopt;
  const std::string& text = value.node.text;
  if (!value.node.quoted && text == "true") return true;
  if (!value.node.quoted && text == "false") return false;
  const std::string word = lower(text);
  const bool yes = is_one_of(word, {"true", "yes", "on", "1"});
  const bool no = is_one_of(word, {"false", "no", "off", "0"});
  std::string hint = yes ? "; write true" : no ? "; write false" : "";
  if (value.node.quoted && !hint.empty()) hint += " without quotes";
  errors.add(value.node.at, value.path, "expected true or false, not " + show(text) + hint);
  return std::nullopt;
}

Read<int> integer(int least, int most) {
  return [least, most](const Cursor& value, Errors& errors) -> std::optional<int> {
    const auto number = read_number(value, errors, least, most);
    return number ? std::optional<int>(static_cast<int>(*number)) : std::nullopt;
  };
}

Read<std::int64_t> big_integer(std::int64_t least) {
  return [least](const Cursor& value, Errors& errors) {
    return read_number(value, errors, least, std::numeric_limits<std::int64_t>::max());
  };
}

Read<Millis> duration(Millis least) {
  return [least](const Cursor& value, Errors& errors) -> std::optional<Millis> {
    if (!is_scalar(value, errors, "a duration")) return std::nullopt;
    const std::string& text = value.node.text;
    const auto read = parse_duration(text);
    if (read && *read >= least) return read;
    std::string wrong =
        show(text) + " is no duration; write a number and a unit: 500ms, 10s, 5m, 1h, 7d";
    if (read) wrong = "must be " + print_duration(least) + " or more";
    errors.add(value.node.at, value.path, wrong);
    return std::nullopt;
  };
}

std::optional<std::optional<Moment>> read_moment_or_null(const Cursor& value, Errors& errors) {
  if (value.node.kind == Kind::kNull && !value.node.tagged) return std::optional<Moment>();
  if (!is_scalar(value, errors, "a moment or null")) return std::nullopt;
  const auto read = parse_moment(value.node.text);
  if (read) return std::optional<Moment>(*read);
  errors.add(value.node.at, value.path,
             show(value.node.text) + " is no moment; write it like \"2026-12-01T06:00:00Z\"");
  return std::nullopt;
}

Read<std::string> text_that(FormCheck check) {
  return [check](const Cursor& value, Errors& errors) -> std::optional<std::string> {
    auto text = read_text(value, errors);
    if (!text) return std::nullopt;
    const auto wrong = check(*text);
    if (!wrong) return text;
    errors.add(value.node.at, value.path, *wrong);
    return std::nullopt;
  };
}

std::optional<std::size_t> read_choice(const Cursor& value, Errors& errors,
                                       const std::vector<std::string>& words) {
  if (!is_scalar(value, errors, "a text")) return std::nullopt;
  const std::string& word = value.node.text;
  const Plain plain = value.node.quoted ? Plain::kText : classify(word);
  const auto same = [&word](const std::string& other) { return lower(other) == lower(word); };
  const auto meant = std::find_if(words.begin(), words.end(), same);
  if ((plain == Plain::kOldBoolean || plain == Plain::kBoolean) && meant != words.end()) {
    errors.add(value.node.at, value.path, boolean_without_quotes(word, *meant));
    return std::nullopt;
  }
  // read_text() would advise to put a number or boolean in quotes, but in quotes it would not be
  // one of the words either.
  const auto text = plain == Plain::kText ? read_text(value, errors) : std::optional(word);
  if (!text) return std::nullopt;
  const auto found = std::find(words.begin(), words.end(), *text);
  if (found != words.end() && plain == Plain::kText)
    return static_cast<std::size_t>(found - words.begin());
  errors.add(value.node.at, value.path,
             show(*text) + " is not one of " + join(words, ", ") + did_you_mean(*text, words));
  return std::nullopt;
}

Read<std::string> one_of(std::vector<std::string> words) {
  std::vector<std::string> values = words;
  return one_of<std::string>(std::move(words), std::move(values));
}

Read<std::vector<std::string>> list_that(FormCheck check) {
  return [check](const Cursor& list, Errors& errors) -> std::optional<std::vector<std::string>> {
    if (!is_list(list, errors)) return std::nullopt;
    const std::size_t before = errors.size();
    std::vector<std::string> out;
    std::set<std::string> seen;
    for (std::size_t i = 0; i < list.node.items.size() && !errors.full(); ++i) {
      const Cursor item = item_of(list, i);
      const auto text = text_that(check)(item, errors);
      if (text && !seen.insert(*text).second)
        errors.add(item.node.at, item.path, show(*text) + " stands in this list already");
      if (text) out.push_back(*text);
    }
    if (errors.size() != before) return std::nullopt;
    return out;
  };
}

}  // namespace gtidops
