#include "sim/fleet.h"

#include <algorithm>
#include <utility>

#include "sim/process.h"
#include "sim/sql.h"
#include "sim/world.h"

namespace gtidops::sim {
namespace {

// A packet that finds no way is sent again for so long.
constexpr Micros kResend = 300 * kMillisecond;
constexpr int kMostTries = 200;

}  // namespace

std::string secret_of(const SecretRef& ref) {
  return ref.kind == SecretRef::Kind::kNone ? std::string() : "secret-of-" + ref.name;
}

std::string with_secrets(const Statement& statement) {
  std::string text;
  for (const auto& part : statement.parts) {
    if (const auto* plain = std::get_if<std::string>(&part))
      text += *plain;
    else
      text += quote_string(secret_of(std::get<SecretRef>(part)));
  }
  return text;
}

SimFleet::~SimFleet() {
  for (const auto& [server, wire] : wires_) {
    wire->closed = true;
    if (wire->under_way == 0) hang_up(world_, wire, 0);
  }
}

void SimFleet::hang_up(World& world, const std::shared_ptr<Wire>& wire, int tries) {
  if (tries > kMostTries) return;
  World* const w = &world;
  world.time.after(tries == 0 ? world.network.latency() : kResend, [w, wire, tries] {
    SimServer& server = w->server(wire->server);
    if (!server.up || server.boots != wire->boots) return;
    const auto session = server.sessions.find(wire->session);
    if (session == server.sessions.end()) return;
    if (!w->network.open(session->second.node, server.node())) return hang_up(*w, wire, tries + 1);
    server.hang_up(wire->session);
  });
}

void SimFleet::close(SimServer& server) {
  const auto found = wires_.find(server.index);
  if (found == wires_.end()) return;
  found->second->closed = true;
  if (found->second->under_way == 0) hang_up(world_, found->second, 0);
  wires_.erase(found);
}

// Sees to a connection; nullopt: there is one.
std::optional<Unreachable> SimFleet::reach(SimServer& server, Millis deadline) {
  using Reason = Unreachable::Reason;
  const auto found = wires_.find(server.index);
  if (found != wires_.end()) {
    const Wire& wire = *found->second;
    const bool alive = server.boots == wire.boots && server.sessions.count(wire.session) > 0;
    // That it is gone is not known while nothing comes from there.
    if (alive || !world_.network.both(process_.host(), server.node())) return std::nullopt;
    close(server);
  }
  if (!world_.network.both(process_.host(), server.node())) {
    world_.time.run_until(world_.time.now() + deadline.count() * kMillisecond);
    return Unreachable{Reason::kTimeout, "the connection was not answered in time"};
  }
  world_.time.run_until(world_.time.now() + 2 * world_.network.latency());
  if (!server.up) return Unreachable{Reason::kConnectionRefused, "the connection was refused"};
  auto wire = std::make_shared<Wire>();
  wire->server = server.index;
  wire->boots = server.boots;
  wire->session = server.connect(process_.number(), process_.host(), "gtidops");
  server.sessions.at(wire->session).controller = process_.disk().number;
  // Each has the name by which it is reached.
  std::string name = server.name;
  for (const auto& [elsewhere, index] : world_.elsewhere)
    if (index == server.index) name = elsewhere;
  wire->number = ++opened_[name];
  wires_[server.index] = wire;
  return std::nullopt;
}

std::shared_ptr<SimFleet::Sent> SimFleet::send(const std::shared_ptr<Wire>& wire,
                                               const std::string& text, Micros delay) {
  auto sent = std::make_shared<Sent>();
  ++wire->under_way;
  World* const world = &world_;
  const Node from = process_.host();
  world_.time.after(world_.network.latency() + delay,
                    [world, wire, sent, from, text] { land(*world, wire, sent, from, text, 0); });
  return sent;
}

// It arrives, or is sent again until it does.
void SimFleet::land(World& world, const std::shared_ptr<Wire>& wire,
                    const std::shared_ptr<Sent>& sent, Node from, const std::string& text,
                    int tries) {
  SimServer& server = world.server(wire->server);
  World* const w = &world;
  if (!world.network.open(from, server.node()) && tries < kMostTries) {
    world.time.after(kResend, [w, wire, sent, from, text, tries] {
      land(*w, wire, sent, from, text, tries + 1);
    });
    return;
  }
  --wire->under_way;
  if (wire->closed && wire->under_way == 0) hang_up(world, wire, 0);
  const bool there = server.up && server.boots == wire->boots &&
                     server.sessions.count(wire->session) > 0 && tries < kMostTries;
  if (!there) {
    sent->lost = true;
    return;
  }
  sent->landed = true;
  if (wire->closed && !only_reads(text))
    world.say(server.name, [&] { return "a LATE statement lands: " + text; });
  execute(world, server, wire->session, text, [w, wire, sent, from](const Reply& reply) {
    if (w->rng.chance(w->weather.lost_reply)) {
      w->trouble();
      w->say(node_name(from), [&] { return "a reply of " + node_name(wire->server) + " is lost"; });
      sent->lost = true;
      return;
    }
    if (!w->network.open(wire->server, from)) return;
    w->time.after(w->network.latency(), [sent, reply] { sent->reply = reply; });
  });
}

Result<Rows> SimFleet::judge(const Statement& statement, const Sent& sent) {
  const Reply& reply = *sent.reply;
  const auto& fine = statement.tolerated;
  if (reply.error == 0) return reply.rows;
  if (std::find(fine.begin(), fine.end(), reply.error) != fine.end()) return Rows{};
  const bool unknown = reply.error == kInterruptedError || reply.error == 3169;
  return fail(unknown ? ErrorCode::kUnknown : ErrorCode::kFailed, reply.message, reply.error);
}

// The deadline has come: KILL QUERY on a second connection.
Result<Rows> SimFleet::interrupt(SimServer& server, const std::shared_ptr<Sent>& sent,
                                 Millis deadline) {
  const auto wire = wires_.at(server.index);
  const std::string waited = std::to_string(deadline.count()) + " ms";
  if (sent->landed && server.up && world_.network.both(process_.host(), server.node())) {
    world_.time.run_until(world_.time.now() + 3 * world_.network.latency());
    if (server.up && server.boots == wire->boots) server.kill_query(wire->session);
    world_.time.wait(world_.time.now() + 500 * kMillisecond,
                     [&] { return sent->reply.has_value() || sent->lost; });
    if (sent->reply) return judge({}, *sent);
    if (server.up && server.boots == wire->boots) server.kill_connection(wire->session);
  }
  close(server);
  return fail(ErrorCode::kUnknown,
              "there was no answer within " + waited + ": it may have happened, or may yet");
}

std::uint64_t SimFleet::connection(const std::string& server) const {
  const auto found = opened_.find(server);
  return found == opened_.end() ? 0 : found->second;
}

std::string SimFleet::told(const Result<Rows>& result) const {
  if (!result)
    return "error " + std::to_string(result.error().mysql_errno) + ": " + result.error().message;
  if (result->empty() || result->front().empty()) return "ok";
  return result->front().front().value_or("NULL");
}

Result<Rows> SimFleet::run(const Statement& statement, Millis deadline) {
  process_.before("run");
  SimServer& server = world_.reached(statement.server);
  const Micros until = world_.time.now() + deadline.count() * kMillisecond;
  if (const auto no = reach(server, deadline)) {
    process_.after();
    return fail(ErrorCode::kUnreachable, "not sent: " + no->message);
  }
  if (statement.connection != 0 && statement.connection != wires_.at(server.index)->number) {
    process_.after();
    return fail(ErrorCode::kUnreachable, "not sent: the connection is another one");
  }
  world_.say(process_.name(), [&] { return server.name + " <- " + statement.printable(); });
  const std::string text = with_secrets(statement);
  if (!only_reads(text)) world_.evidence.went_on(process_.number());
  world_.tell(
      [&](Checker& checker) { checker.statement_sent(world_, process_.number(), server, text); });
  const bool late = process_.rng().chance(world_.weather.late_effect) ||
                    (process_.crashes_within() && process_.rng().chance(0.5));
  if (late) world_.trouble();
  const Micros delay = late ? process_.rng().between(100 * kMillisecond, 12 * kSecond) : 0;
  const int boots = server.boots;
  const std::shared_ptr<Sent> sent = send(wires_.at(server.index), text, delay);
  if (process_.crashes_within()) process_.die();
  const Node here = process_.host();
  world_.time.wait(until, [&] {
    return sent->reply.has_value() || sent->lost ||
           (server.boots != boots && world_.network.both(here, server.node()));
  });
  Result<Rows> result;
  if (sent->reply) {
    result = judge(statement, *sent);
  } else if (world_.time.now() >= until && !sent->lost) {
    result = interrupt(server, sent, deadline);
  } else {
    close(server);
    result = fail(ErrorCode::kUnknown, "the connection was lost while it ran", 2013);
  }
  world_.say(process_.name(), [&] { return server.name + " -> " + told(result); });
  process_.after();
  return result;
}

// On a connection of its own, which is closed afterwards: the statement goes on.
Status SimFleet::begin(const Statement& statement, Millis patience) {
  process_.before("begin");
  SimServer& server = world_.reached(statement.server);
  const Micros until = world_.time.now() + patience.count() * kMillisecond;
  world_.time.run_until(world_.time.now() + 2 * world_.network.latency());
  if (!server.up || !world_.network.both(process_.host(), server.node())) {
    process_.after();
    return fail(ErrorCode::kUnreachable, "not sent: there is no connection");
  }
  auto wire = std::make_shared<Wire>();
  wire->server = server.index;
  wire->boots = server.boots;
  wire->session = server.connect(0, process_.host(), "gtidops");
  server.sessions.at(wire->session).copies = true;
  world_.say(process_.name(), [&] { return server.name + " <- " + statement.printable(); });
  const std::string text = with_secrets(statement);
  world_.evidence.went_on(process_.number());
  world_.tell(
      [&](Checker& checker) { checker.statement_sent(world_, process_.number(), server, text); });
  const bool late = process_.rng().chance(world_.weather.late_effect) ||
                    (process_.crashes_within() && process_.rng().chance(0.5));
  if (late) world_.trouble();
  const std::shared_ptr<Sent> sent =
      send(wire, text, late ? process_.rng().between(100 * kMillisecond, 12 * kSecond) : 0);
  if (process_.crashes_within()) process_.die();
  world_.time.wait(until, [&] { return sent->reply.has_value() || sent->lost; });
  wire->closed = true;
  if (wire->under_way == 0) hang_up(world_, wire, 0);
  Status status;
  if (sent->reply) {
    if (const auto result = judge(statement, *sent); !result)
      status = tl::unexpected<Error>(result.error());
  } else if (sent->lost) {
    status = fail(ErrorCode::kUnknown, "the connection was lost while it ran", 2013);
  }
  process_.after();
  return status;
}

}  // namespace gtidops::sim
