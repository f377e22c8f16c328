#include "report/plan_json.h"

#include <cmath>
#include <nlohmann/json.hpp>

#include "report/json_parts.h"

namespace gtidops {
namespace {

using Json = nlohmann::ordered_json;

double to_microseconds(double milliseconds) { return std::round(milliseconds * 1000) / 1000; }

const StepOutcome* find_outcome(const Outcome& outcome, int id) {
  for (const StepOutcome& one : outcome.steps)
    if (one.id == id) return &one;
  return nullptr;
}

// A skipped step is no error: why it was skipped is its note.
void add_outcome(Json& step, const StepOutcome* one) {
  if (one == nullptr) {
    step.update({{"result", "skipped"},
                 {"started_at", nullptr},
                 {"duration_ms", nullptr},
                 {"error", nullptr},
                 {"note", "it was not begun"}});
    return;
  }
  const bool skipped = one->result == StepResult::kSkipped;
  step["result"] = result_name(one->result);
  step["started_at"] = print_moment(one->started_at);
  step["duration_ms"] = to_microseconds(one->duration_ms);
  step["error"] = skipped ? Json(nullptr) : filled_or_null(one->error);
  step["note"] = filled_or_null(skipped && one->note.empty() ? one->error : one->note);
}

Json json_of_steps(const Plan& plan, const Outcome* outcome) {
  Json list = Json::array();
  for (const Step& step : plan.steps) {
    Json statements = Json::array();
    for (const Statement& statement : plan.statements_of(step))
      statements.push_back(statement.printable());
    Json one = {{"id", step.id},
                {"action", name_of(step.action)},
                {"server", server_of(step.action)},
                {"risk", risk_name(step.risk)},
                {"what", describe(step.action)},
                {"why", step.why},
                {"sql", std::move(statements)}};
    if (const std::string& channel = channel_of(step.action); !channel.empty())
      one["channel"] = channel;
    if (outcome != nullptr) add_outcome(one, find_outcome(*outcome, step.id));
    list.push_back(std::move(one));
  }
  return list;
}

Json json_of(const Inventory& inventory) {
  Json schemas = Json::array();
  for (const SchemaSize& schema : inventory.schemas)
    schemas.push_back(
        {{"name", schema.name}, {"tables", schema.tables}, {"data_bytes", schema.bytes}});
  return {{"server", inventory.server}, {"schemas", std::move(schemas)}};
}

Json json_of_gtids(const Outcome& outcome) {
  Json servers = Json::object();
  for (const auto& [server, record] : outcome.gtid_executed)
    servers[server] = {{"before", record.before.to_string()}, {"after", record.after.to_string()}};
  return servers;
}

Json json_of(const PrimaryChange& change) {
  return {{"type", "switchover"},
          {"from", change.from},
          {"to", change.to},
          {"gtid_executed_before", change.gtid_executed_before.to_string()},
          {"gtid_executed_after", change.gtid_executed_after.to_string()},
          {"writes_blocked_ms", change.writes_blocked_ms},
          {"lost_transactions", number_or_null(change.lost_transactions)},
          {"undone", change.undone}};
}

Json json_of(const std::vector<CopyUnderWay>& copies) {
  Json list = Json::array();
  for (const CopyUnderWay& one : copies)
    list.push_back({{"server", one.server},
                    {"method", "clone"},
                    {"donor", one.donor},
                    {"phase", filled_or_null(one.phase)},
                    {"bytes_done", one.bytes_done},
                    {"bytes_total", one.bytes_total},
                    {"started_at", filled_or_null(one.began)}});
  return list;
}

Json json_of_left(const Plan& left) {
  return {{"observed_at", print_moment(left.observed_at)},
          {"synced", left.synced()},
          {"differences", gtidops::json_of(left.differences)},
          {"steps", left.steps.size()},
          {"copies", json_of(left.copies)},
          {"refusals", gtidops::json_of(left.refusals)}};
}

Json json_of(const PlanReport& report) {
  const Plan& plan = *report.plan;
  Json inventories = Json::array();
  for (const Inventory& one : plan.inventories) inventories.push_back(json_of(one));
  Json json = {{"topology", plan.topology},
               {"spec",
                {{"file", plan.spec_file},
                 {"revision", text_or_null(plan.spec_revision)},
                 {"digest", plan.spec_digest}}},
               {"observed_at", print_moment(plan.observed_at)},
               {"synced", plan.synced()},
               {"differences", gtidops::json_of(plan.differences)},
               {"steps", json_of_steps(plan, report.outcome)},
               {"refusals", gtidops::json_of(plan.refusals)},
               {"warnings", gtidops::json_of(plan.warnings)},
               {"inventories", std::move(inventories)},
               {"copies", json_of(plan.copies)}};
  if (report.outcome != nullptr) json["gtid_executed"] = json_of_gtids(*report.outcome);
  if (report.outcome != nullptr && report.outcome->primary_change)
    json["primary_change"] = json_of(*report.outcome->primary_change);
  if (report.left != nullptr) json["left"] = json_of_left(*report.left);
  return json;
}

}  // namespace

std::string plans_json(const std::vector<PlanReport>& reports) {
  Json plans = Json::array();
  for (const PlanReport& report : reports) plans.push_back(json_of(report));
  return print_json({{"format_version", kJsonFormatVersion}, {"plans", std::move(plans)}});
}

}  // namespace gtidops
