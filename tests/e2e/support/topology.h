// A topology of real servers with its file, its secrets and its state folder, and the gtidops
// binary to run on it.
//
// Thread-safety: one thread; the servers may be used from any.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "e2e/support/process.h"
#include "sandbox/client.h"
#include "sandbox/sandbox.h"

namespace gtidops::testing {

class Topology {
 public:
  // Starts db1, db2, ...; each gets the account of deploy/grants.sql, made without the binary log.
  explicit Topology(int servers, const sandbox::Options& options = {});

  sandbox::Server& operator[](const std::string& name) { return sandbox_[name]; }
  sandbox::Sandbox& sandbox() { return sandbox_; }

  // An empty server in place of this one.
  void renew(const std::string& name, const sandbox::Options& options = {});

  // What stands behind a server's address in the file: set_server("db3", ", delay: 1h").
  void set_server(const std::string& name, const std::string& more);
  // In place of the address that it really has.
  void set_address(const std::string& name, const std::string& address);
  void set_primary(const std::string& name) { primary_ = name; }
  // What the file is of: "shop" with all servers, unless told otherwise.
  void set_name(const std::string& name) { name_ = name; }
  void set_declared(const std::vector<std::string>& names) { declared_ = names; }
  // Further lines below `spec:`, with their indentation.
  void set_more(const std::string& lines) { more_ = lines; }
  // Further lines below `replication:`, with their indentation.
  void set_replication(const std::string& lines) { replication_ = lines; }
  void set_options(const std::string& options) { options_ = options; }
  void set_admin_password(const std::string& password);
  void set_replication_password(const std::string& password);
  // From where the replication user may log in; 127.0.0.1 unless told otherwise.
  void set_replication_host(const std::string& host) { replication_host_ = host; }

  // The topology file, written anew.
  std::filesystem::path file();
  // What stands in it.
  std::string text();
  std::filesystem::path folder() const { return sandbox_.folder() / "test"; }
  static const std::string& admin_password();
  static const std::string& repl_password();

  // gtidops COMMAND FILE ARGUMENTS... with a state folder of its own.
  Ran gtidops(const std::string& command, const std::vector<std::string>& arguments = {});
  Ran apply(const std::vector<std::string>& arguments = {});
  // Applies, and fails the test when it does not end with 0.
  void converge();

  // A value of SHOW REPLICA STATUS of the default channel; "" for NULL and for no channel.
  std::string replica_status(const std::string& server, const std::string& column);
  // Both threads ON, from that source, and read-only: as the servers say it themselves.
  void expect_replica(const std::string& server, const std::string& source);
  // A row written on the primary now, read on the replica within some seconds.
  void expect_replicates(const std::string& primary, const std::string& replica);
  std::string gtid_executed(const std::string& server);

 private:
  static void create_account(const sandbox::Server& server);

  sandbox::Sandbox sandbox_;
  std::vector<std::string> names_;
  std::vector<std::string> more_of_server_, address_of_server_;
  std::vector<std::string> declared_;  // empty: all
  std::string name_ = "shop", primary_ = "db1", more_, replication_, options_,
              replication_host_ = "127.0.0.1";
};

}  // namespace gtidops::testing
