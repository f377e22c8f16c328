// The watcher on real sockets: a peer that hangs up, one that vanishes without a word, one that is
// well.
#include "loop/watcher.h"

#include <gtest/gtest.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <string>

namespace gtidops {
namespace {

// Both ends of a TCP connection over the loopback address.
struct Pair {
  int ours = -1, theirs = -1;
  Pair() {
    const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* const plain = reinterpret_cast<sockaddr*>(&address);
    if (::bind(listener, plain, size) == 0 && ::listen(listener, 1) == 0 &&
        ::getsockname(listener, plain, &size) == 0) {
      ours = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
      if (::connect(ours, plain, size) == 0) theirs = ::accept(listener, nullptr, nullptr);
    }
    ::close(listener);
  }
};

class Losses {
 public:
  void add(const std::string& name) {
    const std::lock_guard lock(mutex_);
    last_ = name;
    changed_.notify_all();
  }
  // The name of who was lost; "" when nobody was within the time.
  std::string wait(std::chrono::milliseconds limit) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, limit, [&] { return !last_.empty(); });
    return last_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::string last_;
};

TEST(WatcherTest, TellsWhoHangsUpAndNobodyElse) {
  Losses losses;
  Watcher watcher([&](const std::string& name) { losses.add(name); });
  const Pair well;
  const Pair ending;
  watcher.watch("well", well.ours);
  watcher.watch("ending", ending.ours);
  EXPECT_EQ(losses.wait(std::chrono::milliseconds(100)), "");
  ::close(ending.theirs);
  EXPECT_EQ(losses.wait(std::chrono::seconds(10)), "ending");
  ::close(well.theirs);
}

bool set_loopback(bool up) {
  const int socket = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  ifreq request{};
  request.ifr_name[0] = 'l';
  request.ifr_name[1] = 'o';
  request.ifr_flags = static_cast<short>(up ? IFF_UP : 0);
  const bool done = ::ioctl(socket, SIOCSIFFLAGS, &request) == 0;
  ::close(socket);
  return done;
}

// In a network of its own, whose only link goes down: nothing is answered any more, and no end is
// told. 0: it was noticed; 1: not; 77: there may be no such network here.
int lose_the_link() {
  if (::unshare(CLONE_NEWNET) != 0 && ::unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0) return 77;
  if (!set_loopback(true)) return 77;
  Losses losses;
  Watcher watcher([&](const std::string& name) { losses.add(name); });
  const Pair pair;
  if (pair.theirs < 0) return 77;
  watcher.watch("gone", pair.ours);
  if (!set_loopback(false)) return 77;
  return losses.wait(std::chrono::seconds(30)) == "gone" ? 0 : 1;
}

TEST(WatcherTest, TellsOfAHostThatVanishesWithoutAWord) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(lose_the_link());
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_NE(WEXITSTATUS(status), 77) << "neither root nor a user namespace may make a network here";
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

}  // namespace
}  // namespace gtidops
