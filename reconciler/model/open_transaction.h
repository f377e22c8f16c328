// OpenTransaction: a client's transaction that has changed or locked rows and has not ended; and
// the query that finds these. Likewise for prepared XA transactions.
//
// Thread-safety: plain values, pure functions. Errors: printed_xids() fails on a row that it does
// not understand.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"

namespace gtidops {

struct OpenTransaction {
  std::string id;      // of the connection
  std::string who;     // user@host
  double seconds = 0;  // since it began
  bool idle = false;   // it runs no statement now
};

// A transaction that has been open for longer is a long transaction.
inline constexpr int kLongSeconds = 1;

// Returns the four columns of OpenTransaction, the oldest transaction first. Appliers' transactions
// are left out, because an applier that waits for a lock is in nobody's way; so are those of the
// session that asks. Needs PROCESS. Reads information_schema.innodb_trx, which MySQL renews only
// when nobody has read it for 100 ms.
std::string open_transactions_query(int least_seconds);

// Finds the prepared XA transactions. With super_read_only = ON, clients can still run XA COMMIT
// and XA ROLLBACK on these, and XA PREPARE on one that has written before
// (tests/contract/what_passes_the_freeze.md). Needs XA_RECOVER_ADMIN: nothing else that a server
// shows has their xids, or is up to date at once.
std::string prepared_xa_query();
// Its rows (formatID, gtrid_length, bqual_length, data as 0x...), each as XA COMMIT takes it:
// 'gtrid','bqual',1. Parts that cannot be printed are written in hex: X'...',X'...',1.
Result<std::vector<std::string>> printed_xids(
    const std::vector<std::vector<std::optional<std::string>>>& rows);

// "connection 17 of app@10.0.0.9 has had a transaction open for 35.2 s".
std::string describe(const OpenTransaction& one);

// The first few of `descriptions`, and how many more there are.
std::string first_of(const std::vector<std::string>& descriptions);

}  // namespace gtidops
