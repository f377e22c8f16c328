// ClientHandle: one connection of libmysqlclient. All that differs between MariaDB Connector/C and
// Oracle's library is in client_library.cc.
//
// Logging in does not block. connect() and resume() return the poll(2) events that the socket must
// be ready for before the next resume(), or 0 when the login has ended, well or badly (failed()).
// Both events together mean: call resume() again soon, because Oracle's library does not say what
// it waits for once it is connected. An unfinished login is given up with abandon(); the handle can
// then only be destroyed.
//
// Queries block until they are answered. With Connector/C 3.3 everything over TLS blocks, its
// handshake too, in spite of the non-blocking interface. interrupt_socket() on a duplicate of the
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

// The most memory in bytes that the answer to a request of one or more statements may take. A
// server that says more is broken, or hostile.
inline constexpr std::size_t kReplyLimit = std::size_t{64} << 20U;

struct ResultSet {
  std::vector<std::string> columns;
  Rows rows;
};

struct LoginOptions {
  std::string
      host;  // as it is dialled: a numeric address, or the name that the certificate must bear
  int port = 3306;
  std::string user;
  const Secret* password = nullptr;
  TlsMode tls = TlsMode::kPreferred;
  std::string ca_file, cert_file, key_file;
  // A file that the library can read with the server's public key; empty: it asks the server for
  // it.
  std::string public_key_file;
  Actor actor;  // told to the server, for others to read
};

// The answer to a request of one or more statements.
struct Reply {
  std::vector<ResultSet>
      results;  // of the statements that succeeded, in order; one without rows has no columns
  std::optional<ServerError> error;  // of the statement after those; the ones behind it did not run
  bool lost = false;                 // the connection is gone
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
  // REQUIRES: the server has offered no TLS, and the library has not read its greeting yet. Without
  // this call Connector/C would treat the connection as encrypted and send the password in clear.
  void go_without_tls();
  void abandon();
  [[nodiscard]] bool failed() const;
  [[nodiscard]] ServerError error() const;

  Reply query(std::string_view sql);

  // -1 before there is a socket.
  [[nodiscard]] int socket() const;
  // After the login.
  [[nodiscard]] std::string server_version() const;
  [[nodiscard]] unsigned long thread_id() const;  // NOLINT(google-runtime-int): the library's type
  [[nodiscard]] bool encrypted() const;
  // Overwrites the library's copy of the password, which it keeps for a reconnect that gtidops
  // never makes.
  void forget_password();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Which library this is: "MariaDB Connector/C 3.3.20", for `gtidops version`.
std::string client_library_name();

// To be called at the end of every thread that has opened a connection.
void end_library_thread();

// Ends at once whatever waits on the socket.
void interrupt_socket(int socket);

}  // namespace gtidops::mysql
