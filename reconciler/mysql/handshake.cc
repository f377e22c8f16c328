#include "mysql/handshake.h"

#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <thread>
#include <utility>

#include "mysql/failure.h"
#include "mysql/greeting.h"
#include "mysql/resolve.h"
#include "system/socket_wait.h"

namespace gtidops::mysql {
namespace {

using Reason = Unreachable::Reason;

// How often resume() is called while Oracle's library does not say what it waits for.
constexpr Millis kAskAgain{2};

class Login {
 public:
  Login(ClientHandle& handle, const LoginOptions& options, const LoginLimits& limits)
      : handle_(handle), options_(options), limits_(limits) {}

  std::optional<Unreachable> run() {
    short events = handle_.connect();
    while (events != 0) {
      see_socket();
      // With both events Oracle's library may have connected and read the greeting already. That is
      // safe: it never takes an unencrypted connection for an encrypted one.
      const bool begun = accepted_ || events == (POLLIN | POLLOUT);
      std::optional<Unreachable> failure = begun ? await_server(events) : await_accept();
      if (failure) {
        handle_.abandon();
        return failure;
      }
      events = handle_.resume();
    }
    if (handle_.failed()) return classify_connect(handle_.error(), 0);
    return check();
  }

 private:
  void see_socket() {
    if (std::exchange(socket_, handle_.socket()) == handle_.socket() || socket_ < 0) return;
    prepare_socket(socket_);
    limits_.on_socket(socket_);
  }

  // The greeting is peeked at before the library goes on: once it does, the library may have read
  // the greeting before it waits again.
  std::optional<Unreachable> await_accept() {
    *limits_.stage = Stage::kConnecting;
    if (auto failure = wait(POLLOUT, limits_.connect)) return failure;
    if (!is_connected(handle_.socket())) {
      // For a name the library itself goes on to the further addresses.
      if (!is_numeric_address(options_.host)) return std::nullopt;
      // Read from the socket here, because the library would report it as a lost connection.
      return classify_system(take_socket_error(handle_.socket()));
    }
    accepted_ = true;
    *limits_.stage = Stage::kGreeting;
    return await_greeting();
  }

  std::optional<Unreachable> await_server(short events) {
    *limits_.stage = Stage::kLogin;
    if (events != (POLLIN | POLLOUT)) return wait(events, limits_.login);
    if (limits_.login.over()) return timed_out(Stage::kLogin, waited());
    const Deadline soon = limits_.login.earlier(Deadline::after(kAskAgain));
    if (wait_socket(handle_.socket(), POLLIN, soon, limits_.cancelled) == Waited::kCancelled)
      return Unreachable{Reason::kOther, "the connection was given up"};
    return std::nullopt;
  }

  std::optional<Unreachable> await_greeting() {
    std::array<char, 1024> bytes{};
    for (;;) {
      if (auto failure = wait(POLLIN, limits_.login)) return failure;
      const ssize_t got =
          ::recv(handle_.socket(), bytes.data(), bytes.size(), MSG_PEEK | MSG_DONTWAIT);
      if (got < 0 && (errno == EAGAIN || errno == EINTR)) continue;
      if (got < 0) return classify_system(errno);
      if (got == 0)
        return Unreachable{Reason::kLost,
                           "the connection was closed before the server said anything"};
      if (const auto greeting = judge_greeting({bytes.data(), static_cast<std::size_t>(got)}))
        return proceed_after(*greeting);
      if (peer_closed(handle_.socket()))
        return Unreachable{Reason::kLost,
                           "the connection was closed in the middle of the greeting"};
      if (limits_.login.over()) return timed_out(Stage::kGreeting, waited());
      // poll(2) would not wait for the rest, because the peeked bytes stay readable.
      std::this_thread::sleep_for(Millis{2});
    }
  }

  // The greeting decides whether the connection is encrypted; the library has sent nothing yet.
  std::optional<Unreachable> proceed_after(const Greeting& greeting) {
    if (greeting.refusal) return greeting.refusal;
    if (greeting.tls || options_.tls == TlsMode::kDisabled) return std::nullopt;
    if (always_encrypts(options_.tls))
      return Unreachable{Reason::kTls, "the server offers no TLS, and tls.mode asks for it"};
    handle_.go_without_tls();
    return std::nullopt;
  }

  [[nodiscard]] std::optional<Unreachable> check() const {
    if (always_encrypts(options_.tls) && !handle_.encrypted())
      return Unreachable{Reason::kTls, "the connection is not encrypted, and tls.mode asks for it"};
    return judge_version(handle_.server_version());
  }

  std::optional<Unreachable> wait(short events, Deadline deadline) {
    switch (wait_socket(handle_.socket(), events, deadline, limits_.cancelled)) {
      case Waited::kReady:
        return std::nullopt;
      case Waited::kCancelled:
        return Unreachable{Reason::kOther, "the connection was given up"};
      case Waited::kTimeout:
        break;
    }
    return timed_out(*limits_.stage, waited());
  }

  [[nodiscard]] Millis waited() const {
    return std::chrono::duration_cast<Millis>(Deadline::Clock::now() - started_);
  }

  ClientHandle& handle_;
  const LoginOptions& options_;
  const LoginLimits& limits_;
  const Deadline::Clock::time_point started_ = Deadline::Clock::now();
  int socket_ = -1;
  bool accepted_ = false;
};

}  // namespace

Unreachable timed_out(Stage stage, Millis waited) {
  const std::string after = " after " + print_duration(waited);
  switch (stage) {
    case Stage::kSecret:
      return {Reason::kSecret, "the admin password is not there yet" + after};
    case Stage::kResolving:
      return {Reason::kNameNotResolved, "the host's name was not resolved" + after};
    case Stage::kConnecting:
      return {Reason::kTimeout, "the connection was not answered" + after};
    case Stage::kGreeting:
      return {Reason::kTimeout, "the connection was accepted, but nothing was said" + after};
    case Stage::kLogin:
      return {Reason::kTimeout, "the login was not finished" + after};
    case Stage::kOpen:
      break;
  }
  return {Reason::kTimeout, "the server did not answer" + after};
}

std::optional<Unreachable> log_in(ClientHandle& handle, const LoginOptions& options,
                                  const LoginLimits& limits) {
  return Login(handle, options, limits).run();
}

}  // namespace gtidops::mysql
