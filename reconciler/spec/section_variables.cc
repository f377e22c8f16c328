#include "base/nearest.h"
#include "spec/names.h"
#include "spec/sections.h"

#include <algorithm>
#include <array>

namespace gtidops {
namespace {

struct Managed {
  std::string_view variable;
  std::string_view by;  // the key that sets it, or why it cannot be declared
};

constexpr std::string_view kPrimaryOnly =
    "spec.primary: the primary is writable, every other server read-only";
constexpr std::string_view kNobody = "the server itself";

// Variables that gtidops sets from another key, or that are state of the server or session.
constexpr std::array<Managed, 18> kManaged{{
    {"read_only", kPrimaryOnly},
    {"super_read_only", kPrimaryOnly},
    {"gtid_mode", "spec.gtid.mode"},
    {"enforce_gtid_consistency", "spec.gtid.enforceConsistency"},
    {"gtid_executed", kNobody},
    {"gtid_next", kNobody},
    {"gtid_owned", kNobody},
    {"gtid_purged", kNobody},
    {"server_uuid", kNobody},
    {"rpl_semi_sync_source_enabled", "spec.replication.semiSync.enabled"},
    {"rpl_semi_sync_replica_enabled", "spec.replication.semiSync.enabled"},
    {"rpl_semi_sync_source_timeout", "spec.replication.semiSync.timeout"},
    {"rpl_semi_sync_source_wait_for_replica_count", "spec.replication.semiSync.waitForReplicas"},
    {"rpl_semi_sync_master_enabled", "spec.replication.semiSync.enabled"},
    {"rpl_semi_sync_slave_enabled", "spec.replication.semiSync.enabled"},
    {"rpl_semi_sync_master_timeout", "spec.replication.semiSync.timeout"},
    {"rpl_semi_sync_master_wait_for_slave_count", "spec.replication.semiSync.waitForReplicas"},
    {"sql_log_bin", "nobody: it is a setting of a session"},
}};

std::string_view managed_by(const std::string& variable) {
  for (const Managed& managed : kManaged)
    if (managed.variable == variable) return managed.by;
  return {};
}

// my.cnf reads "64m" as 64M. Any other text stays as written.
std::string with_upper_unit(std::string text) {
  const bool number = text.size() >= 2 && text.find_first_not_of("0123456789") == text.size() - 1;
  if (number && std::string_view("kmgt").find(text.back()) != std::string_view::npos)
    return upper(text);
  return text;
}

// A text in quotes, or a number, size or word that every YAML reader reads in the same way.
std::optional<std::string> read_variable_value(const Cursor& at, Errors& errors) {
  if (at.node.kind == YamlNode::Kind::kNull && !at.node.tagged) {
    errors.add(at.node.at, at.path,
               "expected a value; to leave the variable alone, remove its line");
    return std::nullopt;
  }
  if (!is_scalar(at, errors, "a value")) return std::nullopt;
  const std::string& text = at.node.text;
  const Plain plain = at.node.quoted ? Plain::kText : classify(text);
  if (plain == Plain::kBoolean || plain == Plain::kOldBoolean) {
    const std::string word = lower(text);
    const bool on = word == "true" || word == "yes" || word == "on";
    errors.add(at.node.at, at.path, boolean_without_quotes(text, on ? "ON" : "OFF"));
    return std::nullopt;
  }
  const bool decimal = text.find_first_not_of("-0123456789.") == std::string::npos;
  if (plain == Plain::kInteger || (plain == Plain::kReal && decimal)) return text;
  if (plain == Plain::kReal || plain == Plain::kOddInteger) {
    errors.add(at.node.at, at.path, "write the number in plain decimal digits, not " + show(text));
    return std::nullopt;
  }
  auto value = read_note(at, errors);
  if (value && !at.node.quoted) *value = with_upper_unit(*value);
  return value;
}

// What is wrong with the variable's name; empty when nothing is.
std::string name_problem(const std::string& written) {
  if (const auto wrong = check_variable_name(written)) return *wrong;
  const std::string_view manager = managed_by(variable_name(written));
  if (manager.empty()) return {};
  return "is not declared here: it is set by " + std::string(manager);
}

void read_variables(const Cursor& map, Errors& errors, Variables& out) {
  if (!is_map(map, errors)) return;
  for (const YamlMember& member : map.node.members) {
    if (member.reported || errors.full()) continue;
    const Cursor child = member_of(map, member);
    const std::string problem = name_problem(member.key.text);
    if (!problem.empty()) {
      errors.add(member.key.at, child.path, problem);
      continue;
    }
    auto text = read_variable_value(child, errors);
    const auto [at, is_new] =
        out.try_emplace(variable_name(member.key.text), text.value_or(""), child.node.at);
    if (!is_new)
      errors.add(
          member.key.at, child.path,
          "the same variable stands in line " + std::to_string(at->second.at.line) + " already");
  }
}

void read_server_variables(const Cursor& map, Errors& errors,
                           std::map<std::string, Variables>& out) {
  if (!is_map(map, errors)) return;
  for (const YamlMember& member : map.node.members)
    if (!member.reported && !errors.full())
      read_variables(member_of(map, member), errors, out[member.key.text]);
}

}  // namespace

const Section<VariablesSpec>& variables_section() {
  const Read<OnRestartRequired> on_restart = one_of<OnRestartRequired>(
      {"report", "restart"}, {OnRestartRequired::kReport, OnRestartRequired::kRestart});
  static const Section<VariablesSpec> keys{
      {free_keys("all", &VariablesSpec::all, read_variables, {"*"}),
       free_keys("primary", &VariablesSpec::primary, read_variables, {"*"}),
       free_keys("replicas", &VariablesSpec::replicas, read_variables, {"*"}),
       free_keys("servers", &VariablesSpec::servers, read_server_variables, {"*", "*.*"}),
       value("onRestartRequired", &VariablesSpec::on_restart_required, on_restart)},
      {}};
  return keys;
}

}  // namespace gtidops
