#include "contract/side.h"

#include <algorithm>

#include "model/statement.h"

namespace gtidops::contract {
namespace {

void replace(std::string& text, const std::string& what, const std::string& with) {
  for (std::size_t at = text.find(what); at != std::string::npos;
       at = text.find(what, at + with.size()))
    text.replace(at, what.size(), with);
}

const char* word(ThreadState state) {
  return state == ThreadState::kOn ? "On" : state == ThreadState::kOff ? "Off" : "Connecting";
}

}  // namespace

std::string Side::plain(std::string text) {
  for (int server = 0; server < 2; ++server) {
    const std::string number = std::to_string(server + 1);
    replace(text, uuid(server), "uuid" + number);
    replace(text, host(server) + ":" + std::to_string(port(server)), "address" + number);
  }
  text.erase(std::remove(text.begin(), text.end(), '\n'), text.end());
  return text;
}

std::string Side::look(int server) {
  const std::string name = "db" + std::to_string(server + 1);
  const Observation seen = fleet().look({name}, Depth::kState, Millis{3'000});
  const ServerState* state = seen.state(name);
  if (state == nullptr) return "unreachable";
  std::string text = std::string("ro=") + (state->read_only ? "1" : "0") + "/" +
                     (state->super_read_only ? "1" : "0") +
                     " executed=" + state->gtid_executed.to_string() +
                     " purged=" + state->gtid_purged.to_string() + " mode=" + state->gtid_mode;
  const Channel* channel = state->default_channel();
  if (channel == nullptr) return plain(text + " channel=none");
  return plain(text + " channel=" + channel->source_host + ":" +
               std::to_string(channel->source_port) + " " + word(channel->receiver) + "/" +
               word(channel->applier) + " " + std::to_string(channel->receiver_error.number) + "/" +
               std::to_string(channel->applier_error.number) + " from=" + channel->source_uuid +
               " retrieved=" + channel->retrieved.to_string());
}

std::string Side::look_until(int server, const std::string& text) {
  std::string seen;
  for (int tries = 0; tries < 100; ++tries) {
    seen = look(server);
    if (seen.find(text) != std::string::npos) break;
    rest(Millis{100});
  }
  return seen;
}

std::string Side::point(const std::string& password, int replica) {
  const int source = 1 - replica;
  return run(replica, "admin",
             "CHANGE REPLICATION SOURCE TO SOURCE_HOST = " + quote_string(host(source)) +
                 ", SOURCE_PORT = " + std::to_string(port(source)) +
                 ", SOURCE_USER = 'repl', SOURCE_AUTO_POSITION = 1, SOURCE_DELAY = 0, "
                 "SOURCE_CONNECT_RETRY = 1, SOURCE_SSL = 1, SOURCE_PASSWORD = " +
                 quote_string(password) + " FOR CHANNEL ''");
}

}  // namespace gtidops::contract
