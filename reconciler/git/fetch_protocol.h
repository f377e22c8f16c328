// What a GitSource and its child process say to each other: one JSON object each way. The secret
// follows the request's line as it is, so that no JSON library makes copies of it.
//
// Thread-safety: pure functions. Errors: nullopt for what is not such a message.
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
  std::string url;  // holds no secret
  Wanted wanted = Wanted::kHead;
  std::string name;  // of the branch or tag; the commit
  std::string directory;
  bool fresh = false;  // the clone that is there was found to be damaged
  std::string user;
  std::string ssh_key_file, ca_file;
  std::vector<std::string> known_hosts_files;
  std::int64_t max_bytes = 0;
  std::int64_t parent = 0;  // the process that asks; without it the child does nothing
};

struct FetchAnswer {
  std::string commit;                // the full hash; empty when `error` tells why
  std::optional<SourceError> error;  // without a revision
};

Secret encode(const FetchRequest& request, const Secret& password);
// The second part is the password.
std::optional<std::pair<FetchRequest, Secret>> decode_request(std::string_view text);

std::string encode(const FetchAnswer& answer);
std::optional<FetchAnswer> decode_answer(const std::string& text);

}  // namespace gtidops::git
