#include "bench/outage/fleet.h"

#include <fstream>
#include <iterator>
#include <stdexcept>

namespace gtidops::outage {
namespace {

constexpr const char* kAdminPassword = "outage-admin";
constexpr const char* kReplPassword = "outage-repl";

std::string read(const std::filesystem::path& path) {
  std::ifstream in(path);
  return {std::istreambuf_iterator<char>(in), {}};
}

void write(const std::filesystem::path& path, const std::string& text) {
  std::ofstream(path) << text;
  std::filesystem::permissions(
      path, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
}

void replace(std::string& text, const std::string& from, const std::string& to) {
  for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size())
    text.replace(at, from.size(), to);
}

}  // namespace

Fleet::Fleet(FleetOptions options) : options_(std::move(options)), primary_("db1") {
  for (int i = 1; i <= options_.servers; ++i) names_.push_back("db" + std::to_string(i));
  box_.up_all(names_, {.mysqld = options_.mysqld, .memory = options_.memory});
  folder_ = box_.folder() / "outage";
  std::filesystem::create_directories(folder_);
  make_accounts();
  write_file();
  const testing::Ran ran = apply();
  if (ran.code != 0) throw std::runtime_error("apply on empty servers: " + ran.out + ran.err);
  if (options_.semi_sync) expect_semi_sync();
}

void Fleet::make_accounts() {
  std::string grants = read(std::filesystem::path(GTIDOPS_SOURCE_DIR) / "deploy/grants.sql");
  replace(grants, "<HOST>", "127.0.0.1");
  replace(grants, "<PASSWORD>", kAdminPassword);
  for (const std::string& name : names_) sandbox::sql(box_[name], "SET sql_log_bin = 0;" + grants);
  write(folder_ / "admin.secret", kAdminPassword);
  write(folder_ / "repl.secret", kReplPassword);
}

void Fleet::write_file() {
  std::string yaml =
      "apiVersion: gtidops/v1alpha1\nkind: Topology\nmetadata: {name: outage}\nspec:\n  primary: " +
      primary_ +
      "\n  admin: {user: gtidops, passwordFrom: {file: " + (folder_ / "admin.secret").string() +
      "}}\n  servers:\n";
  for (const std::string& name : names_)
    yaml += "    - {name: " + name + ", address: \"" + box_[name].address() + "\"}\n";
  yaml += "  replication:\n    user: {name: repl, host: \"127.0.0.1\", passwordFrom: {file: " +
          (folder_ / "repl.secret").string() + "}}\n    options: {SOURCE_CONNECT_RETRY: 1}\n";
  if (options_.semi_sync)
    yaml += "    semiSync: {enabled: true, waitForReplicas: 1, timeout: 10s}\n";
  yaml += options_.more;
  write(folder_ / "outage.yaml", yaml);
}

void Fleet::expect_semi_sync() {
  const auto status = [&](const std::string& name) {
    return sandbox::value(box_[primary_],
                          "SELECT variable_value FROM performance_schema.global_status WHERE "
                          "variable_name = '" +
                              name + "'");
  };
  if (status("Rpl_semi_sync_source_status") != "ON" ||
      status("Rpl_semi_sync_source_clients") == "0")
    throw std::runtime_error("semi-synchronous replication was asked for and is not on");
}

std::vector<std::uint16_t> Fleet::ports() {
  std::vector<std::uint16_t> ports;
  for (const std::string& name : names_) ports.push_back(box_[name].port());
  return ports;
}

void Fleet::set_primary(const std::string& name) {
  primary_ = name;
  write_file();
}

testing::Ran Fleet::apply(double limit_seconds) {
  return testing::run_process(
      {options_.binary, "apply", (folder_ / "outage.yaml").string(), "--auto-approve", "-o", "json",
       "--state-dir", (folder_ / "state").string()},
      {}, limit_seconds);
}

std::string Fleet::replication_login() {
  return std::string("SOURCE_USER = 'repl', SOURCE_PASSWORD = '") + kReplPassword + "'";
}

}  // namespace gtidops::outage
