// One `gtidops run` process, and what the kernel and its own pages say of it.
//
// Thread-safety: one thread at a time. Errors: std::runtime_error.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

namespace gtidops::fleet {

inline double seconds_since(std::chrono::steady_clock::time_point begin) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

struct Usage {
  double cpu_seconds = 0;
  double rss_mib = 0, peak_mib = 0;
  std::size_t threads = 0, descriptors = 0;
};

struct Page {
  std::string text;
  double ms = 0;
};

// As many descriptors as the system gives; it has that many then.
std::size_t raise_descriptor_limit();

class DaemonProcess {
 public:
  // `folder`: its log and its state; `path`: what it is to read.
  DaemonProcess(const std::string& binary, const std::filesystem::path& folder,
                const std::filesystem::path& path);
  DaemonProcess(const DaemonProcess&) = delete;
  DaemonProcess& operator=(const DaemonProcess&) = delete;
  ~DaemonProcess();

  [[nodiscard]] Usage usage() const;
  [[nodiscard]] Page get(const std::string& path) const;
  [[nodiscard]] std::string log() const;
  // SIGTERM; how many seconds it took to end.
  double stop();

 private:
  [[nodiscard]] int find_port() const;

  const std::filesystem::path log_;
  pid_t pid_ = -1;
  int port_ = 0;
};

}  // namespace gtidops::fleet
