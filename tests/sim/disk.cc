#include "sim/disk.h"

#include <algorithm>

#include "sim/process.h"
#include "sim/world.h"
#include "state/checked_line.h"

namespace gtidops::sim {
namespace {

const char* phase_name(Intent::Phase phase) {
  switch (phase) {
    case Intent::Phase::kStable:
      return "stable";
    case Intent::Phase::kSwitching:
      return "switching";
    case Intent::Phase::kCommitted:
      return "committed";
  }
  return "?";
}

}  // namespace

bool Disk::open_journal() {
  if (!tail.empty()) {
    // A whole line lacks nothing, not even its end; half a line has no checksum that fits.
    if (read_checked_line(tail) && tail.back() != '\n') return false;
    lines.push_back(write_checked_line("the journal's last line was torn by a crash"));
    tail.clear();
  }
  return lines.empty() || read_checked_line(lines.back()).has_value();
}

Intent Disk::load() const {
  Intent read = soon ? *soon : intent;
  // The note for which clients wait does not have it.
  read.memory = noted ? *noted : intent.memory;
  if (!soon && read.phase == Intent::Phase::kSwitching && rebooted) read.may_have_committed = true;
  return read;
}

Result<Intent> SimState::load() {
  process_.before("load");
  const Intent read = process_.disk().load();
  saves_ = process_.disk().saves;
  process_.after();
  return read;
}

Status SimState::save(const Intent& intent) { return store(intent, true); }
Status SimState::save_soon(const Intent& intent) { return store(intent, false); }

Status SimState::store(const Intent& intent, bool forced) {
  process_.before("save");
  if (process_.rng().chance(world_.weather.full_disk))
    return fail(ErrorCode::kFailed, "no space left on device");
  Disk& disk = process_.disk();
  if (saves_ != 0 && saves_ != disk.saves)
    return fail(ErrorCode::kRefused, "another process has written it since");
  // It is replaced as a whole: a crash leaves the old one or the new one.
  if (process_.crashes_within() && process_.rng().chance(0.5)) process_.die();
  saves_ = ++disk.saves;
  if (forced) {
    disk.intent = intent;
    disk.soon.reset();
    disk.noted.reset();
    disk.rebooted = false;
  } else {
    disk.soon = intent;
  }
  world_.say(process_.name(), [&] {
    return std::string("saves the intent: ") + phase_name(intent.phase) +
           (intent.stable() ? "" : " from " + intent.from + " to " + intent.to) + "; established " +
           intent.established_primary_uuid.substr(0, 8);
  });
  if (process_.crashes_within()) process_.die();
  process_.after();
  return {};
}

Status SimState::note(const Memory& memory) {
  process_.before("note");
  const double full = world_.weather.full_disk;
  if (full > 0 && process_.rng().chance(full))
    return fail(ErrorCode::kFailed, "no space left on device");
  // It is written in place: half of it is none.
  if (process_.crashes_within()) {
    process_.disk().noted.reset();
    process_.die();
  }
  process_.disk().noted = memory;
  process_.after();
  return {};
}

Status SimState::append(const std::string& line) {
  process_.before("append");
  if (process_.rng().chance(world_.weather.full_disk))
    return fail(ErrorCode::kFailed, "no space left on device");
  const std::string text = write_checked_line(line);
  if (process_.crashes_within()) {
    const auto cut = process_.rng().between(0, static_cast<std::int64_t>(text.size()) - 2);
    process_.disk().tail = text.substr(0, static_cast<std::size_t>(cut));
    process_.die();
  }
  process_.disk().lines.push_back(text);
  world_.say(process_.name(), [&] { return "notes: " + line; });
  if (line.compare(0, 6, "begin ") == 0)
    world_.tell([&](Checker& checker) { checker.step_begun(world_, process_.number(), line); });
  process_.after();
  return {};
}

bool SimState::held() const {
  process_.before("lease_held");
  const bool held = process_.disk().holder == process_.number();
  world_.tell([&](Checker& checker) { checker.lease_asked(world_, process_.number(), held); });
  process_.after();
  return held;
}

}  // namespace gtidops::sim
