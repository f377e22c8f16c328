#include "git/url.h"

#include <algorithm>
#include <cctype>
#include <optional>
#include <string_view>
#include <utility>

namespace gtidops {
namespace git {
namespace {

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return out;
}

// The colon of git@host:path; ./odd:name and /a:b have none.
std::size_t scp_colon(std::string_view text) {
  const std::size_t colon = text.find(':');
  const std::size_t slash = text.find('/');
  if (colon == std::string_view::npos || colon == 0 || slash < colon) return std::string_view::npos;
  return colon;
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char low = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return low >= 'a' && low <= 'f' ? low - 'a' + 10 : -1;
}

std::string decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const int high = text[i] == '%' && i + 2 < text.size() ? hex_digit(text[i + 1]) : -1;
    const int low = high >= 0 ? hex_digit(text[i + 2]) : -1;
    if (low >= 0) {
      out += static_cast<char>(high * 16 + low);
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

std::optional<Url::Kind> kind_of(const std::string& scheme) {
  if (scheme == "https") return Url::Kind::kHttps;
  if (scheme == "http") return Url::Kind::kHttp;
  if (scheme == "ssh" || scheme == "git+ssh" || scheme == "ssh+git") return Url::Kind::kSsh;
  if (scheme == "git") return Url::Kind::kGit;
  if (scheme == "file") return Url::Kind::kLocal;
  return std::nullopt;
}

bool plain(std::string_view text, std::string_view also) {
  return std::all_of(text.begin(), text.end(), [&](unsigned char c) {
    return std::isalnum(c) != 0 || also.find(static_cast<char>(c)) != std::string_view::npos;
  });
}

// host, host:port, [v6]:port
bool split_host(std::string_view text, Url& url) {
  std::string_view rest;
  if (!text.empty() && text.front() == '[') {
    const std::size_t close = text.find(']');
    if (close == std::string_view::npos) return false;
    url.host = text.substr(1, close - 1);
    rest = text.substr(close + 1);
    if (!plain(url.host, ":.%")) return false;
  } else {
    url.host = text.substr(0, text.find(':'));
    rest = text.substr(url.host.size());
    if (!plain(url.host, "-._")) return false;
  }
  if (url.host.empty() || url.host.front() == '-') return false;
  if (rest.empty()) return true;
  url.port = rest.substr(1);
  return rest.front() == ':' && url.port.size() <= 5 && !url.port.empty() &&
         std::all_of(url.port.begin(), url.port.end(), [](char c) { return c >= '0' && c <= '9'; });
}

void split_user(std::string_view text, Url& url) {
  const std::size_t colon = text.find(':');
  url.user = decoded(text.substr(0, colon));
  if (colon == std::string_view::npos) return;
  std::string password = decoded(text.substr(colon + 1));
  url.password.append(password);
  wipe_memory(password.data(), password.size());
}

Result<Url> parse_scp(std::string_view text, std::size_t colon) {
  Url url;
  url.kind = Url::Kind::kSsh;
  std::string_view host = text.substr(0, colon);
  if (const std::size_t at = host.rfind('@'); at != std::string_view::npos) {
    url.user = host.substr(0, at);
    host.remove_prefix(at + 1);
  }
  // user:password@host:path is not valid: the part before its first colon is a user, not a host.
  const bool has_password = url.user.empty() && text.find('@') != std::string_view::npos;
  if (has_password || !split_host(host, url))
    return fail(ErrorCode::kInvalid, "the URL of the git repository has no valid host name");
  url.clean = text;
  return url;
}

}  // namespace

bool Url::loopback() const {
  return host == "localhost" || host == "::1" || host.rfind("127.", 0) == 0;
}

Result<Url> parse_url(const std::string& text) {
  const auto no_host = fail(ErrorCode::kInvalid, printable_url(text) +
                                                     " is no URL of a git repository: its host or "
                                                     "port is not valid (a / or @ in a password is "
                                                     "written %2F or %40)");
  if (text.empty()) return fail(ErrorCode::kInvalid, "the URL of the git repository is missing");
  const std::size_t scheme_end = text.find("://");
  if (scheme_end == std::string::npos) {
    const std::size_t colon = scp_colon(text);
    if (colon != std::string::npos) return parse_scp(text, colon);
    Url local;
    local.clean = text;
    return local;
  }
  const std::string scheme = lower(text.substr(0, scheme_end));
  const auto kind = kind_of(scheme);
  if (!kind)
    return fail(ErrorCode::kInvalid,
                "git over " + scheme + ":// is not known; https, ssh, http, git and file are");
  Url url;
  url.kind = *kind;
  if (url.kind == Url::Kind::kLocal) {
    url.clean = text;
    return url;
  }
  std::string_view rest = std::string_view(text).substr(scheme_end + 3);
  std::string_view authority = rest.substr(0, rest.find_first_of("/?#"));
  const std::string_view path = rest.substr(authority.size());
  if (const std::size_t at = authority.rfind('@'); at != std::string_view::npos) {
    split_user(authority.substr(0, at), url);
    authority.remove_prefix(at + 1);
  }
  if (!split_host(authority, url)) return no_host;
  const bool names_user = url.kind == Url::Kind::kSsh && plain(url.user, "-._");
  url.clean = (url.kind == Url::Kind::kSsh ? "ssh" : scheme) + "://" +
              (names_user && !url.user.empty() ? url.user + "@" : "") + std::string(authority) +
              std::string(path);
  return url;
}

}  // namespace git

// Hides more than the grammar of a URL asks for: everything before the last @ may be a secret, even
// with a / that somebody forgot to encode.
std::string printable_url(const std::string& url) {
  const std::size_t scheme_end = url.find("://");
  if (scheme_end == std::string::npos) {
    const std::size_t colon = git::scp_colon(url);
    const std::size_t at = url.find('@');
    if (colon == std::string::npos || at == std::string::npos || at < colon) return url;
    return "***" + url.substr(at);  // user:password@host, which is no valid URL
  }
  const std::string scheme = url.substr(0, scheme_end + 3);
  if (git::lower(scheme) == "file://") return url;
  std::string rest = url.substr(scheme_end + 3);
  rest.erase(std::min(rest.find_first_of("?#"), rest.size()));
  const std::size_t at = rest.rfind('@');
  if (at == std::string::npos) return scheme + rest;
  const std::string user = rest.substr(0, rest.find_first_of(":@"));
  const bool names_user = git::lower(scheme) == "ssh://" && git::plain(user, "-._");
  return scheme + (names_user ? user : "***") + rest.substr(at);
}

}  // namespace gtidops
