#include "base/nearest.h"
#include "model/source_options.h"
#include "spec/names.h"
#include "spec/sections.h"

#include <algorithm>
#include <array>
#include <limits>

namespace gtidops {
namespace {

using Options = std::map<std::string, Field<std::string>>;

// The option that had this MASTER_ name before MySQL 8.0.23; nullptr when there is none.
const SourceOption* find_by_old_name(const std::string& name) {
  const std::string old = upper(name);
  const std::size_t at = old.find("MASTER_");
  if (at == std::string::npos) return nullptr;
  return find_source_option(old.substr(0, at) + "SOURCE_" + old.substr(at + 7));
}

// Why this option cannot be declared; empty when it can.
std::string option_problem(const std::string& name) {
  const SourceOption* option = find_source_option(name);
  if (option != nullptr && !option->managed_by.empty())
    return "is not declared here: it comes from " + std::string(option->managed_by);
  if (option != nullptr && option->name != name) return "write it as " + std::string(option->name);
  if (option != nullptr) return {};
  if (const SourceOption* renamed = find_by_old_name(name))
    return "is the old name; " + (renamed->managed_by.empty()
                                      ? "write " + std::string(renamed->name)
                                      : "its value comes from " + std::string(renamed->managed_by));
  return "is no option of CHANGE REPLICATION SOURCE TO" +
         did_you_mean(name, declarable_source_options());
}

// MySQL's 0 and 1; YAML's true and false mean the same.
std::optional<std::string> read_option_boolean(const Cursor& at, Errors& errors) {
  if (!is_scalar(at, errors, "0 or 1")) return std::nullopt;
  const std::string& text = at.node.text;
  if (!at.node.quoted && (text == "1" || text == "true")) return "1";
  if (!at.node.quoted && (text == "0" || text == "false")) return "0";
  errors.add(at.node.at, at.path, "expected 0 or 1, not " + show(text));
  return std::nullopt;
}

std::optional<std::string> read_option_integer(const Cursor& at, Errors& errors) {
  const auto number = big_integer(0)(at, errors);
  if (!number) return std::nullopt;
  if (*number <= std::numeric_limits<std::uint32_t>::max()) return std::to_string(*number);
  errors.add(at.node.at, at.path, "is too large");
  return std::nullopt;
}

std::optional<std::string> read_option_decimal(const Cursor& at, Errors& errors) {
  if (!is_scalar(at, errors, "a number")) return std::nullopt;
  const std::string& text = at.node.text;
  const bool digits = text.find_first_not_of("0123456789.") == std::string::npos;
  const Plain plain = classify(text);
  if (!at.node.quoted && digits && (plain == Plain::kInteger || plain == Plain::kReal) &&
      text.front() != '.' && text.back() != '.') {
    // The server rounds SOURCE_HEARTBEAT_PERIOD to thousandths of a second. A smaller value would
    // become 0, which turns the heartbeat off.
    const std::size_t point = text.find('.');
    if (point == std::string::npos || text.size() - point - 1 <= 3) return text;
    errors.add(at.node.at, at.path, "has at most three digits behind the point");
    return std::nullopt;
  }
  errors.add(at.node.at, at.path, "expected a number like 30 or 2.5, not " + show(text));
  return std::nullopt;
}

// SOURCE_COMPRESSION_ALGORITHMS as the server takes it: at most three, without blanks, in upper or
// lower case.
std::optional<std::string> read_compressions(const Cursor& at, Errors& errors) {
  auto text = read_note(at, errors);
  if (!text) return text;
  std::size_t count = 0;
  bool known = true;
  for (std::size_t begin = 0; begin <= text->size(); ++count) {
    const std::size_t end = std::min(text->find(',', begin), text->size());
    const std::string word = lower(text->substr(begin, end - begin));
    known = known && (word == "zlib" || word == "zstd" || word == "uncompressed");
    begin = end + 1;
  }
  if (known && count <= 3) return text;
  errors.add(
      at.node.at, at.path,
      "expected zlib, zstd, uncompressed, joined by commas without blanks, not " + show(*text));
  return std::nullopt;
}

std::optional<std::string> in_range(std::optional<std::string> text, const SourceOption& option,
                                    const Cursor& at, Errors& errors) {
  struct Range {
    std::string_view name;
    std::int64_t least, most;
    std::string_view why;
  };
  // Tried on 9.7.4. The server accepts 0 for the first two, but stores and shows the default
  // instead.
  static constexpr std::array<Range, 3> kRanges{{
      {"SOURCE_CONNECT_RETRY", 1, 2'147'483'647, "error 1742, and 0 means 60"},
      {"SOURCE_ZSTD_COMPRESSION_LEVEL", 1, 22, "error 3921, and 0 means 3"},
      {"SOURCE_HEARTBEAT_PERIOD", 0, 4'294'967, "error 1624"},
  }};
  if (!text) return text;
  for (const Range& range : kRanges) {
    if (range.name != option.name) continue;
    const double number = std::stod(*text);
    if (number >= static_cast<double>(range.least) && number <= static_cast<double>(range.most))
      return text;
    errors.add(at.node.at, at.path,
               "must be " + std::to_string(range.least) + " to " + std::to_string(range.most) +
                   ": MySQL does not take others (" + std::string(range.why) + ")");
    return std::nullopt;
  }
  return text;
}

// At least one known version must be in the list. The rest is not checked, because which versions a
// server offers depends on its own version.
std::optional<std::string> read_tls_versions(const Cursor& at, Errors& errors) {
  auto text = read_note(at, errors);
  if (!text || text->empty()) return text;
  for (std::size_t begin = 0; begin <= text->size();) {
    const std::size_t end = std::min(text->find(',', begin), text->size());
    const std::string word = lower(text->substr(begin, end - begin));
    if (word == "tlsv1" || word == "tlsv1.1" || word == "tlsv1.2" || word == "tlsv1.3") return text;
    begin = end + 1;
  }
  errors.add(at.node.at, at.path,
             "expected TLSv1.2, TLSv1.3, joined by commas without blanks, not " + show(*text));
  return std::nullopt;
}

// PRIVILEGE_CHECKS_USER without a user name would be the anonymous account: error 3925.
std::optional<std::string> read_applier_account(const Cursor& at, Errors& errors) {
  auto text = read_note(at, errors);
  if (!text || text->empty()) return text;
  const std::string name = text->substr(0, text->rfind('@'));
  if (!name.empty() && name != "''" && name != "``" && name != "\"\"") return text;
  errors.add(at.node.at, at.path, "MySQL takes no anonymous account here (error 3925)");
  return std::nullopt;
}

std::optional<std::string> read_option_value(const SourceOption& option, const Cursor& at,
                                             Errors& errors) {
  switch (option.type) {
    case SourceOption::Type::kBoolean:
      return read_option_boolean(at, errors);
    case SourceOption::Type::kInteger:
      return in_range(read_option_integer(at, errors), option, at, errors);
    case SourceOption::Type::kDecimal:
      return in_range(read_option_decimal(at, errors), option, at, errors);
    case SourceOption::Type::kWord:
      // REQUIRE_TABLE_PRIMARY_KEY_CHECK is the only kWord option that can be declared.
      return one_of({"STREAM", "ON", "OFF", "GENERATE"})(at, errors);
    case SourceOption::Type::kList:
      return read_compressions(at, errors);
    case SourceOption::Type::kAccount:
      return read_applier_account(at, errors);
    case SourceOption::Type::kString:
      break;
  }
  if (option.name == "SOURCE_TLS_VERSION") return read_tls_versions(at, errors);
  return read_note(at, errors);
}

void read_options(const Cursor& map, Errors& errors, Options& out) {
  if (!is_map(map, errors)) return;
  for (const YamlMember& member : map.node.members) {
    if (member.reported || errors.full()) continue;
    const Cursor child = member_of(map, member);
    const std::string problem = option_problem(member.key.text);
    if (!problem.empty()) {
      errors.add(member.key.at, child.path, problem);
      continue;
    }
    const SourceOption* option = find_source_option(member.key.text);
    if (auto text = read_option_value(*option, child, errors))
      out[member.key.text] = Field<std::string>(std::move(*text), child.node.at);
  }
}

const Section<ReplicationUserSpec>& replication_user_section() {
  constexpr std::string_view kWhyHost =
      "is missing: say from where the replicas connect, like \"10.0.%\"; it is never a silent '%'";
  static const Section<ReplicationUserSpec> keys{
      {required(value("name", &ReplicationUserSpec::name, text_that(check_account_name))),
       required(value("host", &ReplicationUserSpec::host, Read<std::string>(read_account_host)),
                kWhyHost),
       section("passwordFrom", &ReplicationUserSpec::password, managed_secret_section)},
      {}};
  return keys;
}

const Section<SemiSyncSpec>& semi_sync_section() {
  static const Section<SemiSyncSpec> keys{
      {value("enabled", &SemiSyncSpec::enabled, Read<bool>(read_boolean)),
       value("waitForReplicas", &SemiSyncSpec::wait_for_replicas, integer(1, 65535)),
       value("timeout", &SemiSyncSpec::timeout, duration(Millis{1}))},
      {}};
  return keys;
}

}  // namespace

const Section<TlsSpec>& tls_section() {
  const Read<TlsMode> mode =
      one_of<TlsMode>({"disabled", "preferred", "required", "verify-ca", "verify-identity"},
                      {TlsMode::kDisabled, TlsMode::kPreferred, TlsMode::kRequired,
                       TlsMode::kVerifyCa, TlsMode::kVerifyIdentity});
  const auto file = Read<std::string>(read_text);
  static const Section<TlsSpec> keys{
      {value("mode", &TlsSpec::mode, mode), value("caFile", &TlsSpec::ca_file, file),
       value("certFile", &TlsSpec::cert_file, file), value("keyFile", &TlsSpec::key_file, file),
       value("serverPublicKeyFile", &TlsSpec::server_public_key_file, file)},
      {}};
  return keys;
}

const Section<GtidSpec>& gtid_section() {
  const Read<OnErrant> on_errant = one_of<OnErrant>(
      {"block", "alert", "injectEmpty", "rebuild"},
      {OnErrant::kBlock, OnErrant::kAlert, OnErrant::kInjectEmpty, OnErrant::kRebuild});
  static const Section<GtidSpec> keys{
      {value("mode", &GtidSpec::mode, one_of({"OFF", "OFF_PERMISSIVE", "ON_PERMISSIVE", "ON"})),
       value("enforceConsistency", &GtidSpec::enforce_consistency, one_of({"OFF", "WARN", "ON"})),
       value("onErrant", &GtidSpec::on_errant, on_errant)},
      {}};
  return keys;
}

const Section<ReplicationSpec>& replication_section() {
  static const Section<ReplicationSpec> keys{
      {section("user", &ReplicationSpec::user, replication_user_section),
       free_keys("options", &ReplicationSpec::options, read_options, declarable_source_options()),
       section("semiSync", &ReplicationSpec::semi_sync, semi_sync_section)},
      {}};
  return keys;
}

}  // namespace gtidops
