#include "spec/names.h"
#include "spec/sections.h"

namespace gtidops {
namespace {

void read_labels(const Cursor& map, Errors& errors, std::map<std::string, std::string>& out) {
  if (!is_map(map, errors)) return;
  for (const YamlMember& member : map.node.members) {
    if (member.reported || errors.full()) continue;
    const Cursor child = member_of(map, member);
    if (const auto wrong = check_label_key(member.key.text))
      errors.add(member.key.at, child.path, *wrong);
    else if (auto text = read_note(child, errors))
      out[member.key.text] = std::move(*text);
  }
}

// A key whose value document.cc checks before the sections are read. It is listed so that it does
// not count as unknown.
Key<Spec> checked_before(std::string_view name) {
  return {name, [](const Cursor&, Errors&, Spec&) {}, {}};
}

const Section<Spec>& metadata_section() {
  static const Section<Spec> keys{{required(value("name", &Spec::name, text_that(check_name))),
                                   free_keys("labels", &Spec::labels, read_labels, {"*"})},
                                  {}};
  return keys;
}

const Section<Spec>& spec_section() {
  static const Section<Spec> keys{
      {required(value("primary", &Spec::primary, Read<std::string>(read_text))),
       section("admin", &Spec::admin, admin_section), section("tls", &Spec::tls, tls_section),
       required(list_of("servers", &Spec::servers, server_section, "needs at least one server")),
       section("gtid", &Spec::gtid, gtid_section),
       section("replication", &Spec::replication, replication_section),
       list_of("users", &Spec::users, user_section), list_of("roles", &Spec::roles, role_section),
       section("variables", &Spec::variables, variables_section),
       section("provisioning", &Spec::provisioning, provisioning_section),
       section("switchover", &Spec::switchover, switchover_section),
       section("failover", &Spec::failover, failover_section),
       section("reconcile", &Spec::reconcile, reconcile_section),
       section("suspend", &Spec::suspend, suspend_section)},
      {}};
  return keys;
}

}  // namespace

const Section<Spec>& document_section() {
  static const Section<Spec> keys{
      {required(checked_before("apiVersion")), required(checked_before("kind")),
       required(group("metadata", metadata_section)), required(group("spec", spec_section))},
      {}};
  return keys;
}

}  // namespace gtidops
