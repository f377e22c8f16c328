// Connection: one session of gtidops on one server.
//
// The session: no sql_mode, UTC, utf8mb4, autocommit, English messages, short lock waits, no limit
// on rows or on the time of a SELECT that the server's defaults may set; sql_log_bin is as it was.
//
// open() takes its own limits. A request has none: ask() blocks until it is answered or
// interrupt_socket() is called on a duplicate of the socket. mysql/session.h does both; use that.
//
// Thread-safety: one thread at a time. Errors: Unreachable from open(); a Reply says whether the
// session is lost.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "model/observation.h"
#include "model/spec.h"
#include "mysql/client_library.h"
#include "mysql/handshake.h"
#include "system/secret.h"

namespace gtidops::mysql {

// An acting session holds the right to act (execute/right_to_act.h). When its process hangs or its
// host disappears, the server ends the session after this time, and others may act.
inline constexpr std::chrono::seconds kActorTimeout{60};

struct Target {
  Address address;
  std::string user;
  TlsMode tls = TlsMode::kPreferred;
  std::string ca_file, cert_file, key_file, server_public_key_file;
  Actor actor;
};

class Connection {
 public:
  using Opened = tl::expected<std::unique_ptr<Connection>, Unreachable>;

  // Tries the addresses of the host's name one after the other; they share `limits.connect`.
  static Opened open(const Target& target, const Secret& password, const LoginLimits& limits);

  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection();

  // REQUIRES: not lost().
  Reply ask(std::string_view sql);

  [[nodiscard]] bool lost() const { return lost_; }
  // The connection is not lost, and nothing has come in unasked: a server says goodbye before it
  // closes a connection.
  [[nodiscard]] bool is_fit() const;

  [[nodiscard]] const std::string& server_version() const { return server_version_; }
  [[nodiscard]] unsigned long id() const { return id_; }  // NOLINT(google-runtime-int): for KILL
  [[nodiscard]] bool encrypted() const { return encrypted_; }

 private:
  explicit Connection(const LoginOptions& options);
  std::optional<Unreachable> prepare_session(bool acts);

  std::unique_ptr<ClientHandle> handle_;
  bool lost_ = false;
  std::string server_version_;
  unsigned long id_ = 0;  // NOLINT(google-runtime-int)
  bool encrypted_ = false;
};

}  // namespace gtidops::mysql
