// plan: observe, diff, print. Changes nothing.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <deque>

#include "commands/commands.h"
#include "commands/context.h"
#include "commands/exit_code.h"
#include "reconcile.h"
#include "report/plan_json.h"
#include "report/plan_text.h"
#include "wiring.h"

namespace gtidops {
namespace {

// The file is for this user alone, because whoever can change it decides what `apply` does. A
// symbolic link or a device is accepted: the user has named it.
bool save(const std::string& file, const std::string& text) {
  const int out = ::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  struct stat status {};
  bool good = out >= 0 && ::fstat(out, &status) == 0;
  // open() does not change the mode of a file that exists already.
  if (good && S_ISREG(status.st_mode)) good = ::fchmod(out, 0600) == 0;
  for (std::size_t at = 0; good && at < text.size();) {
    const ssize_t written = ::write(out, text.data() + at, text.size() - at);
    good = written >= 0 || errno == EINTR;
    if (written > 0) at += static_cast<std::size_t>(written);
  }
  if (out >= 0) good = ::close(out) == 0 && good;
  if (!good) std::fprintf(stderr, "the plan cannot be written to %s\n", file.c_str());
  return good;
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
  tell_what_is_not_remembered(common, loaded.specs);
  const auto clock = make_clock();
  std::deque<Plan> plans;  // the reports point into it
  std::vector<PlanReport> reports;
  std::string text;
  for (const Spec& declared : loaded.specs) {
    const Spec spec = as_a_person_asks(declared);
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
