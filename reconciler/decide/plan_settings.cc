// The part of the plan that makes the settings of the servers fit for GTID replication.
#include <algorithm>
#include <map>

#include "decide/draft.h"
#include "model/actions/semi_sync.h"

namespace gtidops {
namespace {

// A number that is the same in each run: FNV-1a of the names of topology and server; when that one
// is taken, the next free one.
std::uint32_t choose_server_id(const std::string& topology, const std::string& server,
                               const std::map<std::uint32_t, std::string>& taken) {
  std::uint32_t hash = 2166136261U;
  const std::string text = topology + "/" + server;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 16777619U;
  while (hash == 0 || taken.count(hash) > 0) ++hash;
  return hash;
}

bool receiving(const ServerState& state) {
  return std::any_of(state.channels.begin(), state.channels.end(),
                     [](const Channel& channel) { return channel.receiver != ThreadState::kOff; });
}

// The servers that keep their server_id come first: the primary, then the servers that receive now.
std::vector<const ServerSpec*> by_claim(const Draft& draft) {
  std::vector<const ServerSpec*> order{draft.spec.server(draft.goal.primary)};
  for (const ServerSpec* replica : replicas_in_order(draft.spec, draft.goal))
    order.push_back(replica);
  std::erase_if(
      order, [&](const ServerSpec* server) { return draft.seen.state(*server->name) == nullptr; });
  std::stable_partition(order.begin(), order.end(), [&](const ServerSpec* server) {
    return draft.is_primary(*server) || receiving(*draft.seen.state(*server->name));
  });
  return order;
}

// A server with server_id 0 cannot replicate, and servers with the same server_id ignore or
// disconnect each other.
void plan_server_ids(Draft& draft) {
  std::map<std::uint32_t, std::string> taken;
  std::vector<const ServerSpec*> wanting;
  for (const ServerSpec* server : by_claim(draft)) {
    const std::uint32_t id = draft.seen.state(*server->name)->server_id;
    if (id == 0 || !taken.emplace(id, *server->name).second) wanting.push_back(server);
  }
  for (const ServerSpec* server : wanting) {
    const ServerState& state = *draft.seen.state(*server->name);
    const std::string now = std::to_string(state.server_id);
    draft.differs(*server->name, "server_id", "distinct", now);
    const std::string why = state.server_id == 0
                                ? "its server_id is 0, so no server may replicate from it or to it"
                                : taken.at(state.server_id) + " has server_id " + now + " too";
    if (receiving(state)) {
      draft.object(*server->name, rule::kDuplicateServerId, why,
                   "STOP REPLICA; SET PERSIST server_id to another number; START REPLICA");
      continue;
    }
    if (!draft.may_touch(*server->name)) continue;
    const std::uint32_t id = choose_server_id(*draft.spec.name, *server->name, taken);
    taken.emplace(id, *server->name);
    draft.step(SetServerId{*server->name, id}, why);
  }
}

void plan_gtid_mode(Draft& draft, const ServerSpec& server) {
  const ServerState* state = draft.seen.state(*server.name);
  if (state == nullptr || (state->gtid_mode == "ON" && state->enforce_gtid_consistency == "ON"))
    return;
  if (state->gtid_mode != "ON") draft.differs(*server.name, "gtid_mode", "ON", state->gtid_mode);
  if (state->enforce_gtid_consistency != "ON")
    draft.differs(*server.name, "enforce_gtid_consistency", "ON", state->enforce_gtid_consistency);
  if (!draft.may_touch(*server.name)) return;
  draft.step(SetGtidMode{*server.name, state->gtid_mode, state->enforce_gtid_consistency != "ON"},
             "gtid_mode is " + state->gtid_mode + ", enforce_gtid_consistency is " +
                 state->enforce_gtid_consistency);
}

void plan_boot_read_only(Draft& draft, const ServerSpec& server) {
  const ServerState* state = draft.seen.state(*server.name);
  if (state == nullptr || !state->details || !state->details->persisted) return;
  if (persists_read_only(*state->details)) return;
  // When neither is persisted, as after a fresh installation, one difference reports both.
  const auto kept = [&](const char* name) { return persisted_value(*state->details, name); };
  const auto super = kept("super_read_only");
  if (super == "ON" || super == "1")
    draft.differs(*server.name, "persisted.read_only", "ON", kept("read_only"));
  else
    draft.differs(*server.name, "persisted.super_read_only", "ON", super);
  if (!draft.may_touch(*server.name)) return;
  draft.step(PersistReadOnly{*server.name},
             "after a restart or a crash it would take writes by itself");
}

}  // namespace

void plan_settings(Draft& draft) {
  draft.stage = Stage::kSettings;
  plan_server_ids(draft);
  for (const ServerSpec& server : draft.spec.servers) plan_gtid_mode(draft, server);
  for (const ServerSpec& server : draft.spec.servers) plan_boot_read_only(draft, server);
}

}  // namespace gtidops
