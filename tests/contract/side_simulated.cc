#include <map>
#include <optional>
#include <utility>

#include "contract/side.h"
#include "sim/process.h"
#include "sim/sql.h"
#include "sim/world.h"

namespace gtidops::contract {
namespace {

using namespace sim;  // NOLINT: this side is the simulator

class SimulatedSide : public Side {
 public:
  SimulatedSide()
      : world_(1, 2, false),
        process_(world_, 1, kFirstHost, world_.disk, {}, decorators_),
        fleet_(world_, process_),
        clock_(world_.time, [] {}) {}

  std::string run(int server, const std::string& session, const std::string& sql) override {
    begin(server, session, sql);
    return end(server, session, Millis{10'000});
  }

  void begin(int server, const std::string& session, const std::string& sql) override {
    const int id = connection(server, session);
    auto reply = std::make_shared<std::optional<Reply>>();
    under_way_[{server, session}] = reply;
    if (world_.server(server).sessions.count(id) == 0) return;
    execute(world_, world_.server(server), id, sql,
            [reply](const Reply& answer) { *reply = answer; });
  }

  std::string end(int server, const std::string& session, Millis patience) override {
    const auto reply = under_way_.at({server, session});
    const int id = sessions_.at({server, session});
    const auto gone = [&] { return world_.server(server).sessions.count(id) == 0; };
    world_.time.wait(world_.time.now() + patience.count() * kMillisecond,
                     [&] { return reply->has_value() || gone(); });
    if (*reply) return text(**reply);
    return gone() ? "lost" : "waits";
  }

  std::string id_of(int server, const std::string& session) override {
    return std::to_string(connection(server, session));
  }
  void rest(Millis time) override {
    world_.time.run_until(world_.time.now() + time.count() * kMillisecond);
  }
  void kill(int server) override {
    world_.server(server).crash();
    std::erase_if(sessions_, [&](const auto& one) { return one.first.first == server; });
  }
  void start(int server) override { world_.server(server).boot(); }
  void purge(int server) override { world_.server(server).purge(0); }
  void use_semi_sync() override {
    for (const auto& server : world_.servers) {
      server->load_semi_sync(true);
      server->load_semi_sync(false);
    }
  }
  std::string host(int server) override { return world_.server(server).host; }
  int port(int) override { return 3306; }
  std::string uuid(int server) override { return world_.server(server).uuid; }
  Fleet& fleet() override { return fleet_; }
  Clock& clock() override { return clock_; }

 private:
  int connection(int server, const std::string& session) {
    const auto known = sessions_.find({server, session});
    if (known != sessions_.end()) return known->second;
    return sessions_[{server, session}] =
               world_.server(server).connect(0, kFirstClient, session == "app" ? "app" : "admin");
  }

  static std::string text(const Reply& reply) {
    if (reply.error != 0) return "error " + std::to_string(reply.error);
    if (reply.rows.empty()) return "ok";
    std::string all;
    for (const Row& row : reply.rows) {
      if (!all.empty()) all += "; ";
      for (std::size_t i = 0; i < row.size(); ++i)
        all += (i > 0 ? "|" : "") + row[i].value_or("NULL");
    }
    return all;
  }

  World world_;
  Decorators decorators_;
  Process process_;
  SimFleet fleet_;
  SimClock clock_;
  std::map<std::pair<int, std::string>, int> sessions_;
  std::map<std::pair<int, std::string>, std::shared_ptr<std::optional<Reply>>> under_way_;
};

}  // namespace

std::unique_ptr<Side> simulated_side() { return std::make_unique<SimulatedSide>(); }

}  // namespace gtidops::contract
