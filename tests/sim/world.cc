#include "sim/world.h"

#include "sim/looped.h"

namespace gtidops::sim {
namespace {

std::string uuid_of(int index) {
  return "0000000" + std::to_string(index + 1) + "-0000-4000-8000-00000000000" +
         std::to_string(index + 1);
}

std::vector<std::string> uuids(int servers) {
  std::vector<std::string> list;
  for (int i = 0; i < servers; ++i) list.push_back(uuid_of(i));
  return list;
}

}  // namespace

World::World(std::uint64_t world_seed, int count, bool traced)
    : seed(world_seed),
      rng(world_seed),
      network(rng.split()),
      ledger(uuids(count)),
      clients(*this, rng.split()),
      looped(is_looped(world_seed)) {
  rival_disk.number = 2;
  if (traced) trace.listen();
  for (int i = 0; i < count; ++i)
    servers.push_back(std::make_unique<SimServer>(*this, i, uuid_of(i)));
  time.after_each([this] { tell([&](Checker& checker) { checker.after_event(*this); }); });
}

SimServer* World::named(const std::string& name) const {
  for (const auto& server : servers)
    if (server->name == name) return server.get();
  return nullptr;
}

SimServer* World::at(const std::string& host, int port) const {
  for (const auto& server : servers)
    if (server->host == host && port == 3306) return server.get();
  return nullptr;
}

void World::violated(const Checker& checker, const std::string& what) {
  const std::string text = std::string(checker.name()) + ": " + what;
  say("CHECKER", [&] { return text; });
  throw Violation(text);
}

std::string World::names(const std::vector<TrxId>& list) const {
  constexpr std::size_t kMost = 6;
  std::string text;
  for (std::size_t i = 0; i < list.size() && i < kMost; ++i)
    text += (i > 0 ? ", " : "") + ledger.name(list[i]);
  if (list.size() > kMost) text += " and " + std::to_string(list.size() - kMost) + " more";
  return text;
}

}  // namespace gtidops::sim
