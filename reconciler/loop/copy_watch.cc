#include "loop/copy_watch.h"

#include <cstdlib>
#include <ctime>
#include <iomanip>
#include <sstream>
#include <utility>

namespace gtidops {
namespace {

// "2026-11-29 21:34:26.123". Only differences are taken, so the time zone does not matter.
std::optional<double> seconds_of(const std::string& moment) {
  std::istringstream in(moment);
  std::tm parts{};
  in >> std::get_time(&parts, "%Y-%m-%d %H:%M:%S");
  if (in.fail()) return std::nullopt;
  const auto point = moment.find('.');
  const double fraction =
      point == std::string::npos ? 0 : std::strtod(moment.c_str() + point, nullptr);
  return static_cast<double>(timegm(&parts)) + fraction;
}

EndedCopy ended(const std::string& server, const CloneStatus& clone) {
  EndedCopy copy{server, clone.source, clone.completed(), {}, clone.error};
  const auto from = seconds_of(clone.began);
  const auto to = seconds_of(clone.ended);
  if (from && to && *to >= *from) copy.seconds = *to - *from;
  return copy;
}

}  // namespace

std::vector<EndedCopy> CopyWatch::ended_since(const Observation& seen) {
  std::vector<EndedCopy> list;
  for (const auto& [name, look] : seen.servers) {
    const auto* state = std::get_if<ServerState>(&look);
    if (state == nullptr || !state->details || !state->details->clone) continue;
    const CloneStatus& now = *state->details->clone;
    const auto known = last_.find(name);
    const bool has_ended = now.completed() || now.state == CloneStatus::State::kFailed;
    // Else it had ended before, or is an old one on a server that is seen for the first time.
    const bool news =
        known != last_.end() && (known->second.runs() || known->second.began != now.began);
    if (has_ended && news) list.push_back(ended(name, now));
    last_[name] = now;
  }
  return list;
}

}  // namespace gtidops
