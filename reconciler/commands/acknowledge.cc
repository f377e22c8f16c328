// acknowledge: a person has judged what stays refused. Who, when and why is written down; nothing
// on a server is changed.
#include <pwd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>

#include "commands/commands.h"
#include "commands/context.h"
#include "commands/exit_code.h"
#include "decide/remember.h"
#include "execute/observe.h"
#include "execute/right_to_act.h"
#include "report/acknowledged.h"
#include "wiring.h"

namespace gtidops {
namespace {

// The user's name; under sudo, also that of the user who called it.
std::string user_name() {
  const uid_t uid = ::geteuid();
  std::array<char, 4096> room{};
  passwd entry{};
  passwd* found = nullptr;
  const bool known = ::getpwuid_r(uid, &entry, room.data(), room.size(), &found) == 0 &&
                     found != nullptr && found->pw_name != nullptr;
  const std::string user = known ? found->pw_name : "uid " + std::to_string(uid);
  const char* behind = uid == 0 ? std::getenv("SUDO_USER") : nullptr;
  return behind == nullptr || *behind == '\0' ? user : std::string(behind) + " as " + user;
}

std::string host_name() {
  std::array<char, 256> name{};
  return ::gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "unknown";
}

int refused(const std::string& topology, const std::string& why) {
  complain(topology + ": " + why);
  return kExitRefused;
}

// The only topology that has such a server; nullptr, with a message, when there is none or more
// than one.
const Spec* topology_of(const std::vector<Spec>& specs, const std::string& server) {
  const Spec* found = nullptr;
  for (const Spec& spec : specs) {
    if (spec.server(server) == nullptr) continue;
    if (found != nullptr) {
      std::fprintf(stderr, "%s and %s both have a server %s: name one with --topology\n",
                   found->name->c_str(), spec.name->c_str(), server.c_str());
      return nullptr;
    }
    found = &spec;
  }
  if (found == nullptr)
    std::fprintf(stderr, "no topology in these files has a server %s\n", server.c_str());
  return found;
}

int acknowledge_one(const CommonOptions& common, const Spec& spec, Acknowledgement asked) {
  const std::string& topology = *spec.name;
  const auto opened = open_state(state_dir(common), topology, "gtidops acknowledge");
  if (!opened) {
    complain(topology + ": " + opened.error().message);
    return opened.error().code == ErrorCode::kRefused ? kExitRefused : kExitFailed;
  }
  const StatePorts state = (*opened)->ports();
  const auto known = state.intents.load();
  if (!known) {
    complain(topology + ": " + known.error().message);
    return kExitFailed;
  }
  // The right to act is claimed first: a controller with another state directory that holds it
  // would not read what is written here.
  const auto fleet = make_acting_fleet(spec, state_dir(common), "gtidops acknowledge");
  const auto clock = make_clock();
  RightToAct right(*fleet, *clock, spec);
  const Status may = right.claim(state.lease, look_deadline(common));
  if (!may && may.error().code == ErrorCode::kRefused)
    return refused(topology, may.error().message + "; end it, and give its --state-dir");
  const Observation seen =
      observe(spec, *known, *fleet, *clock, Depth::kDetails, look_deadline(common));
  asked.at = clock->now();
  const auto intent = acknowledge(spec, seen, *known, std::move(asked));
  if (!intent) return refused(topology, intent.error().message);
  const Acknowledgement& done = intent->memory.acknowledged.back();
  Status kept = state.journal.append("acknowledge " + acknowledged_text(topology, done));
  if (kept) kept = state.intents.save(*intent);
  if (!kept) {
    std::fprintf(stderr, "%s: it could not be written down: %s\n", topology.c_str(),
                 kept.error().message.c_str());
    return kExitFailed;
  }
  const bool printed = print(common.json() ? acknowledged_json(topology, done)
                                           : acknowledged_text(topology, done) + "\n");
  return printed ? kExitDone : kExitFailed;
}

}  // namespace

int run_acknowledge(const CommonOptions& common, const AcknowledgeOptions& options) {
  const LoadedSpecs loaded = load_specs(common);
  if (loaded.exit_code != kExitDone) return loaded.exit_code;
  const Spec* spec = topology_of(loaded.specs, options.server);
  if (spec == nullptr) return kExitUsage;
  Acknowledgement asked;
  asked.server = options.server;
  asked.rule = options.rule;
  asked.reason = options.reason;
  asked.user = user_name();
  asked.host = host_name();
  return acknowledge_one(common, *spec, std::move(asked));
}

}  // namespace gtidops
