// plan: observe, diff, print. Changes nothing.
#include <cstdio>
#include <deque>
#include <fstream>

#include "commands/commands.h"
#include "commands/context.h"
#include "commands/exit_code.h"
#include "reconcile.h"
#include "report/plan_json.h"
#include "report/plan_text.h"
#include "wiring.h"

namespace gtidops {
namespace {

bool save(const std::string& file, const std::string& text) {
  std::ofstream out(file, std::ios::trunc);
  out << text;
  out.close();
  if (!out) std::fprintf(stderr, "the plan cannot be written to %s\n", file.c_str());
  return static_cast<bool>(out);
}

int detailed(const std::deque<Plan>& plans) {
  int code = kExitDone;
  for (const Plan& plan : plans) {
    if (!plan.refusals.empty()) return kExitRefused;
    if (!plan.synced()) code = kExitChangesPending;
  }
  return code;
}

}  // namespace

int run_plan_command(const CommonOptions& common, const PlanOptions& options) {
  const LoadedSpecs loaded = load_specs(common);
  if (loaded.exit_code != kExitDone) return loaded.exit_code;
  const auto clock = make_clock();
  std::deque<Plan> plans;  // the reports point into it
  std::vector<PlanReport> reports;
  std::string text;
  for (const Spec& spec : loaded.specs) {
    const auto fleet = make_fleet(spec);
    const Pass pass =
        preview(spec, *fleet, *clock, remembered_intent(common, *spec.name), look_deadline(common));
    text += plan_text(spec, pass.plan, {Style{use_color(common)}, options.sql});
    plans.push_back(pass.plan);
    reports.push_back({&plans.back(), nullptr, nullptr});
  }
  const std::string document = plans_json(reports);
  if (!options.out.empty() && !save(options.out, document)) return kExitFailed;
  if (!print(common.json() ? document : text)) return kExitFailed;
  return options.detailed_exitcode ? detailed(plans) : static_cast<int>(kExitDone);
}

}  // namespace gtidops
