#include "mysql/read_semi_sync.h"

#include <charconv>

namespace gtidops::mysql {
namespace {

using Values = std::map<std::string, std::string>;

class ValuesReader {
 public:
  explicit ValuesReader(const Values& values) : values_(values) {}

  [[nodiscard]] const std::string* find(const std::string& name) const {
    const auto found = values_.find(name);
    return found == values_.end() ? nullptr : &found->second;
  }
  std::string text(const std::string& name) {
    const std::string* const value = find(name);
    if (value == nullptr) complain(name + " is missing");
    return value == nullptr ? std::string() : *value;
  }
  bool boolean(const std::string& name) {
    const std::string value = text(name);
    if (value != "ON" && value != "OFF") complain(name + " is " + value);
    return value == "ON";
  }
  template <class Number>
  Number number(const std::string& name) {
    const std::string value = text(name);
    Number parsed{};
    const auto [rest, error] = std::from_chars(value.data(), value.data() + value.size(), parsed);
    if (error != std::errc{} || rest != value.data() + value.size())
      complain(name + " is not a number: " + value);
    return parsed;
  }
  [[nodiscard]] const std::optional<Error>& error() const { return error_; }

 private:
  void complain(const std::string& what) {
    if (!error_) error_ = Error{ErrorCode::kFailed, what, 0};
  }
  const Values& values_;
  std::optional<Error> error_;
};

SemiSync::Source read_source(ValuesReader& variables, ValuesReader& status, bool old_names) {
  const std::string side = old_names ? "rpl_semi_sync_master" : "rpl_semi_sync_source";
  const std::string count = old_names ? "_wait_for_slave_count" : "_wait_for_replica_count";
  SemiSync::Source source;
  source.old_names = old_names;
  source.enabled = variables.boolean(side + "_enabled");
  source.wait_count = variables.number<int>(side + count);
  source.timeout_ms = variables.number<std::uint64_t>(side + "_timeout");
  source.wait_point = variables.text(side + "_wait_point");
  source.wait_no_replica =
      variables.boolean(side + (old_names ? "_wait_no_slave" : "_wait_no_replica"));
  if (status.find(side + "_clients") != nullptr)
    source.clients = status.number<int>(side + "_clients");
  if (status.find(side + "_status") != nullptr) source.active = status.boolean(side + "_status");
  return source;
}

SemiSync::Replica read_replica(ValuesReader& variables, ValuesReader& status, bool old_names) {
  const std::string side = old_names ? "rpl_semi_sync_slave" : "rpl_semi_sync_replica";
  SemiSync::Replica replica;
  replica.old_names = old_names;
  replica.enabled = variables.boolean(side + "_enabled");
  if (status.find(side + "_status") != nullptr) replica.active = status.boolean(side + "_status");
  return replica;
}

}  // namespace

Result<SemiSync> read_semi_sync(const Values& variables, const Values& status) {
  ValuesReader settings(variables);
  ValuesReader counters(status);
  SemiSync semi_sync;
  for (const bool old_names : {false, true}) {
    const bool source =
        settings.find(old_names ? "rpl_semi_sync_master_enabled" : "rpl_semi_sync_source_enabled");
    const bool replica =
        settings.find(old_names ? "rpl_semi_sync_slave_enabled" : "rpl_semi_sync_replica_enabled");
    if (source) semi_sync.source = read_source(settings, counters, old_names);
    if (replica) semi_sync.replica = read_replica(settings, counters, old_names);
  }
  for (const ValuesReader* reader : {&settings, &counters})
    if (reader->error()) return tl::unexpected(*reader->error());
  return semi_sync;
}

}  // namespace gtidops::mysql
