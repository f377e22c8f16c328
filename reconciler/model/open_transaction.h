// OpenTransaction: a client's transaction that has changed or locked rows and is not over; and the
// question that finds them.
//
// Thread-safety: plain values, pure functions. Errors: none.
#pragma once

#include <string>
#include <vector>

namespace gtidops {

struct OpenTransaction {
  std::string id;      // of the connection
  std::string who;     // user@host
  double seconds = 0;  // since it began
  bool idle = false;   // it runs no statement now
};

// What has gone on for longer is a long transaction.
inline constexpr int kLongSeconds = 1;

// Four columns, as above, the oldest first. Clients' only: an applier that waits for a lock stands
// in nobody's way. Not those of the session that asks. Rests on information_schema.innodb_trx,
// which MySQL renews only when nobody has read it for 100 ms, and on PROCESS.
std::string open_transactions_query(int least_seconds);

// "connection 17 of app@10.0.0.9 has had a transaction open for 35.2 s".
std::string describe(const OpenTransaction& one);

// The first few of `descriptions`, and how many more there are.
std::string first_of(const std::vector<std::string>& descriptions);

}  // namespace gtidops
