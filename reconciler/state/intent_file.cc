#include "state/intent_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <optional>
#include <utility>

#include "state/checked_line.h"
#include "state/memory_json.h"
#include "state/this_process.h"
#include "system/files.h"

namespace gtidops {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

using Saved = SavedIntent;

constexpr std::array<std::pair<Intent::Phase, const char*>, 3> kPhases{{
    {Intent::Phase::kStable, "stable"},
    {Intent::Phase::kSwitching, "switching"},
    {Intent::Phase::kCommitted, "committed"},
}};

const char* phase_name(Intent::Phase phase) {
  for (const auto& [value, name] : kPhases)
    if (value == phase) return name;
  return "switching";
}

std::string write_saved(const Intent& intent, std::uint64_t sequence, bool with_memory) {
  Json value{{"sequence", sequence},
             {"boot", boot_id()},
             {"established_primary_uuid", intent.established_primary_uuid},
             {"phase", phase_name(intent.phase)},
             {"from", intent.from},
             {"to", intent.to},
             {"from_uuid", intent.from_uuid},
             {"to_uuid", intent.to_uuid},
             {"frozen_at", intent.frozen_at.to_string()},
             {"may_have_committed", intent.may_have_committed}};
  if (intent.frozen_since != Moment{})
    value["frozen_since"] = intent.frozen_since.time_since_epoch().count();
  if (intent.blocked_since != Moment{})
    value["blocked_since"] = intent.blocked_since.time_since_epoch().count();
  if (intent.throttle)
    value["commit_throttle"] = {{"server", intent.throttle->server},
                                {"microseconds", intent.throttle->microseconds}};
  if (!intent.super_read_only_off.empty())
    value["super_read_only_off"] = intent.super_read_only_off;
  if (with_memory) value["memory"] = memory_json(intent.memory);
  return write_checked_line(value);
}

// `former`: the name that an older version gave it.
Json::const_iterator member(const Json& value, const char* name, const char* former) {
  const auto found = value.find(name);
  return found != value.end() ? found : value.find(former);
}

// Members that an older version did not write keep their defaults. nullopt: one has the wrong type.
std::optional<Saved> read_saved(const Json& value) try {
  Saved saved;
  const auto sequence = value.find("sequence");
  if (sequence != value.end() && !sequence->is_number_unsigned()) return std::nullopt;
  saved.sequence = value.value("sequence", std::uint64_t{1});
  saved.boot = value.value("boot", std::string());
  Intent& intent = saved.intent;
  intent.established_primary_uuid = value.at("established_primary_uuid").get<std::string>();
  const std::string phase = value.value("phase", std::string("stable"));
  bool known = false;
  for (const auto& [of, name] : kPhases) {
    if (phase != name) continue;
    intent.phase = of;
    known = true;
  }
  intent.from = value.value("from", std::string());
  intent.to = value.value("to", std::string());
  intent.from_uuid = value.value("from_uuid", std::string());
  intent.to_uuid = value.value("to_uuid", std::string());
  intent.may_have_committed = value.value("may_have_committed", false);
  intent.frozen_since = Moment(Millis(value.value("frozen_since", std::int64_t{0})));
  intent.blocked_since = Moment(Millis(value.value("blocked_since", std::int64_t{0})));
  const auto frozen = GtidSet::parse(value.value("frozen_at", std::string()));
  if (!known || !frozen) return std::nullopt;
  intent.frozen_at = *frozen;
  if (const auto throttle = member(value, "commit_throttle", "brake"); throttle != value.end())
    intent.throttle = Intent::CommitThrottle{throttle->at("server").get<std::string>(),
                                             throttle->at("microseconds").get<std::int64_t>()};
  if (const auto off = member(value, "super_read_only_off", "lifted"); off != value.end())
    intent.super_read_only_off = off->get<std::set<std::string>>();
  if (const auto memory = value.find("memory"); memory != value.end()) {
    auto read = read_memory(*memory);
    if (!read) return std::nullopt;
    intent.memory = *std::move(read);
  }
  return saved;
} catch (const Json::exception&) {
  return std::nullopt;
}

struct Noted {
  Memory memory;
  std::uint64_t sequence = 0;
};

// nullopt: there is no file, or it is damaged.
std::optional<Noted> read_noted(const fs::path& path) try {
  const auto file = open_file(path, O_RDONLY);
  if (!file) return std::nullopt;
  const auto text = read_all(*file, path);
  const auto value = text ? read_checked_line(*text) : std::nullopt;
  if (!value || !value->is_object()) return std::nullopt;
  auto memory = read_memory(value->at("memory"));
  if (!memory) return std::nullopt;
  return Noted{*std::move(memory), value->at("sequence").get<std::uint64_t>()};
} catch (const Json::exception&) {
  return std::nullopt;
}

// nullopt: there is no such file.
Result<std::optional<Saved>> read_file(const fs::path& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0 && errno == ENOENT) return std::optional<Saved>();
  const auto file = open_file(path, O_RDONLY);
  if (!file) return tl::unexpected(file.error());
  const auto text = read_all(*file, path);
  if (!text) return tl::unexpected(text.error());
  const auto value = read_checked_line(*text);
  auto saved = value && value->is_object() ? read_saved(*value) : std::nullopt;
  if (saved) return saved;
  return fail(
      ErrorCode::kInvalid,
      fmt::format("{}: it is damaged, so which primary was opened last is not known. See that "
                  "at most one server is writable and that it is the right one, then remove "
                  "this file and run again. All that is remembered of the servers stands in "
                  "it (sets that have shrunk, filters, an unfinished change of roles): "
                  "without it a server that came back from an older copy, or was filtered "
                  "for a while, is not recognised any more",
                  path.string()));
}

// The file is not replaced, and not forced to the disk.
Status write_in_place(const fs::path& path, const std::string& text) {
  auto file = open_file(path, O_WRONLY | O_CREAT);
  if (!file) return tl::unexpected(file.error());
  if (auto status = write_all(*file, text, path); !status) return status;
  if (::ftruncate(file->get(), static_cast<off_t>(text.size())) != 0)
    return file_error(path, "it cannot be cut off");
  return {};
}

}  // namespace

IntentFile::IntentFile(const fs::path& folder, const std::string& topology)
    : path_(folder / (topology + ".intent")),
      seen_path_(folder / (topology + ".intent.seen")),
      soon_paths_{folder / (topology + ".intent.soon"), folder / (topology + ".intent.soon.1")} {}

// A crash of the machine or of this process may have left half of one; then the other one counts.
Result<std::optional<SavedIntent>> IntentFile::newest_soon() {
  std::optional<Saved> newest;
  for (const fs::path& path : soon_paths_) {
    auto soon = read_file(path);
    if (!soon && soon.error().code != ErrorCode::kInvalid) return tl::unexpected(soon.error());
    if (soon && *soon && (!newest || (*soon)->sequence > newest->sequence))
      newest = *std::move(soon);
  }
  return newest;
}

Result<Intent> IntentFile::load() {
  auto saved = read_file(path_);
  if (!saved) return tl::unexpected(saved.error());
  const std::uint64_t on_disk = *saved ? (*saved)->sequence : 0;
  if (*saved)
    if (auto noted = read_noted(seen_path_); noted && noted->sequence >= on_disk)
      (*saved)->intent.memory = std::move(noted->memory);
  auto soon = newest_soon();
  if (!soon) return tl::unexpected(soon.error());
  if (*soon && (*soon)->sequence > on_disk) {
    sequence_ = (*soon)->sequence;
    if (*saved) (*soon)->intent.memory = std::move((*saved)->intent.memory);
    return std::move((*soon)->intent);
  }
  sequence_ = on_disk;
  if (!*saved) return Intent{};
  Intent intent = std::move((*saved)->intent);
  const std::string boot = boot_id();
  if (intent.phase == Intent::Phase::kSwitching && (boot.empty() || (*saved)->boot != boot))
    intent.may_have_committed = true;
  return intent;
}

Result<std::uint64_t> IntentFile::next_sequence() {
  const std::uint64_t ours = sequence_;
  if (const auto known = load(); !known) return tl::unexpected(known.error());
  if (ours != 0 && sequence_ != ours) {
    sequence_ = ours;  // stays so until load() is called again
    return fail(ErrorCode::kRefused,
                path_.string() + ": another process has written it since: the lease is not ours");
  }
  return sequence_ + 1;
}

Status IntentFile::save(const Intent& intent) {
  const auto sequence = next_sequence();
  if (!sequence) return tl::unexpected(sequence.error());
  const Status saved = replace_file(path_, write_saved(intent, *sequence, true));
  if (saved) sequence_ = *sequence;
  return saved;
}

Status IntentFile::save_soon(const Intent& intent) {
  const auto sequence = next_sequence();
  if (!sequence) return tl::unexpected(sequence.error());
  if (auto status = write_in_place(soon_path(*sequence), write_saved(intent, *sequence, false));
      !status)
    return status;
  sequence_ = *sequence;
  return {};
}

// Does not ask whether another process has saved since: its number is then higher, and load()
// ignores this file.
Status IntentFile::note(const Memory& memory) {
  if (sequence_ == 0)
    if (const auto known = load(); !known) return tl::unexpected(known.error());
  return write_in_place(seen_path_, write_checked_line(Json{{"sequence", sequence_},
                                                            {"memory", memory_json(memory)}}));
}

}  // namespace gtidops
