#include "http/web_server.h"

#include <fcntl.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <thread>
#include <utility>

#include "http/session.h"
#include "system/quiet_thread.h"

namespace gtidops {
namespace {

namespace asio = boost::asio;
using Code = boost::system::error_code;
using asio::ip::tcp;

constexpr int kBacklog = 512;

}  // namespace

struct WebServer::Inner {
  explicit Inner(WebService& given) : service(given) {}

  WebService& service;
  Guests guests;  // outlives the connections, which end with the io_context
  Lanes lanes;
  asio::io_context io{1};
  tcp::acceptor acceptor{io};
  asio::steady_timer pause{io};
  std::thread thread;

  Result<int> open(const tcp::endpoint& at) {
    Code problem;
    // Not SO_REUSEPORT, with which two daemons would silently share a port.
    if (acceptor.open(at.protocol(), problem); !problem) {
      ::fcntl(acceptor.native_handle(), F_SETFD, FD_CLOEXEC);
      acceptor.set_option(tcp::acceptor::reuse_address(true), problem);
    }
    if (!problem) acceptor.bind(at, problem);
    if (!problem) acceptor.listen(kBacklog, problem);
    if (!problem) return static_cast<int>(acceptor.local_endpoint(problem).port());
    Code ignored;
    acceptor.close(ignored);
    return fail(ErrorCode::kFailed, problem.message());
  }

  void accept() {
    acceptor.async_accept([this](Code problem, tcp::socket socket) {
      if (!acceptor.is_open()) return;
      if (problem) return accept_later();
      ::fcntl(socket.native_handle(), F_SETFD, FD_CLOEXEC);
      Code ignored;
      socket.set_option(tcp::no_delay(true), ignored);
      serve_connection(std::move(socket), service, lanes, guests);
      accept();
    });
  }

  // Usually there are no descriptors left, so one connection is closed before the next attempt.
  void accept_later() {
    guests.evict();
    pause.expires_after(std::chrono::milliseconds(100));
    pause.async_wait([this](Code problem) {
      if (!problem) accept();
    });
  }
};

WebServer::WebServer(WebService& service) : inner_(std::make_unique<Inner>(service)) {}

WebServer::~WebServer() { stop(); }

Result<int> WebServer::bind(const std::string& host, int port) {
  Code problem;
  tcp::resolver resolver(inner_->io);
  const auto found = resolver.resolve(
      host, std::to_string(port), tcp::resolver::passive | tcp::resolver::numeric_service, problem);
  if (problem || found.empty()) return fail(ErrorCode::kFailed, "no such address here");
  // A name may resolve to several addresses, and this machine may not be able to bind each of them.
  Result<int> opened = fail(ErrorCode::kFailed, "no such address here");
  for (const auto& one : found) {
    opened = inner_->open(one.endpoint());
    if (opened) break;
  }
  return opened;
}

void WebServer::start() {
  inner_->accept();
  inner_->thread = quiet_thread([this] { inner_->io.run(); });
}

void WebServer::stop() {
  if (!inner_->thread.joinable()) return;
  asio::post(inner_->io, [inner = inner_.get()] {
    Code ignored;
    inner->acceptor.close(ignored);
    inner->pause.cancel();
    inner->guests.evict_all();
    inner->io.stop();
  });
  inner_->thread.join();
  inner_->lanes.end();  // after the thread's end: the dropped work owns its sessions
}

}  // namespace gtidops
