#include "http/guarded_server.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>

#include "http/client_stream.h"
#include "http/workers.h"
#include "system/socket_wait.h"

namespace gtidops {
namespace {

constexpr Millis kRequestTime{10'000};  // from its first byte to its last
constexpr Millis kAnswerTime{60'000};
constexpr Millis kIdleTime{20'000};  // Prometheus scrapes every 15 seconds, mostly
constexpr Millis kLingerTime{500};
constexpr int kRequestsPerConnection = 1000;

// After the head has been read, before anything is done about it.
void tame(httplib::Request& request) {
  // A thousand overlapping ranges of a large page would be a small request for a large answer.
  request.ranges.clear();
  request.headers.erase("Range");
  // Brotli as the library uses it takes seconds for a megabyte.
  const bool gzip = request.get_header_value("Accept-Encoding").find("gzip") != std::string::npos;
  request.headers.erase("Accept-Encoding");
  if (gzip) request.headers.emplace("Accept-Encoding", "gzip");
}

bool has_body(const httplib::Request& request) {
  return request.has_header("Transfer-Encoding") ||
         (request.has_header("Content-Length") &&
          request.get_header_value("Content-Length") != "0");
}

// So that the end of our answer is not lost while bytes of the client's are unread: closing then
// would reset the connection.
void linger(int socket) {
  ::shutdown(socket, SHUT_WR);
  const Deadline deadline = Deadline::after(kLingerTime);
  std::array<char, 16384> ignored{};
  for (int i = 0; i < 256 && wait_socket(socket, POLLIN, deadline) == Waited::kReady; ++i)
    if (::recv(socket, ignored.data(), ignored.size(), 0) <= 0) return;
}

}  // namespace

GuardedServer::GuardedServer(std::function<TlsContext()> tls) : tls_(std::move(tls)) {
  new_task_queue = [this] { return new Workers(connections_); };
  set_payload_max_length(kLargestBody);
  // Not the library's SO_REUSEPORT, with which two daemons would share a port in silence.
  set_socket_options([](socket_t socket) {
    const int yes = 1;
    ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
    ::fcntl(socket, F_SETFD, FD_CLOEXEC);
  });
}

void GuardedServer::widen_backlog() { ::listen(svr_sock_, 128); }

bool GuardedServer::process_and_close_socket(socket_t socket) {
  if (!Workers::refusing()) {
    ::fcntl(socket, F_SETFD, FD_CLOEXEC);
    ::fcntl(socket, F_SETFL, ::fcntl(socket, F_GETFL) | O_NONBLOCK);
    const int yes = 1;
    ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
    connections_.add(socket);
    serve(socket);
    connections_.forget(socket);
  }
  ::close(socket);
  return true;
}

void GuardedServer::serve(socket_t socket) {
  ClientStream stream(socket, tls_());
  if (!stream.greet(Deadline::after(kRequestTime))) return;
  for (int count = 0; count < kRequestsPerConnection; ++count) {
    connections_.waits(socket);
    if (!stream.awaits_request(Deadline::after(count == 0 ? kRequestTime : kIdleTime))) return;
    stream.allow(kLargestHead, Deadline::after(kRequestTime));
    bool over = false;
    bool body = false;
    bool understood = false;
    const bool answered = process_request(stream, false, over, [&](httplib::Request& request) {
      understood = true;
      tame(request);
      body = has_body(request);
      if (body) {
        // The rest of a body that nobody reads must not be taken for the next request.
        request.headers.erase("Connection");
        request.headers.emplace("Connection", "close");
        stream.allow(kLargestBody + kLargestHead, Deadline::after(kRequestTime));
      } else {
        connections_.works(socket);
        stream.answer_by(Deadline::after(kAnswerTime));
      }
    });
    if (!answered || !understood || over || body) break;
  }
  stream.say_goodbye();
  linger(socket);
}

}  // namespace gtidops
