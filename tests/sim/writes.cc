#include "sim/writes.h"

#include <algorithm>
#include <bitset>
#include <utility>

#include "sim/world.h"

namespace gtidops::sim {
namespace {

constexpr const char* kEnabled = "rpl_semi_sync_source_enabled";
constexpr const char* kCount = "rpl_semi_sync_source_wait_for_replica_count";
constexpr const char* kTimeout = "rpl_semi_sync_source_timeout";

Reply refusal() {
  return {kReadOnlyError,
          "The MySQL server is running with the --super-read-only option so it cannot execute this "
          "statement",
          {},
          -1};
}
Reply interrupted() { return {kInterruptedError, "Query execution was interrupted", {}, -1}; }

}  // namespace

bool Writes::blocks(const Write& write) {
  return write.state == State::kRunning || write.state == State::kCommitting ||
         write.state == State::kWaiting;
}

bool Writes::held_up(const Write& write) const {
  // The lock is on the table of the rows; other statements pass.
  const bool on_the_table =
      write.request.body.kind == TrxBody::Kind::kRow && write.request.body.text == "shop";
  return !freezes_.empty() ||
         (on_the_table && locked_by_ != 0 && locked_by_ != write.request.session);
}

void Writes::begin(Request request) {
  auto write = std::make_shared<Write>();
  write->request = std::move(request);
  write->since = world_.time.now();
  write->statement = server_.begin_statement(write->request.session, "a write", {});
  writes_.push_back(write);
  enter(write);
}

// Statements and commits pass here: refused, held up, or let through.
void Writes::enter(const WritePtr& write) {
  if (held_up(*write)) {
    write->state = State::kQueued;
    return;
  }
  if (server_.refuses(write->request.admin)) return finish(write, refusal());
  if (write->commit_next)
    commit(write);
  else
    run(write);
}

void Writes::run(const WritePtr& write) {
  write->state = State::kRunning;
  const Micros open_for = write->request.open_for;
  world_.time.after(write->request.work, [this, write, open_for] {
    if (write->state != State::kRunning) return;
    if (open_for == 0) return commit(write);
    write->state = State::kOpen;
    if (open_for == kUntilCommit) {
      server_.end_statement(write->statement);
      write->request.answer({});
    }
    try_freeze();
    if (open_for == kUntilCommit) return;
    world_.time.after(open_for, [this, write] {
      if (write->state != State::kOpen) return;
      write->commit_next = true;
      enter(write);
    });
  });
}

bool Writes::commit(int session, const Answer& answer) {
  const std::vector<WritePtr> all = writes_;
  for (const WritePtr& write : all) {
    if (write->request.session != session || write->state != State::kOpen) continue;
    write->request.answer = answer;
    write->statement = server_.begin_statement(session, "COMMIT", {});
    write->commit_next = true;
    enter(write);
    return true;
  }
  return false;
}

bool Writes::prepare(int session, const Answer& answer) {
  const std::vector<WritePtr> all = writes_;
  for (const WritePtr& write : all) {
    if (write->request.session != session || write->request.xid.empty() ||
        write->state != State::kOpen)
      continue;
    write->request.answer = answer;
    write->request.body = {TrxBody::Kind::kXaPrepare, write->request.xid, {}, {}, {}};
    write->statement = server_.begin_statement(session, "XA PREPARE", {});
    commit(write);
    return true;
  }
  return false;
}

void Writes::end_prepared(int session, TrxBody body, const Answer& answer) {
  const auto found = server_.prepared.find(body.text);
  if (found == server_.prepared.end() || found->second)
    return answer({1397, "XAER_NOTA: Unknown XID", {}, -1});
  found->second = true;
  auto write = std::make_shared<Write>();
  write->request = {session, true, std::move(body), 0, 0, answer};
  write->since = world_.time.now();
  write->statement = server_.begin_statement(session, "XA COMMIT", {});
  writes_.push_back(write);
  commit(write);
}

std::vector<Writes::Holder> Writes::xa_sessions() const {
  std::vector<Holder> list;
  for (const WritePtr& write : writes_)
    if (!write->request.xid.empty())
      list.push_back({write->request.session, true, false, write->since});
  return list;
}

void Writes::commit(const WritePtr& write) {
  write->state = State::kCommitting;
  const Micros delay = 150 + server_.number("binlog_group_commit_sync_delay");
  world_.time.after(delay, [this, write] {
    if (write->state == State::kCommitting) logged(write);
  });
}

void Writes::logged(const WritePtr& write) {
  write->trx =
      world_.ledger.add(server_.origin, server_.server_id, world_.time.now(), write->request.body);
  write->state = State::kWaiting;
  const bool semi_sync = server_.number(kEnabled) != 0 && !asynchronous_;
  server_.log(write->trx);
  if (!semi_sync) return finish(write, {0, {}, {}, write->trx});
  const Micros timeout = server_.number(kTimeout) * kMillisecond;
  world_.time.after(timeout, [this, write] {
    if (write->state != State::kWaiting) return;
    asynchronous_ = true;
    let_waiters_go();
  });
}

void Writes::acknowledged(TrxId trx, int replica) {
  // Somebody has caught up: it waits again.
  if (!server_.binlog.empty() && server_.binlog.back() == trx) asynchronous_ = false;
  const auto found = std::find_if(writes_.begin(), writes_.end(),
                                  [&](const WritePtr& write) { return write->trx == trx; });
  if (found == writes_.end() || (*found)->state != State::kWaiting) return;
  const WritePtr write = *found;
  write->acknowledged |= 1U << static_cast<unsigned>(replica);
  const auto count = static_cast<std::int64_t>(std::bitset<32>(write->acknowledged).count());
  if (count >= std::max<std::int64_t>(1, server_.number(kCount)))
    finish(write, {0, {}, {}, write->trx});
}

void Writes::let_waiters_go() {
  const std::vector<WritePtr> all = writes_;
  for (const WritePtr& write : all)
    if (write->state == State::kWaiting) finish(write, {0, {}, {}, write->trx});
}

void Writes::drop(const WritePtr& write) {
  std::erase(writes_, write);
  server_.end_statement(write->statement);
}

void Writes::finish(const WritePtr& write, const Reply& reply) {
  if (reply.error == 0) server_.take_effect(write->trx);
  // A state that no event of this write waits for.
  write->state = State::kQueued;
  const Answer answer = write->request.answer;
  drop(write);
  if (answer) answer(reply);
  try_freeze();
}

void Writes::abort(const WritePtr& write) {
  const auto found = server_.prepared.find(write->request.body.text);
  if (found != server_.prepared.end()) found->second = false;
  finish(write, interrupted());
}

void Writes::interrupt(int session, bool connection) {
  const std::vector<WritePtr> all = writes_;
  for (const WritePtr& write : all) {
    if (write->request.session != session) continue;
    if (connection) write->request.answer = nullptr;
    // What is in the binary log is committed, whoever waits for it: it only waits no longer. And a
    // commit, or an XA PREPARE, that is on its way there goes on.
    if (write->state == State::kWaiting)
      finish(write, {0, {}, {}, write->trx});
    else if (write->state == State::kCommitting)
      continue;
    else if (write->state != State::kOpen || connection)
      abort(write);
  }
  const std::vector<Freeze> freezes = freezes_;
  for (const Freeze& freeze : freezes) {
    if (freeze.session != session) continue;
    std::erase_if(freezes_, [&](const Freeze& one) { return one.statement == freeze.statement; });
    server_.end_statement(freeze.statement);
    if (!connection) freeze.answer(interrupted());
  }
  release();
}

void Writes::freeze(int session, Answer answer) {
  if (server_.super_read_only) return answer({});
  const int statement = server_.begin_statement(session, "SET GLOBAL super_read_only = ON", {});
  freezes_.push_back({session, statement, std::move(answer)});
  try_freeze();
}

void Writes::try_freeze() {
  if (freezes_.empty()) return release();
  if (locked_by_ != 0) return;
  for (const WritePtr& write : writes_)
    if (blocks(*write)) return;
  const bool was_open = !server_.read_only;
  server_.read_only = server_.super_read_only = true;
  const std::vector<Freeze> done = std::exchange(freezes_, {});
  const auto session = server_.sessions.find(done.front().session);
  const int process = session == server_.sessions.end() ? 0 : session->second.owner;
  world_.say(server_.name, [] { return "is frozen (super_read_only = ON)"; });
  if (was_open) world_.tell([&](Checker& checker) { checker.frozen(world_, server_, process); });
  for (const Freeze& freeze : done) {
    server_.end_statement(freeze.statement);
    freeze.answer({});
  }
  release();
}

void Writes::release() {
  const std::vector<WritePtr> all = writes_;
  for (const WritePtr& write : all)
    if (write->state == State::kQueued && !held_up(*write) &&
        std::find(writes_.begin(), writes_.end(), write) != writes_.end())
      enter(write);
}

void Writes::thaw(bool super_only) {
  server_.super_read_only = false;
  if (!super_only) server_.read_only = false;
}

void Writes::lock_tables(int session) {
  locked_by_ = session;
  locked_since_ = world_.time.now();
}

void Writes::unlock_tables(int session) {
  if (locked_by_ != session || session == 0) return;
  locked_by_ = 0;
  try_freeze();
}

// What is in the binary log is found there and committed when mysqld starts again; the rest is
// rolled back.
void Writes::crash() {
  for (const WritePtr& write : writes_) {
    if (write->state == State::kWaiting) server_.take_effect(write->trx);
    write->state = State::kQueued;
  }
  for (auto& [xid, busy] : server_.prepared) busy = false;
  writes_.clear();
  freezes_.clear();
  locked_by_ = 0;
  asynchronous_ = false;
}

bool Writes::may_still_acknowledge() const {
  return std::any_of(writes_.begin(), writes_.end(), [&](const WritePtr& write) {
    return write->request.answer && blocks(*write);
  });
}

TrxSet Writes::committing() const {
  TrxSet set;
  for (const WritePtr& write : writes_)
    if (write->state == State::kWaiting) set.add(write->trx);
  return set;
}

std::vector<Writes::Holder> Writes::lock_holders() const {
  std::vector<Holder> list;
  for (const WritePtr& write : writes_)
    if (blocks(*write))
      list.push_back(
          {write->request.session, false, write->state == State::kWaiting, write->since});
  if (locked_by_ != 0) list.push_back({locked_by_, true, false, locked_since_});
  return list;
}

std::vector<Writes::Holder> Writes::transactions() const {
  std::vector<Holder> list;
  for (const WritePtr& write : writes_)
    if (blocks(*write) || write->state == State::kOpen || write->commit_next)
      list.push_back({write->request.session, write->state == State::kOpen, false, write->since});
  return list;
}

}  // namespace gtidops::sim
