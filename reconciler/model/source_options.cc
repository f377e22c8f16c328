#include "model/source_options.h"

#include <algorithm>
#include <array>

#include "base/nearest.h"

namespace gtidops {
namespace {

using Type = SourceOption::Type;
using Stops = SourceOption::Stops;

constexpr std::array<SourceOption, 37> kOptions{{
    {"SOURCE_BIND", Type::kString, Stops::kReceiver, "Source_Bind", ""},
    {"SOURCE_HOST", Type::kString, Stops::kReceiver, "Source_Host", "servers[].address"},
    {"SOURCE_USER", Type::kString, Stops::kReceiver, "Source_User", "replication.user"},
    {"SOURCE_PASSWORD", Type::kString, Stops::kReceiver, "", "replication.user.passwordFrom"},
    {"SOURCE_PORT", Type::kInteger, Stops::kReceiver, "Source_Port", "servers[].address"},
    {"PRIVILEGE_CHECKS_USER", Type::kAccount, Stops::kApplier, "PRIVILEGE_CHECKS_USER", ""},
    {"REQUIRE_ROW_FORMAT", Type::kBoolean, Stops::kBoth, "REQUIRE_ROW_FORMAT", ""},
    {"REQUIRE_TABLE_PRIMARY_KEY_CHECK", Type::kWord, Stops::kApplier,
     "REQUIRE_TABLE_PRIMARY_KEY_CHECK", ""},
    {"ASSIGN_GTIDS_TO_ANONYMOUS_TRANSACTIONS", Type::kWord, Stops::kBoth, "", "gtid.mode"},
    {"SOURCE_LOG_FILE", Type::kString, Stops::kBoth, "",
     "SOURCE_AUTO_POSITION, which gtidops always sets"},
    {"SOURCE_LOG_POS", Type::kInteger, Stops::kBoth, "",
     "SOURCE_AUTO_POSITION, which gtidops always sets"},
    {"SOURCE_AUTO_POSITION", Type::kBoolean, Stops::kBoth, "Auto_Position",
     "gtidops itself: it is always 1"},
    {"RELAY_LOG_FILE", Type::kString, Stops::kBoth, "",
     "SOURCE_AUTO_POSITION, which gtidops always sets"},
    {"RELAY_LOG_POS", Type::kInteger, Stops::kBoth, "",
     "SOURCE_AUTO_POSITION, which gtidops always sets"},
    {"SOURCE_HEARTBEAT_PERIOD", Type::kDecimal, Stops::kReceiver, "SOURCE_HEARTBEAT_PERIOD", ""},
    {"SOURCE_CONNECT_RETRY", Type::kInteger, Stops::kReceiver, "Connect_Retry", ""},
    {"SOURCE_RETRY_COUNT", Type::kInteger, Stops::kReceiver, "Source_Retry_Count", ""},
    {"SOURCE_CONNECTION_AUTO_FAILOVER", Type::kBoolean, Stops::kBoth,
     "SOURCE_CONNECTION_AUTO_FAILOVER", "failover"},
    {"SOURCE_DELAY", Type::kInteger, Stops::kApplier, "SQL_Delay", "servers[].delay"},
    {"SOURCE_COMPRESSION_ALGORITHMS", Type::kList, Stops::kReceiver,
     "SOURCE_COMPRESSION_ALGORITHMS", ""},
    {"SOURCE_ZSTD_COMPRESSION_LEVEL", Type::kInteger, Stops::kReceiver,
     "SOURCE_ZSTD_COMPRESSION_LEVEL", ""},
    {"SOURCE_SSL", Type::kBoolean, Stops::kReceiver, "Source_SSL_Allowed", ""},
    {"SOURCE_SSL_CA", Type::kString, Stops::kReceiver, "Source_SSL_CA_File", ""},
    {"SOURCE_SSL_CAPATH", Type::kString, Stops::kReceiver, "Source_SSL_CA_Path", ""},
    {"SOURCE_SSL_CERT", Type::kString, Stops::kReceiver, "Source_SSL_Cert", ""},
    {"SOURCE_SSL_CRL", Type::kString, Stops::kReceiver, "Source_SSL_Crl", ""},
    {"SOURCE_SSL_CRLPATH", Type::kString, Stops::kReceiver, "Source_SSL_Crlpath", ""},
    {"SOURCE_SSL_KEY", Type::kString, Stops::kReceiver, "Source_SSL_Key", ""},
    {"SOURCE_SSL_CIPHER", Type::kString, Stops::kReceiver, "Source_SSL_Cipher", ""},
    {"SOURCE_SSL_VERIFY_SERVER_CERT", Type::kBoolean, Stops::kReceiver,
     "Source_SSL_Verify_Server_Cert", ""},
    {"SOURCE_TLS_VERSION", Type::kString, Stops::kReceiver, "Source_TLS_Version", ""},
    {"SOURCE_TLS_CIPHERSUITES", Type::kString, Stops::kReceiver, "SOURCE_TLS_CIPHERSUITES", ""},
    {"SOURCE_PUBLIC_KEY_PATH", Type::kString, Stops::kReceiver, "Source_public_key_path", ""},
    {"GET_SOURCE_PUBLIC_KEY", Type::kBoolean, Stops::kReceiver, "Get_Source_public_key", ""},
    {"NETWORK_NAMESPACE", Type::kString, Stops::kReceiver, "Network_Namespace", ""},
    {"IGNORE_SERVER_IDS", Type::kWord, Stops::kReceiver, "",
     "gtidops itself: skipping a server's transactions loses data"},
    {"GTID_ONLY", Type::kBoolean, Stops::kBoth, "GTID_ONLY", ""},
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
    return !option.shown_as.empty() && option.shown_as == status_column;
  });
}

bool configured_only(const SourceOption& option) {
  return !option.shown_as.empty() && option.shown_as == option.name;
}

std::vector<std::string> declarable_source_options() {
  std::vector<std::string> names;
  for (const SourceOption& option : kOptions)
    if (option.managed_by.empty()) names.emplace_back(option.name);
  return names;
}

}  // namespace gtidops
