// read_*: read single values of a file, strictly. A value that YAML readers could interpret
// differently is an error with a hint.
//
// Errors: every reader returns nullopt after it has added an error, and for a value that already
// has one.
//
// Thread-safety: as Errors.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/quantity.h"
#include "spec/errors.h"
#include "spec/wording.h"
#include "spec/yaml_tree.h"

namespace gtidops {

// A value, and what an error message about it needs.
struct Cursor {
  const YamlNode& node;
  std::string path;   // "spec.servers[2].source"
  Position named_at;  // position of its key; for an item of a list, of the value itself
};

// "spec.servers" + "name" -> "spec.servers.name"; a key that is no plain word ->
// spec.grants["orders.*"].
std::string child_path(const std::string& path, std::string_view key);

Cursor member_of(const Cursor& parent, const YamlMember& member);
Cursor item_of(const Cursor& list, std::size_t index);

// What YAML readers take a scalar without quotes for. kOldBoolean is a boolean only in YAML 1.1
// (yes, off). kOddInteger is a number that readers disagree about (017, 1_000).
enum class Plain { kText, kNull, kBoolean, kOldBoolean, kInteger, kOddInteger, kReal };
Plain classify(std::string_view text);

// The error message for a boolean without quotes (ON) where a text is expected.
std::string boolean_without_quotes(std::string_view text, std::string_view meant);

// Adds "expected WHAT, not a list" unless the node is of that kind.
bool is_scalar(const Cursor& value, Errors& errors, std::string_view what);
bool is_list(const Cursor& value, Errors& errors);
bool is_map(const Cursor& value, Errors& errors, std::string_view what = "a map");

template <class V>
using Read = std::function<std::optional<V>(const Cursor&, Errors&)>;

// A text: in quotes, or not readable as a number, boolean or null. It is not empty and has no
// control characters.
std::optional<std::string> read_text(const Cursor& value, Errors& errors);
// As read_text(), but it may be empty and contain line breaks and tabs.
std::optional<std::string> read_note(const Cursor& value, Errors& errors);
// As read_text(), for a place where a secret may stand by mistake: errors do not show the text.
std::optional<std::string> read_discreet_text(const Cursor& value, Errors& errors);

std::optional<bool> read_boolean(const Cursor& value, Errors& errors);
Read<int> integer(int least, int most);
Read<std::int64_t> big_integer(std::int64_t least);
Read<Millis> duration(Millis least);
std::optional<std::optional<Moment>> read_moment_or_null(const Cursor& value, Errors& errors);

// A text that `check` accepts. `check` returns nullopt, or what is wrong.
using FormCheck = std::optional<std::string> (*)(std::string_view);
Read<std::string> text_that(FormCheck check);

// The index of the word that the value is. Upper and lower case matter.
std::optional<std::size_t> read_choice(const Cursor& value, Errors& errors,
                                       const std::vector<std::string>& words);
template <class E>
Read<E> one_of(std::vector<std::string> words, std::vector<E> values) {
  return [words = std::move(words), values = std::move(values)](
             const Cursor& value, Errors& errors) -> std::optional<E> {
    const auto index = read_choice(value, errors, words);
    return index ? std::optional<E>(values.at(*index)) : std::nullopt;
  };
}
Read<std::string> one_of(std::vector<std::string> words);

// A list of texts that `check` accepts, none of them twice.
Read<std::vector<std::string>> list_that(FormCheck check);

}  // namespace gtidops
