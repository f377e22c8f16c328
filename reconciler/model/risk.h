// Risk: what a step may do to the people who use the servers (GLOSSARY.md).
//
// Thread-safety: plain values. Errors: none.
#pragma once

#include <string_view>

namespace gtidops {

enum class Risk {
  kSafe,         // no client notices
  kDisruptive,   // a role switch, a restart, replication stopped for a while
  kDestructive,  // data, GTID history, a user or a grant goes away
};

constexpr std::string_view risk_name(Risk risk) {
  switch (risk) {
    case Risk::kSafe:
      return "safe";
    case Risk::kDisruptive:
      return "disruptive";
    case Risk::kDestructive:
      return "destructive";
  }
  return "destructive";
}

}  // namespace gtidops
