// parse_grant_object, parse_privilege: check the objects and privileges of a `grants` map (manual,
// "GRANT Statement").
//
// Thread-safety: pure functions, constant data. Errors: kInvalid, with a message for the user.
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

// The privilege as GRANT spells it, or an error when it cannot be granted at that level. It must be
// written in upper case; "ALL PRIVILEGES" becomes "ALL". An unknown dynamic privilege is accepted,
// because components register their own, unless it looks like a misspelling of a known one.
Result<std::string> parse_privilege(std::string_view text, GrantLevel level);

}  // namespace gtidops
