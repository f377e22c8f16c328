// web_config: Prometheus' web configuration file (exporter-toolkit): TLS and basic auth.
//
//   tls_server_config:
//     cert_file, key_file      # PEM; relative to the file's own folder
//     client_ca_file           # who may sign the certificates of clients
//     client_auth_type         # NoClientCert|RequestClientCert|RequireAnyClientCert|
//                              # VerifyClientCertIfGiven|RequireAndVerifyClientCert
//     min_version, max_version # TLS12 (the least, and the default)|TLS13
//   basic_auth_users:
//     NAME: $2y$10$...         # a bcrypt hash
//
// Thread-safety: pure functions, except that they read the file. Errors: kNotFound, kInvalid: the
// file, the line and what is wrong. A key that is not supported is an error and never ignored,
// because somebody may rely on it.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "base/result.h"

namespace gtidops {

enum class ClientAuth { kNone, kRequest, kRequireAny, kVerifyIfGiven, kRequireAndVerify };

struct WebTls {
  std::string cert_file, key_file, client_ca_file;
  ClientAuth client_auth = ClientAuth::kNone;
  int min_version = 12, max_version = 13;  // of TLS 1.x
};

struct WebConfig {
  std::optional<WebTls> tls;
  std::map<std::string, std::string> users;  // name to bcrypt hash; empty: everybody is let in
};

Result<WebConfig> read_web_config(const std::string& file);

}  // namespace gtidops
