// A thousand topologies of stand-ins: from nothing to all connected, then in peace, then while some
// servers hang, and after that.
#include <algorithm>
#include <chrono>
#include <set>
#include <stdexcept>
#include <thread>

#include "bench/fleet/runs.h"
#include "bench/fleet/window.h"

namespace gtidops::fleet {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

std::string number(double value, int digits = 1) {
  std::string text = std::to_string(value);
  return text.substr(0, text.find('.') + 1 + static_cast<std::size_t>(digits));
}

void write_topologies(const fs::path& folder, const Options& options, int port) {
  for (std::size_t topology = 0; topology < options.topologies; ++topology) {
    const std::string name = topology_name(topology);
    std::string text = "apiVersion: gtidops/v1alpha1\nkind: Topology\nmetadata: {name: " + name +
                       "}\nspec:\n  primary: s1\n  admin: {user: " + kAdmin +
                       "}\n  tls: {mode: " + (options.tls ? "required" : "disabled") +
                       "}\n  servers:\n";
    for (std::size_t server = 0; server < options.servers; ++server)
      text += "    - {name: s" + std::to_string(server + 1) + ", address: \"" +
              address_of({topology, server}) + ":" + std::to_string(port) + "\"}\n";
    text +=
        std::string("  replication:\n    user: {name: ") + kReplicationUser + ", host: \"" +
        kReplicationHost + "\", passwordFrom: {env: " + kReplicationPassword +
        "}}\n  reconcile: {interval: " + std::to_string(static_cast<int>(options.interval * 1000)) +
        "ms}\n";
    write(folder / (name + ".yaml"), text);
  }
}

class FleetRun {
 public:
  explicit FleetRun(const Options& options)
      : options_(options),
        descriptors_(raise_descriptor_limit()),
        stand_in_(options.topologies, options.servers, options.tls) {
    fs::create_directories(topologies());
    result_.json["descriptor_limit"] = descriptors_;
  }

  Result run() {
    tell(options_, std::to_string(options_.topologies) + " topologies of " +
                       std::to_string(options_.servers) + " stand-ins, every " +
                       number(options_.interval) + " s, " + (options_.tls ? "TLS" : "no TLS") +
                       ", " + std::to_string(descriptors_) + " descriptors\n");
    daemon_ = std::make_unique<DaemonProcess>(options_.binary, folder_.path(), topologies());
    std::this_thread::sleep_for(2s);
    empty_ = daemon_->usage();
    write_topologies(topologies(), options_, stand_in_.port());
    connect_all();
    tell(options_, heading());
    window("in peace");
    if (options_.hanging > 0) hang();
    const double ended = daemon_->stop();
    tell(options_, "ended " + number(ended, 2) + " s after SIGTERM\n");
    result_.json["ended_seconds"] = ended;
    expect_all_known();
    return std::move(result_);
  }

 private:
  [[nodiscard]] fs::path topologies() const { return folder_.path() / "topologies"; }

  // A look that is not answered is another look than a real server gets.
  void expect_all_known() const {
    if (const std::string unknown = stand_in_.unknown(); !unknown.empty())
      throw std::runtime_error("the stand-in was asked what it does not know (healthy.cc):\n" +
                               unknown);
  }

  // Until every topology has been found synced once.
  void connect_all() {
    // Of the slowest run so far several times as much.
    const double limit = 60 + 0.25 * static_cast<double>(options_.topologies);
    const auto begin = Clock::now();
    for (;;) {
      std::this_thread::sleep_for(3s);  // a page of all of them costs CPU itself
      expect_all_known();
      const auto synced = passes_of(daemon_->get("/metrics").text, options_.topologies, "synced");
      const auto missing = std::count(synced.begin(), synced.end(), 0.0);
      if (missing == 0) break;
      const std::string told = std::to_string(missing) + " topologies are not synced after " +
                               number(seconds_since(begin)) + " s\n";
      tell(options_, told);
      if (seconds_since(begin) > limit)
        throw std::runtime_error(told + daemon_->log().substr(0, 5'000));
    }
    const double took = seconds_since(begin);
    // What the first minute of details leaves behind settles.
    std::this_thread::sleep_for(std::chrono::duration<double>(2 * options_.interval));
    const Usage now = daemon_->usage();
    const double servers = static_cast<double>(options_.topologies * options_.servers);
    const double kib = (now.rss_mib - empty_.rss_mib) * 1024 / servers;
    result_.json["empty"] = json_of(empty_);
    result_.json["all_synced_after_seconds"] = took;
    result_.json["connections"] = stand_in_.counts().connections;
    result_.json["connected"] = json_of(now);
    result_.json["rss_kib_per_server"] = kib;
    tell(options_, "empty daemon: " + number(empty_.rss_mib) + " MiB, " +
                       std::to_string(empty_.threads) + " threads\nall synced after " +
                       number(took) + " s, with " + number(now.cpu_seconds - empty_.cpu_seconds) +
                       " s of CPU; " + std::to_string(stand_in_.counts().connections) +
                       " connections (" + std::to_string(stand_in_.counts().opened) + " opened); " +
                       number(now.rss_mib) + " MiB (" + number(kib) + " KiB a server), peak " +
                       number(now.peak_mib) + " MiB, " + std::to_string(now.threads) +
                       " threads, " + std::to_string(now.descriptors) + " descriptors\n");
  }

  void window(const std::string& name) {
    const Window one = watch(name, *daemon_, stand_in_,
                             {options_.topologies, options_.servers, options_.interval,
                              options_.seconds, std::max(2.0, options_.seconds / 5)},
                             in_trouble_);
    tell(options_, line_of(one));
    result_.json["windows"].push_back(json_of(one));
    const bool good = options_.by_the_clock ? one.broken.empty()
                                            : one.other_results == 0 && one.passes_per_second > 0;
    result_.good = result_.good && good;
  }

  // One server in each of as many topologies: a primary here, a replica there.
  std::vector<Place> victims(std::size_t from, std::size_t count) const {
    std::vector<Place> places;
    for (std::size_t i = from; i < from + count && i < options_.topologies; ++i)
      places.push_back({i, i % options_.servers});
    return places;
  }

  void hang() {
    const std::size_t half = options_.hanging / 2;
    const auto silent = victims(0, half);
    const auto dropped = victims(half, options_.hanging - half);
    for (const auto* list : {&silent, &dropped})
      for (const Place place : *list) in_trouble_.insert(place.topology);
    stand_in_.hang(silent, Hang::kSilent);
    stand_in_.hang(dropped, Hang::kDropped);
    window(std::to_string(options_.hanging) + " hang: the others");
    stand_in_.heal();
    std::this_thread::sleep_for(std::chrono::duration<double>(2 * options_.interval));
    in_trouble_.clear();
    window("after that, all");
  }

  const Options options_;
  const std::size_t descriptors_;
  Folder folder_;
  StandIn stand_in_;
  std::unique_ptr<DaemonProcess> daemon_;
  Usage empty_;
  std::set<std::size_t> in_trouble_;
  Result result_;
};

}  // namespace

Result run_fleet(const Options& options) { return FleetRun(options).run(); }

}  // namespace gtidops::fleet
