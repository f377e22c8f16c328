// What receivers are sent: a notice, or several summed up, as JSON or as Slack's text.
//
// Thread-safety: pure functions. Errors: none; text that is no UTF-8 is replaced.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "ports/notifier.h"

namespace gtidops::notify {

// One: {"format_version":"1.0","kind":"condition",...}; several, or some that were dropped:
// {"kind":"summary","count":N,"dropped":N,"notices":[...]}.
std::string webhook_body(const std::vector<Notice>& notices, std::size_t dropped);
// {"text": "..."}: a line for each, at most twenty.
std::string slack_body(const std::vector<Notice>& notices, std::size_t dropped);
// {"event":"revision_applied","revision":...,"topology":...,"state":...,"description":...}
std::string revision_body(const RevisionEvent& event);
// "sha256=" and the HMAC in hexadecimal digits.
std::string signature(std::string_view key, std::string_view body);

}  // namespace gtidops::notify
