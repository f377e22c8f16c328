// What the kernel says of a connection, on real sockets.
#include "system/socket_wait.h"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

namespace gtidops {
namespace {

// Both ends of a connection over loopback.
struct Pair {
  int here = -1, there = -1;

  Pair() {
    const int listener = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof at;
    auto* const address = reinterpret_cast<sockaddr*>(&at);
    EXPECT_EQ(::bind(listener, address, size), 0);
    EXPECT_EQ(::listen(listener, 1), 0);
    EXPECT_EQ(::getsockname(listener, address, &size), 0);
    here = ::socket(AF_INET, SOCK_STREAM, 0);
    EXPECT_EQ(::connect(here, address, size), 0);
    there = ::accept(listener, nullptr, nullptr);
    ::close(listener);
  }
  Pair(const Pair&) = delete;
  Pair& operator=(const Pair&) = delete;
  ~Pair() {
    ::close(here);
    ::close(there);
  }
};

// Linux keeps an acknowledgement back for 40 ms, in the hope of something to send it with: a
// statement that was sent a moment ago is not lost.
TEST(SocketWait, AnAcknowledgementThatIsKeptBackIsNoLostHost) {
  const Pair pair;
  const int off = 0;
  ASSERT_EQ(::setsockopt(pair.there, IPPROTO_TCP, TCP_QUICKACK, &off, sizeof off), 0);
  ASSERT_EQ(::send(pair.here, "x", 1, 0), 1);
  tcp_info info{};
  socklen_t size = sizeof info;
  ASSERT_EQ(::getsockopt(pair.here, IPPROTO_TCP, TCP_INFO, &info, &size), 0);
  ASSERT_EQ(info.tcpi_unacked, 1U) << "it is kept back here";
  EXPECT_FALSE(is_unacknowledged(pair.here));
}

}  // namespace
}  // namespace gtidops
