// RunConfig: what `gtidops run` is told by its configuration file (deploy/README.md) and its
// command line, which wins.
//
// Thread-safety: plain values. Errors: none here; spec/run_config.h makes one from a file.
#pragma once

#include <string>
#include <vector>

#include "model/secret_ref.h"
#include "model/spec.h"

namespace gtidops {

enum class VerifyMode { kNone, kGpg, kSsh };

struct GitConfig {
  Position at;
  Field<std::string> url;
  // at most one is declared; none: the remote's default branch
  Field<std::string> branch, tag, commit;
  Field<std::string> path;  // below the repository's top
  Field<Millis> interval{Millis{60'000}};
  Field<Millis> timeout{Millis{30'000}};
  Field<std::string> user;
  SecretRef password;  // a token, or the passphrase of the key
  Field<std::string> ssh_key, known_hosts, ca_file;
  Field<VerifyMode> verify{VerifyMode::kNone};
  // with verify: also a revision that does not descend from the last good one
  Field<bool> allow_rewrite{false};
  Field<std::string> allowed_signers;  // ssh: an allowed_signers file; gpg: a keyring
};

struct ReceiverConfig {
  enum class Type { kWebhook, kSlack, kExec };
  Position at;
  Field<Type> type{Type::kWebhook};
  Field<std::string> url;
  SecretRef url_from, secret;
  Field<std::vector<std::string>> command;
  Field<std::vector<std::string>> conditions;  // none declared: all conditions
  Field<int> max_per_minute{10};
};

struct RunConfig {
  std::string file;  // empty: no file was given
  Position at;
  std::optional<GitConfig> git;
  Field<std::string> path;
  Field<std::string> listen{"127.0.0.1:10440"};
  Field<std::string> web_config_file;
  Field<std::string> external_url;  // the URL at which others reach this daemon
  SecretRef hook_secret;
  Field<std::string> state_dir;
  Field<bool> allow_destructive{false};
  Field<std::string> log_level{"info"}, log_format{"text"};
  std::vector<ReceiverConfig> notifications;
};

}  // namespace gtidops
