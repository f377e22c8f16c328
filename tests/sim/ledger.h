// Ledger: every transaction that was ever committed anywhere, once, and sets of them. This is the
// truth that the checkers compare with; it has nothing in common with model/gtid_set, but that a
// set can be told as one.
//
// Thread-safety: one thread. Errors: none.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "model/gtid_set.h"
#include "sim/timeline.h"

namespace gtidops::sim {

using TrxId = int;  // its place in the ledger

struct TrxBody {
  enum class Kind {
    kRow,
    kSchema,  // CREATE DATABASE `text`
    kTable,
    kCreateUser,  // `text`@`host`, password
    kGrantReplication,
    kGrantMore,  // `more`, as SHOW GRANTS shows it
    kRevoke,     // everything but REPLICATION SLAVE
    kDropUser,
    kHeartbeat,  // server `text`, topology `host`
    kEvent,      // CREATE or ALTER EVENT `text` ... ENABLE, definer `host`, collation `more`
    kXaPrepare,  // XA PREPARE `text`, and so on: each is a transaction of its own
    kXaCommit,
    kXaRollback,
  };
  Kind kind = Kind::kRow;
  std::string text, host, password, more;
};

struct Trx {
  int origin = 0;               // whoever committed it first: SimServer::origin
  std::uint32_t server_id = 0;  // which that one had then
  std::int64_t number = 0;
  Micros committed = 0;
  TrxBody body;
};

class Ledger {
 public:
  explicit Ledger(std::vector<std::string> uuids) : uuids_(std::move(uuids)) {}

  TrxId add(int origin, std::uint32_t server_id, Micros now, TrxBody body);
  [[nodiscard]] const Trx& of(TrxId id) const { return all_[static_cast<std::size_t>(id)]; }
  // Another UUID that numbers transactions, from 1 on: what `add` takes for it.
  int add_origin(std::string uuid);
  // From now on this origin gives its numbers again, from this one on: two transactions then bear
  // one GTID.
  void rewind(int origin, std::int64_t next);
  [[nodiscard]] std::size_t origins() const { return uuids_.size(); }
  [[nodiscard]] bool numbers_twice() const { return numbers_twice_; }
  [[nodiscard]] GtidSet gtid(TrxId id) const;
  [[nodiscard]] std::size_t size() const { return all_.size(); }
  [[nodiscard]] const std::string& uuid(int server) const {
    return uuids_[static_cast<std::size_t>(server)];
  }
  // "db1:7".
  [[nodiscard]] std::string name(TrxId id) const;

 private:
  std::vector<std::string> uuids_;
  std::vector<std::int64_t> next_ = std::vector<std::int64_t>(uuids_.size(), 1);
  std::vector<Trx> all_;
  bool numbers_twice_ = false;
};

// A set of transactions of one ledger.
class TrxSet {
 public:
  [[nodiscard]] bool has(TrxId id) const {
    const auto word = static_cast<std::size_t>(id) / 64;
    return word < words_.size() && ((words_[word] >> (static_cast<unsigned>(id) % 64U)) & 1U) != 0;
  }
  void add(TrxId id);
  void add(const TrxSet& other);
  void clear() { *this = {}; }
  // Those of this set that `other` lacks.
  [[nodiscard]] std::vector<TrxId> minus(const TrxSet& other) const;
  [[nodiscard]] bool within(const TrxSet& other) const;
  // As the server would print it.
  [[nodiscard]] const GtidSet& gtids(const Ledger& ledger) const;

 private:
  std::vector<std::uint64_t> words_;
  mutable GtidSet told_;
  mutable bool stale_ = false;
};

}  // namespace gtidops::sim
