// What a look costs: at four real servers and at one, cold (with the login) and warm, over TLS and
// without.
//
// The counters are medians over all iterations of one look: `ms` of time, `cpu_us` of this
// process's CPU for each server.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <ctime>
#include <memory>

#include "model/spec.h"
#include "mysql/fleet.h"
#include "sandbox/sandbox.h"

namespace gtidops {
namespace {

constexpr Millis kDeadline{10'000};

// Started when the first benchmark asks, ended with the process.
const std::vector<sandbox::Server*>& servers() {
  static sandbox::Sandbox box;
  static const auto all = [] {
    auto up = box.up_all({"db1", "db2", "db3", "db4"},
                         {.mysqld = {"--gtid-mode=ON", "--enforce-gtid-consistency=ON"}});
    sandbox::sql(*up[0],
                 "CREATE USER repl@'%' IDENTIFIED BY 'r'; GRANT REPLICATION SLAVE ON *.* TO "
                 "repl@'%'; CREATE DATABASE d");
    for (std::size_t i = 1; i < up.size(); ++i)
      sandbox::sql(*up[i], "CHANGE REPLICATION SOURCE TO SOURCE_HOST='127.0.0.1', SOURCE_PORT=" +
                               std::to_string(up[0]->port()) +
                               ", SOURCE_USER='repl', SOURCE_PASSWORD='r', SOURCE_AUTO_POSITION=1, "
                               "SOURCE_SSL=1; START "
                               "REPLICA");
    return up;
  }();
  return all;
}

struct Subject {
  Spec spec;
  std::vector<std::string> names;
};

Subject subject(std::size_t count, TlsMode tls) {
  Subject made;
  made.spec.name = Field<std::string>("bench");
  made.spec.tls.mode = Field<TlsMode>(tls);
  made.spec.replication.user.emplace();
  made.spec.replication.user->name = Field<std::string>("repl");
  for (std::size_t i = 0; i < count; ++i) {
    ServerSpec server;
    server.name = Field<std::string>(servers()[i]->name());
    server.address = Field<Address>(Address{"127.0.0.1", servers()[i]->port()});
    made.names.push_back(*server.name);
    made.spec.servers.push_back(server);
  }
  return made;
}

double clock_us(clockid_t clock) {
  timespec now{};
  ::clock_gettime(clock, &now);
  return static_cast<double>(now.tv_sec) * 1e6 + static_cast<double>(now.tv_nsec) / 1e3;
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values.empty() ? 0 : values[values.size() / 2];
}

class Medians {
 public:
  // What `work` says: whether it went well.
  template <class Work>
  bool measure(Work work) {
    const double time = clock_us(CLOCK_MONOTONIC);
    const double cpu = clock_us(CLOCK_PROCESS_CPUTIME_ID);
    const bool good = work();
    cpu_.push_back(clock_us(CLOCK_PROCESS_CPUTIME_ID) - cpu);
    time_.push_back(clock_us(CLOCK_MONOTONIC) - time);
    return good;
  }
  void report(benchmark::State& state, std::size_t servers_looked_at) const {
    state.counters["ms"] = median(time_) / 1e3;
    state.counters["cpu_us"] = median(cpu_) / static_cast<double>(servers_looked_at);
  }

 private:
  std::vector<double> time_, cpu_;
};

// False: a server could not be read, which ends the benchmark.
bool all_read(benchmark::State& state, const Observation& observation) {
  for (const auto& [name, look] : observation.servers)
    if (const auto* why = std::get_if<Unreachable>(&look)) {
      state.SkipWithError((name + ": " + why->message).c_str());
      return false;
    }
  return true;
}

TlsMode mode(const benchmark::State& state) {
  return state.range(1) != 0 ? TlsMode::kRequired : TlsMode::kDisabled;
}

// Arguments: how many servers, TLS or not.
void BM_WarmLook(benchmark::State& state, Depth depth) {
  const Subject all = subject(static_cast<std::size_t>(state.range(0)), mode(state));
  MysqlFleet fleet(all.spec);
  fleet.look(all.names, depth, kDeadline);
  Medians medians;
  for (auto _ : state)
    if (!medians.measure([&] { return all_read(state, fleet.look(all.names, depth, kDeadline)); }))
      break;
  medians.report(state, all.names.size());
}

// A whole `gtidops status`, but for the printing: log in everywhere and read everything.
void BM_ColdLook(benchmark::State& state, Depth depth) {
  const Subject all = subject(static_cast<std::size_t>(state.range(0)), mode(state));
  Medians medians;
  for (auto _ : state) {
    std::unique_ptr<MysqlFleet> fleet;
    if (!medians.measure([&] {
          fleet = std::make_unique<MysqlFleet>(all.spec);
          return all_read(state, fleet->look(all.names, depth, kDeadline));
        }))
      break;
    state.PauseTiming();  // a goodbye to each server is no part of it
    fleet.reset();
    state.ResumeTiming();
  }
  medians.report(state, all.names.size());
}

void BM_Statement(benchmark::State& state) {
  const Subject one = subject(1, mode(state));
  MysqlFleet fleet(one.spec);
  const Statement select = sql(one.names.front(), "SELECT 1");
  Medians medians;
  for (auto _ : state)
    if (!medians.measure([&] { return fleet.run(select, kDeadline).has_value(); })) {
      state.SkipWithError("it failed");
      break;
    }
  medians.report(state, 1);
}

void arguments(benchmark::internal::Benchmark* bench) {
  bench->ArgNames({"servers", "tls"})
      ->Args({1, 0})
      ->Args({1, 1})
      ->Args({4, 0})
      ->Args({4, 1})
      ->UseRealTime();
}

BENCHMARK_CAPTURE(BM_WarmLook, state, Depth::kState)->Apply(arguments);
BENCHMARK_CAPTURE(BM_WarmLook, details, Depth::kDetails)->Apply(arguments);
BENCHMARK_CAPTURE(BM_ColdLook, state, Depth::kState)->Apply(arguments)->Iterations(50);
BENCHMARK_CAPTURE(BM_ColdLook, details, Depth::kDetails)->Apply(arguments)->Iterations(50);
BENCHMARK(BM_Statement)->ArgNames({"servers", "tls"})->Args({1, 0})->Args({1, 1})->UseRealTime();

}  // namespace
}  // namespace gtidops
