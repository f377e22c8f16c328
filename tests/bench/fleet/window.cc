#include "bench/fleet/window.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <thread>

namespace gtidops::fleet {
namespace {

template <class... Values>
std::string format(const char* how, Values... values) {
  std::array<char, 400> text{};
  std::snprintf(text.data(), text.size(), how, values...);
  return text.data();
}

double seconds_between(Clock::time_point a, Clock::time_point b) {
  return std::chrono::duration<double>(b - a).count();
}

// The times between looks, and the one since the last of them, if that is longer.
std::vector<double> gaps_of(const std::vector<Clock::time_point>& looks, Clock::time_point begin,
                            Clock::time_point end) {
  std::vector<double> gaps;
  for (std::size_t i = 1; i < looks.size(); ++i)
    gaps.push_back(seconds_between(looks[i - 1], looks[i]));
  const double last = seconds_between(looks.empty() ? begin : looks.back(), end);
  if (gaps.empty() || last > gaps.back()) gaps.push_back(last);
  return gaps;
}

struct Totals {
  std::vector<double> passes, synced;
};

Totals totals(const std::string& metrics, std::size_t topologies) {
  return {passes_of(metrics, topologies), passes_of(metrics, topologies, "synced")};
}

void count_passes(Window& window, const Totals& before, const Totals& after,
                  const std::set<std::size_t>& in_trouble) {
  double passes = 0;
  double others = 0;
  for (std::size_t i = 0; i < before.passes.size(); ++i) {
    if (in_trouble.count(i) > 0) continue;
    const double made = after.passes[i] - before.passes[i];
    passes += made;
    others += made - (after.synced[i] - before.synced[i]);
  }
  window.passes_per_second = passes / window.seconds;
  window.other_results = static_cast<std::size_t>(std::lround(others));
}

void count_gaps(Window& window, const std::vector<std::vector<Clock::time_point>>& looks,
                const WindowOptions& options, const std::set<std::size_t>& in_trouble,
                Clock::time_point begin) {
  constexpr double kTooLate = 1.5;
  const auto end = Clock::now();
  std::vector<double> all;
  for (std::size_t topology = 0; topology < options.topologies; ++topology) {
    if (in_trouble.count(topology) > 0) continue;
    double longest = 0;
    for (std::size_t server = 0; server < options.servers; ++server) {
      const auto& of_server = looks[topology * options.servers + server];
      for (const double gap : gaps_of(of_server, begin, end)) {
        all.push_back(gap);
        longest = std::max(longest, gap);
      }
    }
    ++window.topologies;
    if (longest <= kTooLate * options.interval)
      ++window.kept;
    else
      window.broken.push_back(topology_name(topology));
  }
  window.gap = spread_of(std::move(all));
}

nlohmann::json json_of(const Spread& spread) {
  return {{"median", spread.median}, {"p99", spread.p99}, {"max", spread.max}};
}

}  // namespace

Spread spread_of(std::vector<double> values) {
  if (values.empty()) return {};
  std::sort(values.begin(), values.end());
  const auto at = [&](double share) {
    return values[static_cast<std::size_t>(share * static_cast<double>(values.size() - 1))];
  };
  return {at(0.5), at(0.99), values.back()};
}

std::vector<double> passes_of(const std::string& metrics, std::size_t topologies,
                              const std::string& result) {
  constexpr std::string_view kSeries = "\ngtidops_reconciles_total{";
  std::vector<double> passes(topologies, 0);
  for (std::size_t at = metrics.find(kSeries); at != std::string::npos;
       at = metrics.find(kSeries, at + 1)) {
    const std::string line = metrics.substr(at + 1, metrics.find('\n', at + 1) - at - 1);
    const std::size_t name = line.find("topology=\"t");
    const std::size_t value = line.rfind(' ');
    if (name == std::string::npos || value == std::string::npos) continue;
    if (!result.empty() && line.find("result=\"" + result + "\"") == std::string::npos) continue;
    const auto number = static_cast<std::size_t>(std::atol(line.c_str() + name + 11));
    if (number >= 1 && number <= topologies)
      passes[number - 1] += std::strtod(line.c_str() + value, nullptr);
  }
  return passes;
}

Window watch(const std::string& name, const DaemonProcess& daemon, StandIn& stand_in,
             const WindowOptions& options, const std::set<std::size_t>& in_trouble) {
  Window window;
  window.name = name;
  const Totals before = totals(daemon.get("/metrics").text, options.topologies);
  (void)stand_in.take_looks();
  const std::uint64_t looks_before = stand_in.counts().looks;
  const auto begin = Clock::now();
  const Usage used_before = daemon.usage();
  std::vector<double> metrics_ms;
  std::vector<double> topologies_ms;
  for (double next = options.scrape_every; next < options.seconds; next += options.scrape_every) {
    std::this_thread::sleep_until(begin + std::chrono::duration<double>(next));
    const Page page = daemon.get("/metrics");
    metrics_ms.push_back(page.ms);
    window.metrics_mib = static_cast<double>(page.text.size()) / (1 << 20);
    topologies_ms.push_back(daemon.get("/api/v1/topologies").ms);
  }
  std::this_thread::sleep_until(begin + std::chrono::duration<double>(options.seconds));
  window.usage = daemon.usage();
  const double looks = static_cast<double>(stand_in.counts().looks - looks_before);
  window.seconds = seconds_between(begin, Clock::now());
  count_gaps(window, stand_in.take_looks(), options, in_trouble, begin);
  count_passes(window, before, totals(daemon.get("/metrics").text, options.topologies), in_trouble);
  const double cpu = window.usage.cpu_seconds - used_before.cpu_seconds;
  window.looks_per_second = looks / window.seconds;
  window.cpu_percent = 100 * cpu / window.seconds;
  window.cpu_us_per_look = looks > 0 ? 1e6 * cpu / looks : 0;
  window.metrics_ms = spread_of(metrics_ms);
  window.topologies_ms = spread_of(topologies_ms);
  if (::getloadavg(&window.load_average, 1) != 1) window.load_average = -1;
  return window;
}

std::string heading() {
  return format("%-22s %6s %5s %5s %8s %8s %7s %7s %7s %6s %6s %8s %7s %7s %8s %8s %6s\n", "",
                "topol.", "kept", "other", "passes/s", "looks/s", "gap s", "p99", "max", "cpu %",
                "us/look", "RSS MiB", "threads", "fds", "metrics", "api ms", "load");
}

std::string line_of(const Window& one) {
  return format(
      "%-22s %6zu %5zu %5zu %8.1f %8.1f %7.2f %7.2f %7.2f %6.1f %7.1f %8.1f %7zu %7zu %8.0f %8.0f "
      "%6.1f\n",
      one.name.c_str(), one.topologies, one.kept, one.other_results, one.passes_per_second,
      one.looks_per_second, one.gap.median, one.gap.p99, one.gap.max, one.cpu_percent,
      one.cpu_us_per_look, one.usage.rss_mib, one.usage.threads, one.usage.descriptors,
      one.metrics_ms.median, one.topologies_ms.median, one.load_average);
}

nlohmann::json json_of(const Usage& usage) {
  return {{"rss_mib", usage.rss_mib},
          {"peak_rss_mib", usage.peak_mib},
          {"threads", usage.threads},
          {"descriptors", usage.descriptors}};
}

nlohmann::json json_of(const Window& one) {
  return {{"name", one.name},
          {"seconds", one.seconds},
          {"topologies", one.topologies},
          {"kept_interval", one.kept},
          {"did_not", one.broken},
          {"passes_per_second", one.passes_per_second},
          {"looks_per_second", one.looks_per_second},
          {"not_synced", one.other_results},
          {"gap_seconds", json_of(one.gap)},
          {"cpu_percent", one.cpu_percent},
          {"cpu_us_per_look", one.cpu_us_per_look},
          {"usage", json_of(one.usage)},
          {"metrics_ms", json_of(one.metrics_ms)},
          {"metrics_mib", one.metrics_mib},
          {"api_ms", json_of(one.topologies_ms)},
          {"load_average", one.load_average}};
}

}  // namespace gtidops::fleet
