#include "model/grants.h"

#include <algorithm>
#include <optional>

namespace gtidops {
namespace {

struct GrantLine {
  std::vector<std::string> privileges;
  std::string object;  // empty: the line grants roles
  bool grant_option = false;
};

// The place of `word` in `text` outside of quotes and parentheses, from `from` on.
std::size_t find_outside(std::string_view text, std::string_view word, std::size_t from = 0) {
  char quote = 0;
  int depth = 0;
  for (std::size_t i = from; i < text.size(); ++i) {
    const char c = text[i];
    if (quote != 0) {
      if (c == quote) quote = 0;  // a doubled one closes and opens again
      continue;
    }
    if (depth == 0 && text.substr(i, word.size()) == word) return i;
    if (c == '`' || c == '\'' || c == '"') quote = c;
    if (c == '(') ++depth;
    if (c == ')') --depth;
  }
  return std::string_view::npos;
}

std::vector<std::string> split_outside(std::string_view text) {
  std::vector<std::string> parts;
  while (true) {
    const std::size_t comma = find_outside(text, ",");
    std::string_view part = text.substr(0, comma);
    while (!part.empty() && part.front() == ' ') part.remove_prefix(1);
    if (!part.empty()) parts.emplace_back(part);
    if (comma == std::string_view::npos) return parts;
    text.remove_prefix(comma + 1);
  }
}

std::optional<GrantLine> parse_line(std::string_view line) {
  constexpr std::string_view kGrant = "GRANT ";
  if (line.substr(0, kGrant.size()) != kGrant) return std::nullopt;
  line.remove_prefix(kGrant.size());
  const std::size_t to = find_outside(line, " TO ");
  if (to == std::string_view::npos) return std::nullopt;
  const std::string_view tail = line.substr(to);
  const std::string_view head = line.substr(0, to);
  GrantLine parsed;
  parsed.grant_option = find_outside(tail, " WITH GRANT OPTION") != std::string_view::npos ||
                        find_outside(tail, " WITH ADMIN OPTION") != std::string_view::npos;
  const std::size_t on = find_outside(head, " ON ");
  parsed.privileges = split_outside(head.substr(0, on));
  if (on != std::string_view::npos) parsed.object = head.substr(on + 4);
  return parsed;
}

// A partial revoke only restricts a global privilege, and goes away with it.
bool is_restriction(std::string_view line) { return line.substr(0, 7) == "REVOKE "; }

std::string join(const std::vector<std::string>& parts) {
  std::string out;
  for (const std::string& part : parts) out += (out.empty() ? "" : ", ") + part;
  return out;
}

}  // namespace

bool has_replication_slave(const UserAccount& account) {
  for (const std::string& line : account.grants) {
    const auto parsed = parse_line(line);
    if (!parsed || parsed->object != "*.*") continue;
    for (const std::string& privilege : parsed->privileges)
      if (privilege == "REPLICATION SLAVE" || privilege == "ALL PRIVILEGES") return true;
  }
  return false;
}

std::vector<std::string> beyond_replication_slave(const UserAccount& account) {
  std::vector<std::string> revocations;
  std::vector<std::string> grant_options;
  for (const std::string& line : account.grants) {
    if (is_restriction(line)) continue;
    const auto parsed = parse_line(line);
    if (!parsed) {
      revocations.push_back(line);
      continue;
    }
    std::vector<std::string> extra;
    for (const std::string& privilege : parsed->privileges) {
      const bool wanted = parsed->object == "*.*" && privilege == "REPLICATION SLAVE";
      if (!wanted && privilege != "USAGE") extra.push_back(privilege);
    }
    const std::string on = parsed->object.empty() ? "" : " ON " + parsed->object;
    if (!extra.empty()) revocations.push_back(join(extra) + on);
    // When PROXY or a role is revoked, its GRANT OPTION or ADMIN OPTION goes with it.
    const bool proxy = parsed->privileges == std::vector<std::string>{"PROXY"};
    if (!parsed->grant_option || parsed->object.empty() || proxy) continue;
    const std::string option = "GRANT OPTION" + on;
    if (std::find(grant_options.begin(), grant_options.end(), option) == grant_options.end())
      grant_options.push_back(option);
  }
  // GRANT OPTION is revoked last: once GRANT OPTION ON *.* is revoked, MySQL 9.7 lets the next
  // REVOKE of a dynamic privilege pass without effect.
  revocations.insert(revocations.end(), grant_options.begin(), grant_options.end());
  return revocations;
}

}  // namespace gtidops
