#include "report/status_json.h"

#include <nlohmann/json.hpp>

#include "decide/assess.h"
#include "report/history.h"
#include "report/json_parts.h"
#include "report/snapshot.h"

namespace gtidops {
namespace {

using Json = nlohmann::ordered_json;

const char* thread_name(ThreadState thread) {
  switch (thread) {
    case ThreadState::kOff:
      return "OFF";
    case ThreadState::kConnecting:
      return "CONNECTING";
    case ThreadState::kOn:
      return "ON";
  }
  return "OFF";
}

// The applier's error comes first: it stops replication for good, while the receiver's may pass.
Json error_of(const Channel& channel) {
  for (const ReplicationError* error : {&channel.applier_error, &channel.receiver_error})
    if (error->number != 0) return "error " + std::to_string(error->number) + ": " + error->text;
  return nullptr;
}

Json json_of(const Spec& spec, const ServerAssessment& assessment, const Channel& channel) {
  const Address dialled{channel.source_host, channel.source_port};
  std::string source = channel.name.empty() ? assessment.observed_source : server_at(spec, dialled);
  if (source.empty()) source = dialled.to_string();
  return {{"name", channel.name},
          {"source", source},
          {"receiver", thread_name(channel.receiver)},
          {"applier", thread_name(channel.applier)},
          {"auto_position", channel.auto_position},
          {"delay_seconds", channel.delay_seconds},
          {"last_error", error_of(channel)}};
}

Json data_bytes(const ServerState& state) {
  if (!state.details || !state.details->schemas) return nullptr;
  std::int64_t sum = 0;
  for (const SchemaSize& schema : *state.details->schemas) sum += schema.bytes;
  return sum;
}

// The members that are known only of a server that could be read.
void fill(Json& json, const Spec& spec, const ServerAssessment& assessment,
          const ServerState& state) {
  json["version"] = state.version_text;
  json["server_uuid"] = state.server_uuid;
  json["server_id"] = state.server_id;
  json["read_only"] = state.read_only;
  json["super_read_only"] = state.super_read_only;
  json["gtid_mode"] = state.gtid_mode;
  json["gtid_executed"] = state.gtid_executed.to_string();
  json["gtid_purged"] = state.gtid_purged.to_string();
  if (assessment.errant) json["errant"] = assessment.errant->to_string();
  if (assessment.missing) json["missing_transactions"] = *assessment.missing;
  json["data_bytes"] = data_bytes(state);
  json["channels"] = Json::array();
  for (const Channel& one : state.channels)
    json["channels"].push_back(json_of(spec, assessment, one));
}

std::string why_unread(const Observation& seen, const std::string& server) {
  const auto found = seen.servers.find(server);
  if (found == seen.servers.end()) return "it was not looked at";
  const auto& lost = std::get<Unreachable>(found->second);
  return reason_name(lost.reason) + ": " + lost.message;
}

// The lag that the daemon measured, else the one that the server itself reports.
Json lag_of(const StatusReport& report, const std::string& server, const ServerState& state) {
  if (report.daemon != nullptr) {
    const auto measured = report.daemon->lag.find(server);
    if (measured != report.daemon->lag.end()) return measured->second;
  }
  const Channel* channel = state.default_channel();
  if (channel != nullptr && channel->seconds_behind) return *channel->seconds_behind;
  return nullptr;
}

// The copy into it that is under way, or the last one that failed.
Json provisioning_of(const StatusReport& report, const std::string& server) {
  const auto filled = [](const std::string& donor, const std::string& phase, std::int64_t done,
                         std::int64_t total, const std::string& began, const std::string& error) {
    return Json{{"job", nullptr},
                {"method", "clone"},
                {"donor", donor},
                {"phase", filled_or_null(phase)},
                {"bytes_done", done},
                {"bytes_total", total},
                {"started_at", filled_or_null(began)},
                {"gtid_executed", nullptr},
                {"error", filled_or_null(error)}};
  };
  for (const CopyUnderWay& one : report.plan.copies)
    if (one.server == server)
      return filled(one.donor, one.phase, one.bytes_done, one.bytes_total, one.began, {});
  const ServerState* state = report.seen.state(server);
  if (state == nullptr || !state->details || !state->details->clone) return nullptr;
  const CloneStatus& last = *state->details->clone;
  if (last.state != CloneStatus::State::kFailed || !state->channels.empty()) return nullptr;
  return filled(last.source, "FAILED", last.bytes_done, last.bytes_total, last.began, last.error);
}

Json json_of(const StatusReport& report, const ServerSpec& server,
             const ServerAssessment& assessment) {
  const ServerState* state = report.seen.state(*server.name);
  Json json = {{"name", *server.name},
               {"address", server.address->to_string()},
               {"reachable", state != nullptr},
               {"error", nullptr},
               {"role", role_name(assessment.role)}};
  for (const char* unknown : {"version", "server_uuid", "server_id", "read_only", "super_read_only",
                              "gtid_mode", "gtid_executed", "gtid_purged", "errant",
                              "missing_transactions", "lag_seconds", "data_bytes", "channels"})
    json[unknown] = nullptr;
  if (state == nullptr) {
    json["error"] = why_unread(report.seen, *server.name);
  } else {
    fill(json, report.spec, assessment, *state);
    json["lag_seconds"] = lag_of(report, *server.name, *state);
  }
  json["provisioning"] = provisioning_of(report, *server.name);
  return json;
}

Json json_of(const Condition& condition) {
  return {{"type", condition.type},
          {"status", status_name(condition.status)},
          {"reason", condition.reason},
          {"message", condition.message},
          {"since", condition.since ? Json(print_moment(*condition.since)) : Json(nullptr)}};
}

Json moment_or_null(const std::optional<Moment>& moment) {
  return moment ? Json(print_moment(*moment)) : Json(nullptr);
}

bool is_suspended(const TopologySnapshot& topology) {
  for (const Condition& one : topology.conditions)
    if (one.type == "Suspended") return one.status == Condition::Status::kTrue;
  return *topology.spec->suspend.enabled;  // the first pass has not ended yet
}

// The members that only the daemon knows.
void add(Json& json, const TopologySnapshot& topology) {
  json["refusals"] = gtidops::json_of(topology.plan.refusals);
  json["suspended"] = is_suspended(topology);
  json["leader"] = topology.leader;
  json["lease_error"] = filled_or_null(topology.lease_error);
  json["last_pass"] = topology.looked ? Json(print_moment(topology.last_pass)) : Json(nullptr);
  json["last_success"] = moment_or_null(topology.last_success);
  json["consecutive_failures"] = topology.consecutive_failures;
  json["last_error"] = filled_or_null(topology.last_error);
}

Json json_of(const StatusReport& report) {
  const Assessment assessment =
      assess(report.spec, report.plan.goal, report.seen, report.plan.intent);
  Json conditions = Json::array();
  for (const Condition& one : report.conditions) conditions.push_back(json_of(one));
  Json servers = Json::array();
  for (const ServerSpec& server : report.spec.servers)
    servers.push_back(json_of(report, server, assessment.of(*server.name)));
  auto revision = report.plan.spec_revision;
  if (!revision && report.daemon != nullptr) revision = report.daemon->revision;
  Json json{{"name", *report.spec.name},
            {"revision", text_or_null(revision)},
            {"conditions", std::move(conditions)},
            {"primary",
             {{"desired", *report.spec.primary},
              {"observed", text_or_null(assessment.observed_primary)}}},
            {"servers", std::move(servers)},
            {"differences", gtidops::json_of(report.plan.differences)}};
  if (report.daemon != nullptr) add(json, *report.daemon);
  const History* history = report.daemon != nullptr ? &report.daemon->history : report.history;
  if (history != nullptr) json.update(gtidops::json_of(*history));
  return json;
}

Json json_of(const SourceSnapshot& source) {
  return {{"where", source.where},
          {"git", source.git},
          {"last_success", moment_or_null(source.last_success)},
          {"error", filled_or_null(source.error)},
          {"revision", text_or_null(source.revision)},
          {"author", filled_or_null(source.author)},
          {"seen_revision", text_or_null(source.seen_revision)},
          {"spec_valid", source.spec_valid},
          {"errors", source.errors},
          {"signature_rejected", source.signature_rejected},
          {"rewritten", source.rewritten}};
}

}  // namespace

std::string statuses_json(const std::vector<StatusReport>& reports, const DaemonSnapshot* daemon) {
  Json topologies = Json::array();
  for (const StatusReport& report : reports) topologies.push_back(json_of(report));
  Json json{{"format_version", kJsonFormatVersion}, {"topologies", std::move(topologies)}};
  if (daemon != nullptr) {
    json["source"] = json_of(daemon->source);
    json["released"] = daemon->released;
  }
  return print_json(json);
}

std::string status_json(const StatusReport& report) { return print_json(json_of(report)); }

}  // namespace gtidops
