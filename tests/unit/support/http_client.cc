#include "unit/support/http_client.h"

#include <arpa/inet.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <stdexcept>

namespace gtidops::testing {

struct HttpClient::Inner {
  int socket = -1;
  std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context{nullptr, SSL_CTX_free};
  std::unique_ptr<SSL, decltype(&SSL_free)> ssl{nullptr, SSL_free};
};

HttpClient::HttpClient(int port) : inner_(std::make_unique<Inner>()) {
  inner_->socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const timeval limit{30, 0};
  ::setsockopt(inner_->socket, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_port = htons(static_cast<std::uint16_t>(port));
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(inner_->socket, reinterpret_cast<sockaddr*>(&at), sizeof(at)) != 0)
    throw std::runtime_error("cannot connect");
}

HttpClient::HttpClient(int port, const Tls& tls) : HttpClient(port) {
  inner_->context.reset(SSL_CTX_new(TLS_client_method()));
  SSL_CTX* context = inner_->context.get();
  if (!tls.ca_file.empty()) {
    SSL_CTX_load_verify_locations(context, tls.ca_file.c_str(), nullptr);
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
  }
  if (!tls.cert_file.empty()) {
    SSL_CTX_use_certificate_chain_file(context, tls.cert_file.c_str());
    SSL_CTX_use_PrivateKey_file(context, tls.key_file.c_str(), SSL_FILETYPE_PEM);
  }
  if (tls.most != 0) SSL_CTX_set_max_proto_version(context, tls.most);
  inner_->ssl.reset(SSL_new(context));
  SSL_set_fd(inner_->ssl.get(), inner_->socket);
  if (SSL_connect(inner_->ssl.get()) != 1) throw std::runtime_error("TLS handshake failed");
}

HttpClient::~HttpClient() {
  if (inner_ && inner_->socket >= 0) ::close(inner_->socket);
}

void HttpClient::send(const std::string& bytes) {
  std::size_t sent = 0;
  while (sent < bytes.size()) {
    const auto left = bytes.size() - sent;
    const ssize_t done =
        inner_->ssl ? SSL_write(inner_->ssl.get(), bytes.data() + sent, static_cast<int>(left))
                    : ::send(inner_->socket, bytes.data() + sent, left, MSG_NOSIGNAL);
    if (done <= 0) return;  // closed: what it said about it can still be read
    sent += static_cast<std::size_t>(done);
  }
}

int HttpClient::read_byte() {
  unsigned char byte = 0;
  const ssize_t got =
      inner_->ssl ? SSL_read(inner_->ssl.get(), &byte, 1) : ::recv(inner_->socket, &byte, 1, 0);
  return got == 1 ? byte : -1;
}

HttpAnswer HttpClient::receive(bool body) {
  std::string head;
  while (head.size() < 4 || head.compare(head.size() - 4, 4, "\r\n\r\n") != 0) {
    const int byte = read_byte();
    if (byte < 0) return {};
    head += static_cast<char>(byte);
  }
  HttpAnswer answer;
  answer.status = std::stoi(head.substr(9, 3));
  for (auto at = head.find("\r\n") + 2; at + 2 < head.size();) {
    const auto end = head.find("\r\n", at);
    const auto colon = head.find(": ", at);
    std::string name = head.substr(at, colon - at);
    for (char& c : name)
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    answer.headers[name] = head.substr(colon + 2, end - colon - 2);
    at = end + 2;
  }
  const auto length = answer.headers.find("content-length");
  std::size_t size = length == answer.headers.end() ? 0 : std::stoul(length->second);
  for (; body && size > 0; --size) {
    const int byte = read_byte();
    if (byte < 0) throw std::runtime_error("the body ended early");
    answer.body += static_cast<char>(byte);
  }
  return answer;
}

HttpAnswer HttpClient::ask(const HttpAsk& ask) {
  std::string text = ask.method + " " + ask.path + " HTTP/1.1\r\nHost: localhost\r\n";
  for (const auto& [name, value] : ask.headers) text += name + ": " + value + "\r\n";
  if (!ask.body.empty()) text += "Content-Length: " + std::to_string(ask.body.size()) + "\r\n";
  send(text + "\r\n" + ask.body);
  return receive(ask.method != "HEAD");
}

HttpAnswer http(int port, const HttpAsk& ask) { return HttpClient(port).ask(ask); }

HttpAnswer http_get(int port, const std::string& path) {
  HttpAsk ask;
  ask.path = path;
  return http(port, ask);
}

}  // namespace gtidops::testing
