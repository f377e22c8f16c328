#include "bench/outage/results.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <set>

namespace gtidops::outage {
namespace {

// The times that are told of every switch, in the order of their columns.
struct Column {
  const char* key;
  const char* heading;
  double Switch::*value;
};

// More than that used by others, and a switch may have waited for a CPU.
constexpr double kQuietPercent = 15;

constexpr std::array kTimes{
    Column{"writes_blocked_ms", "blocked", &Switch::blocked_ms},
    Column{"handover_ms", "handover", &Switch::handover_ms},
    Column{"gap_ms", "gap", &Switch::gap_ms},
    Column{"noise_ms", "noise", &Switch::noise_ms},
    Column{"command_ms", "command", &Switch::command_ms},
    Column{"caught_up_ms", "caught up", &Switch::caught_up_ms},
    Column{"others_percent", "others %", &Switch::others_percent},
};

struct Count {
  const char* key;
  std::size_t Switch::*value;
};

constexpr std::array kCounts{
    Count{"rows", &Switch::rows}, Count{"doubtful", &Switch::doubtful},
    Count{"lost", &Switch::lost}, Count{"overlap", &Switch::overlap},
    Count{"late", &Switch::late},
};

template <class... Values>
std::string format(const char* how, Values... values) {
  std::array<char, 256> text{};
  std::snprintf(text.data(), text.size(), how, values...);
  return text.data();
}

std::set<std::string> tools(const Run& run) {
  std::set<std::string> names;
  for (const Switch& one : run.switches) names.insert(one.tool);
  return names;
}

double highest(const std::vector<double>& values) {
  return values.empty() ? 0 : *std::max_element(values.begin(), values.end());
}

using Switches = std::vector<Switch>;

Switches done_by(const Run& run, const std::string& tool, double others_at_most) {
  Switches done;
  for (const Switch& one : run.switches)
    if (one.tool == tool && one.error.empty() && one.others_percent <= others_at_most)
      done.push_back(one);
  return done;
}

std::vector<double> values(const Switches& switches, double Switch::*value) {
  std::vector<double> all;
  for (const Switch& one : switches) all.push_back(one.*value);
  return all;
}

// A line of medians and one of maxima.
std::string middle_and_most(const Switches& switches, const std::string& who) {
  std::string medians = format("    %-9s %-10s", who.c_str(), "median");
  std::string maxima = format("    %-9s %-10s", who.c_str(), "max");
  for (const Column& column : kTimes) {
    medians += format(" %9.1f", median(values(switches, column.value)));
    maxima += format(" %9.1f", highest(values(switches, column.value)));
  }
  return medians + "\n" + maxima + "\n";
}

nlohmann::json middle_and_most_json(const Switches& switches) {
  nlohmann::json object{{"switches", switches.size()}};
  for (const Column& column : kTimes) {
    const auto all = values(switches, column.value);
    object[column.key] = {{"median", median(all)}, {"max", highest(all)}};
  }
  return object;
}

std::size_t sum(const Run& run, const std::string& tool, std::size_t Switch::*value) {
  std::size_t all = 0;
  for (const Switch& one : run.switches)
    if (one.tool == tool) all += one.*value;
  return all;
}

std::size_t failed(const Run& run, const std::string& tool) {
  return static_cast<std::size_t>(
      std::count_if(run.switches.begin(), run.switches.end(),
                    [&](const Switch& one) { return one.tool == tool && !one.error.empty(); }));
}

}  // namespace

double median(std::vector<double> values) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  const std::size_t half = values.size() / 2;
  return values.size() % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
}

bool Run::good() const {
  return lost == 0 && identical && trouble.empty() &&
         std::all_of(switches.begin(), switches.end(), [](const Switch& one) {
           return one.error.empty() && one.lost == 0 && one.overlap == 0 && one.identical;
         });
}

std::string heading() {
  std::string text = format("%3s %-9s %-10s", "", "tool", "");
  for (const Column& column : kTimes) text += format(" %9s", column.heading);
  for (const Count& count : kCounts) text += format(" %8s", count.key);
  return text + "\n";
}

std::string line_of(const Switch& one, std::size_t number) {
  std::string text =
      format("%3zu %-9s %-10s", number, one.tool.c_str(), (one.from + " > " + one.to).c_str());
  for (const Column& column : kTimes) text += format(" %9.1f", one.*column.value);
  for (const Count& count : kCounts) text += format(" %8zu", one.*count.value);
  if (!one.identical) text += "  the servers' data differ";
  if (!one.error.empty()) text += "  " + one.error;
  return text + "\n";
}

std::string summary(const Run& run) {
  std::string text;
  for (const std::string& tool : tools(run)) {
    text += middle_and_most(done_by(run, tool, 100), tool);
    const Switches quiet = done_by(run, tool, kQuietPercent);
    if (!quiet.empty()) text += middle_and_most(quiet, format("quiet: %zu", quiet.size()));
    std::string sums = format("    %-9s %-10s", tool.c_str(), "sum");
    sums += std::string(10 * kTimes.size(), ' ');
    for (const Count& count : kCounts) sums += format(" %8zu", sum(run, tool, count.value));
    text += sums + "\n";
    if (failed(run, tool) > 0) text += format("    %zu failed\n", failed(run, tool));
  }
  text += format("at the end: %zu rows acknowledged in all, %zu lost, data %s\n", run.rows,
                 run.lost, run.identical ? "identical on all servers" : "NOT identical");
  text += format("load average of the machine: %.1f before, %.1f after\n", run.load_before,
                 run.load_after);
  return text + run.trouble;
}

nlohmann::json json_of(const Run& run) {
  nlohmann::json switches = nlohmann::json::array();
  for (const Switch& one : run.switches) {
    nlohmann::json object{
        {"tool", one.tool},
        {"from", one.from},
        {"to", one.to},
        {"identical", one.identical},
        {"error", one.error.empty() ? nlohmann::json() : nlohmann::json(one.error)}};
    for (const Column& column : kTimes) object[column.key] = one.*column.value;
    for (const Count& count : kCounts) object[count.key] = one.*count.value;
    switches.push_back(std::move(object));
  }
  nlohmann::json by_tool = nlohmann::json::object();
  for (const std::string& tool : tools(run)) {
    nlohmann::json& object = by_tool[tool];
    object = middle_and_most_json(done_by(run, tool, 100));
    object["quiet"] = middle_and_most_json(done_by(run, tool, kQuietPercent));
    for (const Count& count : kCounts) object[count.key] = sum(run, tool, count.value);
    object["failed"] = failed(run, tool);
  }
  return {{"format_version", "1.0"},    {"title", run.title},
          {"good", run.good()},         {"summary", by_tool},
          {"rows", run.rows},           {"lost", run.lost},
          {"identical", run.identical}, {"load_average", {run.load_before, run.load_after}},
          {"switches", switches}};
}

}  // namespace gtidops::outage
