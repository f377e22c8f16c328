// Section<T>: the keys of one map of the file and where each goes in T. The parser and
// known_key_paths() both use it, so that they cannot disagree about which keys exist.
//
// Thread-safety: constant once built. Errors: are added to `errors`.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "model/spec.h"
#include "spec/scalars.h"

namespace gtidops {

using Paths = std::vector<std::string>;

template <class T>
struct Key {
  std::string_view name;
  std::function<void(const Cursor&, Errors&, T&)> read;
  // Adds the key paths below `path`, the path of this key.
  std::function<void(const std::string& path, Paths& out)> paths_below;
  bool required = false;
  std::string_view why_required{};  // the error when it is missing
};

template <class T>
struct Section {
  std::vector<Key<T>> keys;
  std::vector<std::string_view> exactly_one;  // exactly one of these must be there; empty: no rule
};

// What walk_map() needs of a Section<T>, independent of T.
struct KeyNames {
  std::vector<std::string> names;
  std::vector<std::string_view> exactly_one;
};
// Calls `visit(index, child)` once for each known key of the map. Adds an error for each unknown
// key, and for too many or too few of `exactly_one`. Returns false if the value is no map, or when
// the errors are full.
bool walk_map(const Cursor& map, Errors& errors, const KeyNames& keys,
              const std::function<void(std::size_t, const Cursor&)>& visit);

template <class T>
void read_section(const Section<T>& section, const Cursor& map, Errors& errors, T& out) {
  if constexpr (requires { out.at = Position{}; }) out.at = map.node.at;
  KeyNames keys{{}, section.exactly_one};
  for (const Key<T>& key : section.keys) keys.names.emplace_back(key.name);
  std::vector<bool> seen(section.keys.size());
  const bool walked = walk_map(map, errors, keys, [&](std::size_t index, const Cursor& child) {
    seen[index] = true;
    section.keys[index].read(child, errors, out);
  });
  for (std::size_t i = 0; walked && i < seen.size(); ++i) {
    const Key<T>& key = section.keys[i];
    if (key.required && !seen[i])
      errors.add(map.named_at, child_path(map.path, key.name),
                 key.why_required.empty() ? "is missing" : std::string(key.why_required));
  }
}

template <class T>
void list_paths(const Section<T>& section, const std::string& path, Paths& out) {
  for (const Key<T>& key : section.keys) {
    const std::string below =
        path.empty() ? std::string(key.name) : path + "." + std::string(key.name);
    out.push_back(below);
    if (key.paths_below) key.paths_below(below, out);
  }
}

template <class T>
using SectionOf = const Section<T>& (*)();

// A key with one value.
template <class T, class V>
Key<T> value(std::string_view name, Field<V> T::*field, Read<V> read) {
  const auto store = [field, read = std::move(read)](const Cursor& at, Errors& errors, T& out) {
    if (auto got = read(at, errors)) out.*field = Field<V>(std::move(*got), at.node.at);
  };
  return {name, store, {}};
}

// A key whose map goes into a member.
template <class T, class U>
Key<T> section(std::string_view name, U T::*member, SectionOf<U> of) {
  return {name,
          [member, of](const Cursor& at, Errors& errors, T& out) {
            read_section(of(), at, errors, out.*member);
          },
          [of](const std::string& path, Paths& out) { list_paths(of(), path, out); }};
}
template <class T, class U>
Key<T> section(std::string_view name, std::optional<U> T::*member, SectionOf<U> of) {
  return {name,
          [member, of](const Cursor& at, Errors& errors, T& out) {
            read_section(of(), at, errors, (out.*member).emplace());
          },
          [of](const std::string& path, Paths& out) { list_paths(of(), path, out); }};
}

// A key whose map goes into T itself.
template <class T>
Key<T> group(std::string_view name, SectionOf<T> of) {
  return {name,
          [of](const Cursor& at, Errors& errors, T& out) { read_section(of(), at, errors, out); },
          [of](const std::string& path, Paths& out) { list_paths(of(), path, out); }};
}

// A key with a list of maps. `empty` is the error for an empty list; without it, an empty list is
// allowed.
template <class T, class U>
Key<T> list_of(std::string_view name, std::vector<U> T::*member, SectionOf<U> of,
               std::string_view empty = {}) {
  const auto read = [member, of, empty](const Cursor& at, Errors& errors, T& out) {
    if (!is_list(at, errors)) return;
    if (at.node.items.empty() && !empty.empty())
      errors.add(at.node.at, at.path, std::string(empty));
    for (std::size_t i = 0; i < at.node.items.size() && !errors.full(); ++i)
      read_section(of(), item_of(at, i), errors, (out.*member).emplace_back());
  };
  return {name, read,
          [of](const std::string& path, Paths& out) { list_paths(of(), path + "[]", out); }};
}

// A key whose map has free keys; `child_paths` are the key paths below it ("*", "*.*").
template <class T, class M>
Key<T> free_keys(std::string_view name, M T::*member, void (*read)(const Cursor&, Errors&, M&),
                 Paths child_paths) {
  return {
      name,
      [member, read](const Cursor& at, Errors& errors, T& out) { read(at, errors, out.*member); },
      [child_paths = std::move(child_paths)](const std::string& path, Paths& out) {
        for (const std::string& child : child_paths)
          out.push_back(std::string(path).append(".").append(child));
      }};
}

template <class T>
Key<T> required(Key<T> key, std::string_view why = {}) {
  key.required = true;
  key.why_required = why;
  return key;
}

}  // namespace gtidops
