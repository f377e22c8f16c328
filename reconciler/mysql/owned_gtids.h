// without_owners: reads the text of @@GLOBAL.gtid_owned.
//
// Thread-safety: a pure function. Errors: none; a text of another form comes out as something that
// is no GTID set.
#pragma once

#include <string>
#include <string_view>

namespace gtidops::mysql {

// The GTID set in `text`, as GtidSet::parse() takes it. The server prints each number with the
// thread that commits it, and nothing between the last thread of one UUID and the next UUID:
// "2052ed60-e6b1-11f1-8122-02fc00000001:12#54:11#502052ed60-e6b1-11f1-8122-02fc00000001:tag:1#51"
// (seen on 9.7.4).
std::string without_owners(std::string_view text);

}  // namespace gtidops::mysql
