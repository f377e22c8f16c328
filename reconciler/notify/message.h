// message: what receivers are sent: one notice, or a summary of several, as JSON or as Slack's
// text.
//
// Thread-safety: pure functions. Errors: none; bytes that are not UTF-8 are replaced.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "ports/notifier.h"

namespace gtidops::notify {

// For one notice {"format_version":"1.0","kind":"condition",...}; for several, or if some were
// dropped, {"kind":"summary","count":N,"dropped":N,"notices":[...]}.
std::string webhook_body(const std::vector<Notice>& notices, std::size_t dropped);
// {"text": "..."}: one line for each notice, at most twenty.
std::string slack_body(const std::vector<Notice>& notices, std::size_t dropped);
// {"event":"revision_applied","revision":...,"topology":...,"state":...,"description":...}
std::string revision_body(const RevisionEvent& event);
// "sha256=" and the HMAC of the body in hexadecimal digits.
std::string signature(std::string_view key, std::string_view body);

}  // namespace gtidops::notify
