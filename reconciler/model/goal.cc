#include "model/goal.h"

namespace gtidops {
namespace {

const ChannelGoal* default_channel(const Goal& goal, const std::string& server) {
  const auto found = goal.servers.find(server);
  if (found == goal.servers.end()) return nullptr;
  for (const ChannelGoal& channel : found->second.channels)
    if (channel.name.empty()) return &channel;
  return nullptr;
}

}  // namespace

std::string Goal::source_of(const std::string& server) const {
  const ChannelGoal* channel = default_channel(*this, server);
  return channel == nullptr ? std::string() : channel->source;
}

Millis Goal::delay_of(const std::string& server) const {
  const ChannelGoal* channel = default_channel(*this, server);
  return channel == nullptr ? Millis{0} : channel->delay;
}

}  // namespace gtidops
