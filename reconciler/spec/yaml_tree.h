// read_yaml: YAML text as a tree that hides nothing. Positions, quotes, anchors, aliases, tags and
// repeated keys stay visible, so that the strict rules can report them. Nothing is resolved or
// expanded, so an alias bomb is just a few aliases.
//
// Thread-safety: pure functions. Errors: a problem of the text itself ends the reading and is the
// value `problem`.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/position.h"

namespace gtidops {

// Limits of one file. They are far above any real topology and far below what hurts.
inline constexpr std::size_t kMaxFileBytes = std::size_t{8} << 20;
inline constexpr std::size_t kMaxDepth = 64;
inline constexpr std::size_t kMaxNodes = 200'000;

struct YamlMember;

struct YamlNode {
  enum class Kind { kNull, kScalar, kList, kMap, kAlias };
  Kind kind = Kind::kNull;
  Position at;
  std::string text;        // of a scalar
  bool quoted = false;     // a scalar in quotes, or a block scalar: text, whatever it looks like
  bool tagged = false;     // "!!int", "!x", "!"
  bool anchored = false;   // "&x"
  bool after_tab = false;  // a tab stands in the indentation before it
  std::vector<YamlNode> items;      // of a list
  std::vector<YamlMember> members;  // of a map, in the order written, duplicates too
};

struct YamlMember {
  YamlNode key;
  YamlNode value;
  bool reported = false;  // an error about this key was already given: no second one
};

struct YamlDocument {
  std::string_view bytes;  // a view of the text that was read
  YamlNode root;
};

struct YamlProblem {
  Position at;
  std::string message;
};

struct YamlFile {
  std::vector<YamlDocument> documents;  // the ones before the problem, if there is one
  std::optional<YamlProblem> problem;
};

// `text` must outlive the result.
YamlFile read_yaml(std::string_view text);

}  // namespace gtidops
