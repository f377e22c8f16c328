#include "sim/looped.h"

#include "ports/passing_fleet.h"
#include "sim/world.h"
#include "support/whole_state.h"

namespace gtidops::sim {
namespace {

constexpr std::size_t kLogKept = 1'000;

// What a person has written: another file has another digest.
std::string digest_of(const Spec& spec) {
  std::string text = "sim:" + *spec.primary;
  for (const ServerSpec& server : spec.servers)
    text += "," + server.address->to_string() + "<" + *server.source + "+" +
            std::to_string(server.delay->count());
  return text;
}

}  // namespace

Looped::Looped(World& world, int process, Disk& disk, const RunPorts& ports, Millis look_deadline)
    : loop_("orders",
            // The loop owns its ports; these belong to the process.
            {[&ports](const Spec&) { return std::make_unique<PassingFleet>(ports.fleet); },
             [&world, &disk, &ports,
              process](const std::string&) -> Result<std::unique_ptr<OpenState>> {
               if (!disk.take_lease(process))
                 return fail(ErrorCode::kRefused, "another one holds the lease");
               // It is its own again.
               world.tell([&](Checker& checker) { checker.lease_asked(world, process, true); });
               return std::make_unique<testing::PassingState>(ports.state);
             },
             [&disk](const std::string&) { return Result<Intent>(disk.load()); },
             ports.clock,
             metrics_,
             [this, &world, process](LogLevel, const std::string& line) {
               world.say("gtidops#" + std::to_string(process), [&] { return "logs " + line; });
               if (log_.size() < kLogKept) log_.push_back(line);
             },
             nullptr,
             {},
             {}},
            {false, look_deadline}) {}

Result<Pass> Looped::pass(const Spec& spec) {
  auto declared = std::make_shared<Spec>(spec);
  declared->digest = digest_of(spec);
  if (declared->digest != loop_.digest()) {
    loop_.declare(declared);
    loop_.schedule().new_commit(Millis{0});
  }
  loop_.pass("interval");
  const auto snapshot = loop_.snapshot();
  if (loop_.last().before.servers.empty()) return fail(ErrorCode::kFailed, snapshot->last_error);
  return loop_.last();
}

bool is_looped(std::uint64_t seed) {
  return ((seed * 0x9E3779B97F4A7C15ULL) >> 62U) == 0;  // Fibonacci hashing
}

}  // namespace gtidops::sim
