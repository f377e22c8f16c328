#include "report/status_text.h"

#include <fmt/format.h>

#include <cstdio>

#include "base/words.h"
#include "report/history.h"
#include "report/sections.h"
#include "report/status_tree.h"

namespace gtidops {
namespace {

constexpr const char* kUnknown = "?";  // could not be read
constexpr const char* kNone = "-";     // does not apply, or was not recorded

std::string seconds(std::int64_t count) { return print_duration(std::chrono::seconds(count)); }

const char* thread_word(ThreadState thread) {
  switch (thread) {
    case ThreadState::kOff:
      return "off";
    case ThreadState::kConnecting:
      return "connecting";
    case ThreadState::kOn:
      return "on";
  }
  return "off";
}

Cell threads_of(const ServerState& state) {
  const Channel* channel = state.default_channel();
  if (channel == nullptr) return {kNone};
  const bool run = channel->receiver == ThreadState::kOn && channel->applier == ThreadState::kOn;
  return {std::string(thread_word(channel->receiver)) + "/" + thread_word(channel->applier),
          run ? Paint::kGood : Paint::kBad};
}

Cell lag_of(const ServerState& state) {
  const Channel* channel = state.default_channel();
  if (channel == nullptr) return {kNone};
  return {channel->seconds_behind ? seconds(*channel->seconds_behind) : kUnknown};
}

Cell count_cell(const std::optional<std::int64_t>& count, Paint paint) {
  if (!count) return {kUnknown};
  return {std::to_string(*count), *count > 0 ? paint : Paint::kPlain};
}

Cell writes_of(const ServerState& state, bool declared_primary) {
  if (state.super_read_only) return {"super", declared_primary ? Paint::kWarning : Paint::kPlain};
  if (state.read_only) return {"read_only", Paint::kWarning};
  return {"off", declared_primary ? Paint::kGood : Paint::kBad};
}

std::string until(const std::optional<Moment>& moment) {
  return moment ? ", until " + print_moment(*moment) : "";
}

// The NOTES column: what a person should know and the other columns do not show.
std::vector<std::string> notes_of(const StatusReport& report, const ServerSpec& server,
                                  const ServerAssessment& one) {
  std::vector<std::string> notes;
  const auto found = report.seen.servers.find(*server.name);
  if (found == report.seen.servers.end()) {
    notes.emplace_back("was not looked at");
  } else if (const auto* lost = std::get_if<Unreachable>(&found->second)) {
    notes.push_back("unreachable (" + reason_name(lost->reason) + "): " + lost->message);
  }
  for (const CopyUnderWay& copy : report.plan.copies)
    if (copy.server == *server.name)
      notes.push_back(fmt::format("is copied from {}: {}", copy.donor, progress_of(copy)));
  const ServerState* state = report.seen.state(*server.name);
  const Channel* channel = state == nullptr ? nullptr : state->default_channel();
  const bool observed_primary = one.role == Role::kPrimary;
  if (*server.name == *report.spec.primary && state != nullptr && !observed_primary)
    notes.emplace_back("declared the primary");
  if (one.source_is_stranger)
    notes.push_back("replicates from the stranger " + one.observed_source);
  if (channel != nullptr && channel->delay_seconds > 0)
    notes.push_back("delayed by " + seconds(channel->delay_seconds));
  if (state != nullptr && state->channels.size() > (channel == nullptr ? 0U : 1U))
    notes.emplace_back("has further channels");
  if (server.maintenance) {
    const std::string& reason = *server.maintenance->reason;
    notes.push_back("maintenance" + (reason.empty() ? "" : ": " + reason) +
                    until(*server.maintenance->until));
  }
  return notes;
}

std::string joined(const std::vector<std::string>& texts) {
  std::string text;
  for (const std::string& one : texts) text += (text.empty() ? "" : "; ") + one;
  return text;
}

Line server_line(const StatusReport& report, const TreeNode& node, const ServerAssessment& one) {
  const ServerSpec& server = *node.server;
  const ServerState* state = report.seen.state(*server.name);
  Line line{{node.branch + *server.name}, {server.address->to_string()}};
  const Cell notes{joined(notes_of(report, server, one)),
                   state == nullptr ? Paint::kBad : Paint::kWarning};
  if (state == nullptr) {
    line.push_back({std::string(role_name(one.role)), Paint::kBad});
    for (int column = 0; column < 6; ++column) line.push_back({kUnknown});
    line.push_back(notes);
    return line;
  }
  std::optional<std::int64_t> errant;
  if (one.errant) errant = one.errant->count();
  line.push_back({std::string(role_name(one.role)),
                  one.role == Role::kPrimary ? Paint::kBold : Paint::kPlain});
  line.push_back(threads_of(*state));
  line.push_back(lag_of(*state));
  line.push_back(count_cell(one.missing, Paint::kPlain));
  line.push_back(count_cell(errant, Paint::kBad));
  line.push_back(writes_of(*state, *server.name == *report.spec.primary));
  line.push_back({state->version_text});
  line.push_back(notes);
  return line;
}

std::string tree_section(const StatusReport& report, const Style& style) {
  const Assessment assessment =
      assess(report.spec, report.plan.goal, report.seen, report.plan.intent);
  Line head;
  for (const char* title : {"NAME", "ADDRESS", "ROLE", "THREADS", "LAG", "MISSING", "ERRANT",
                            "READ-ONLY", "VERSION", "NOTES"})
    head.push_back({title, Paint::kDim});
  std::vector<Line> lines{head};
  for (const TreeNode& node : tree_of(report.spec, assessment))
    lines.push_back(server_line(report, node, assessment.of(*node.server->name)));
  return table(lines, 0, style);
}

std::string errors_section(const StatusReport& report, const Style& style) {
  std::string text;
  for (const ServerSpec& server : report.spec.servers) {
    const ServerState* state = report.seen.state(*server.name);
    if (state == nullptr) continue;
    for (const Channel& channel : state->channels) {
      const std::string where =
          *server.name + (channel.name.empty() ? "" : ", channel '" + channel.name + "'");
      const auto tell = [&](const char* thread, const ReplicationError& error) {
        if (error.number == 0) return;
        text += style.paint(Paint::kBad,
                            "! " + printable(where + ", " + thread + ": error " +
                                             std::to_string(error.number) + ": " + error.text)) +
                "\n";
      };
      tell("applier", channel.applier_error);
      tell("receiver", channel.receiver_error);
    }
  }
  return text;
}

Paint paint_of(const Condition& condition) {
  const bool good_when_true =
      condition.type == "Ready" || condition.type == "Synced" || condition.type == "Healthy";
  if (condition.status == Condition::Status::kUnknown) return Paint::kWarning;
  const bool is_true = condition.status == Condition::Status::kTrue;
  if (good_when_true) return is_true ? Paint::kGood : Paint::kBad;
  return is_true ? Paint::kWarning : Paint::kPlain;
}

std::string conditions_section(const StatusReport& report, const Style& style) {
  bool any_since = false;
  for (const Condition& one : report.conditions) any_since = any_since || one.since;
  Line head{{"CONDITION", Paint::kDim}, {"STATUS", Paint::kDim}, {"REASON", Paint::kDim}};
  if (any_since) head.push_back({"SINCE", Paint::kDim});
  head.push_back({"MESSAGE", Paint::kDim});
  std::vector<Line> lines{head};
  for (const Condition& one : report.conditions) {
    Line line{{one.type}, {std::string(status_name(one.status)), paint_of(one)}, {one.reason}};
    if (any_since) line.push_back({one.since ? print_moment(*one.since) : kNone});
    line.push_back({one.message});
    lines.push_back(std::move(line));
  }
  return report.conditions.empty() ? std::string() : table(lines, 0, style);
}

constexpr std::size_t kShownRecords = 8;

constexpr std::size_t kShownOfError = 160;

// The last passes. A pass without steps and without an error is not shown.
std::string history_section(const StatusReport& report, const Style& style) {
  if (report.history == nullptr) return {};
  std::vector<Line> lines{{{"WHEN", Paint::kDim}, {"RESULT", Paint::kDim}, {"DONE", Paint::kDim}}};
  for (const PassRecord& pass : report.history->passes) {
    if (pass.steps.empty() && pass.error.empty()) continue;
    if (lines.size() > kShownRecords) break;
    std::string done = pass.error;
    for (const std::string& step : pass.steps) done += (done.empty() ? "" : "; ") + step;
    const bool bad = pass.result == "failed" || pass.result == "refused";
    lines.push_back({{print_moment(pass.at)},
                     {pass.result, bad ? Paint::kBad : Paint::kPlain},
                     {first_words(done, kShownOfError)}});
  }
  return lines.size() == 1 ? std::string() : "Lately\n" + table(lines, 2, style);
}

std::string primary_changes_section(const StatusReport& report, const Style& style) {
  if (report.history == nullptr || report.history->primary_changes.empty()) return {};
  std::vector<Line> lines;
  for (const PrimaryChangeRecord& one : report.history->primary_changes) {
    if (lines.size() == kShownRecords) break;
    lines.push_back(
        {{print_moment(one.at)},
         {one.change.from + " -> " + one.change.to},
         {one.type + " " + one.result, one.result == "done" ? Paint::kPlain : Paint::kWarning},
         {"writes blocked for " + print_milliseconds(one.change.writes_blocked_ms)}});
  }
  return "Changes of the primary\n" + table(lines, 2, style);
}

}  // namespace

std::string status_text(const StatusReport& report, const Style& style) {
  const Plan& plan = report.plan;
  std::string text = header_line(plan, style);
  add_section(text, tree_section(report, style));
  add_section(text, errors_section(report, style));
  add_section(text, conditions_section(report, style));
  add_section(text, differences_section(report.spec, plan.differences, style));
  add_section(text, findings_section("Refused", Paint::kBad, plan, plan.refusals, style));
  add_section(text, primary_changes_section(report, style));
  add_section(text, history_section(report, style));
  return text;
}

}  // namespace gtidops
