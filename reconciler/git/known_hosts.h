// known_hosts: the known_hosts files, merged into the one file that libssh2 reads.
//
// libssh2 stops at a line that it does not understand, and understands no marker. So the merged
// file has no lines of @cert-authority (libssh2 supports no certificates), and none of the keys
// that @revoked takes back.
//
// Thread-safety: any number of calls side by side. Errors: a file that cannot be read counts as
// empty; then no server is known, and none is accepted.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace gtidops::git {

std::string merge_known_hosts(const std::vector<std::string>& files);

// Does the file hold any key of this server, even another one than the server showed?
bool knows_host(const std::string& file, const std::string& host, const std::string& port);

// The fingerprint as ssh(1) prints it: SHA256:base64, without padding.
std::string fingerprint(std::string_view sha256);

}  // namespace gtidops::git
