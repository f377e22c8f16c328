#include "http/page_topology.h"

#include <fmt/format.h>

#include <array>
#include <cstdio>

#include "base/words.h"
#include "decide/assess.h"
#include "http/page.h"
#include "report/sections.h"
#include "report/status_tree.h"
#include "report/style.h"

namespace gtidops {
namespace {

using Verdict = Condition::Status;

std::string decimal(double value, const char* format) {
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), format, value);
  return text.data();
}

std::string cell(const std::string& kind, const std::string& html) {
  return "<td" + (kind.empty() ? "" : " class=\"" + kind + "\"") + ">" + html + "</td>";
}

const Condition* find(const TopologySnapshot& topology, std::string_view type) {
  for (const Condition& one : topology.conditions)
    if (one.type == type) return &one;
  return nullptr;
}

bool is_true(const TopologySnapshot& topology, std::string_view type) {
  const Condition* one = find(topology, type);
  return one != nullptr && one->status == Verdict::kTrue;
}

// The CSS class of a condition: Ready, Synced and Healthy are good when true, Stalled and
// PrimaryDiverged are bad.
std::string kind_of(const Condition& condition) {
  if (condition.status == Verdict::kUnknown) return "warn";
  const bool yes = condition.status == Verdict::kTrue;
  if (condition.type == "Ready" || condition.type == "Synced" || condition.type == "Healthy")
    return yes ? "good" : "bad";
  if (condition.type == "Stalled" || condition.type == "PrimaryDiverged")
    return yes ? "bad" : "good";
  return yes ? "warn" : "";
}

// --- The head.

std::string banners(const TopologySnapshot& topology) {
  std::string html;
  const auto banner = [&](const char* kind, const std::string& text) {
    html += std::string("<p class=\"banner ") + kind + "\">" + text + "</p>\n";
  };
  if (is_true(topology, "Suspended"))
    banner("warn",
           "Suspended, nothing is changed: " + escaped(find(topology, "Suspended")->message));
  if (is_true(topology, "PrimaryDiverged"))
    banner("bad", escaped(find(topology, "PrimaryDiverged")->message));
  if (!topology.leader)
    banner("warn", "Another process holds the lease, so nothing is changed from here" +
                       (topology.lease_error.empty() ? std::string(".")
                                                     : ": " + escaped(topology.lease_error)));
  if (topology.consecutive_failures > 0)
    banner("bad", escaped(counted(topology.consecutive_failures, "pass")) +
                      " failed: " + escaped(topology.last_error));
  if (!topology.looked) banner("warn", "Not looked at yet.");
  return html;
}

std::string head(const TopologySnapshot& topology) {
  std::string html = "<div class=\"head\"><h2>" + escaped(*topology.spec->name) + "</h2>";
  for (const char* type : {"Ready", "Synced", "Healthy"})
    if (const Condition* one = find(topology, type))
      html += " <span class=\"badge " + kind_of(*one) + "\">" + type + ": " +
              std::string(status_name(one->status)) + "</span>";
  if (is_true(topology, "Suspended")) html += " <span class=\"badge warn\">Suspended</span>";
  html += "</div>\n<p class=\"soft\">";
  html += "Primary: " + escaped(*topology.spec->primary) + " declared";
  if (topology.looked) {
    const Assessment assessment =
        assess(*topology.spec, topology.plan.goal, topology.seen, topology.plan.intent);
    html += ", " + escaped(assessment.observed_primary.value_or("none")) + " observed";
  }
  if (topology.revision)
    html += ". Revision <code title=\"" + escaped(*topology.revision) + "\">" +
            escaped(short_hash(*topology.revision)) + "</code>";
  if (topology.looked) html += ". Looked at " + escaped(print_moment(topology.seen.taken_at));
  return html + ".</p>\n" + banners(topology);
}

// --- The servers.

std::string threads(const Channel* channel) {
  if (channel == nullptr) return cell("soft", "no channel");
  const auto word = [](ThreadState thread) {
    return thread == ThreadState::kOn           ? "on"
           : thread == ThreadState::kConnecting ? "connecting"
                                                : "off";
  };
  const bool running =
      channel->receiver == ThreadState::kOn && channel->applier == ThreadState::kOn;
  std::string html =
      std::string("receiver ") + word(channel->receiver) + ", applier " + word(channel->applier);
  for (const ReplicationError* error : {&channel->applier_error, &channel->receiver_error})
    if (error->number != 0)
      html += "<br>error " + std::to_string(error->number) + ": " + escaped(error->text);
  if (channel->delay_seconds != 0)
    html += "<br>delayed by " + print_duration(Millis{channel->delay_seconds * 1000});
  return cell(running ? "" : "bad", html);
}

std::string lag(const TopologySnapshot& topology, const std::string& server,
                const Channel* channel) {
  if (channel == nullptr) return cell("number soft", "");
  const auto measured = topology.lag.find(server);
  if (measured == topology.lag.end()) return cell("number warn", "unknown");
  return cell("number", decimal(measured->second, "%.1f s"));
}

std::string gtids(const ServerAssessment& one) {
  const std::string errant =
      !one.errant ? cell("number warn", "unknown")
      : one.errant->empty()
          ? cell("number", "0")
          : cell("number bad", "<span title=\"" + escaped(shortened(*one.errant)) + "\">" +
                                   std::to_string(one.errant->count()) + "</span>");
  const bool lost = one.unrecoverable.value_or(false);
  const std::string missing =
      !one.missing ? cell("number warn", "unknown")
                   : cell(lost ? "number bad" : "number",
                          std::to_string(*one.missing) + (lost ? " (purged at its source)" : ""));
  return errant + missing;
}

std::string server_row(const TopologySnapshot& topology, const TreeNode& node,
                       const ServerAssessment& one) {
  const ServerSpec& server = *node.server;
  const std::string& name = *server.name;
  std::string html = "<tr><th scope=\"row\"><span class=\"branch\" aria-hidden=\"true\">" +
                     escaped(node.branch) + "</span>" + escaped(name);
  if (name == *topology.spec->primary) html += " <span class=\"badge\">declared primary</span>";
  if (server.maintenance)
    html += " <span class=\"badge warn\">maintenance: " + escaped(*server.maintenance->reason) +
            "</span>";
  for (const CopyUnderWay& copy : topology.plan.copies)
    if (copy.server == name)
      html += fmt::format(" <span class=\"badge warn\">copied from {}: {}</span>",
                          escaped(copy.donor), escaped(progress_of(copy)));
  html += "<br><span class=\"soft mono\">" + escaped(server.address->to_string()) + "</span></th>";
  const auto look = topology.seen.servers.find(name);
  if (look == topology.seen.servers.end())
    return html + "<td colspan=\"7\" class=\"warn\">not looked at</td></tr>\n";
  if (const auto* away = std::get_if<Unreachable>(&look->second))
    return html + "<td colspan=\"7\" class=\"bad\">cannot be read: " +
           escaped(reason_name(away->reason) + ": " + away->message) + "</td></tr>\n";
  const auto& state = std::get<ServerState>(look->second);
  const Channel* channel = state.default_channel();
  html += cell("", std::string(role_name(one.role)));
  const bool should_write = name == *topology.spec->primary;
  html += cell(state.writable() == should_write ? "" : "bad",
               state.writable() ? "takes writes" : "read-only");
  html += threads(channel) + lag(topology, name, channel) + gtids(one);
  return html + cell("", escaped(state.version_text)) + "</tr>\n";
}

std::string servers(const TopologySnapshot& topology) {
  const Assessment assessment =
      assess(*topology.spec, topology.plan.goal, topology.seen, topology.plan.intent);
  std::string html =
      "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Servers of " +
      escaped(*topology.spec->name) +
      "\"><table><thead><tr><th scope=\"col\">Server</th><th scope=\"col\">Role</th>"
      "<th scope=\"col\">Writes</th><th scope=\"col\">Replication</th>"
      "<th scope=\"col\" class=\"number\">Lag</th><th scope=\"col\" class=\"number\">Errant</th>"
      "<th scope=\"col\" class=\"number\">Missing</th><th scope=\"col\">Version</th></tr></thead>"
      "<tbody>\n";
  for (const TreeNode& node : tree_of(*topology.spec, assessment))
    html += server_row(topology, node, assessment.of(*node.server->name));
  return html + "</tbody></table></div>\n";
}

// --- The rest.

std::string details(const TopologySnapshot& topology, const std::string& what,
                    const std::string& title, const std::string& content, bool open = false) {
  return "<details id=\"" + what + "-" + escaped(*topology.spec->name) + "\"" +
         (open ? " open" : "") + "><summary>" + title + "</summary>\n" + content + "</details>\n";
}

std::string conditions(const TopologySnapshot& topology) {
  std::string html =
      "<div class=\"scroll\"><table><thead><tr><th scope=\"col\">Condition</th>"
      "<th scope=\"col\">Status</th><th scope=\"col\">Reason</th><th scope=\"col\">Message</th>"
      "<th scope=\"col\">Since</th></tr></thead><tbody>\n";
  for (const Condition& one : topology.conditions)
    html += "<tr><th scope=\"row\">" + escaped(one.type) + "</th>" +
            cell(kind_of(one), std::string(status_name(one.status))) +
            cell("", escaped(one.reason)) + cell("", escaped(one.message)) +
            cell("soft", one.since ? escaped(print_moment(*one.since)) : "") + "</tr>\n";
  return details(topology, "conditions", "Conditions", html + "</tbody></table></div>\n");
}

std::string plan(const TopologySnapshot& topology) {
  const Plan& left = topology.plan;
  std::string html;
  if (!left.refusals.empty()) {
    std::string list = "<ul>\n";
    for (const Finding& one : left.refusals)
      list +=
          "<li>" + (one.server.empty() ? "" : "<strong>" + escaped(one.server) + "</strong> ") +
          "<code>" + escaped(one.rule) + "</code>: " + escaped(one.why) +
          (one.hint.empty() ? "" : "<br><span class=\"soft\">" + escaped(one.hint) + "</span>") +
          "</li>\n";
    html += details(topology, "refusals", "Refused: " + std::to_string(left.refusals.size()),
                    list + "</ul>\n", true);
  }
  if (!left.differences.empty()) {
    std::string list = "<ul>\n";
    for (const Difference& one : left.differences)
      list += "<li>" + (one.server.empty() ? "" : "<strong>" + escaped(one.server) + "</strong> ") +
              "<code>" + escaped(one.path) +
              "</code>: " + escaped(one.observed.value_or("(nothing)")) + " → " +
              escaped(one.desired.value_or("(nothing)")) + "</li>\n";
    html +=
        details(topology, "drift",
                "Drift: " + counted(static_cast<std::int64_t>(left.differences.size()), "value"),
                list + "</ul>\n", true);
  }
  if (!left.steps.empty()) {
    std::string list = "<ol>\n";
    for (const Step& one : left.steps)
      list += "<li>" + escaped(describe(one.action)) + " <span class=\"soft\">(" +
              std::string(risk_name(one.risk)) + "; " + escaped(one.why) + ")</span></li>\n";
    html += details(topology, "steps",
                    "To do: " + counted(static_cast<std::int64_t>(left.steps.size()), "step"),
                    list + "</ol>\n", true);
  }
  return html;
}

std::string primary_changes(const TopologySnapshot& topology) {
  if (topology.history.primary_changes.empty()) return "";
  std::string list = "<ul>\n";
  for (const PrimaryChangeRecord& one : topology.history.primary_changes)
    list += "<li>" + escaped(print_moment(one.at)) + " " + escaped(one.type) + " " +
            escaped(one.change.from) + " → " + escaped(one.change.to) + ": " + escaped(one.result) +
            ", writes blocked " + escaped(print_milliseconds(one.change.writes_blocked_ms)) + ", " +
            (one.change.lost_transactions ? counted(*one.change.lost_transactions, "transaction")
                                          : "unknown how many transactions") +
            " lost</li>\n";
  return details(topology, "changes", "Changes of the primary", list + "</ul>\n", true);
}

std::string history(const TopologySnapshot& topology) {
  if (topology.history.passes.empty()) return "";
  std::string list = "<ul>\n";
  for (const PassRecord& one : topology.history.passes) {
    list += "<li>" + escaped(print_moment(one.at)) + " " + escaped(one.result) + " (" +
            escaped(one.trigger) + ", " + decimal(one.seconds, "%.2f s") + ")";
    if (!one.error.empty()) list += ": " + escaped(one.error);
    for (const std::string& step : one.steps) list += "<br><code>" + escaped(step) + "</code>";
    list += "</li>\n";
  }
  return details(topology, "history", "Last passes", list + "</ul>\n");
}

}  // namespace

std::string topology_card(const TopologySnapshot& topology) {
  return "<section class=\"card\" aria-label=\"Topology " + escaped(*topology.spec->name) +
         "\">\n" + head(topology) + servers(topology) + plan(topology) + primary_changes(topology) +
         conditions(topology) + history(topology) + "</section>\n";
}

}  // namespace gtidops
