// page: the HTML page at /. It is one document without external resources, complete as the server
// sends it; a small script only renews it. All text from a server, a file or git is escaped.
//
// Thread-safety: pure functions. Errors: none.
#pragma once

#include <string>
#include <string_view>

#include "report/snapshot.h"

namespace gtidops {

std::string page(const DaemonSnapshot& snapshot);
// The Content-Security-Policy of the page: only this script, this style, and requests to this
// server.
std::string page_security_policy();

// `text` escaped for HTML and for attributes; control characters are written out.
std::string escaped(std::string_view text);

// Defined in page_style.cc and page_script.cc.
extern const char* const kPageStyle;
extern const char* const kPageScript;

}  // namespace gtidops
