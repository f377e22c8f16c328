#include "report/sections.h"

#include <fmt/format.h>

#include <algorithm>

namespace gtidops {
namespace {

// "" (the topology), the servers in the specification's order, then servers that only the
// differences name.
std::vector<std::string> servers_in_order(const Spec& spec,
                                          const std::vector<Difference>& differences) {
  std::vector<std::string> order{""};
  for (const ServerSpec& server : spec.servers) order.push_back(*server.name);
  for (const Difference& one : differences)
    if (std::find(order.begin(), order.end(), one.server) == order.end())
      order.push_back(one.server);
  return order;
}

std::string value(const std::optional<std::string>& text) {
  if (!text) return "(none)";
  return text->empty() ? "''" : printable(*text);
}

std::string difference_line(const Difference& one, const Style& style) {
  const std::string path = printable(one.path) + ": ";
  if (!one.observed) return style.paint(Paint::kAdded, "+ " + path + value(one.desired));
  if (!one.desired) return style.paint(Paint::kRemoved, "- " + path + value(one.observed));
  return style.paint(Paint::kChanged,
                     "~ " + path + value(one.observed) + " -> " + value(one.desired));
}

}  // namespace

void add_section(std::string& text, const std::string& section) {
  if (section.empty()) return;
  if (!text.empty()) text += "\n";
  text += section;
}

std::string header_line(const Plan& plan, const Style& style) {
  std::string text = "Topology " + style.paint(Paint::kBold, printable(plan.topology)) + " (" +
                     printable(plan.spec_file);
  if (plan.spec_revision) text += ", commit " + printable(short_hash(*plan.spec_revision));
  text += ", " + printable(short_hash(plan.spec_digest)) + "), observed " +
          print_moment(plan.observed_at);
  return text + "\n";
}

std::string differences_section(const Spec& spec, const std::vector<Difference>& differences,
                                const Style& style) {
  if (differences.empty()) return {};
  std::string text = style.paint(Paint::kBold, "Differences") + "\n";
  for (const std::string& server : servers_in_order(spec, differences)) {
    std::string lines;
    for (const Difference& one : differences)
      if (one.server == server) lines += "    " + difference_line(one, style) + "\n";
    if (lines.empty()) continue;
    text += "  " + printable(server.empty() ? "the topology " + *spec.name : server) + "\n" + lines;
  }
  return text;
}

std::string findings_section(const std::string& title, Paint paint, const Plan& plan,
                             const std::vector<Finding>& findings, const Style& style) {
  if (findings.empty()) return {};
  std::string text = style.paint(paint, title) + "\n";
  for (const Finding& one : findings) {
    const std::string& where = one.server.empty() ? plan.topology : one.server;
    text += "  " + style.paint(paint, "! " + printable(where) + ": " + printable(one.rule)) + ": " +
            printable(one.why) + "\n";
    if (!one.hint.empty())
      text += "      " + style.paint(Paint::kDim, "hint: " + printable(one.hint)) + "\n";
  }
  return text;
}

std::string progress_of(const CopyUnderWay& copy) {
  if (copy.phase == "RESTART" || copy.bytes_total == 0)
    return copy.phase.empty() ? "it begins" : copy.phase;
  return fmt::format("{}, {} of {}", copy.phase.empty() ? "it goes on" : copy.phase,
                     print_size(copy.bytes_done), print_size(copy.bytes_total));
}

std::string copies_section(const std::vector<CopyUnderWay>& copies, const Style& style) {
  if (copies.empty()) return {};
  std::vector<Line> lines;
  lines.reserve(copies.size());
  for (const CopyUnderWay& one : copies)
    lines.push_back({{one.server}, {"from " + one.donor}, {progress_of(one)}});
  return style.paint(Paint::kBold, "Copies under way") + "\n" + table(lines, 2, style);
}

}  // namespace gtidops
