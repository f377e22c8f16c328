// A small SQL client for tests: errors are exceptions, values are text.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace gtidops::sandbox {

class Server;

using Row = std::vector<std::optional<std::string>>;  // nullopt is NULL
using Rows = std::vector<Row>;

// What the server, or the client library, answered instead of a result.
class SqlError : public std::runtime_error {
 public:
  SqlError(unsigned code, const std::string& message)
      : std::runtime_error(std::to_string(code) + ": " + message), code_(code) {}
  unsigned code() const { return code_; }

 private:
  unsigned code_;
};

struct Login {
  std::string user = "root";
  std::string password = {};
  bool tls = true;  // over TCP only
  unsigned timeout_seconds =
      60;  // for a connect, and for a statement: a test may not hang for ever
};

// One session, for what needs one: an open transaction, LOCK TABLES, session variables. Not
// thread-safe.
class Connection {
 public:
  // root comes through the server's socket, which works whatever the server thinks of host names;
  // everybody else comes over TCP.
  explicit Connection(const Server& server, const Login& login = {});
  // To whoever listens on that port of 127.0.0.1.
  Connection(std::uint16_t port, const Login& login);
  Connection(Connection&&) noexcept;
  Connection& operator=(Connection&&) noexcept;
  ~Connection();

  // One or more statements; the rows of the last one that returned any.
  Rows sql(const std::string& statements);

  std::string server_version() const;  // as the greeting said

 private:
  struct Handle;
  void open(const char* socket, std::uint16_t port, const Login& login);
  std::unique_ptr<Handle> handle_;
};

// The same on a connection of its own.
Rows sql(const Server& server, const std::string& statements, const Login& login = {});

// The single value of a statement that returns one row with one column; NULL is an exception.
std::string value(const Server& server, const std::string& statement, const Login& login = {});

}  // namespace gtidops::sandbox
