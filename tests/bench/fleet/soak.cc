// One real topology that is never left alone for long: drift every ten seconds, a crash every two
// minutes. What the daemon holds is told each minute, and must not grow.
#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <random>
#include <thread>

#include "bench/fleet/runs.h"
#include "bench/fleet/window.h"
#include "bench/outage/fleet.h"

namespace gtidops::fleet {
namespace {

using namespace std::chrono_literals;

constexpr double kWarmMinutes = 2;
// What may differ between two looks at a daemon that does not grow.
constexpr double kRssSlack = 3;
constexpr std::size_t kSlack = 8;

struct Sample {
  double minute = 0;
  Usage usage;
  std::vector<std::size_t> connections;  // of gtidops, on each server
  double passes = 0, changed = 0, failed = 0;
};

double counter(const std::string& metrics, const std::string& result) {
  double all = 0;
  const std::string series = "\ngtidops_reconciles_total{";
  for (std::size_t at = metrics.find(series); at != std::string::npos;
       at = metrics.find(series, at + 1)) {
    const std::string line = metrics.substr(at + 1, metrics.find('\n', at + 1) - at - 1);
    if (!result.empty() && line.find("result=\"" + result + "\"") == std::string::npos) continue;
    all += std::strtod(line.c_str() + line.rfind(' '), nullptr);
  }
  return all;
}

class Soak {
 public:
  explicit Soak(const Options& options)
      : options_(options),
        topology_(
            {.binary = options.binary, .servers = 3, .more = "  reconcile: {interval: 1s}\n"}),
        daemon_(options.binary, folder_.path(), topology_.folder()) {}

  Result run() {
    tell(options_, "minute     RSS  threads   fds  connections  passes  changed  failed   CPU s\n");
    const int tens = static_cast<int>(options_.soak_minutes * 6);
    for (int ten = 1; ten <= tens; ++ten) {
      // Before the next disturbance: what the last one led to is over by then.
      next_ += 10s;
      std::this_thread::sleep_until(next_);
      if (ten % 6 == 0) take_sample(ten / 6.0);
      disturb(ten);
    }
    return judge();
  }

 private:
  void take_sample(double minute) {
    Sample sample;
    sample.minute = minute;
    sample.usage = daemon_.usage();
    for (const std::string& name : topology_.names())
      sample.connections.push_back(connections(name));
    const std::string metrics = daemon_.get("/metrics").text;
    sample.passes = counter(metrics, {});
    sample.changed = counter(metrics, "changed");
    sample.failed = counter(metrics, "failed");
    std::array<char, 200> line{};
    std::snprintf(line.data(), line.size(),
                  "%6.0f %7.1f %8zu %5zu      %zu/%zu/%zu   %6.0f   %6.0f  %6.0f %7.2f\n",
                  sample.minute, sample.usage.rss_mib, sample.usage.threads,
                  sample.usage.descriptors, sample.connections[0], sample.connections[1],
                  sample.connections[2], sample.passes, sample.changed, sample.failed,
                  sample.usage.cpu_seconds);
    tell(options_, line.data());
    samples_.push_back(std::move(sample));
  }

  std::size_t connections(const std::string& name) {
    if (topology_[name].state() != "running") return 0;
    return std::stoul(sandbox::value(
        topology_[name],
        "SELECT COUNT(*) FROM performance_schema.processlist WHERE user = 'gtidops'"));
  }

  std::string any(const std::vector<std::string>& names) {
    return names[std::uniform_int_distribution<std::size_t>(0, names.size() - 1)(random_)];
  }

  void disturb(int ten) {
    constexpr int kCrashEvery = 12;
    if (!down_.empty()) {
      topology_[down_].start();
      down_.clear();
    } else if (ten % kCrashEvery == kCrashEvery / 2) {
      down_ = any(topology_.names());
      topology_[down_].kill();
    } else {
      drift();
    }
  }

  void drift() {
    const std::string replica = any({"db2", "db3"});
    const std::string sql = any({"SET GLOBAL read_only = OFF", "STOP REPLICA",
                                 "STOP REPLICA IO_THREAD", "SET GLOBAL super_read_only = OFF"});
    try {
      sandbox::sql(topology_[replica], sql);
    } catch (const sandbox::SqlError& error) {
      tell(options_, std::string("drift is not to be had: ") + error.what() + "\n");
    }
  }

  Result judge() {
    Result result;
    for (const Sample& one : samples_) {
      nlohmann::json sample = json_of(one.usage);
      sample["minute"] = one.minute;
      sample["connections"] = one.connections;
      sample["passes"] = one.passes;
      sample["changed"] = one.changed;
      sample["failed"] = one.failed;
      sample["cpu_seconds"] = one.usage.cpu_seconds;
      result.json["samples"].push_back(std::move(sample));
    }
    const auto warm = std::find_if(samples_.begin(), samples_.end(),
                                   [](const Sample& one) { return one.minute >= kWarmMinutes; });
    if (warm == samples_.end()) return result;
    const Usage& first = warm->usage;
    const Usage& last = samples_.back().usage;
    const auto most =
        *std::max_element(samples_.back().connections.begin(), samples_.back().connections.end());
    result.good = last.rss_mib <= first.rss_mib + kRssSlack &&
                  last.threads <= first.threads + kSlack &&
                  last.descriptors <= first.descriptors + kSlack && most <= kSlack;
    result.json["grew"] = !result.good;
    tell(options_, result.good ? "it does not grow\n" : "IT GROWS\n");
    return result;
  }

  const Options options_;
  outage::Fleet topology_;
  Folder folder_;
  DaemonProcess daemon_;
  Clock::time_point next_ = Clock::now();
  std::mt19937 random_{1};
  std::string down_;
  std::vector<Sample> samples_;
};

}  // namespace

Result run_soak(const Options& options) { return Soak(options).run(); }

}  // namespace gtidops::fleet
