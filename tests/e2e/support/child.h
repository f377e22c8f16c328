// A process that runs beside the test, with its output in a file; it is gone when this object is,
// and when the test process is.
//
// Thread-safety: one thread. Errors: std::runtime_error when it cannot be started.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace gtidops::testing {

using Environment = std::vector<std::pair<std::string, std::string>>;

class Child {
 public:
  // Standard output and error are appended to `log`. `environment`: added to this process's own.
  Child(const std::vector<std::string>& command, std::filesystem::path log,
        const Environment& environment = {});
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child();

  [[nodiscard]] std::string log() const;
  [[nodiscard]] pid_t pid() const { return pid_; }
  bool running();
  void signal(int number) const;
  // How it ended: the exit code, or 128 + the signal; -1 when it still runs after that time.
  int wait(double limit_seconds);

 private:
  std::filesystem::path log_;
  pid_t pid_ = -1;
  int code_ = -1;
  bool over_ = false;
};

}  // namespace gtidops::testing
