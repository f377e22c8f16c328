// What a `grants` map may say: objects and privileges (manual, "GRANT Statement").
//
// Thread-safety: pure functions, constant data.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace gtidops {

enum class GrantLevel { kGlobal, kDatabase, kTable };

struct GrantObject {
  GrantLevel level = GrantLevel::kGlobal;
  // "*.*", "orders.*", "orders.items"; a name that holds '.', '*' or another odd character keeps
  // its backquotes.
  std::string text;
};

// Accepts backquotes around each name, and %, _ and \ in a database's, as GRANT does.
Result<GrantObject> parse_grant_object(std::string_view text);

// The privilege as GRANT spells it, if it exists at that level. Upper case is wanted; "ALL
// PRIVILEGES" becomes "ALL". A dynamic privilege that is not known here is accepted, for components
// bring their own, unless it looks like a slip in one that is known.
Result<std::string> parse_privilege(std::string_view text, GrantLevel level);

}  // namespace gtidops
