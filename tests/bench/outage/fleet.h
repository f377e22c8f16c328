// The servers that a switch is measured on: db1 is the primary of db2, db3 and db4, made so by
// gtidops itself.
//
// Thread-safety: one thread. Errors: std::runtime_error with what gtidops or a server said.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "e2e/support/process.h"
#include "sandbox/client.h"
#include "sandbox/sandbox.h"

namespace gtidops::outage {

struct FleetOptions {
  std::string binary;  // gtidops
  int servers = 4;
  bool memory = true;                    // the servers' data in /dev/shm, where there is room
  bool semi_sync = false;                // a commit waits for one replica
  std::string more = {};                 // of the file's spec, as lines that are indented by two
  std::vector<std::string> mysqld = {};  // more options of mysqld
};

class Fleet {
 public:
  explicit Fleet(FleetOptions options);

  [[nodiscard]] const std::vector<std::string>& names() const { return names_; }
  [[nodiscard]] std::vector<std::uint16_t> ports();
  [[nodiscard]] const std::string& primary() const { return primary_; }
  [[nodiscard]] bool semi_sync() const { return options_.semi_sync; }
  // Where the file and the secrets are.
  [[nodiscard]] const std::filesystem::path& folder() const { return folder_; }
  sandbox::Server& operator[](const std::string& name) { return box_[name]; }

  // What somebody edits: the line `primary:` of the topology file.
  void set_primary(const std::string& name);
  // gtidops apply FILE --auto-approve -o json --state-dir DIR
  testing::Ran apply(double limit_seconds = 180);
  // The account that replicas log in with, as CHANGE REPLICATION SOURCE TO wants it.
  [[nodiscard]] static std::string replication_login();

 private:
  void make_accounts();
  void write_file();
  void expect_semi_sync();

  FleetOptions options_;
  sandbox::Sandbox box_;
  std::vector<std::string> names_;
  std::string primary_;
  std::filesystem::path folder_;
};

}  // namespace gtidops::outage
