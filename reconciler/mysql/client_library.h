// ClientHandle: one connection of libmysqlclient. All that differs between MariaDB Connector/C and
// Oracle's library is in client_library.cc.
//
// (Oracle's library does not say what it waits for once it is connected: both events then mean that
// it wants to be asked again soon.)
//
// Logging in does not block: connect() and resume() return what the socket must be ready for before
// resume() goes on, as poll(2) events, or 0 when it is finished, well or badly (failed()). An
// unfinished login is given up with abandon(), and then the handle can only be destroyed. Queries
// block until they are answered: with Connector/C 3.3 everything does over TLS, the TLS handshake
// too, whatever its non-blocking interface is asked for. interrupt_socket() on a duplicate of the
// socket, from another thread, ends that.
//
// Thread-safety: one thread at a time for a handle. Errors: as ServerError, in words that hold no
// secret of a login.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/spec.h"
#include "mysql/actor.h"
#include "mysql/failure.h"
#include "ports/fleet.h"
#include "system/secret.h"

namespace gtidops::mysql {

// What a request of one or more statements may answer, in bytes of our memory. A server that says
// more is broken, or hostile.
inline constexpr std::size_t kReplyLimit = std::size_t{64} << 20U;

struct ResultSet {
  std::vector<std::string> columns;
  Rows rows;
};

struct LoginOptions {
  std::string
      host;  // as it is dialled: a numeric address, or the name that a certificate must bear
  int port = 3306;
  std::string user;
  const Secret* password = nullptr;
  TlsMode tls = TlsMode::kPreferred;
  std::string ca_file, cert_file, key_file;
  // What the library may read as the server's public key; empty: it asks the server for it.
  std::string public_key_file;
  Actor actor;  // told to the server, for others to read
};

// What came of a request of one or more statements.
struct Reply {
  std::vector<ResultSet>
      results;  // of those that succeeded, in order; one without rows has no columns
  std::optional<ServerError> error;  // of the one behind them; what followed it did not run
  bool lost = false;                 // and the connection is gone
};

class ClientHandle {
 public:
  // `options.password` must live until the login is finished.
  explicit ClientHandle(const LoginOptions& options);
  ClientHandle(const ClientHandle&) = delete;
  ClientHandle& operator=(const ClientHandle&) = delete;
  ~ClientHandle();

  short connect();
  short resume();
  // REQUIRES: the server has offered no TLS, and the library has not read that yet. Without it the
  // library would take the connection for what was asked for, and send the password as it is.
  void go_without_tls();
  void abandon();
  [[nodiscard]] bool failed() const;
  [[nodiscard]] ServerError error() const;

  Reply query(std::string_view sql);

  // -1 before there is one.
  [[nodiscard]] int socket() const;
  // After the login.
  [[nodiscard]] std::string server_version() const;
  [[nodiscard]] unsigned long thread_id() const;  // NOLINT(google-runtime-int): the library's type
  [[nodiscard]] bool encrypted() const;
  // Overwrites the library's own copy of the password, which it keeps to log in again; we never do.
  void forget_password();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Which library this is: "MariaDB Connector/C 3.3.20", for `gtidops version`.
std::string client_library_name();

// To be called at the end of every thread that has opened a connection.
void end_library_thread();

// Ends whatever waits on the socket, at once.
void interrupt_socket(int socket);

}  // namespace gtidops::mysql
