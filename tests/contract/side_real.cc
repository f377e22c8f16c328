#include <future>
#include <map>
#include <thread>
#include <utility>

#include "contract/side.h"
#include "mysql/fleet.h"
#include "sandbox/client.h"
#include "sandbox/sandbox.h"
#include "wiring.h"

namespace gtidops::contract {
namespace {

constexpr const char* kApp = "app_of_contract";

class RealSide : public Side {
 public:
  RealSide() {
    servers_ = box_.up_all({"db1", "db2"},
                           {.mysqld = {"--gtid-mode=ON", "--enforce-gtid-consistency=ON",
                                       "--skip-replica-start=OFF", "--relay-log-recovery=ON"}});
    for (std::size_t i = 0; i < servers_.size(); ++i) {
      const std::string id = std::to_string(i + 1);
      sandbox::sql(*servers_[i], "SET sql_log_bin = 0; SET GLOBAL server_id = " + id +
                                     "; CREATE USER " + kApp +
                                     " IDENTIFIED BY ''; GRANT ALL ON "
                                     "shop.* TO " +
                                     kApp);
      sandbox::sql(*servers_[i], "SET PERSIST_ONLY server_id = " + id);
      uuids_.push_back(sandbox::value(*servers_[i], "SELECT @@server_uuid"));
    }
    fleet_ =
        std::make_unique<MysqlFleet>(spec(), Actor{"orders", "contract", "the contract tests"});
    clock_ = make_clock();
  }

  std::string run(int server, const std::string& session, const std::string& sql) override {
    return answer(connection(server, session), sql);
  }

  void begin(int server, const std::string& session, const std::string& sql) override {
    sandbox::Connection& connection = this->connection(server, session);
    under_way_[{server, session}] =
        std::async(std::launch::async, [&connection, sql] { return answer(connection, sql); });
    // So that it has arrived before the next one.
    std::this_thread::sleep_for(Millis{100});
  }

  std::string end(int server, const std::string& session, Millis patience) override {
    auto& future = under_way_.at({server, session});
    if (future.wait_for(patience) != std::future_status::ready) return "waits";
    return future.get();
  }

  std::string id_of(int server, const std::string& session) override {
    (void)connection(server, session);
    return ids_.at({server, session});
  }
  void rest(Millis time) override { std::this_thread::sleep_for(time); }
  void kill(int server) override {
    at(server).kill();
    // What was under way ends with it, before its session is taken away.
    const auto there = [&](const auto& one) { return one.first.first == server; };
    std::erase_if(under_way_, there);
    std::erase_if(sessions_, there);
  }
  void start(int server) override { at(server).start(); }
  void purge(int server) override {
    sandbox::sql(at(server), "FLUSH BINARY LOGS");
    const auto status = sandbox::sql(at(server), "SHOW BINARY LOG STATUS");
    sandbox::sql(at(server), "PURGE BINARY LOGS TO '" + status.at(0).at(0).value() + "'");
  }
  void use_semi_sync() override {
    for (sandbox::Server* server : servers_)
      sandbox::sql(*server,
                   "SET sql_log_bin = 0; INSTALL PLUGIN rpl_semi_sync_source SONAME "
                   "'semisync_source.so'; INSTALL PLUGIN rpl_semi_sync_replica SONAME "
                   "'semisync_replica.so'");
  }
  std::string host(int) override { return "127.0.0.1"; }
  int port(int server) override { return at(server).port(); }
  std::string uuid(int server) override { return uuids_.at(static_cast<std::size_t>(server)); }
  Fleet& fleet() override { return *fleet_; }
  Clock& clock() override { return *clock_; }

 private:
  [[nodiscard]] sandbox::Server& at(int server) const {
    return *servers_.at(static_cast<std::size_t>(server));
  }

  Spec spec() {
    Spec spec;
    spec.name = Field<std::string>(std::string("orders"));
    // So that all options are looked at.
    spec.replication.options["GTID_ONLY"] = Field<std::string>(std::string("0"));
    for (int i = 0; i < 2; ++i) {
      ServerSpec server;
      server.name = Field<std::string>("db" + std::to_string(i + 1));
      server.address = Field<Address>(Address{host(i), port(i)});
      spec.servers.push_back(server);
    }
    return spec;
  }

  sandbox::Connection& connection(int server, const std::string& session) {
    const auto known = sessions_.find({server, session});
    if (known != sessions_.end()) return known->second;
    sandbox::Login login;
    if (session == "app") login.user = kApp;
    const auto made =
        sessions_.emplace(std::pair(server, session), sandbox::Connection(at(server), login)).first;
    ids_[{server, session}] = made->second.sql("SELECT CONNECTION_ID()").at(0).at(0).value();
    return made->second;
  }

  static std::string answer(sandbox::Connection& connection, const std::string& sql) {
    try {
      std::string all;
      for (const sandbox::Row& row : connection.sql(sql)) {
        if (!all.empty()) all += "; ";
        for (std::size_t i = 0; i < row.size(); ++i)
          all += (i > 0 ? "|" : "") + row[i].value_or("NULL");
      }
      return all.empty() && sql.compare(0, 6, "SELECT") != 0 ? "ok" : all;
    } catch (const sandbox::SqlError& error) {
      const unsigned code = error.code();
      const bool lost =
          code == 2006 || code == 2013 || code == 3169 || code == 1053 || code == 4031;
      return lost ? "lost" : "error " + std::to_string(code);
    }
  }

  sandbox::Sandbox box_;
  std::vector<sandbox::Server*> servers_;
  std::vector<std::string> uuids_;
  std::map<std::pair<int, std::string>, sandbox::Connection> sessions_;
  std::map<std::pair<int, std::string>, std::string> ids_;
  std::map<std::pair<int, std::string>, std::future<std::string>> under_way_;
  std::unique_ptr<MysqlFleet> fleet_;
  std::unique_ptr<Clock> clock_;
};

}  // namespace

std::unique_ptr<Side> real_side() { return std::make_unique<RealSide>(); }

}  // namespace gtidops::contract
