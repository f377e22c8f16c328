#include "spec/section.h"

#include <fmt/format.h>

#include <algorithm>

namespace gtidops {
namespace {

constexpr std::size_t kMostNamesToList = 16;

std::string unknown_key(std::string_view key, const std::vector<std::string>& names) {
  std::string message = "unknown key " + show(key);
  const std::string meant = did_you_mean(key, names);
  if (!meant.empty()) return message + meant;
  if (key.find(':') != std::string_view::npos)
    return message + "; is a blank missing after the colon?";
  if (names.size() > kMostNamesToList) return message;
  return message + "; the keys here are " + join(names, ", ");
}

void check_exactly_one(const Cursor& map, Errors& errors,
                       const std::vector<std::string_view>& candidates) {
  std::vector<std::string> names(candidates.begin(), candidates.end());
  std::size_t present = 0;
  for (const YamlMember& member : map.node.members)
    if (std::find(candidates.begin(), candidates.end(), member.key.text) != candidates.end() &&
        !member.reported)
      ++present;
  if (present == 1) return;
  errors.add(
      map.named_at, map.path,
      std::string(present == 0 ? "needs one of " : "takes only one of ") + join(names, ", "));
}

}  // namespace

bool walk_map(const Cursor& map, Errors& errors, const KeyNames& keys,
              const std::function<void(std::size_t, const Cursor&)>& visit) {
  const std::vector<std::string> wanted(keys.exactly_one.begin(), keys.exactly_one.end());
  const std::string what =
      wanted.empty() ? "a map" : fmt::format("a map with one of {}", join(wanted, ", "));
  if (!is_map(map, errors, what)) return false;
  for (const YamlMember& member : map.node.members) {
    if (errors.full()) return false;
    if (member.reported) continue;
    const auto known = std::find(keys.names.begin(), keys.names.end(), member.key.text);
    if (known != keys.names.end()) {
      visit(static_cast<std::size_t>(known - keys.names.begin()), member_of(map, member));
    } else {
      errors.add(member.key.at, child_path(map.path, member.key.text),
                 unknown_key(member.key.text, keys.names));
    }
  }
  if (!keys.exactly_one.empty()) check_exactly_one(map, errors, keys.exactly_one);
  return true;
}

}  // namespace gtidops
