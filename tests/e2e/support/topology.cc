#include "e2e/support/topology.h"
#include "support/text.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <sstream>
#include <thread>

namespace gtidops::testing {
namespace {

void write_file(const std::filesystem::path& path, const std::string& text) {
  std::filesystem::create_directories(path.parent_path());
  std::ofstream(path) << text;
  std::filesystem::permissions(
      path, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
}

}  // namespace

const std::string& Topology::admin_password() {
  static const std::string password = "Adm1n's \\ \"secret\"; DROP";
  return password;
}

const std::string& Topology::repl_password() {
  static const std::string password = "R3pl'icati\"on \\secret%";
  return password;
}

Topology::Topology(int servers, const sandbox::Options& options) {
  for (int i = 1; i <= servers; ++i) names_.push_back("db" + std::to_string(i));
  more_of_server_.resize(names_.size());
  address_of_server_.resize(names_.size());
  for (sandbox::Server* server : sandbox_.up_all(names_, options)) create_account(*server);
  write_file(folder() / "admin.secret", admin_password() + "\n");
  write_file(folder() / "repl.secret", repl_password() + "\n");
}

void Topology::create_account(const sandbox::Server& server) {
  std::string grants = text_of(std::filesystem::path(GTIDOPS_SOURCE_DIR) / "deploy/grants.sql");
  replace_all(grants, "<HOST>", "127.0.0.1");
  replace_all(grants, "'<PASSWORD>'", "'Adm1n''s \\\\ \"secret\"; DROP'");
  sandbox::sql(server, "SET sql_log_bin = 0;" + grants);
}

void Topology::renew(const std::string& name, const sandbox::Options& options) {
  sandbox_.down(name);
  create_account(sandbox_.up(name, options));
}

void Topology::set_server(const std::string& name, const std::string& more) {
  const auto at = std::find(names_.begin(), names_.end(), name) - names_.begin();
  more_of_server_.at(static_cast<std::size_t>(at)) = more;
}

void Topology::set_address(const std::string& name, const std::string& address) {
  const auto at = std::find(names_.begin(), names_.end(), name) - names_.begin();
  address_of_server_.at(static_cast<std::size_t>(at)) = address;
}

void Topology::set_admin_password(const std::string& password) {
  write_file(folder() / "admin.secret", password + "\n");
}

void Topology::set_replication_password(const std::string& password) {
  write_file(folder() / "repl.secret", password + "\n");
}

std::filesystem::path Topology::file() {
  std::ostringstream yaml;
  yaml << "apiVersion: gtidops/v1alpha1\nkind: Topology\nmetadata: {name: " << name_
       << "}\nspec:\n  primary: " << primary_
       << "\n  admin: {user: gtidops, passwordFrom: {file: " << (folder() / "admin.secret").string()
       << "}}\n"
       << "  servers:\n";
  for (std::size_t i = 0; i < names_.size(); ++i) {
    if (!declared_.empty() &&
        std::find(declared_.begin(), declared_.end(), names_[i]) == declared_.end())
      continue;
    const std::string address =
        address_of_server_[i].empty() ? sandbox_[names_[i]].address() : address_of_server_[i];
    yaml << "    - {name: " << names_[i] << ", address: \"" << address << "\"" << more_of_server_[i]
         << "}\n";
  }
  yaml << "  replication:\n    user: {name: repl, host: \"" << replication_host_
       << "\", passwordFrom: {file: " << (folder() / "repl.secret").string()
       << "}}\n    options: {SOURCE_CONNECT_RETRY: 1" << options_ << "}\n"
       << replication_ << more_;
  write_file(folder() / (name_ + ".yaml"), yaml.str());
  return folder() / (name_ + ".yaml");
}

std::string Topology::text() { return text_of(file()); }

Ran Topology::gtidops(const std::string& command, const std::vector<std::string>& arguments) {
  std::vector<std::string> line{GTIDOPS_BINARY, command, file().string(), "--state-dir",
                                (folder() / "state").string()};
  line.insert(line.end(), arguments.begin(), arguments.end());
  return run_process(line);
}

Ran Topology::apply(const std::vector<std::string>& arguments) {
  std::vector<std::string> all{"--auto-approve"};
  all.insert(all.end(), arguments.begin(), arguments.end());
  return gtidops("apply", all);
}

void Topology::converge() {
  const Ran ran = apply();
  ASSERT_EQ(ran.code, 0) << ran.out << ran.err;
}

std::string Topology::replica_status(const std::string& server, const std::string& column) {
  // performance_schema has what SHOW REPLICA STATUS has, in a form that a test can ask for.
  const sandbox::Rows rows = sandbox::sql(
      sandbox_[server],
      "SELECT " + column +
          " FROM performance_schema.replication_connection_configuration c JOIN "
          "performance_schema.replication_connection_status s USING (CHANNEL_NAME) JOIN "
          "performance_schema.replication_applier_configuration a USING (CHANNEL_NAME) JOIN "
          "performance_schema.replication_applier_status t USING (CHANNEL_NAME) WHERE CHANNEL_NAME "
          "= '' AND c.HOST <> ''");
  return rows.empty() || !rows[0][0] ? std::string() : *rows[0][0];
}

void Topology::expect_replica(const std::string& server, const std::string& source) {
  EXPECT_EQ(replica_status(server, "s.SERVICE_STATE"), "ON") << server;
  EXPECT_EQ(replica_status(server, "t.SERVICE_STATE"), "ON") << server;
  EXPECT_EQ(replica_status(server, "c.PORT"), std::to_string(sandbox_[source].port())) << server;
  EXPECT_EQ(replica_status(server, "c.AUTO_POSITION"), "1") << server;
  EXPECT_EQ(sandbox::value(sandbox_[server], "SELECT @@super_read_only"), "1") << server;
  EXPECT_EQ(
      sandbox::value(
          sandbox_[server],
          "SELECT variable_value FROM performance_schema.persisted_variables WHERE variable_name = "
          "'super_read_only'"),
      "ON")
      << server;
}

void Topology::expect_replicates(const std::string& primary, const std::string& replica) {
  static int counter = 0;
  const std::string value = std::to_string(++counter);
  sandbox::sql(
      sandbox_[primary],
      "CREATE DATABASE IF NOT EXISTS e2e; CREATE TABLE IF NOT EXISTS e2e.t (a INT PRIMARY KEY);"
      "INSERT INTO e2e.t VALUES (" +
          value + ")");
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  std::string last;
  while (std::chrono::steady_clock::now() < until) {
    try {
      if (sandbox::value(sandbox_[replica], "SELECT COUNT(*) FROM e2e.t WHERE a = " + value) == "1")
        return;
    } catch (const sandbox::SqlError& error) {
      last = error.what();
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  ADD_FAILURE() << "a row written on " << primary << " did not reach " << replica << ": " << last;
}

std::string Topology::gtid_executed(const std::string& server) {
  return sandbox::value(sandbox_[server], "SELECT @@GLOBAL.gtid_executed");
}

}  // namespace gtidops::testing
