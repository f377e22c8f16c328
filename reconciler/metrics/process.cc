#include "metrics/process.h"

#include <sys/resource.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <sstream>
#include <string>

namespace gtidops {
namespace {

using prometheus::MetricType;

// Fields of /proc/PID/stat (proc(5)) from the third one on. The second is the program's name and
// may hold anything, so the fields are counted from its last ')'.
struct Stat {
  double user_ticks = 0, system_ticks = 0, threads = 0, start_ticks = 0, virtual_bytes = 0,
         resident_pages = 0;
};

std::optional<Stat> read_stat() {
  std::ifstream file("/proc/self/stat");
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  const auto name_end = text.rfind(')');
  if (name_end == std::string::npos) return std::nullopt;
  std::istringstream rest(text.substr(name_end + 1));
  std::vector<std::string> fields{std::istream_iterator<std::string>(rest), {}};
  if (fields.size() < 22) return std::nullopt;
  const auto field = [&](std::size_t number) { return std::stod(fields.at(number - 3)); };
  return Stat{field(14), field(15), field(20), field(22), field(23), field(24)};
}

std::optional<double> boot_time() {
  std::ifstream file("/proc/stat");
  for (std::string word; file >> word;) {
    double seconds = 0;
    if (word == "btime" && file >> seconds) return seconds;
  }
  return std::nullopt;
}

std::optional<double> open_descriptors() {
  std::error_code error;
  double count = 0;
  for (std::filesystem::directory_iterator at("/proc/self/fd", error), end; !error && at != end;
       at.increment(error))
    ++count;
  if (error) return std::nullopt;
  return count - 1;  // without the one that reads the folder
}

void add(std::vector<prometheus::MetricFamily>& families, const char* name, const char* help,
         MetricType type, std::optional<double> value) {
  if (!value) return;
  prometheus::ClientMetric metric;
  (type == MetricType::Counter ? metric.counter.value : metric.gauge.value) = *value;
  families.push_back({name, help, type, {metric}});
}

}  // namespace

std::vector<prometheus::MetricFamily> process_metrics() {
  std::vector<prometheus::MetricFamily> families;
  const auto gauge = [&](const char* name, const char* help, std::optional<double> value) {
    add(families, name, help, MetricType::Gauge, value);
  };
  if (const auto stat = read_stat()) {
    const auto ticks = static_cast<double>(::sysconf(_SC_CLK_TCK));
    add(families, "process_cpu_seconds_total", "Total user and system CPU time spent in seconds.",
        MetricType::Counter, (stat->user_ticks + stat->system_ticks) / ticks);
    gauge("process_resident_memory_bytes", "Resident memory size in bytes.",
          stat->resident_pages * static_cast<double>(::sysconf(_SC_PAGESIZE)));
    gauge("process_virtual_memory_bytes", "Virtual memory size in bytes.", stat->virtual_bytes);
    gauge("process_threads", "Number of threads.", stat->threads);
    if (const auto boot = boot_time())
      gauge("process_start_time_seconds", "Start time of the process since unix epoch in seconds.",
            *boot + stat->start_ticks / ticks);
  }
  gauge("process_open_fds", "Number of open file descriptors.", open_descriptors());
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) == 0)
    gauge("process_max_fds", "Maximum number of open file descriptors.",
          static_cast<double>(limit.rlim_cur));
  return families;
}

}  // namespace gtidops
