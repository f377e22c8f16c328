#include "report/acknowledged.h"

#include <nlohmann/json.hpp>

#include "report/json_parts.h"

namespace gtidops {

std::string acknowledged_text(const std::string& topology, const Acknowledgement& one) {
  return topology + ": " + one.rule + " of " + one.server + " (" + one.server_uuid +
         ") is acknowledged by " + one.user + " on " + one.host + " at " + print_moment(one.at) +
         ": " + one.reason + "; it was refused because " + one.what;
}

std::string acknowledged_json(const std::string& topology, const Acknowledgement& one) {
  const nlohmann::ordered_json entry{
      {"topology", topology}, {"server", one.server}, {"server_uuid", one.server_uuid},
      {"rule", one.rule},     {"reason", one.reason}, {"what", one.what},
      {"user", one.user},     {"host", one.host},     {"at", print_moment(one.at)}};
  return print_json({{"format_version", kJsonFormatVersion},
                     {"acknowledged", nlohmann::ordered_json::array({entry})}});
}

}  // namespace gtidops
