// Four real servers, seen as many topologies: each dials them by another address of the loopback
// network. What a stand-in leaves out is in the numbers: TLS, and rows as mysqld sends them. They
// are observed only: a server belongs to one topology, and only one may act on it.
#include <algorithm>
#include <chrono>
#include <thread>

#include "bench/fleet/runs.h"
#include "bench/fleet/window.h"
#include "bench/outage/fleet.h"

namespace gtidops::fleet {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

void write_topologies(const fs::path& folder, const Options& options, outage::Fleet& real) {
  const std::string primary = std::to_string(real[real.primary()].port());
  for (std::size_t topology = 0; topology < options.real; ++topology) {
    const std::string name = topology_name(topology);
    const std::string host = address_of({topology, 0});
    std::string text = "apiVersion: gtidops/v1alpha1\nkind: Topology\nmetadata: {name: " + name +
                       "}\nspec:\n  primary: " + real.primary() +
                       "\n  admin: {user: gtidops, passwordFrom: {file: " +
                       (real.folder() / "admin.secret").string() +
                       "}}\n  tls: {mode: " + (options.tls ? "required" : "disabled") +
                       "}\n  servers:\n";
    for (const std::string& server : real.names())
      text += "    - {name: " + server + ", address: \"" + host + ":" +
              std::to_string(real[server].port()) +
              "\", replicationAddress: \"127.0.0.1:" + std::to_string(real[server].port()) +
              "\"}\n";
    text += "  replication:\n    user: {name: repl, host: \"127.0.0.1\", passwordFrom: {file: " +
            (real.folder() / "repl.secret").string() +
            "}}\n    options: {SOURCE_CONNECT_RETRY: 1}\n  reconcile: {mode: observe, interval: " +
            std::to_string(static_cast<int>(options.interval * 1000)) + "ms}\n";
    write(folder / (name + ".yaml"), text);
  }
}

double sum(const std::vector<double>& values) {
  double all = 0;
  for (const double value : values) all += value;
  return all;
}

}  // namespace

Result run_real(const Options& options) {
  outage::Fleet real({.binary = options.binary,
                      .servers = 4,
                      .mysqld = {"--bind-address=0.0.0.0", "--max-connections=2000"}});
  const Folder folder;
  const fs::path files = folder.path() / "topologies";
  fs::create_directories(files);
  write_topologies(files, options, real);
  raise_descriptor_limit();
  DaemonProcess daemon(options.binary, folder.path(), files);
  const auto passes = [&](const std::string& result) {
    return passes_of(daemon.get("/metrics").text, options.real, result);
  };
  const auto begin = Clock::now();
  // To be observed only is a refusal; nothing else may be refused.
  for (auto observed = passes("refused"); std::count(observed.begin(), observed.end(), 0.0) > 0;
       observed = passes("refused")) {
    if (Clock::now() - begin > 120s)
      throw std::runtime_error("not all topologies are observed: " + daemon.log().substr(0, 5'000));
    std::this_thread::sleep_for(500ms);
  }
  std::this_thread::sleep_for(5s);
  std::vector<double> us;
  const int parts = std::max(3, static_cast<int>(options.seconds / 10));
  for (int part = 0; part < parts; ++part) {
    const double before = sum(passes({}));
    const Usage used = daemon.usage();
    std::this_thread::sleep_for(std::chrono::duration<double>(options.seconds / parts));
    const double cpu = daemon.usage().cpu_seconds - used.cpu_seconds;
    const double looks = (sum(passes({})) - before) * static_cast<double>(real.names().size());
    us.push_back(looks > 0 ? 1e6 * cpu / looks : 0);
  }
  const Spread spread = spread_of(us);
  Result result;
  result.json = {{"topologies", options.real},
                 {"tls", options.tls},
                 {"cpu_us_per_server_and_pass", {{"median", spread.median}, {"max", spread.max}}},
                 {"usage", json_of(daemon.usage())}};
  tell(options, std::to_string(options.real) + " topologies over 4 real servers, " +
                    (options.tls ? "TLS" : "no TLS") + ": " + std::to_string(spread.median) +
                    " us of CPU for a server and pass (median of " + std::to_string(parts) +
                    " parts, max " + std::to_string(spread.max) + ")\n");
  return result;
}

}  // namespace gtidops::fleet
