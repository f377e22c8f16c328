// Reads single values, strictly: a value is what it looks like to every YAML reader, or it is an
// error with a hint.
//
// Every reader of this file gives nullopt after it has added an error, and for a value that had one
// already.
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

// A value and how to speak of it.
struct Cursor {
  const YamlNode& node;
  std::string path;   // "spec.servers[2].source"
  Position named_at;  // of the key that names it; of the value itself in a list
};

// "spec.servers" + "name" -> "spec.servers.name"; a key that is no plain word ->
// spec.grants["orders.*"].
std::string child_path(const std::string& path, std::string_view key);

Cursor member_of(const Cursor& parent, const YamlMember& member);
Cursor item_of(const Cursor& list, std::size_t index);

// What YAML readers make of a scalar without quotes.
enum class Plain { kText, kNull, kBoolean, kOldBoolean, kInteger, kOddInteger, kReal };
Plain classify(std::string_view text);

// What to say of ON where a text is wanted.
std::string boolean_without_quotes(std::string_view text, std::string_view meant);

// Adds "expected WHAT, not a list" unless the node is of that kind.
bool is_scalar(const Cursor& value, Errors& errors, std::string_view what);
bool is_list(const Cursor& value, Errors& errors);
bool is_map(const Cursor& value, Errors& errors, std::string_view what = "a map");

template <class V>
using Read = std::function<std::optional<V>(const Cursor&, Errors&)>;

// A text, in quotes or plainly no number, boolean or null; never empty, no control characters.
std::optional<std::string> read_text(const Cursor& value, Errors& errors);
// The same, but it may be empty.
std::optional<std::string> read_note(const Cursor& value, Errors& errors);
// A text of one line for a place where a secret could stand by mistake: an error does not show it.
std::optional<std::string> read_discreet_text(const Cursor& value, Errors& errors);

std::optional<bool> read_boolean(const Cursor& value, Errors& errors);
Read<int> integer(int least, int most);
Read<std::int64_t> big_integer(std::int64_t least);
Read<Millis> duration(Millis least);
std::optional<std::optional<Moment>> read_moment_or_null(const Cursor& value, Errors& errors);

// A text that `check` accepts: it gives nullopt, or what is wrong.
using FormCheck = std::optional<std::string> (*)(std::string_view);
Read<std::string> text_that(FormCheck check);

// One of these words, exactly.
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
