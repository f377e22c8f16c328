#include "model/source_options.h"

#include <algorithm>
#include <array>

#include "base/nearest.h"

namespace gtidops {
namespace {

using Type = SourceOption::Type;

constexpr std::array<SourceOption, 37> kOptions{{
    {"SOURCE_BIND", Type::kString, "Source_Bind", ""},
    {"SOURCE_HOST", Type::kString, "Source_Host", "servers[].address"},
    {"SOURCE_USER", Type::kString, "Source_User", "replication.user"},
    {"SOURCE_PASSWORD", Type::kString, "", "replication.user.passwordFrom"},
    {"SOURCE_PORT", Type::kInteger, "Source_Port", "servers[].address"},
    {"PRIVILEGE_CHECKS_USER", Type::kString, "", ""},
    {"REQUIRE_ROW_FORMAT", Type::kBoolean, "", ""},
    {"REQUIRE_TABLE_PRIMARY_KEY_CHECK", Type::kWord, "", ""},
    {"ASSIGN_GTIDS_TO_ANONYMOUS_TRANSACTIONS", Type::kWord, "", "gtid.mode"},
    {"SOURCE_LOG_FILE", Type::kString, "", "SOURCE_AUTO_POSITION, which gtidops always sets"},
    {"SOURCE_LOG_POS", Type::kInteger, "", "SOURCE_AUTO_POSITION, which gtidops always sets"},
    {"SOURCE_AUTO_POSITION", Type::kBoolean, "Auto_Position", "gtidops itself: it is always 1"},
    {"RELAY_LOG_FILE", Type::kString, "", "SOURCE_AUTO_POSITION, which gtidops always sets"},
    {"RELAY_LOG_POS", Type::kInteger, "", "SOURCE_AUTO_POSITION, which gtidops always sets"},
    {"SOURCE_HEARTBEAT_PERIOD", Type::kDecimal, "", ""},
    {"SOURCE_CONNECT_RETRY", Type::kInteger, "Connect_Retry", ""},
    {"SOURCE_RETRY_COUNT", Type::kInteger, "Source_Retry_Count", ""},
    {"SOURCE_CONNECTION_AUTO_FAILOVER", Type::kBoolean, "", "failover"},
    {"SOURCE_DELAY", Type::kInteger, "SQL_Delay", "servers[].delay"},
    {"SOURCE_COMPRESSION_ALGORITHMS", Type::kString, "", ""},
    {"SOURCE_ZSTD_COMPRESSION_LEVEL", Type::kInteger, "", ""},
    {"SOURCE_SSL", Type::kBoolean, "Source_SSL_Allowed", ""},
    {"SOURCE_SSL_CA", Type::kString, "Source_SSL_CA_File", ""},
    {"SOURCE_SSL_CAPATH", Type::kString, "Source_SSL_CA_Path", ""},
    {"SOURCE_SSL_CERT", Type::kString, "Source_SSL_Cert", ""},
    {"SOURCE_SSL_CRL", Type::kString, "Source_SSL_Crl", ""},
    {"SOURCE_SSL_CRLPATH", Type::kString, "Source_SSL_Crlpath", ""},
    {"SOURCE_SSL_KEY", Type::kString, "Source_SSL_Key", ""},
    {"SOURCE_SSL_CIPHER", Type::kString, "Source_SSL_Cipher", ""},
    {"SOURCE_SSL_VERIFY_SERVER_CERT", Type::kBoolean, "Source_SSL_Verify_Server_Cert", ""},
    {"SOURCE_TLS_VERSION", Type::kString, "Source_TLS_Version", ""},
    {"SOURCE_TLS_CIPHERSUITES", Type::kString, "", ""},
    {"SOURCE_PUBLIC_KEY_PATH", Type::kString, "Source_public_key_path", ""},
    {"GET_SOURCE_PUBLIC_KEY", Type::kBoolean, "Get_Source_public_key", ""},
    {"NETWORK_NAMESPACE", Type::kString, "Network_Namespace", ""},
    {"IGNORE_SERVER_IDS", Type::kWord, "",
     "gtidops itself: skipping a server's transactions loses data"},
    {"GTID_ONLY", Type::kBoolean, "", ""},
}};

}  // namespace

const SourceOption* find_source_option(std::string_view name) {
  const std::string wanted = upper(name);
  for (const SourceOption& option : kOptions)
    if (option.name == wanted) return &option;
  return nullptr;
}

bool shows_source_option(std::string_view status_column) {
  return std::any_of(kOptions.begin(), kOptions.end(), [&](const SourceOption& option) {
    return !option.status_column.empty() && option.status_column == status_column;
  });
}

std::vector<std::string> declarable_source_options() {
  std::vector<std::string> names;
  for (const SourceOption& option : kOptions)
    if (option.managed_by.empty()) names.emplace_back(option.name);
  return names;
}

}  // namespace gtidops
