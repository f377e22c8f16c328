#include "mysql/resolve.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <poll.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <memory>

#include "system/event.h"
#include "system/quiet_thread.h"
#include "system/socket_wait.h"

namespace gtidops::mysql {
namespace {

// Shared with the thread, which may outlive the call.
struct Lookup {
  std::string host;
  Event ended;
  std::atomic<bool> finished = false;
  int error = 0;
  std::vector<std::string> addresses;

  explicit Lookup(std::string name) : host(std::move(name)) {}
};

void look_up(Lookup& lookup) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  lookup.error = ::getaddrinfo(lookup.host.c_str(), nullptr, &hints, &found);
  for (const addrinfo* at = found; at != nullptr; at = at->ai_next) {
    std::array<char, NI_MAXHOST> text{};
    if (::getnameinfo(at->ai_addr, at->ai_addrlen, text.data(), text.size(), nullptr, 0,
                      NI_NUMERICHOST) == 0 &&
        std::find(lookup.addresses.begin(), lookup.addresses.end(), text.data()) ==
            lookup.addresses.end())
      lookup.addresses.emplace_back(text.data());
  }
  if (found != nullptr) ::freeaddrinfo(found);
  lookup.finished = true;
  lookup.ended.set();
}

}  // namespace

bool is_numeric_address(const std::string& host) {
  std::array<unsigned char, sizeof(in6_addr)> buffer{};
  return ::inet_pton(AF_INET, host.c_str(), buffer.data()) == 1 ||
         ::inet_pton(AF_INET6, host.c_str(), buffer.data()) == 1 ||
         host.find('%') != std::string::npos;  // fe80::1%eth0
}

Result<std::vector<std::string>> resolve(const std::string& host, Deadline deadline,
                                         int cancelled) {
  if (is_numeric_address(host)) return std::vector<std::string>{host};
  const auto lookup = std::make_shared<Lookup>(host);
  try {
    quiet_thread([lookup] { look_up(*lookup); }).detach();
  } catch (const std::system_error&) {
    return fail(ErrorCode::kUnknown, "no thread to look the name " + host + " up");
  }
  wait_socket(lookup->ended.descriptor(), POLLIN, deadline, cancelled);
  if (!lookup->finished)
    return fail(ErrorCode::kUnknown, "the name " + host + " was not resolved in time");
  if (lookup->error != 0 || lookup->addresses.empty())
    return fail(ErrorCode::kNotFound,
                "the name " + host + " does not resolve: " +
                    (lookup->error != 0 ? ::gai_strerror(lookup->error) : "it has no address"));
  return lookup->addresses;
}

}  // namespace gtidops::mysql
