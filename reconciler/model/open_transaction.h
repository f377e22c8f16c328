// OpenTransaction: a client's transaction that has changed or locked rows and is not over; and the
// question that finds them. Likewise the XA transactions that are prepared.
//
// Thread-safety: plain values, pure functions. Errors: printed_xids() says which row it does not
// understand.
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

// What has gone on for longer is a long transaction.
inline constexpr int kLongSeconds = 1;

// Four columns, as above, the oldest first. Clients' only: an applier that waits for a lock stands
// in nobody's way. Not those of the session that asks. Rests on information_schema.innodb_trx,
// which MySQL renews only when nobody has read it for 100 ms, and on PROCESS.
std::string open_transactions_query(int least_seconds);

// The XA transactions that are prepared. super_read_only does not keep anybody from XA COMMIT or XA
// ROLLBACK of these, nor from XA PREPARE of one that wrote before (tests/contract/
// what_passes_the_freeze.md). Needs XA_RECOVER_ADMIN; nothing else that a server shows tells their
// xids, or is renewed at once.
std::string prepared_xa_query();
// Its rows (formatID, gtrid_length, bqual_length, data as 0x...), each as XA COMMIT takes it:
// 'gtrid','bqual',1 or, where that cannot be printed, X'...',X'...',1.
Result<std::vector<std::string>> printed_xids(
    const std::vector<std::vector<std::optional<std::string>>>& rows);

// "connection 17 of app@10.0.0.9 has had a transaction open for 35.2 s".
std::string describe(const OpenTransaction& one);

// The first few of `descriptions`, and how many more there are.
std::string first_of(const std::vector<std::string>& descriptions);

}  // namespace gtidops
