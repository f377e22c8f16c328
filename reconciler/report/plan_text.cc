#include "report/plan_text.h"

#include <algorithm>

#include "base/words.h"
#include "report/sections.h"

namespace gtidops {
namespace {

std::int64_t count_of(const Plan& plan, Risk risk) {
  return std::count_if(plan.steps.begin(), plan.steps.end(),
                       [&](const Step& step) { return step.risk == risk; });
}

Paint paint_of(Risk risk) {
  if (risk == Risk::kDestructive) return Paint::kBad;
  return risk == Risk::kDisruptive ? Paint::kWarning : Paint::kGood;
}

// The data on a source, so that a person who attaches a replica to it can check that the source has
// the expected schemas.
std::string inventory_section(const Inventory& inventory, const Style& style) {
  std::int64_t tables = 0;
  std::int64_t bytes = 0;
  std::vector<Line> lines;
  for (const SchemaSize& schema : inventory.schemas) {
    tables += schema.tables;
    bytes += schema.bytes;
    lines.push_back({{schema.name}, {counted(schema.tables, "table")}, {print_size(schema.bytes)}});
  }
  const auto schemas = static_cast<std::int64_t>(inventory.schemas.size());
  return style.paint(Paint::kBold, "Data on " + printable(inventory.server)) + ": " +
         counted(schemas, "schema") + ", " + counted(tables, "table") + ", " + print_size(bytes) +
         "\n" + table(lines, 2, style);
}

std::string sql_lines(const Plan& plan, const Step& step, const std::string& indent,
                      const Style& style) {
  std::string text;
  for (const Statement& statement : plan.statements_of(step))
    text += indent + style.paint(Paint::kDim, printable(statement.server) + ">") + " " +
            printable(statement.printable()) + ";\n";
  return text;
}

std::string steps_section(const Plan& plan, const PlanTextOptions& options) {
  if (plan.steps.empty()) return {};
  const Style& style = options.style;
  std::size_t risk_width = 0;
  std::size_t server_width = 0;
  for (const Step& step : plan.steps) {
    risk_width = std::max(risk_width, risk_name(step.risk).size());
    server_width = std::max(server_width, columns(printable(server_of(step.action))));
  }
  const std::size_t id_width = std::to_string(plan.steps.back().id).size();
  const std::string indent(2 + id_width + 2, ' ');
  std::string text = style.paint(Paint::kBold, "Steps") + "\n";
  for (const Step& step : plan.steps) {
    text += "  " + right(std::to_string(step.id), id_width) + "  " +
            style.paint(paint_of(step.risk), padded(risk_name(step.risk), risk_width)) + "  " +
            padded(printable(server_of(step.action)), server_width) + "  " +
            printable(describe(step.action)) + "\n";
    if (!step.why.empty()) text += indent + "why: " + printable(step.why) + "\n";
    if (options.sql) text += sql_lines(plan, step, indent, style);
  }
  return text;
}

}  // namespace

std::string summary_line(const Plan& plan) {
  const auto size = [](const auto& list) { return static_cast<std::int64_t>(list.size()); };
  std::string text = "Plan: " + counted(size(plan.steps), "step") + " (";
  for (const Risk risk : {Risk::kSafe, Risk::kDisruptive, Risk::kDestructive})
    text += (risk == Risk::kSafe ? "" : ", ") + std::to_string(count_of(plan, risk)) + " " +
            std::string(risk_name(risk));
  return text + "), " + counted(size(plan.refusals), "refusal") + ", " +
         counted(size(plan.warnings), "warning");
}

std::string plan_text(const Spec& spec, const Plan& plan, const PlanTextOptions& options) {
  const Style& style = options.style;
  std::string text = header_line(plan, style);
  add_section(text, differences_section(spec, plan.differences, style));
  for (const Inventory& inventory : plan.inventories)
    add_section(text, inventory_section(inventory, style));
  add_section(text, copies_section(plan.copies, style));
  add_section(text, steps_section(plan, options));
  add_section(text, findings_section("Warnings", Paint::kWarning, plan, plan.warnings, style));
  add_section(text, findings_section("Refused", Paint::kBad, plan, plan.refusals, style));
  if (plan.synced()) {
    const std::string synced = printable(plan.topology) + ": synced, nothing to do";
    add_section(text, style.paint(Paint::kGood, synced) + "\n");
    return text;
  }
  add_section(text, style.paint(Paint::kBold, summary_line(plan)) + "\n");
  const auto waiting = std::count_if(plan.steps.begin(), plan.steps.end(), [](const Step& step) {
    return needs_permission(step.action);
  });
  if (waiting > 0) text += "Destructive steps are only done with --allow-destructive.\n";
  if (count_of(plan, Risk::kDestructive) > waiting)
    text +=
        "Accounts are dropped without further permission: the file says reconcile.prune.users.\n";
  return text;
}

}  // namespace gtidops
