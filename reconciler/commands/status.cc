// status: prints the observed state of the topologies.
#include <deque>
#include <memory>

#include "commands/commands.h"
#include "commands/context.h"
#include "commands/exit_code.h"
#include "decide/conditions.h"
#include "reconcile.h"
#include "report/status_json.h"
#include "report/status_text.h"
#include "wiring.h"

namespace gtidops {
namespace {

// A topology with its connections, which are kept from look to look.
struct Watched {
  const Spec* spec = nullptr;
  std::unique_ptr<Fleet> fleet;
  Pass pass;
  std::vector<Condition> judged;
  History history;
};

void look(Watched& one, Clock& clock, const CommonOptions& common) {
  one.pass = preview(*one.spec, *one.fleet, clock, remembered_intent(common, *one.spec->name),
                     look_deadline(common));
  one.history = read_history(state_dir(common), *one.spec->name);
  auto judged = conditions(*one.spec, one.pass.before, one.pass.plan);
  // A first look cannot tell since when a condition holds. A daemon with the same state directory
  // may have written it down.
  one.judged = one.judged.empty()
                   ? with_known_since(std::move(judged), one.history.conditions)
                   : with_since(std::move(judged), one.judged, one.pass.before.taken_at);
}

std::string render(const std::deque<Watched>& all, const CommonOptions& common) {
  std::vector<StatusReport> reports;
  std::string text;
  for (const Watched& one : all) {
    reports.push_back(
        {*one.spec, one.pass.before, one.pass.plan, one.judged, nullptr, &one.history});
    if (!common.json())
      text += (text.empty() ? "" : "\n") + status_text(reports.back(), Style{use_color(common)});
  }
  return common.json() ? statuses_json(reports) : text;
}

}  // namespace

int run_status(const CommonOptions& common, const StatusOptions& options) {
  constexpr Millis kPause{2'000};
  constexpr Millis kSlice{100};
  const LoadedSpecs loaded = load_specs(common);
  if (loaded.exit_code != kExitDone) return loaded.exit_code;
  tell_what_is_not_remembered(common, loaded.specs);
  const auto clock = make_clock();
  std::deque<Watched> all;
  for (const Spec& spec : loaded.specs) all.push_back({&spec, make_fleet(spec), {}, {}, {}});
  if (options.watch) handle_signals();
  while (true) {
    for (Watched& one : all) look(one, *clock, common);
    // On a terminal each output replaces the one before; in a pipe they follow each other.
    const bool terminal = options.watch && !common.json() && use_color(common);
    if (!print((terminal ? "\x1b[H\x1b[2J" : "") + render(all, common))) return kExitFailed;
    for (Millis slept{0}; options.watch && slept < kPause && !stop_requested(); slept += kSlice)
      clock->sleep(kSlice);
    if (!options.watch || stop_requested()) return kExitDone;
  }
}

}  // namespace gtidops
