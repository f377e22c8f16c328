// page: the page for people at /. One HTML document with nothing from elsewhere, complete as the
// server sends it; a small script only renews it. Whatever comes from a server, a file or git is
// escaped.
//
// Thread-safety: pure functions. Errors: none.
#pragma once

#include <string>
#include <string_view>

#include "report/snapshot.h"

namespace gtidops {

std::string page(const DaemonSnapshot& snapshot);
// What a browser may do with it: run exactly this script and style, and ask this server.
std::string page_security_policy();

// `text` as it may stand in HTML, in an attribute too; control characters are written out.
std::string escaped(std::string_view text);

// In files of their own.
extern const char* const kPageStyle;
extern const char* const kPageScript;

}  // namespace gtidops
