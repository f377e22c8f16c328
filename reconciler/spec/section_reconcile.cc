#include "spec/cron.h"
#include "spec/names.h"
#include "spec/sections.h"

namespace gtidops {
namespace {

const Section<WindowSpec>& window_section() {
  static const Section<WindowSpec> keys{
      {value("deny", &WindowSpec::deny, text_that(check_cron)),
       value("allow", &WindowSpec::allow, text_that(check_cron)),
       required(value("duration", &WindowSpec::duration, duration(Millis{1}))),
       value("timeZone", &WindowSpec::time_zone, text_that(check_time_zone)),
       value("risk", &WindowSpec::risk, one_of({"safe", "disruptive", "destructive"}))},
      {"deny", "allow"}};
  return keys;
}

const Section<ReconcileSpec>& prune_section() {
  static const Section<ReconcileSpec> keys{
      {value("users", &ReconcileSpec::prune_users, Read<bool>(read_boolean))}, {}};
  return keys;
}

}  // namespace

const Section<ReconcileSpec>& reconcile_section() {
  const Read<ReconcileMode> mode = one_of<ReconcileMode>(
      {"observe", "enforce"}, {ReconcileMode::kObserve, ReconcileMode::kEnforce});
  static const Section<ReconcileSpec> keys{
      {value("mode", &ReconcileSpec::mode, mode),
       value("interval", &ReconcileSpec::interval, duration(Millis{100})),
       value("timeout", &ReconcileSpec::timeout, duration(Millis{1})),
       group("prune", prune_section),
       value("protect", &ReconcileSpec::protect, list_that(check_object_path)),
       value("ignore", &ReconcileSpec::ignore, list_that(check_object_path)),
       list_of("windows", &ReconcileSpec::windows, window_section)},
      {}};
  return keys;
}

const Section<SuspendSpec>& suspend_section() {
  static const Section<SuspendSpec> keys{
      {value("enabled", &SuspendSpec::enabled, Read<bool>(read_boolean)),
       value("reason", &SuspendSpec::reason, Read<std::string>(read_note)),
       value("until", &SuspendSpec::until, Read<std::optional<Moment>>(read_moment_or_null))},
      {}};
  return keys;
}

}  // namespace gtidops
