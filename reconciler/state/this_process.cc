#include "state/this_process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <chrono>

#include "base/quantity.h"
#include "system/files.h"

namespace gtidops {

std::string print_now() {
  return print_moment(std::chrono::time_point_cast<Millis>(std::chrono::system_clock::now()));
}

std::string host_name() {
  std::array<char, 256> name{};
  return ::gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "unknown";
}

std::string boot_id() {
  const auto file = open_file("/proc/sys/kernel/random/boot_id", O_RDONLY);
  if (!file) return {};
  auto text = read_all(*file, "/proc/sys/kernel/random/boot_id");
  if (!text) return {};
  while (!text->empty() && text->back() == '\n') text->pop_back();
  return *std::move(text);
}

std::string describe_this_process(const std::string& holder) {
  constexpr std::size_t kMostHost = 60;
  constexpr std::size_t kMostHolder = 30;
  return fmt::format("{} (process {} on {}, since {})", holder.substr(0, kMostHolder), ::getpid(),
                     host_name().substr(0, kMostHost), print_now());
}

}  // namespace gtidops
