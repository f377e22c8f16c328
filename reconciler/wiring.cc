#include "wiring.h"

#include <fcntl.h>
#include <sys/types.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <thread>
#include <utility>
#include <vector>

#include "git/folder_source.h"
#include "git/git_source.h"
#include "mysql/fleet.h"
#include "notify/exec_hook.h"
#include "notify/webhook.h"
#include "state/state_folder.h"
#include "state/this_process.h"
#include "system/files.h"
#include "system/secret.h"

namespace gtidops {
namespace {

class SystemClock : public Clock {
 public:
  [[nodiscard]] Moment now() const override {
    return std::chrono::time_point_cast<Millis>(std::chrono::system_clock::now());
  }
  [[nodiscard]] Millis monotonic() const override {
    return std::chrono::duration_cast<Millis>(std::chrono::steady_clock::now().time_since_epoch());
  }
  [[nodiscard]] double monotonic_us() const override {
    return std::chrono::duration<double, std::micro>(
               std::chrono::steady_clock::now().time_since_epoch())
        .count();
  }
  void sleep(Millis duration) override { std::this_thread::sleep_for(duration); }
};

class Everybody : public Notifier {
 public:
  void add(std::unique_ptr<Notifier> one) { all_.push_back(std::move(one)); }
  void tell(const Notice& notice) override {
    for (const auto& one : all_) one->tell(notice);
  }
  void tell(const RevisionEvent& event) override {
    for (const auto& one : all_) one->tell(event);
  }

 private:
  std::vector<std::unique_ptr<Notifier>> all_;
};

GitOptions git_options(const RunConfig& config, const std::string& state_dir) {
  const GitConfig& git = *config.git;
  GitOptions options;
  options.url = *git.url;
  options.branch = *git.branch;
  options.tag = *git.tag;
  options.commit = *git.commit;
  options.path = *git.path;
  options.user = *git.user;
  options.password = git.password;
  options.ssh_key_file = *git.ssh_key;
  options.known_hosts_file = *git.known_hosts;
  options.ca_file = *git.ca_file;
  options.verify = *git.verify == VerifyMode::kGpg   ? GitOptions::Verify::kGpg
                   : *git.verify == VerifyMode::kSsh ? GitOptions::Verify::kSsh
                                                     : GitOptions::Verify::kNone;
  options.allow_rewrite = *git.allow_rewrite;
  options.signers_file = *git.allowed_signers;
  options.directory = state_dir + "/git";
  return options;
}

}  // namespace

std::unique_ptr<Clock> make_clock() { return std::make_unique<SystemClock>(); }

std::unique_ptr<Fleet> make_fleet(const Spec& spec) { return std::make_unique<MysqlFleet>(spec); }

std::unique_ptr<Fleet> make_acting_fleet(const Spec& spec, const std::string& state_dir,
                                         const std::string& holder) {
  return std::make_unique<MysqlFleet>(
      spec, Actor{*spec.name, controller_of(state_dir), describe_this_process(holder)});
}

Result<std::unique_ptr<OpenState>> open_state(const std::string& state_dir,
                                              const std::string& topology,
                                              const std::string& holder) {
  return open_state_folder(state_dir, topology, holder);
}

Status check_spec_source(const RunConfig& config) {
  return config.git ? GitSource::check(git_options(config, {})) : Status{};
}

std::unique_ptr<SpecSource> make_spec_source(const RunConfig& config,
                                             const std::string& state_dir) {
  if (!config.git) return std::make_unique<FolderSource>(*config.path);
  return std::make_unique<GitSource>(git_options(config, state_dir));
}

std::string shown_source(const RunConfig& config) {
  return config.git ? printable_url(*config.git->url) : *config.path;
}

Result<Intent> peek_intent(const std::string& state_dir, const std::string& topology) {
  return read_intent(state_dir, topology);
}

namespace {

std::filesystem::path history_path(const std::string& state_dir, const std::string& topology) {
  return std::filesystem::path(state_dir) / (topology + ".history");
}

}  // namespace

History read_history(const std::string& state_dir, const std::string& topology) {
  const std::filesystem::path path = history_path(state_dir, topology);
  const auto file = open_file(path, O_RDONLY);
  if (!file) return {};
  const auto text = read_all(*file, path);
  return text ? parse_history(*text).value_or(History{}) : History{};
}

Status write_history(const std::string& state_dir, const std::string& topology,
                     const History& history) {
  return replace_file(history_path(state_dir, topology), print_history(history));
}

Status check_secret(const SecretRef& secret) {
  const auto read = read_secret(secret, Deadline::after(kSecretCommandTime));
  if (!read) return tl::unexpected<Error>(read.error());
  return {};
}

std::unique_ptr<Notifier> make_notifier(const RunConfig& config, const Log& log) {
  auto everybody = std::make_unique<Everybody>();
  const auto warn = [log](const std::string& text) { log(LogLevel::kWarning, text); };
  for (const ReceiverConfig& receiver : config.notifications) {
    if (*receiver.type == ReceiverConfig::Type::kExec) {
      ExecHookOptions options;
      options.command = *receiver.command;
      options.conditions = *receiver.conditions;
      everybody->add(std::make_unique<ExecHook>(std::move(options), warn));
      continue;
    }
    WebhookOptions options;
    options.slack = *receiver.type == ReceiverConfig::Type::kSlack;
    if (options.slack) options.name = "slack";
    options.url = *receiver.url;
    options.url_from = receiver.url_from;
    options.secret = receiver.secret;
    options.conditions = *receiver.conditions;
    options.max_per_minute = *receiver.max_per_minute;
    everybody->add(std::make_unique<Webhook>(std::move(options), warn));
  }
  return everybody;
}

}  // namespace gtidops
