// known_hosts: what libgit2 is shown of the files that tell which server has which key.
//
// libssh2, which compares them, stops at a line that it does not know, and knows no marker. So the
// files become one, without lines of @cert-authority (libssh2 knows no certificates) and without
// the keys that @revoked takes back.
//
// Thread-safety: any number of calls side by side. Errors: a file that cannot be read counts as
// empty: then no server is known, and none is let in.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace gtidops::git {

std::string merge_known_hosts(const std::vector<std::string>& files);

// Is there a key of this server in the file, be it another one than it showed?
bool knows_host(const std::string& file, const std::string& host, const std::string& port);

// As ssh(1) prints a fingerprint: SHA256:base64, without its padding.
std::string fingerprint(std::string_view sha256);

}  // namespace gtidops::git
