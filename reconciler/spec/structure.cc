#include "spec/structure.h"

#include <map>
#include <string>

#include "base/nearest.h"
#include "spec/scalars.h"

namespace gtidops {
namespace {

using Kind = YamlNode::Kind;

bool is_password(std::string_view key) {
  const std::string word = lower(key);
  return word == "password" || word == "passwd" || word == "pwd";
}

// What is wrong with the key itself; empty when nothing is.
std::string key_problem(const YamlNode& key) {
  if (key.kind == Kind::kNull) return "a key is missing here";
  if (key.kind == Kind::kList || key.kind == Kind::kMap) return "a key must be a single word";
  if (key.kind == Kind::kAlias) return "an alias is not allowed; write the key out";
  if (key.text == "<<" && !key.quoted) return "a merge key is not allowed; write the keys out";
  if (key.anchored) return "an anchor is not allowed";
  if (key.tagged) return "a tag is not allowed";
  if (key.after_tab) return "a tab in the indentation; YAML takes spaces only";
  if (is_password(key.text))
    return "a secret never stands in the file; write passwordFrom with one of env, file, "
           "credential, exec";
  return {};
}

void check_node(YamlNode& node, const std::string& path, Errors& errors);

void check_members(YamlNode& map, const std::string& path, Errors& errors) {
  std::map<std::string, Position> seen;
  for (YamlMember& member : map.members) {
    if (errors.full()) return;
    const YamlNode& key = member.key;
    const bool word = key.kind == Kind::kScalar;
    const std::string below = word ? child_path(path, key.text) : path;
    const std::string problem = key_problem(key);
    member.reported = !problem.empty();
    if (member.reported) {
      errors.add(key.at, below, problem);
      continue;
    }
    const auto [first, is_new] = seen.try_emplace(key.text, key.at);
    member.reported = !is_new;
    if (member.reported)
      errors.add(
          key.at, below,
          "duplicate key; it stands in line " + std::to_string(first->second.line) + " already");
    check_node(member.value, below, errors);
  }
}

void check_node(YamlNode& node, const std::string& path, Errors& errors) {
  if (errors.full()) return;
  if (node.kind == Kind::kAlias)
    errors.add(node.at, path, "an alias is not allowed; write the value out");
  if (node.anchored) errors.add(node.at, path, "an anchor is not allowed");
  if (node.tagged) errors.add(node.at, path, "a tag is not allowed");
  if (node.after_tab) errors.add(node.at, path, "a tab in the indentation; YAML takes spaces only");
  for (std::size_t i = 0; i < node.items.size(); ++i)
    check_node(node.items[i], path + "[" + std::to_string(i) + "]", errors);
  check_members(node, path, errors);
}

// Rules report no path deeper than spec.variables.servers.NAME.VARIABLE, so deeper places are not
// needed.
constexpr int kDeepestPlace = 8;

void add_places(const YamlNode& node, const std::string& path, int depth, Places& out) {
  if (depth > kDeepestPlace) return;
  for (std::size_t i = 0; i < node.items.size(); ++i) {
    const YamlNode& item = node.items[i];
    const std::string below = path + "[" + std::to_string(i) + "]";
    out.try_emplace(below, Place{item.at, item.at});
    add_places(item, below, depth + 1, out);
  }
  for (const YamlMember& member : node.members) {
    if (member.key.kind != Kind::kScalar) continue;
    const std::string below = child_path(path, member.key.text);
    const auto [at, is_new] = out.try_emplace(below, Place{member.key.at, member.value.at});
    if (is_new) add_places(member.value, below, depth + 1, out);
  }
}

}  // namespace

Places find_places(const YamlNode& root) {
  Places places;
  add_places(root, "", 0, places);
  return places;
}

void check_structure(YamlNode& root, Errors& errors) { check_node(root, "", errors); }

}  // namespace gtidops
