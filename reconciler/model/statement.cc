#include "model/statement.h"

#include <algorithm>
#include <array>

namespace gtidops {

std::string Statement::printable() const {
  std::string text;
  for (const auto& part : parts) {
    if (const auto* plain = std::get_if<std::string>(&part))
      text += *plain;
    else
      text += "'<secret " + std::get<SecretRef>(part).describe() + ">'";
  }
  return text;
}

bool Statement::only_reads() const {
  const auto* text = parts.empty() ? nullptr : std::get_if<std::string>(&parts.front());
  return text != nullptr && gtidops::only_reads(*text);
}

bool only_reads(std::string_view text) {
  constexpr std::array<std::string_view, 3> kBegin{"SELECT ", "SHOW ", "XA RECOVER"};
  return std::any_of(kBegin.begin(), kBegin.end(),
                     [&](std::string_view begin) { return text.substr(0, begin.size()) == begin; });
}

Statement sql(std::string server, std::string text) {
  return Statement{std::move(server), {std::move(text)}, {}, false};
}

std::string quote_string(std::string_view text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'') {
      out += "''";
    } else if (c == '\\') {
      out += "\\\\";
    } else if (c == '\0') {
      out += "\\0";
    } else {
      out += c;
    }
  }
  return out + "'";
}

std::string quote_name(std::string_view name) {
  std::string out = "`";
  for (const char c : name) {
    if (c == '`') out += '`';
    out += c;
  }
  return out + "`";
}

std::string quote_account(std::string_view user, std::string_view host) {
  return quote_string(user) + "@" + quote_string(host);
}

}  // namespace gtidops
