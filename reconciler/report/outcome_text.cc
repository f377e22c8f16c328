#include "report/outcome_text.h"

#include <algorithm>
#include <cstdio>

#include "base/words.h"
#include "report/sections.h"

namespace gtidops {
namespace {

const Step* find_step(const Plan& plan, int id) {
  for (const Step& step : plan.steps)
    if (step.id == id) return &step;
  return nullptr;
}

Paint paint_of(StepResult result) {
  switch (result) {
    case StepResult::kDone:
      return Paint::kGood;
    case StepResult::kSkipped:
      return Paint::kDim;
    case StepResult::kFailed:
    case StepResult::kRefused:
      return Paint::kBad;
  }
  return Paint::kBad;
}

std::string step_lines(const Plan& plan, const StepOutcome& one, std::size_t id_width,
                       std::size_t server_width, const Style& style) {
  const Step* step = find_step(plan, one.id);
  const std::string server = step == nullptr ? "" : printable(server_of(step->action));
  const std::string what = step == nullptr ? "" : printable(describe(step->action));
  constexpr std::size_t kResultWidth = 7;  // "skipped", "refused"
  std::string text =
      "  " + right(std::to_string(one.id), id_width) + "  " +
      style.paint(paint_of(one.result), padded(result_name(one.result), kResultWidth)) + "  " +
      padded(server, server_width) + "  " + what + "  (" + print_milliseconds(one.duration_ms) +
      ")\n";
  const std::string indent(2 + id_width + 2, ' ');
  if (!one.note.empty()) text += indent + "note: " + printable(one.note) + "\n";
  const bool bad = one.result == StepResult::kFailed || one.result == StepResult::kRefused;
  if (!one.error.empty())
    text += indent +
            style.paint(bad ? Paint::kBad : Paint::kPlain,
                        (bad ? "error: " : "because: ") + printable(one.error)) +
            "\n";
  return text;
}

std::string steps_section(const Plan& plan, const Outcome& outcome, const Style& style) {
  if (outcome.steps.empty()) return {};
  std::size_t server_width = 0;
  int last = 0;
  for (const StepOutcome& one : outcome.steps) {
    last = std::max(last, one.id);
    if (const Step* step = find_step(plan, one.id))
      server_width = std::max(server_width, columns(printable(server_of(step->action))));
  }
  std::string text;
  for (const StepOutcome& one : outcome.steps)
    text += step_lines(plan, one, std::to_string(last).size(), server_width, style);
  return text;
}

// How many transactions gtid_executed has gained or lost. It should never lose any.
Line gtid_line(const std::string& server, const GtidRecord& record) {
  const GtidSet gained = record.after.subtracted(record.before);
  const GtidSet lost = record.before.subtracted(record.after);
  const std::string all = std::to_string(record.after.count()) + " in all";
  if (!lost.empty()) {
    const std::string count = "-" + std::to_string(lost.count());
    return {{server}, {count, Paint::kBad}, {all}, {"lost: " + shortened(lost), Paint::kBad}};
  }
  if (gained.empty()) return {{server}, {"+0"}, {all}};
  const std::string count = "+" + std::to_string(gained.count());
  return {{server}, {count, Paint::kAdded}, {all}, {shortened(gained)}};
}

std::string gtid_section(const Spec& spec, const Outcome& outcome, const Style& style) {
  std::vector<Line> lines;
  for (const ServerSpec& server : spec.servers) {
    const auto found = outcome.gtid_executed.find(*server.name);
    if (found != outcome.gtid_executed.end())
      lines.push_back(gtid_line(found->first, found->second));
  }
  if (lines.empty()) return {};
  return style.paint(Paint::kBold, "gtid_executed") + "\n" + table(lines, 2, style);
}

std::string change_section(const Outcome& outcome, const Style& style) {
  if (!outcome.primary_change) return {};
  const PrimaryChange& change = *outcome.primary_change;
  std::string text = style.paint(Paint::kBold, "Change of the primary") + "\n  " +
                     printable(change.from) + " -> " + printable(change.to) +
                     (change.undone ? ", undone" : "") + ": writes blocked for " +
                     print_milliseconds(change.writes_blocked_ms);
  if (!change.gtid_executed_after.empty()) {
    text += ", " + counted(change.lost_transactions.value_or(0), "transaction") + " lost";
    text += "\n  gtid_executed before  " + shortened(change.gtid_executed_before);
    text += "\n  gtid_executed after   " + shortened(change.gtid_executed_after);
  }
  return text + "\n";
}

std::string last_line(const Plan& left, const Style& style) {
  const std::string name = printable(left.topology);
  if (left.synced()) return style.paint(Paint::kGood, name + ": synced") + "\n";
  const auto size = [](const auto& list) { return static_cast<std::int64_t>(list.size()); };
  return style.paint(Paint::kWarning, name + ": not synced, left are " +
                                          counted(size(left.differences), "difference") + ", " +
                                          counted(size(left.steps), "step") + ", " +
                                          counted(size(left.refusals), "refusal")) +
         "\n";
}

}  // namespace

std::string outcome_text(const Spec& spec, const Plan& plan, const Outcome& outcome,
                         const Plan& left, const Style& style) {
  std::string text = steps_section(plan, outcome, style);
  add_section(text, change_section(outcome, style));
  add_section(text, gtid_section(spec, outcome, style));
  add_section(text, differences_section(spec, left.differences, style));
  add_section(text, copies_section(left.copies, style));
  add_section(text, findings_section("Refused", Paint::kBad, left, left.refusals, style));
  add_section(text, last_line(left, style));
  return text;
}

}  // namespace gtidops
