// Terminal: a command with a person before it: it has a terminal, and reads and writes there.
//
// Thread-safety: one thread. Errors: std::runtime_error when it cannot be started. The command is
// killed when this object goes.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace gtidops::testing {

class Terminal {
 public:
  explicit Terminal(const std::vector<std::string>& command);
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;
  ~Terminal();

  // Waits until this was written; false: it was not within that time, or the command has ended.
  bool await(const std::string& text, double limit_seconds);
  void type(const std::string& keys) const;
  // How it ended: the exit code, or 128 + the signal; -1 when it still runs after that time.
  int wait(double limit_seconds);
  [[nodiscard]] const std::string& written() const { return written_; }

 private:
  // Reads what there is; false: nothing came for a tenth of a second.
  bool read_more();

  int terminal_ = -1;
  pid_t pid_ = -1;
  int code_ = -1;
  std::string written_;
};

}  // namespace gtidops::testing
