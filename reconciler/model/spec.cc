#include "model/spec.h"

namespace gtidops {

std::string SecretRef::describe() const {
  switch (kind) {
    case Kind::kNone:
      return "none";
    case Kind::kEnv:
      return "env:" + name;
    case Kind::kFile:
      return "file:" + name;
    case Kind::kCredential:
      return "credential:" + name;
    case Kind::kExec:
      // A command line may itself hold a secret, so only its first word is shown.
      return "exec:" + name.substr(0, name.find(' '));
    case Kind::kOneTime:
      return "made up for " + name;
  }
  return "none";
}

std::string Address::to_string() const {
  const bool v6 = host.find(':') != std::string::npos;
  return (v6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

bool Address::on_loopback() const {
  if (host == "localhost" || host == "::1") return true;
  // A host name may begin with "127.", too.
  return host.compare(0, 4, "127.") == 0 &&
         host.find_first_not_of("0123456789.") == std::string::npos;
}

TlsMode TlsSpec::mode_for(const Address& address) const {
  if (mode.declared) return *mode;
  return address.on_loopback() ? TlsMode::kPreferred : TlsMode::kRequired;
}

bool always_encrypts(TlsMode mode) {
  return mode != TlsMode::kDisabled && mode != TlsMode::kPreferred;
}

const ServerSpec* Spec::server(const std::string& server_name) const {
  for (const ServerSpec& candidate : servers)
    if (*candidate.name == server_name) return &candidate;
  return nullptr;
}

std::string Spec::source_of(const ServerSpec& server) const {
  if (*server.name == *primary) return {};
  return server.source.declared ? *server.source : *primary;
}

const AdminSpec& Spec::admin_of(const ServerSpec& server) const {
  return server.admin ? *server.admin : admin;
}

}  // namespace gtidops
