#include "e2e/observe_support.h"

#include <cstdlib>
#include <filesystem>

namespace gtidops::observe {

SpecOf::SpecOf() {
  spec.name = Field<std::string>("orders");
  spec.tls.mode = Field<TlsMode>(TlsMode::kPreferred, Position{});
}

SpecOf& SpecOf::server(const std::string& name, const std::string& host, int port) {
  ServerSpec server;
  server.name = Field<std::string>(name);
  server.address = Field<Address>(Address{host, port});
  spec.servers.push_back(server);
  return *this;
}

SpecOf& SpecOf::tls(TlsMode mode, const std::string& ca_file) {
  spec.tls.mode = Field<TlsMode>(mode, Position{});
  spec.tls.ca_file = Field<std::string>(ca_file);
  return *this;
}

SpecOf& SpecOf::admin(const std::string& user, const std::string& password) {
  spec.admin.user = Field<std::string>(user);
  spec.admin.password = secret_in_environment("GTIDOPS_OBSERVE_" + user, password);
  return *this;
}

std::vector<std::string> SpecOf::names() const {
  std::vector<std::string> all;
  for (const ServerSpec& server : spec.servers) all.push_back(*server.name);
  return all;
}

SecretRef secret_in_environment(const std::string& variable, const std::string& value) {
  ::setenv(variable.c_str(), value.c_str(), 1);
  SecretRef ref;
  ref.kind = SecretRef::Kind::kEnv;
  ref.name = variable;
  return ref;
}

ServerLook look_at(const SpecOf& spec, Depth depth, Millis deadline) {
  MysqlFleet fleet(spec.spec);
  return fleet.look(spec.names(), depth, deadline).servers.begin()->second;
}

const ServerState& expect_state(const ServerLook& look) {
  static const ServerState none;
  if (const auto* why = std::get_if<Unreachable>(&look)) {
    ADD_FAILURE() << "unreachable: " << reason_name(why->reason) << ": " << why->message;
    return none;
  }
  return std::get<ServerState>(look);
}

std::string expect_unreachable(const ServerLook& look, Reason reason) {
  const auto* why = std::get_if<Unreachable>(&look);
  if (why == nullptr) {
    ADD_FAILURE() << "it was read, and should be " << reason_name(reason);
    return {};
  }
  EXPECT_EQ(reason_name(why->reason), reason_name(reason)) << why->message;
  return why->message;
}

std::string ask(const Server& server, const std::string& sql) {
  const auto rows = sandbox::sql(server, sql);
  return rows.empty() || rows.front().empty() ? std::string() : rows.front().front().value_or("");
}

double Stopwatch::milliseconds() const {
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start_)
      .count();
}

namespace {

int count_entries(const char* folder) {
  int count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    count += entry.path().empty() ? 0 : 1;
  return count;
}

}  // namespace

int count_threads() { return count_entries("/proc/self/task"); }
int count_files() { return count_entries("/proc/self/fd"); }

}  // namespace gtidops::observe
