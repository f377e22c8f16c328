// Event: a flag that poll(2) can wait for.
//
// Thread-safety: yes. Errors: std::system_error when the system has no descriptor left.
#pragma once

#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace gtidops {

class Event {
 public:
  Event() : fd_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    if (fd_ < 0) throw std::system_error(errno, std::generic_category(), "eventfd");
  }
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;
  ~Event() { ::close(fd_); }

  void set() { (void)::eventfd_write(fd_, 1); }
  void clear() {
    eventfd_t ignored = 0;
    (void)::eventfd_read(fd_, &ignored);
  }
  // Readable while it is set.
  [[nodiscard]] int descriptor() const { return fd_; }

 private:
  int fd_;
};

}  // namespace gtidops
