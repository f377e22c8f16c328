#include "sim/ledger.h"

#include <utility>

namespace gtidops::sim {

TrxId Ledger::add(int origin, std::uint32_t server_id, Micros now, TrxBody body) {
  all_.push_back(
      {origin, server_id, next_[static_cast<std::size_t>(origin)]++, now, std::move(body)});
  return static_cast<TrxId>(all_.size()) - 1;
}

int Ledger::add_origin(std::string uuid) {
  uuids_.push_back(std::move(uuid));
  next_.push_back(1);
  return static_cast<int>(uuids_.size()) - 1;
}

void Ledger::rewind(int origin, std::int64_t next) {
  next_[static_cast<std::size_t>(origin)] = next;
  numbers_twice_ = true;
}

GtidSet Ledger::gtid(TrxId id) const {
  return GtidSet::of(uuid(of(id).origin), of(id).number, of(id).number);
}

std::string Ledger::name(TrxId id) const {
  return "db" + std::to_string(of(id).origin + 1) + ":" + std::to_string(of(id).number);
}

void TrxSet::add(TrxId id) {
  const auto word = static_cast<std::size_t>(id) / 64;
  if (word >= words_.size()) words_.resize(word + 1);
  words_[word] |= std::uint64_t{1} << (static_cast<unsigned>(id) % 64U);
  stale_ = true;
}

void TrxSet::add(const TrxSet& other) {
  if (words_.size() < other.words_.size()) words_.resize(other.words_.size());
  for (std::size_t i = 0; i < other.words_.size(); ++i) words_[i] |= other.words_[i];
  stale_ = true;
}

std::vector<TrxId> TrxSet::minus(const TrxSet& other) const {
  std::vector<TrxId> left;
  for (std::size_t i = 0; i < words_.size(); ++i) {
    const std::uint64_t theirs = i < other.words_.size() ? other.words_[i] : 0;
    const std::uint64_t bits = words_[i] & ~theirs;
    for (unsigned bit = 0; bit < 64 && (bits >> bit) != 0; ++bit)
      if (((bits >> bit) & 1U) != 0) left.push_back(static_cast<TrxId>(i * 64 + bit));
  }
  return left;
}

bool TrxSet::within(const TrxSet& other) const {
  for (std::size_t i = 0; i < words_.size(); ++i) {
    const std::uint64_t theirs = i < other.words_.size() ? other.words_[i] : 0;
    if ((words_[i] & ~theirs) != 0) return false;
  }
  return true;
}

const GtidSet& TrxSet::gtids(const Ledger& ledger) const {
  if (!stale_) return told_;
  stale_ = false;
  struct Run {
    std::int64_t first = 0, last = -1;
  };
  told_ = {};
  std::vector<Run> runs(ledger.origins());
  const auto close = [&](std::size_t origin) {
    const Run& run = runs[origin];
    if (run.last >= run.first)
      told_ = told_.united(GtidSet::of(ledger.uuid(static_cast<int>(origin)), run.first, run.last));
  };
  // Within one origin, the ledger's order is that of the numbers.
  for (std::size_t id = 0; id < words_.size() * 64; ++id) {
    if (!has(static_cast<TrxId>(id))) continue;
    const Trx& trx = ledger.of(static_cast<TrxId>(id));
    const auto origin = static_cast<std::size_t>(trx.origin);
    if (runs[origin].last + 1 == trx.number && runs[origin].last > 0) {
      runs[origin].last = trx.number;
      continue;
    }
    close(origin);
    runs[origin] = {trx.number, trx.number};
  }
  for (std::size_t origin = 0; origin < runs.size(); ++origin) close(origin);
  return told_;
}

}  // namespace gtidops::sim
