#include "bench/fleet/stand_in.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <stdexcept>
#include <system_error>
#include <utility>

#include "bench/fleet/client.h"

namespace gtidops::fleet {
namespace {

[[noreturn]] void give_up(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

sockaddr_in address(const char* host, int port) {
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_port = htons(static_cast<std::uint16_t>(port));
  ::inet_pton(AF_INET, host, &at.sin_addr);
  return at;
}

sockaddr* plain(sockaddr_in& at) { return reinterpret_cast<sockaddr*>(&at); }

// SO_REUSEPORT, so that a socket of one address may stand before that of all of them.
int listen_at(const char* host, int port, int backlog) {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  const int on = 1;
  sockaddr_in at = address(host, port);
  if (socket < 0 || ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 ||
      ::setsockopt(socket, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on) != 0 ||
      ::bind(socket, plain(at), sizeof at) != 0 || ::listen(socket, backlog) != 0)
    give_up(host);
  return socket;
}

int port_of(int socket) {
  sockaddr_in at{};
  socklen_t size = sizeof at;
  ::getsockname(socket, plain(at), &size);
  return ntohs(at.sin_port);
}

// The inverse of address_of(), of this end of the connection.
Place place_of(int socket) {
  sockaddr_in at{};
  socklen_t size = sizeof at;
  ::getsockname(socket, plain(at), &size);
  const std::uint32_t bits = ntohl(at.sin_addr.s_addr);
  const auto byte = [bits](unsigned shift) { return std::size_t{(bits >> shift) & 0xffU}; };
  return {(byte(16) - 64) * 250 + byte(8) - 1, byte(0) - 1};
}

void watch(int epoll, int operation, int descriptor, std::uint32_t events) {
  epoll_event event{};
  event.events = events;
  event.data.fd = descriptor;
  ::epoll_ctl(epoll, operation, descriptor, &event);
}

std::vector<std::string_view> statements_of(std::string_view text) {
  std::vector<std::string_view> all;
  bool quoted = false;
  std::size_t begin = 0;
  for (std::size_t i = 0; i <= text.size(); ++i) {
    if (i < text.size() && text[i] == '\'') quoted = !quoted;
    if (i < text.size() && (quoted || text[i] != ';')) continue;
    if (i > begin) all.push_back(text.substr(begin, i - begin));
    begin = i + 1;
    while (begin < text.size() && text[begin] == ' ') ++begin;
  }
  return all;
}

}  // namespace

StandIn::StandIn(std::size_t topologies, std::size_t servers, bool tls)
    : topologies_(topologies),
      servers_(servers),
      fleet_(topologies, servers),
      looks_(topologies * servers) {
  if (tls) make_tls_context();
  listener_ = listen_at("0.0.0.0", 0, 4096);
  port_ = port_of(listener_);
  fleet_.set_port(port_);
  epoll_ = ::epoll_create1(EPOLL_CLOEXEC);
  watch(epoll_, EPOLL_CTL_ADD, listener_, EPOLLIN);
  watch(epoll_, EPOLL_CTL_ADD, stop_.descriptor(), EPOLLIN);
  thread_ = std::thread([this] { serve(); });
}

StandIn::~StandIn() {
  stop_.set();
  thread_.join();
  heal();
  ::close(listener_);
  ::close(epoll_);
}

// A certificate that signs itself, as mysqld makes one when it is given none.
void StandIn::make_tls_context() {
  tls_.reset(SSL_CTX_new(TLS_server_method()));
  EVP_PKEY* const key = EVP_RSA_gen(2048);
  X509* const certificate = X509_new();
  if (!tls_ || key == nullptr || certificate == nullptr) throw std::runtime_error("no TLS");
  X509_gmtime_adj(X509_getm_notBefore(certificate), 0);
  X509_gmtime_adj(X509_getm_notAfter(certificate), 86'400);
  X509_set_pubkey(certificate, key);
  X509_sign(certificate, key, EVP_sha256());
  SSL_CTX_use_certificate(tls_.get(), certificate);
  SSL_CTX_use_PrivateKey(tls_.get(), key);
  SSL_CTX_set_mode(tls_.get(), SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS |
                                   SSL_MODE_ENABLE_PARTIAL_WRITE);
  X509_free(certificate);
  EVP_PKEY_free(key);
}

void StandIn::serve() {
  std::array<epoll_event, 256> events{};
  for (;;) {
    const int count = ::epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), -1);
    const std::lock_guard lock(mutex_);
    for (int i = 0; i < count; ++i) {
      const int descriptor = events.at(static_cast<std::size_t>(i)).data.fd;
      if (descriptor == stop_.descriptor()) {
        clients_.clear();
        return;
      }
      if (descriptor == listener_) {
        accept_all();
        continue;
      }
      const auto found = clients_.find(descriptor);
      if (found == clients_.end()) continue;
      if (is_silent(found->second->place()))
        forget(descriptor);  // it has hung up
      else
        read_from(*found->second);
    }
  }
}

void StandIn::forget(int descriptor) {
  clients_.erase(descriptor);
  counts_.connections = clients_.size();
}

void StandIn::accept_all() {
  for (;;) {
    const int socket = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (socket < 0) return;
    const Place place = place_of(socket);
    if (place.topology >= topologies_ || place.server >= servers_) {
      ::close(socket);
      continue;
    }
    const int on = 1;
    ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    auto client = std::make_unique<Client>(socket, place);
    const bool silent = is_silent(place);
    if (!silent) {
      client->send(greeting(static_cast<std::uint32_t>(++counts_.opened), tls_ != nullptr));
      client->flush();
    }
    watch(epoll_, EPOLL_CTL_ADD, socket, silent ? EPOLLRDHUP : EPOLLIN | EPOLLRDHUP);
    clients_[socket] = std::move(client);
    counts_.connections = clients_.size();
  }
}

void StandIn::read_from(Client& client) {
  bool open = client.receive();
  while (open) {
    const auto body = client.next();
    if (!body) break;
    if (!client.logged_in && asks_for_tls(*body)) {
      client.start_tls(tls_.get());
    } else if (!client.logged_in) {
      client.logged_in = true;
      client.send(ok(static_cast<std::uint8_t>(client.sequence + 1)));
    } else {
      const std::string reply = reply_to(client, *body);
      open = !reply.empty();
      client.send(reply);
    }
    open = open && client.flush() && client.receive();
  }
  if (!open) return forget(client.socket());
  if (client.has_output() || client.waits_for_output)
    watch(epoll_, EPOLL_CTL_MOD, client.socket(),
          EPOLLIN | EPOLLRDHUP | (client.has_output() ? EPOLLOUT : EPOLLIN));
  client.waits_for_output = client.has_output();
}

// Empty: it says goodbye, or nothing that is known.
std::string StandIn::reply_to(Client& client, std::string_view body) {
  constexpr char kQuery = 3, kPing = 14;
  if (!body.empty() && body[0] == kPing) return ok(1);
  if (body.empty() || body[0] != kQuery) return {};
  const auto statements = statements_of(body.substr(1));
  std::string reply;
  std::uint8_t sequence = 1;
  for (std::size_t i = 0; i < statements.size(); ++i) {
    if (statements[i] == "SHOW REPLICA STATUS") {
      looks_[index(client.place())].push_back(Clock::now());
      ++counts_.looks;
    }
    const Answer answer = fleet_.answer(client.place(), statements[i]);
    append_answer(reply, answer, sequence, i + 1 < statements.size());
    if (answer.error != 0) break;
  }
  return reply;
}

void StandIn::close_clients(const std::set<std::size_t>& of) {
  for (auto one = clients_.begin(); one != clients_.end();)
    one = of.count(index(one->second->place())) > 0 ? clients_.erase(one) : std::next(one);
  counts_.connections = clients_.size();
}

// A kernel that can't queue one more connection drops what asks for one.
StandIn::Filled StandIn::fill(Place place) const {
  constexpr int kMoreThanFit = 4;
  const std::string host = address_of(place);
  Filled filled{{listen_at(host.c_str(), port_, 0)}};
  for (int i = 0; i < kMoreThanFit; ++i) {
    const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    sockaddr_in at = address(host.c_str(), port_);
    (void)::connect(socket, plain(at), sizeof at);
    filled.sockets.push_back(socket);
  }
  return filled;
}

void StandIn::hang(const std::vector<Place>& places, Hang how) {
  const std::lock_guard lock(mutex_);
  std::set<std::size_t> these;
  for (const Place place : places) these.insert(index(place));
  if (how == Hang::kDropped) {
    for (const Place place : places) filled_.push_back(fill(place));
    close_clients(these);
    return;
  }
  silent_.insert(these.begin(), these.end());
  for (const auto& [descriptor, client] : clients_)
    if (is_silent(client->place())) watch(epoll_, EPOLL_CTL_MOD, descriptor, EPOLLRDHUP);
}

void StandIn::heal() {
  const std::lock_guard lock(mutex_);
  close_clients(silent_);
  silent_.clear();
  for (const Filled& one : filled_)
    for (const int socket : one.sockets) ::close(socket);
  filled_.clear();
}

StandInCounts StandIn::counts() const {
  const std::lock_guard lock(mutex_);
  return counts_;
}

std::vector<std::vector<Clock::time_point>> StandIn::take_looks() {
  const std::lock_guard lock(mutex_);
  return std::exchange(looks_, std::vector<std::vector<Clock::time_point>>(looks_.size()));
}

std::string StandIn::unknown() const {
  const std::lock_guard lock(mutex_);
  std::string text;
  for (const std::string& one : fleet_.unknown()) text += "  " + one + "\n";
  return text;
}

}  // namespace gtidops::fleet
