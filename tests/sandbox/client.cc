#include "client.h"

#include <mysql.h>

#include <mutex>
#include <new>

#include "sandbox.h"

namespace gtidops::sandbox {
namespace {

void prepare_library() {
  // mysql_init does it too, but not when two threads come first at the same time.
  static std::once_flag once;
  std::call_once(once, [] { mysql_library_init(0, nullptr, nullptr); });
}

void set_options(MYSQL* mysql, bool tls, const Login& login) {
  mysql_options(mysql, MYSQL_OPT_CONNECT_TIMEOUT, &login.timeout_seconds);
  mysql_options(mysql, MYSQL_OPT_READ_TIMEOUT, &login.timeout_seconds);
  mysql_options(mysql, MYSQL_OPT_WRITE_TIMEOUT, &login.timeout_seconds);
#ifdef MARIADB_BASE_VERSION
  // Oracle's library uses TLS when the server has it. MariaDB's has to be told, and later versions
  // of it would verify a certificate that the server made for itself.
  if (tls) {
    my_bool yes = 1;
    my_bool no = 0;
    mysql_options(mysql, MYSQL_OPT_SSL_ENFORCE, &yes);
    mysql_options(mysql, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, &no);
  }
#endif
}

Rows take_rows(MYSQL* mysql, MYSQL_RES* result) {
  Rows rows;
  const unsigned columns = mysql_num_fields(result);
  while (MYSQL_ROW values = mysql_fetch_row(result)) {
    const unsigned long* lengths = mysql_fetch_lengths(result);
    Row& row = rows.emplace_back();
    for (unsigned i = 0; i < columns; ++i) {
      if (values[i] == nullptr) {
        row.emplace_back(std::nullopt);
      } else {
        row.emplace_back(std::string(values[i], lengths[i]));
      }
    }
  }
  mysql_free_result(result);
  if (mysql_errno(mysql) != 0) throw SqlError(mysql_errno(mysql), mysql_error(mysql));
  return rows;
}

}  // namespace

struct Connection::Handle {
  MYSQL* mysql = nullptr;

  Handle() = default;
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
  ~Handle() { mysql_close(mysql); }

  [[noreturn]] void fail() const { throw SqlError(mysql_errno(mysql), mysql_error(mysql)); }
};

Connection::Connection(const Server& server, const Login& login) {
  if (login.user == "root") {
    open(server.socket().c_str(), 0, login);
  } else {
    open(nullptr, server.port(), login);
  }
}

Connection::Connection(std::uint16_t port, const Login& login) { open(nullptr, port, login); }

void Connection::open(const char* socket, std::uint16_t port, const Login& login) {
  prepare_library();
  handle_ = std::make_unique<Handle>();
  handle_->mysql = mysql_init(nullptr);
  if (handle_->mysql == nullptr) throw std::bad_alloc();
  set_options(handle_->mysql, socket == nullptr && login.tls, login);
  if (mysql_real_connect(handle_->mysql, socket != nullptr ? "localhost" : "127.0.0.1",
                         login.user.c_str(), login.password.c_str(), nullptr, port, socket,
                         CLIENT_MULTI_STATEMENTS) == nullptr) {
    handle_->fail();
  }
}

Connection::Connection(Connection&&) noexcept = default;
Connection& Connection::operator=(Connection&&) noexcept = default;
Connection::~Connection() = default;

Rows Connection::sql(const std::string& statements) {
  MYSQL* mysql = handle_->mysql;
  if (mysql_real_query(mysql, statements.data(), statements.size()) != 0) handle_->fail();
  Rows rows;
  int more = 0;
  while (more == 0) {
    if (MYSQL_RES* result = mysql_store_result(mysql)) {
      rows = take_rows(mysql, result);
    } else if (mysql_field_count(mysql) != 0) {
      handle_->fail();
    }
    more = mysql_next_result(mysql);
  }
  if (more > 0) handle_->fail();
  return rows;
}

std::string Connection::server_version() const { return mysql_get_server_info(handle_->mysql); }

Rows sql(const Server& server, const std::string& statements, const Login& login) {
  return Connection(server, login).sql(statements);
}

std::string value(const Server& server, const std::string& statement, const Login& login) {
  const Rows rows = sql(server, statement, login);
  if (rows.size() != 1 || rows[0].size() != 1 || !rows[0][0]) {
    throw std::runtime_error("not one value: " + statement);
  }
  return *rows[0][0];
}

}  // namespace gtidops::sandbox
