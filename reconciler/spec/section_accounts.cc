#include "base/nearest.h"
#include "spec/grants.h"
#include "spec/names.h"
#include "spec/sections.h"

#include <algorithm>
#include <map>

namespace gtidops {
namespace {

// A key that says where a secret comes from. Errors never show its value: a literal password may
// stand there by mistake.
Key<SecretRef> secret(std::string_view name, SecretRef::Kind kind, FormCheck check = nullptr) {
  const auto read = [kind, check](const Cursor& at, Errors& errors, SecretRef& out) {
    auto text = read_discreet_text(at, errors);
    if (!text) return;
    const auto wrong = check == nullptr ? std::nullopt : check(*text);
    if (wrong) return errors.add(at.node.at, at.path, *wrong);
    out.kind = kind;
    out.name = std::move(*text);
  };
  return {name, read, {}};
}

std::vector<Key<SecretRef>> secret_keys() {
  using Kind = SecretRef::Kind;
  return {secret("env", Kind::kEnv, check_environment_name), secret("file", Kind::kFile),
          secret("credential", Kind::kCredential, check_credential_name),
          secret("exec", Kind::kExec)};
}

constexpr std::string_view kWhyHost =
    "is missing: say from where the account may connect, like \"10.0.%\"; it is never a silent '%'";

using Privileges = std::vector<std::string>;

std::optional<std::string> read_privilege(const Cursor& item, Errors& errors, GrantLevel level) {
  const auto text = read_text(item, errors);
  if (!text || errors.full()) return std::nullopt;
  auto privilege = parse_privilege(*text, level);
  if (privilege) return std::move(*privilege);
  errors.add(item.node.at, item.path, privilege.error().message);
  return std::nullopt;
}

bool listed(const Privileges& privileges, const std::string& privilege) {
  return std::find(privileges.begin(), privileges.end(), privilege) != privileges.end();
}

Privileges read_privileges(const Cursor& list, Errors& errors, GrantLevel level) {
  Privileges out;
  if (!is_list(list, errors)) return out;
  if (list.node.items.empty())
    errors.add(list.node.at, list.path,
               "grants nothing; write at least one privilege, or remove it");
  for (std::size_t i = 0; i < list.node.items.size() && !errors.full(); ++i) {
    const Cursor item = item_of(list, i);
    const auto privilege = read_privilege(item, errors, level);
    if (!privilege) continue;
    if (listed(out, *privilege))
      errors.add(item.node.at, item.path, *privilege + " stands in this list already");
    out.push_back(*privilege);
  }
  const bool with_option = listed(out, "GRANT OPTION");
  if (listed(out, "ALL") && out.size() > (with_option ? 2U : 1U))
    errors.add(list.node.at, list.path, "ALL holds the other privileges already; write ALL alone");
  return out;
}

void read_grants(const Cursor& map, Errors& errors, Grants& out) {
  if (!is_map(map, errors)) return;
  for (const YamlMember& member : map.node.members) {
    if (member.reported || errors.full()) continue;
    const Cursor child = member_of(map, member);
    const auto object = parse_grant_object(member.key.text);
    if (!object) {
      errors.add(member.key.at, child.path, object.error().message);
      continue;
    }
    Privileges privileges = read_privileges(child, errors, object->level);
    const auto [at, is_new] = out.try_emplace(object->text, std::move(privileges), member.key.at);
    if (!is_new)
      errors.add(
          member.key.at, child.path,
          "the same object stands in line " + std::to_string(at->second.at.line) + " already");
  }
}

}  // namespace

std::optional<std::string> read_account_host(const Cursor& at, Errors& errors) {
  auto text = text_that(check_account_host)(at, errors);
  if (text) *text = lower(*text);
  return text;
}

const Section<SecretRef>& login_secret_section() {
  static const Section<SecretRef> keys{secret_keys(), {"env", "file", "credential", "exec"}};
  return keys;
}

const Section<SecretRef>& managed_secret_section() {
  static const Section<SecretRef> keys = [] {
    Section<SecretRef> with_old = login_secret_section();
    const auto read = [](const Cursor& at, Errors& errors, SecretRef& out) {
      out.keep_old_for = duration(Millis{1})(at, errors);
    };
    with_old.keys.push_back({"keepOldFor", read, {}});
    return with_old;
  }();
  return keys;
}

const Section<AdminSpec>& admin_section() {
  static const Section<AdminSpec> keys{
      {value("user", &AdminSpec::user, text_that(check_account_name)),
       section("passwordFrom", &AdminSpec::password, login_secret_section)},
      {}};
  return keys;
}

const Section<UserSpec>& user_section() {
  static const Section<UserSpec> keys{
      {required(value("name", &UserSpec::name, text_that(check_account_name))),
       required(value("host", &UserSpec::host, Read<std::string>(read_account_host)), kWhyHost),
       section("passwordFrom", &UserSpec::password, managed_secret_section),
       value("require", &UserSpec::require, one_of({"NONE", "SSL", "X509"})),
       value("roles", &UserSpec::roles, list_that(check_account_name)),
       free_keys("grants", &UserSpec::grants, read_grants, {"*"})},
      {}};
  return keys;
}

const Section<RoleSpec>& role_section() {
  static const Section<RoleSpec> keys{
      {required(value("name", &RoleSpec::name, text_that(check_account_name))),
       free_keys("grants", &RoleSpec::grants, read_grants, {"*"})},
      {}};
  return keys;
}

}  // namespace gtidops
