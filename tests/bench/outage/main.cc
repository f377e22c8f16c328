// gtidops-outage: how long writes are blocked by a planned switch, as the tool says and as a client
// sees it. tests/README.md tells how to run it and what the columns are.
#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <future>
#include <nlohmann/json.hpp>
#include <optional>
#include <thread>

#include "bench/outage/fleet.h"
#include "bench/outage/machine.h"
#include "bench/outage/prototype.h"
#include "bench/outage/results.h"
#include "load/load.h"
#include "load/verify.h"

namespace gtidops::outage {
namespace {

struct Options {
  FleetOptions fleet{.binary = GTIDOPS_BINARY};
  std::size_t switches = 20;
  double rate = 400;
  unsigned writers = 4;
  double warm_seconds = 2, settle_seconds = 0.5, catch_up_seconds = 120;
  std::string tool = "gtidops", output = "text", log_folder;
};

void sleep(double seconds) { std::this_thread::sleep_for(std::chrono::duration<double>(seconds)); }

// Of the last minute.
double load_average() {
  double load = 0;
  return getloadavg(&load, 1) == 1 ? load : -1;
}

// What did not go well, of all that apply wrote.
std::string why(const testing::Ran& ran) {
  std::string text;
  const auto plans = nlohmann::json::parse(ran.out, nullptr, false);
  if (plans.is_discarded()) return ran.err + ran.out;
  for (const auto& plan : plans.value("plans", nlohmann::json::array())) {
    for (const auto& step : plan.value("steps", nlohmann::json::array()))
      if (step.contains("error") && step["error"].is_string())
        text += step["action"].get<std::string>() + ": " + step["error"].get<std::string>() + "\n";
    for (const auto& refusal : plan.value("refusals", nlohmann::json::array()))
      text += refusal.dump() + "\n";
  }
  return text;
}

class Bench {
 public:
  explicit Bench(const Options& options)
      : options_(options), fleet_(options.fleet), ports_(fleet_.ports()) {
    run_.title = std::to_string(ports_.size()) + " servers, data " +
                 (options.fleet.memory ? "in memory" : "on disk") + ", " +
                 std::to_string(options.writers) + " writers, " +
                 (options.rate > 0 ? std::to_string(static_cast<int>(options.rate)) + " rows/s"
                                   : std::string("full speed")) +
                 ", semi-sync " + (options.fleet.semi_sync ? "on" : "off");
    run_.load_before = load_average();
    load::prepare(fleet_[fleet_.primary()].port());
  }

  Run run() {
    tell(run_.title + "; times in ms\n" + heading());
    for (std::size_t i = 0; i < options_.switches; ++i) {
      run_.switches.push_back(one_switch(tool_of(i)));
      tell(line_of(run_.switches.back(), i + 1));
      if (!run_.switches.back().error.empty() && !settled()) break;
    }
    const load::Verdict verdict = load::verify(all_, ports_, catch_up_limit());
    run_.rows = all_.rows();
    run_.lost = verdict.lost();
    run_.identical = verdict.identical();
    run_.trouble = verdict.text();
    run_.load_after = load_average();
    tell(summary(run_));
    return run_;
  }

 private:
  // Both directions with the one tool, then both with the other.
  [[nodiscard]] std::string tool_of(std::size_t number) const {
    if (options_.tool != "both") return options_.tool;
    return number / 2 % 2 == 0 ? "gtidops" : "prototype";
  }

  void tell(const std::string& text) const {
    if (options_.output != "text") return;
    std::fputs(text.c_str(), stdout);
    std::fflush(stdout);
  }

  [[nodiscard]] std::chrono::milliseconds catch_up_limit() const {
    return std::chrono::milliseconds(static_cast<int>(options_.catch_up_seconds * 1000));
  }

  Switch one_switch(const std::string& tool) {
    Switch one;
    one.tool = tool;
    one.from = fleet_.primary();
    one.to = one.from == "db1" ? "db2" : "db1";
    load::Options options;
    options.writers = options_.writers;
    options.rate = options_.rate;
    options.first_writer = first_writer_;
    options.limit = std::chrono::minutes(5);
    first_writer_ += options_.writers + 1;
    const CpuTime before = cpu_time(fleet_);
    load::Load load(ports_, options);
    if (!load.wait_rows(1, std::chrono::seconds(10))) one.error = "no row was written before";
    sleep(options_.warm_seconds);
    load.mark();
    if (one.error.empty()) {
      auto change = std::async(std::launch::async, [&] { change_primary(one); });
      wait_for_the_settling(load, fleet_[one.from].port(), change);
      const load::Report report = load.stop();
      one.others_percent = percent_of_others(before, cpu_time(fleet_));
      change.get();
      look_at(one, report);
    }
    // What the prototype did is news to gtidops, and is to be none when its own turn comes.
    if (options_.tool == "both" && tool == "prototype" && !settled())
      one.error = "gtidops does not accept the switch of the prototype";
    return one;
  }

  // Returns when the load may end: some time after the command did or, when that takes longer,
  // after rows are written on another server. At full speed replicas never catch up, and what a
  // command verifies at its end would not come true while the load goes on.
  void wait_for_the_settling(const load::Load& load, load::Port old, std::future<void>& change) {
    constexpr double kAfterTheFirstRow = 3;
    std::optional<Clock::time_point> changed;
    while (change.wait_for(std::chrono::milliseconds(5)) != std::future_status::ready) {
      if (!changed && load.where() != old) changed = Clock::now();
      if (changed && ms_since(*changed) > kAfterTheFirstRow * 1000) return;
    }
    sleep(options_.settle_seconds);
  }

  void look_at(Switch& one, const load::Report& report) {
    const load::Window& window = report.windows.back();
    one.handover_ms = window.handover_ms;
    one.gap_ms = report.gap().ms();
    one.noise_ms = report.noise().ms();
    one.rows = report.rows();
    one.doubtful = report.doubtful.size();
    one.overlap = report.overlap();
    one.late = window.late;
    if (!report.cut_short.empty()) one.error = "the load ended early: " + report.cut_short;
    if (one.error.empty() && window.new_port != fleet_[one.to].port())
      one.error = "no row was written on the new primary";
    // A switch that stopped halfway is to be ended by the next passes, before anything counts as
    // lost.
    if (!one.error.empty() && !settled()) one.error += "\nand the next applies do not end it";
    const load::Verdict verdict = load::verify(report, ports_, catch_up_limit());
    one.caught_up_ms = verdict.waited_seconds * 1000;
    one.lost = verdict.lost();
    one.identical = verdict.identical();
    if (one.error.empty() && !verdict.good()) one.error = verdict.text();
    load::add_rows(all_, report);
  }

  void change_primary(Switch& one) {
    fleet_.set_primary(one.to);
    const auto begin = Clock::now();
    change_by_tool(one);
    one.command_ms = ms_since(begin);
  }

  void change_by_tool(Switch& one) {
    if (one.tool == "gtidops") {
      read_outcome(one, fleet_.apply());
      return;
    }
    try {
      one.blocked_ms = prototype_switch(fleet_, one.from, one.to).blocked_ms;
    } catch (const std::exception& error) {
      one.error = error.what();
    }
  }

  void read_outcome(Switch& one, const testing::Ran& ran) {
    if (!options_.log_folder.empty()) {
      const std::string name = options_.log_folder + "/" + std::to_string(run_.switches.size() + 1);
      std::ofstream(name + ".json") << ran.out;
      std::ofstream(name + ".log") << ran.err;
    }
    if (ran.code != 0) {
      one.error = "apply ended with " + std::to_string(ran.code) + ": " + why(ran);
      return;
    }
    try {
      one.blocked_ms = nlohmann::json::parse(ran.out)
                           .at("plans")
                           .at(0)
                           .at("primary_change")
                           .at("writes_blocked_ms")
                           .get<double>();
    } catch (const nlohmann::json::exception& error) {
      one.error = std::string("no primary_change.writes_blocked_ms: ") + error.what();
    }
  }

  // Whatever was begun, the next passes must converge.
  bool settled() {
    for (int pass = 0; pass < 3; ++pass)
      if (fleet_.apply().code == 0) return true;
    return false;
  }

  const Options options_;
  Fleet fleet_;
  const std::vector<load::Port> ports_;
  load::Report all_;
  std::uint32_t first_writer_ = 1;
  Run run_;
};

void define(CLI::App& app, Options& options) {
  app.add_option("--switches", options.switches, "How many switches, db1 to db2 and back")
      ->check(CLI::Range(1, 1000));
  app.add_option("--rate", options.rate, "Rows a second, all writers together; 0: full speed")
      ->check(CLI::Range(0.0, 100'000.0));
  app.add_option("--writers", options.writers, "Connections that write")->check(CLI::Range(1, 50));
  app.add_option("--tool", options.tool, "Who switches; both: by turns, on the same servers")
      ->check(CLI::IsMember({"gtidops", "prototype", "both"}));
  app.add_flag("--memory,!--disk", options.fleet.memory, "Where the data lies (memory)");
  app.add_flag("--semi-sync", options.fleet.semi_sync, "A commit waits for one replica");
  app.add_option("--servers", options.fleet.servers, "One primary and the rest")
      ->check(CLI::Range(2, 10));
  app.add_option("--warm", options.warm_seconds, "Seconds of load before each switch: the noise")
      ->check(CLI::Range(0.1, 60.0));
  app.add_option("--settle", options.settle_seconds, "Seconds of load after each switch")
      ->check(CLI::Range(0.1, 60.0));
  app.add_option("--gtidops", options.fleet.binary, "The binary that is measured")
      ->check(CLI::ExistingFile);
  app.add_option("--log-dir", options.log_folder, "Keep what each apply wrote in this folder")
      ->check(CLI::ExistingDirectory);
  app.add_option("-o,--output", options.output)->check(CLI::IsMember({"text", "json"}));
}

int measure(int argc, char** argv) {
  Options options;
  CLI::App app("How long a planned switch keeps clients from writing, on real servers.");
  define(app, options);
  CLI11_PARSE(app, argc, argv);
  const Run run = Bench(options).run();
  if (options.output == "json") std::printf("%s\n", json_of(run).dump(2).c_str());
  return run.good() ? 0 : 1;
}

}  // namespace
}  // namespace gtidops::outage

int main(int argc, char** argv) {
  try {
    return gtidops::outage::measure(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "gtidops-outage: %s\n", error.what());
    return 1;
  }
}
