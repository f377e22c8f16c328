#include "spec/names.h"
#include "spec/sections.h"

namespace gtidops {
namespace {

std::optional<Address> read_address(const Cursor& at, Errors& errors) {
  const auto text = read_text(at, errors);
  if (!text) return std::nullopt;
  const auto address = parse_address(*text);
  if (address) return *address;
  errors.add(at.node.at, at.path, address.error().message);
  return std::nullopt;
}

std::optional<Millis> read_delay(const Cursor& at, Errors& errors) {
  const auto delay = duration(Millis{0})(at, errors);
  if (!delay || delay->count() % 1000 == 0) return delay;
  errors.add(at.node.at, at.path, "MySQL counts a delay in whole seconds");
  return std::nullopt;
}

const Section<MaintenanceSpec>& maintenance_section() {
  static const Section<MaintenanceSpec> keys{
      {value("reason", &MaintenanceSpec::reason, Read<std::string>(read_note)),
       value("until", &MaintenanceSpec::until, Read<std::optional<Moment>>(read_moment_or_null))},
      {}};
  return keys;
}

const Section<SshSpec>& ssh_section() {
  const auto text = Read<std::string>(read_text);
  static const Section<SshSpec> keys{
      {value("host", &SshSpec::host, text), value("port", &SshSpec::port, integer(1, 65535)),
       value("user", &SshSpec::user, text), value("identityFile", &SshSpec::identity_file, text),
       value("knownHostsFile", &SshSpec::known_hosts_file, text),
       value("dataDirectory", &SshSpec::data_directory, text_that(check_absolute_path)),
       value("serviceCommand", &SshSpec::service_command, text)},
      {}};
  return keys;
}

}  // namespace

const Section<ServerSpec>& server_section() {
  const Read<Promotion> promotion = one_of<Promotion>(
      {"prefer", "allow", "never"}, {Promotion::kPrefer, Promotion::kAllow, Promotion::kNever});
  static const Section<ServerSpec> keys{
      {required(value("name", &ServerSpec::name, text_that(check_server_name))),
       required(value("address", &ServerSpec::address, Read<Address>(read_address))),
       value("replicationAddress", &ServerSpec::replication_address, Read<Address>(read_address)),
       value("source", &ServerSpec::source, Read<std::string>(read_text)),
       value("delay", &ServerSpec::delay, Read<Millis>(read_delay)),
       value("promotion", &ServerSpec::promotion, promotion),
       section("admin", &ServerSpec::admin, admin_section),
       section("maintenance", &ServerSpec::maintenance, maintenance_section),
       section("ssh", &ServerSpec::ssh, ssh_section)},
      {}};
  return keys;
}

}  // namespace gtidops
