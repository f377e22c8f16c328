#include "mysql/client_library.h"

#include <mysql.h>
#include <poll.h>
#include <sys/socket.h>

#include <fmt/format.h>

#include <csignal>
#include <mutex>
#include <utility>

#include "mysql/reply_meter.h"
#include "system/socket_wait.h"

#ifdef MARIADB_PACKAGE_VERSION_ID
#define GTIDOPS_CONNECTOR_C 1
#include <openssl/ssl.h>
// Connector/C exports this function, but none of its headers declares it.
extern "C" int ma_pvio_register_callback(my_bool add, void (*callback)(int mode, MYSQL* handle,
                                                                       const unsigned char* bytes,
                                                                       std::size_t count));
#else
#define GTIDOPS_CONNECTOR_C 0
#endif

namespace gtidops::mysql {
namespace {

// A folder of certificates that does not exist. If nothing is verified, naming it keeps Connector/C
// from reading every certificate of this machine for each connection; that takes 50 ms, and
// connections wait for each other.
constexpr const char* kNoCertificates = "/nonexistent/gtidops";
bool can_do_without_certificates();
void start_metering();

void start_library() {
  static std::once_flag once;
  std::call_once(once, [] {
    mysql_library_init(0, nullptr, nullptr);
    start_metering();
    // OpenSSL's writes raise SIGPIPE when the server has closed the connection, which would end the
    // process. A handler that somebody else has set stays.
    struct sigaction current {};
    if (sigaction(SIGPIPE, nullptr, &current) == 0 && current.sa_handler == SIG_DFL)
      std::signal(SIGPIPE, SIG_IGN);
  });
}

void set_string(MYSQL* handle, mysql_option option, const std::string& value) {
  if (!value.empty()) mysql_options(handle, option, value.c_str());
}

bool verifies(TlsMode mode) {
  return mode == TlsMode::kVerifyCa || mode == TlsMode::kVerifyIdentity;
}

// The bytes of kReplyLimit that one reply has not used yet.
class Budget {
 public:
  // False: less than `bytes` is left.
  bool take(std::size_t bytes) {
    if (bytes > left_) return false;
    left_ -= bytes;
    return true;
  }

 private:
  std::size_t left_ = kReplyLimit;
};

bool take_columns(MYSQL_RES* result, Budget& budget, ResultSet& set) {
  const unsigned count = mysql_num_fields(result);
  const MYSQL_FIELD* const fields = mysql_fetch_fields(result);
  for (unsigned i = 0; i < count; ++i) {
    if (!budget.take(sizeof(std::string) + fields[i].name_length)) return false;
    set.columns.emplace_back(fields[i].name);
  }
  return true;
}

// Fetches the rows one by one, because their number is known only after the last one. False: they
// are more than the budget.
bool take_rows(MYSQL_RES* result, Budget& budget, ResultSet& set) {
  const unsigned count = mysql_num_fields(result);
  while (MYSQL_ROW values = mysql_fetch_row(result)) {
    const auto* const lengths = mysql_fetch_lengths(result);
    std::size_t size = sizeof(Row) + count * sizeof(Row::value_type);
    for (unsigned i = 0; i < count; ++i) size += values[i] == nullptr ? 0 : lengths[i];
    if (!budget.take(size)) return false;
    Row& row = set.rows.emplace_back();
    row.reserve(count);
    for (unsigned i = 0; i < count; ++i) {
      if (values[i] == nullptr)
        row.emplace_back();
      else
        row.emplace_back(std::in_place, values[i], lengths[i]);
    }
  }
  return true;
}

ServerError too_much() {
  return {kReplyTooLarge, "HY000",
          fmt::format("the server's answer takes more than {} MB", kReplyLimit >> 20U)};
}

// The error for what the meter found wrong in the bytes of the server; nullopt: nothing.
std::optional<ServerError> judged(const ReplyMeter& meter) {
  switch (meter.trouble()) {
    case ReplyMeter::Trouble::kNone:
      return std::nullopt;
    case ReplyMeter::Trouble::kTooMuch:
      return ServerError{kReplyTooLarge, "HY000", "the server says more than it was asked for"};
    case ReplyMeter::Trouble::kLongKey:
      return ServerError{
          kKeyTooLong, "HY000",
          "the server sends a public key of more than 4096 bits for the password: use "
          "TLS, or name its key in tls.serverPublicKeyFile"};
  }
  return std::nullopt;
}

}  // namespace

struct ClientHandle::State {
  LoginOptions login;
  MYSQL* handle = nullptr;
  bool logging_in = false, connected = false;
  ReplyMeter meter;
#if GTIDOPS_CONNECTOR_C
  int waiting_for = 0;  // MYSQL_WAIT_*
  MYSQL* connect_value = nullptr;
#endif

  short proceed(bool first, bool give_up);
  void set_common_options();
  void set_library_options();
};

void ClientHandle::State::set_common_options() {
  const unsigned protocol =
      MYSQL_PROTOCOL_TCP;  // without this "localhost" means a socket file, whatever the port
  mysql_options(handle, MYSQL_OPT_PROTOCOL, &protocol);
  const unsigned off = 0;  // if this were on, a server could ask for any file of this machine
  mysql_options(handle, MYSQL_OPT_LOCAL_INFILE, &off);
  mysql_options(handle, MYSQL_SET_CHARSET_NAME, "utf8mb4");
  const unsigned long packet = kReplyLimit;  // NOLINT(google-runtime-int): the library's type
  mysql_options(handle, MYSQL_OPT_MAX_ALLOWED_PACKET, &packet);
  set_string(handle, MYSQL_SERVER_PUBLIC_KEY, login.public_key_file);
  mysql_options4(handle, MYSQL_OPT_CONNECT_ATTR_ADD, "program_name", "gtidops");
  const auto tell = [&](const char* name, const std::string& value) {
    // An empty attribute would compare equal to the empty attribute of another process.
    if (!value.empty()) mysql_options4(handle, MYSQL_OPT_CONNECT_ATTR_ADD, name, value.c_str());
  };
  tell("gtidops_copy", login.actor.copies);
  if (login.actor.acts()) {
    tell("gtidops_acts", login.actor.topology);
    tell("gtidops_controller", login.actor.controller);
    tell("gtidops_holder", login.actor.holder);
  }
  if (login.tls == TlsMode::kDisabled) return;
  set_string(handle, MYSQL_OPT_SSL_CERT, login.cert_file);
  set_string(handle, MYSQL_OPT_SSL_KEY, login.key_file);
  if (verifies(login.tls))
    set_string(handle, MYSQL_OPT_SSL_CA, login.ca_file);
  else if (can_do_without_certificates())
    mysql_options(handle, MYSQL_OPT_SSL_CAPATH, kNoCertificates);
}

#if GTIDOPS_CONNECTOR_C

// ---------------------------------------------------------------- MariaDB Connector/C

namespace {

// The only authentication plugins that a server may ask for. mysql_clear_password would give it the
// password in clear, and dialog would prompt somebody at the terminal.
constexpr const char* kPlugins = "caching_sha2_password,mysql_native_password,sha256_password";

// Connector/C verifies the certificate chain whenever it knows a CA file or folder, even in a mode
// that asks for no verification. While a wanted AcceptAnyCertificate lives, every SSL_CTX that this
// thread makes accepts any certificate: OpenSSL calls made() for each new one.
class AcceptAnyCertificate {
 public:
  explicit AcceptAnyCertificate(bool wanted) {
    static std::once_flag once;
    std::call_once(once, [] {
      CRYPTO_get_ex_new_index(CRYPTO_EX_INDEX_SSL_CTX, 0, nullptr, made, nullptr, nullptr);
    });
    active = wanted;
  }
  AcceptAnyCertificate(const AcceptAnyCertificate&) = delete;
  AcceptAnyCertificate& operator=(const AcceptAnyCertificate&) = delete;
  ~AcceptAnyCertificate() { active = false; }

 private:
  static void made(void* context, void*, CRYPTO_EX_DATA*, int, long, void*) {  // NOLINT: OpenSSL's
    if (active) SSL_CTX_set_cert_verify_callback(static_cast<SSL_CTX*>(context), accept, nullptr);
  }
  static int accept(X509_STORE_CTX* chain, void*) {
    X509_STORE_CTX_set_error(chain, X509_V_OK);
    return 1;
  }
  static inline thread_local bool active = false;
};

// While a Metered lives, what this thread reads goes through the meter. Connector/C calls on_data()
// with its own buffer before it parses the bytes; over TLS these are the decrypted ones.
class Metered {
 public:
  explicit Metered(ReplyMeter& meter) { active = &meter; }
  Metered(const Metered&) = delete;
  Metered& operator=(const Metered&) = delete;
  ~Metered() { active = nullptr; }

  static void on_data(int mode, MYSQL* handle, const unsigned char* bytes, std::size_t count) {
    constexpr int kRead = 0;
    if (active == nullptr || mode != kRead || static_cast<std::ptrdiff_t>(count) <= 0) return;
    auto* const own = const_cast<char*>(reinterpret_cast<const char*>(bytes));
    if (!active->take(own, count)) interrupt_socket(mysql_get_socket(handle));
  }

 private:
  static inline thread_local ReplyMeter* active = nullptr;
};

void start_metering() { ma_pvio_register_callback(1, Metered::on_data); }

// A Connector/C that was built with another TLS library ignores AcceptAnyCertificate.
bool can_do_without_certificates() {
  const char* tls = nullptr;
  return mariadb_get_infov(nullptr, MARIADB_TLS_LIBRARY, static_cast<void*>(&tls)) == 0 &&
         tls != nullptr && std::string_view(tls).substr(0, 7) == "OpenSSL";
}

short poll_events(int waiting_for) {
  short events = 0;
  if ((waiting_for & MYSQL_WAIT_READ) != 0) events |= POLLIN;
  if ((waiting_for & MYSQL_WAIT_WRITE) != 0) events |= POLLOUT;
  if ((waiting_for & MYSQL_WAIT_EXCEPT) != 0) events |= POLLPRI;
  return events;
}

}  // namespace

void ClientHandle::State::set_library_options() {
  // The stack on which an operation is suspended; the default of 60 KiB is little for a name
  // service's modules.
  constexpr std::size_t kStack = std::size_t{512} * 1024;
  mysql_options(handle, MYSQL_OPT_NONBLOCK, &kStack);
  mysql_options(handle, MARIADB_OPT_RESTRICTED_AUTH, kPlugins);
  const my_bool encrypt = login.tls != TlsMode::kDisabled ? 1 : 0;
  mysql_options(handle, MYSQL_OPT_SSL_ENFORCE, &encrypt);
  // Without this option Connector/C verifies the chain whenever a CA is named, but not the host's
  // name.
  const my_bool verify_name = login.tls == TlsMode::kVerifyIdentity ? 1 : 0;
  mysql_options(handle, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, &verify_name);
}

short ClientHandle::State::proceed(bool first, bool give_up) {
  const AcceptAnyCertificate scope(!verifies(login.tls));
  const Metered metered(meter);
  if (first) meter.begin_login();
  if (first)
    waiting_for = mysql_real_connect_start(
        &connect_value, handle, login.host.c_str(), login.user.c_str(), login.password->c_str(),
        nullptr, static_cast<unsigned>(login.port), nullptr, CLIENT_MULTI_STATEMENTS);
  else
    waiting_for =
        mysql_real_connect_cont(&connect_value, handle, give_up ? MYSQL_WAIT_TIMEOUT : waiting_for);
  logging_in = waiting_for != 0;
  connected = !logging_in && connect_value != nullptr;
  if (!logging_in) meter.end_login();
  return poll_events(waiting_for);
}

// Connector/C sends the password in clear whenever it was *told* to use TLS (`use_ssl`), even if
// the connection has none. It looks at `use_ssl` after it has read the greeting.
void ClientHandle::go_without_tls() {
  const my_bool off = 0;
  for (const mysql_option file :
       {MYSQL_OPT_SSL_CERT, MYSQL_OPT_SSL_KEY, MYSQL_OPT_SSL_CA, MYSQL_OPT_SSL_CAPATH})
    mysql_options(state_->handle, file, nullptr);  // each of these options asks for TLS
  mysql_options(state_->handle, MYSQL_OPT_SSL_ENFORCE, &off);
}

// A suspended login holds memory on a stack of its own. To free it, the login runs to its end on a
// socket that is shut down.
void ClientHandle::abandon() {
  interrupt_socket(socket());
  constexpr int kEnough = 64;
  for (int i = 0; i < kEnough && state_->logging_in; ++i) state_->proceed(false, true);
}

int ClientHandle::socket() const {
  const my_socket fd = mysql_get_socket(state_->handle);
  return fd == MARIADB_INVALID_SOCKET ? -1 : fd;
}

std::string client_library_name() {
  return std::string("MariaDB Connector/C ") + mysql_get_client_info();
}

#else

// ---------------------------------------------------------------- Oracle's library

namespace {

mysql_ssl_mode ssl_mode(TlsMode mode) {
  switch (mode) {
    case TlsMode::kDisabled:
      return SSL_MODE_DISABLED;
    case TlsMode::kPreferred:
      return SSL_MODE_PREFERRED;
    case TlsMode::kRequired:
      return SSL_MODE_REQUIRED;
    case TlsMode::kVerifyCa:
      return SSL_MODE_VERIFY_CA;
    case TlsMode::kVerifyIdentity:
      return SSL_MODE_VERIFY_IDENTITY;
  }
  return SSL_MODE_REQUIRED;
}

// Oracle's library has no callback for what it reads, so nothing is metered.
void start_metering() {}
struct Metered {
  explicit Metered(const ReplyMeter&) {}
};

// Oracle's library verifies in every mode as soon as it is told where certificates are (9.7.4:
// "certificate verify failed" with SSL_MODE_REQUIRED).
bool can_do_without_certificates() { return false; }

}  // namespace

void ClientHandle::State::set_library_options() {
  const mysql_ssl_mode mode = ssl_mode(login.tls);
  mysql_options(handle, MYSQL_OPT_SSL_MODE, &mode);
  // Without TLS, caching_sha2_password needs the server's public key.
  const bool get_key = login.public_key_file.empty();
  mysql_options(handle, MYSQL_OPT_GET_SERVER_PUBLIC_KEY, &get_key);
  const bool clear_text = false;
  mysql_options(handle, MYSQL_ENABLE_CLEARTEXT_PLUGIN, &clear_text);
}

// mysql_real_connect_nonblocking() is called again with the same arguments until it is ready.
short ClientHandle::State::proceed(bool /*first*/, bool /*give_up*/) {
  const net_async_status status = mysql_real_connect_nonblocking(
      handle, login.host.c_str(), login.user.c_str(), login.password->c_str(), nullptr,
      static_cast<unsigned>(login.port), nullptr, CLIENT_MULTI_STATEMENTS);
  logging_in = status == NET_ASYNC_NOT_READY;
  connected = status == NET_ASYNC_COMPLETE;
  if (!logging_in) return 0;
  if (handle->net.vio == nullptr || !is_connected(handle->net.fd)) return POLLOUT;
  return POLLIN | POLLOUT;  // during the TLS handshake the library does not say what it waits for
}

// Oracle's library sends the password in clear only if the connection is encrypted, not merely
// because TLS was asked for.
void ClientHandle::go_without_tls() {}

void ClientHandle::abandon() { interrupt_socket(socket()); }

int ClientHandle::socket() const {
  const NET& net = state_->handle->net;
  return net.vio == nullptr ? -1 : net.fd;
}

std::string client_library_name() {
  return std::string("MySQL client library ") + mysql_get_client_info();
}

#endif

// ---------------------------------------------------------------- both libraries

ClientHandle::ClientHandle(const LoginOptions& options) : state_(std::make_unique<State>()) {
  start_library();
  state_->login = options;
  state_->handle = mysql_init(nullptr);
  if (state_->handle == nullptr) throw std::bad_alloc();
  state_->set_library_options();
  state_->set_common_options();
}

ClientHandle::~ClientHandle() {
  if (state_->logging_in) abandon();
  forget_password();
  mysql_close(state_->handle);
}

short ClientHandle::connect() { return state_->proceed(true, false); }

short ClientHandle::resume() { return state_->proceed(false, false); }

bool ClientHandle::failed() const { return !state_->connected; }

ServerError ClientHandle::error() const {
  if (auto wrong = judged(state_->meter)) return *std::move(wrong);
  return {static_cast<int>(mysql_errno(state_->handle)), mysql_sqlstate(state_->handle),
          mysql_error(state_->handle)};
}

Reply ClientHandle::query(std::string_view sql) {
  Reply reply;
  MYSQL* const handle = state_->handle;
  ReplyMeter& meter = state_->meter;
  const Metered metered(meter);
  Budget budget;
  meter.allow(kColumnsLimit);
  // 0: there is a result; -1: there are no more results; above 0: an error.
  int status = mysql_real_query(handle, sql.data(), sql.size()) == 0 ? 0 : 1;
  for (; status == 0; status = mysql_next_result(handle)) {
    ResultSet set;
    bool fits = budget.take(sizeof set);
    MYSQL_RES* const result = mysql_use_result(handle);
    // For rows the budget is the tighter limit: a value takes more bytes in memory than on the
    // wire.
    meter.allow(2 * kReplyLimit);
    if (result != nullptr)
      fits = fits && take_columns(result, budget, set) && take_rows(result, budget, set);
    // mysql_free_result() reads the rows that are left, unless the socket is shut down.
    if (!fits) interrupt_socket(socket());
    const bool broken = fits && mysql_errno(handle) != 0;
    if (broken) reply.error = error();
    mysql_free_result(result);
    if (!fits) reply.error = too_much();
    if (reply.error) break;
    reply.results.push_back(std::move(set));
    meter.allow(kColumnsLimit);
  }
  if (status > 0) reply.error = error();
  // The library can give up on a malformed answer without setting an error. It is then unknown
  // where the next answer begins, so the connection counts as lost.
  constexpr int kMalformed = 2027;
  if (reply.error && reply.error->number == 0)
    reply.error = ServerError{kMalformed, "HY000", "the answer makes no sense"};
  reply.lost = reply.error && is_connection_loss(reply.error->number);
  return reply;
}

std::string ClientHandle::server_version() const { return mysql_get_server_info(state_->handle); }

unsigned long ClientHandle::thread_id() const { return mysql_thread_id(state_->handle); }

bool ClientHandle::encrypted() const {
  return state_->connected && mysql_get_ssl_cipher(state_->handle) != nullptr;
}

void ClientHandle::forget_password() {
  char* const password = state_->handle->passwd;
  if (password != nullptr) wipe_memory(password, std::char_traits<char>::length(password));
}

void end_library_thread() { mysql_thread_end(); }

void interrupt_socket(int socket) {
  if (socket >= 0) ::shutdown(socket, SHUT_RDWR);
}

}  // namespace gtidops::mysql
