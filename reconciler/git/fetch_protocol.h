// fetch_protocol: the messages between a GitSource and its child process, one JSON object each way.
// The password follows the request's line as plain bytes, so that no JSON library makes copies of
// it.
//
// Thread-safety: pure functions. Errors: nullopt for anything that is no such message.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ports/spec_source.h"
#include "system/secret.h"

namespace gtidops::git {

struct FetchRequest {
  enum class Wanted { kHead, kBranch, kTag, kCommit };
  std::string url;  // without a password
  Wanted wanted = Wanted::kHead;
  std::string name;  // of the branch, tag or commit
  std::string directory;
  bool fresh = false;  // make a new clone: the existing one is damaged
  std::string user;
  std::string ssh_key_file, ca_file;
  std::vector<std::string> known_hosts_files;
  std::int64_t max_bytes = 0;
  std::int64_t parent = 0;  // the process that asks; the child does nothing for another one
};

struct FetchAnswer {
  std::string commit;                // the full hash; empty when there is an error
  std::optional<SourceError> error;  // without a revision
};

Secret encode(const FetchRequest& request, const Secret& password);
// The second part is the password.
std::optional<std::pair<FetchRequest, Secret>> decode_request(std::string_view text);

std::string encode(const FetchAnswer& answer);
std::optional<FetchAnswer> decode_answer(const std::string& text);

}  // namespace gtidops::git
