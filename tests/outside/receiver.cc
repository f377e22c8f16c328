#include "outside/receiver.h"

#include <httplib.h>
#include <openssl/hmac.h>

#include <array>
#include <chrono>
#include <cstdio>
#include <mutex>
#include <thread>

namespace gtidops::testing {

struct Receiver::Server {
  httplib::Server http;
  std::mutex mutex;
  std::vector<Got> got;
  int failures = 0, failure = 500, port = 0;
  std::thread thread;
};

Receiver::Receiver() : server_(std::make_unique<Server>()) {
  Server& server = *server_;
  server.http.Post(".*", [&server](const httplib::Request& request, httplib::Response& response) {
    const std::lock_guard lock(server.mutex);
    server.got.push_back({request.path, request.body,
                          request.get_header_value("X-Gtidops-Signature"),
                          request.get_header_value("Content-Type")});
    response.status = server.failures > 0 ? server.failure : 200;
    if (server.failures > 0) --server.failures;
  });
  server.port = server.http.bind_to_any_port("127.0.0.1");
  server.thread = std::thread([&server] { server.http.listen_after_bind(); });
  while (!server.http.is_running()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
}

Receiver::~Receiver() {
  server_->http.stop();
  server_->thread.join();
}

void Receiver::fail(int times, int status) {
  const std::lock_guard lock(server_->mutex);
  server_->failures = times;
  server_->failure = status;
}

std::vector<Receiver::Got> Receiver::got() {
  const std::lock_guard lock(server_->mutex);
  return server_->got;
}

std::string Receiver::url() const {
  return "http://127.0.0.1:" + std::to_string(server_->port) + "/S3cretPath";
}

std::string hex_hmac_of(const std::string& secret, const std::string& body) {
  std::array<unsigned char, 32> bytes{};
  unsigned int size = bytes.size();
  HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
       reinterpret_cast<const unsigned char*>(body.data()), body.size(), bytes.data(), &size);
  std::string text;
  std::array<char, 3> hex{};
  for (const unsigned char byte : bytes) {
    std::snprintf(hex.data(), hex.size(), "%02x", byte);
    text += hex.data();
  }
  return text;
}

}  // namespace gtidops::testing
