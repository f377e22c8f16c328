#include "report/history.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "base/quantity.h"
#include "report/json_parts.h"

namespace gtidops {
namespace {

using Json = nlohmann::ordered_json;

template <class Record>
void keep(std::deque<Record>& records, Record record) {
  records.push_front(std::move(record));
  if (records.size() > kHistoryLimit) records.pop_back();
}

Json json_of(const PassRecord& pass) {
  return {{"at", print_moment(pass.at)},
          {"seconds", pass.seconds},
          {"result", pass.result},
          {"trigger", pass.trigger},
          {"revision", text_or_null(pass.revision)},
          {"steps", pass.steps},
          {"error", filled_or_null(pass.error)}};
}

Json json_of(const PrimaryChangeRecord& record) {
  const PrimaryChange& change = record.change;
  return {{"at", print_moment(record.at)},
          {"type", record.type},
          {"result", record.result},
          {"seconds", record.seconds},
          {"revision", text_or_null(record.revision)},
          {"from", change.from},
          {"to", change.to},
          {"gtid_executed_before", change.gtid_executed_before.to_string()},
          {"gtid_executed_after", change.gtid_executed_after.to_string()},
          {"writes_blocked_ms", change.writes_blocked_ms},
          {"lost_transactions", number_or_null(change.lost_transactions)}};
}

Json kept(const Condition& one) {
  return {{"type", one.type},
          {"status", std::string(status_name(one.status))},
          {"since", one.since ? Json(print_moment(*one.since)) : Json(nullptr)}};
}

template <class Record>
Json list_of(const std::deque<Record>& records) {
  Json list = Json::array();
  for (const Record& one : records) list.push_back(json_of(one));
  return list;
}

std::optional<std::string> text_of(const Json& json, const char* member) {
  const Json& value = json.at(member);
  return value.is_null() ? std::nullopt : std::optional(value.get<std::string>());
}

Moment moment_of(const Json& json) {
  return parse_moment(json.at("at").get<std::string>()).value_or(Moment{});
}

PassRecord pass_of(const Json& json) {
  return {moment_of(json),
          json.at("seconds").get<double>(),
          json.at("result").get<std::string>(),
          json.at("trigger").get<std::string>(),
          text_of(json, "revision"),
          json.at("steps").get<std::vector<std::string>>(),
          text_of(json, "error").value_or("")};
}

GtidSet set_of(const Json& json, const char* member) {
  return GtidSet::parse(text_of(json, member).value_or("")).value_or(GtidSet{});
}

Condition condition_of(const Json& json) {
  Condition one;
  one.type = json.at("type").get<std::string>();
  const std::string status = json.at("status").get<std::string>();
  for (const auto known :
       {Condition::Status::kTrue, Condition::Status::kFalse, Condition::Status::kUnknown})
    if (status_name(known) == status) one.status = known;
  if (const auto since = text_of(json, "since"))
    if (const auto moment = parse_moment(*since)) one.since = *moment;
  return one;
}

PrimaryChangeRecord change_of(const Json& json) {
  PrimaryChangeRecord record{moment_of(json),
                             json.at("type").get<std::string>(),
                             json.at("result").get<std::string>(),
                             json.at("seconds").get<double>(),
                             text_of(json, "revision"),
                             {}};
  record.change.from = json.at("from").get<std::string>();
  record.change.to = json.at("to").get<std::string>();
  record.change.gtid_executed_before = set_of(json, "gtid_executed_before");
  record.change.gtid_executed_after = set_of(json, "gtid_executed_after");
  record.change.writes_blocked_ms = json.at("writes_blocked_ms").get<double>();
  const Json& lost = json.at("lost_transactions");
  if (!lost.is_null()) record.change.lost_transactions = lost.get<std::int64_t>();
  record.change.undone = record.result == "undone";
  return record;
}

}  // namespace

void History::add(PassRecord pass) { keep(passes, std::move(pass)); }

void History::add(PrimaryChangeRecord change) { keep(primary_changes, std::move(change)); }

Json json_of(const History& history) {
  return {{"history", list_of(history.passes)},
          {"primary_changes", list_of(history.primary_changes)}};
}

std::string print_history(const History& history) {
  Json json{{"format_version", kJsonFormatVersion}};
  json.update(json_of(history));
  json["conditions"] = Json::array();
  for (const Condition& one : history.conditions) json["conditions"].push_back(kept(one));
  return print_json(json);
}

std::optional<History> parse_history(const std::string& text) {
  try {
    const Json json = Json::parse(text);
    History history;
    for (const Json& one : json.at("history")) history.passes.push_back(pass_of(one));
    for (const Json& one : json.at("primary_changes"))
      history.primary_changes.push_back(change_of(one));
    // A history that an older version wrote has no conditions.
    for (const Json& one : json.value("conditions", Json::array()))
      history.conditions.push_back(condition_of(one));
    return history;
  } catch (const nlohmann::json::exception&) {
    return std::nullopt;
  }
}

}  // namespace gtidops
