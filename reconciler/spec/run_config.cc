#include "spec/run_config.h"

#include <openssl/err.h>
#include <openssl/http.h>

#include <algorithm>
#include <array>
#include <memory>
#include <utility>

#include "spec/sections.h"
#include "spec/source_text.h"
#include "spec/structure.h"
#include "spec/yaml_tree.h"

namespace gtidops {
namespace {

template <class T>
Key<T> secret(std::string_view name, SecretRef T::*member) {
  return section(name, member, login_secret_section);
}

template <class T>
Key<T> text(std::string_view name, Field<std::string> T::*member) {
  return value(name, member, Read<std::string>(read_text));
}

// A word of a command: any text that is not empty.
std::optional<std::string> check_word(std::string_view word) {
  return word.empty() ? std::optional<std::string>("expected a text") : std::nullopt;
}

std::optional<std::string> check_url(std::string_view word) {
  return host_of_url(std::string(word))
             ? std::nullopt
             : std::optional<std::string>("is not of the form https://HOST[:PORT]/");
}

std::optional<std::string> check_condition(std::string_view word) {
  static constexpr std::array kTypes{"Ready",   "Synced",    "Healthy",        "Reconciling",
                                     "Stalled", "Suspended", "PrimaryDiverged"};
  if (std::find(kTypes.begin(), kTypes.end(), word) != kTypes.end()) return std::nullopt;
  return "is no condition; write Ready, Synced, Healthy, Reconciling, Stalled, Suspended or "
         "PrimaryDiverged";
}

// Not list_that(): a command may contain the same word twice.
std::optional<std::vector<std::string>> read_command(const Cursor& at, Errors& errors) {
  if (!is_list(at, errors)) return std::nullopt;
  std::vector<std::string> words;
  for (std::size_t i = 0; i < at.node.items.size(); ++i) {
    auto word = text_that(check_word)(item_of(at, i), errors);
    if (!word) return std::nullopt;
    words.push_back(std::move(*word));
  }
  if (!words.empty()) return words;
  errors.add(at.node.at, at.path, "expected a program and its arguments");
  return std::nullopt;
}

const Section<GitConfig>& git_section() {
  const Read<VerifyMode> verify = one_of<VerifyMode>(
      {"none", "gpg", "ssh"}, {VerifyMode::kNone, VerifyMode::kGpg, VerifyMode::kSsh});
  static const Section<GitConfig> keys{
      {required(value("url", &GitConfig::url, Read<std::string>(read_discreet_text))),
       text("branch", &GitConfig::branch), text("tag", &GitConfig::tag),
       text("commit", &GitConfig::commit), text("path", &GitConfig::path),
       value("interval", &GitConfig::interval, duration(Millis{1'000})),
       value("timeout", &GitConfig::timeout, duration(Millis{1'000})),
       text("user", &GitConfig::user), secret("passwordFrom", &GitConfig::password),
       text("sshKey", &GitConfig::ssh_key), text("knownHosts", &GitConfig::known_hosts),
       text("caFile", &GitConfig::ca_file), value("verify", &GitConfig::verify, verify),
       text("allowedSigners", &GitConfig::allowed_signers),
       value("allowRewrite", &GitConfig::allow_rewrite, Read<bool>(read_boolean))},
      {}};
  return keys;
}

const Section<ReceiverConfig>& receiver_section() {
  using Type = ReceiverConfig::Type;
  const Read<Type> type =
      one_of<Type>({"webhook", "slack", "exec"}, {Type::kWebhook, Type::kSlack, Type::kExec});
  static const Section<ReceiverConfig> keys{
      {required(value("type", &ReceiverConfig::type, type)),
       value("url", &ReceiverConfig::url, Read<std::string>(read_discreet_text)),
       secret("urlFrom", &ReceiverConfig::url_from), secret("secretFrom", &ReceiverConfig::secret),
       value("command", &ReceiverConfig::command, Read<std::vector<std::string>>(read_command)),
       value("conditions", &ReceiverConfig::conditions, list_that(check_condition)),
       value("maxPerMinute", &ReceiverConfig::max_per_minute, integer(1, 600))},
      {}};
  return keys;
}

const Section<RunConfig>& log_section() {
  static const Section<RunConfig> keys{
      {value("level", &RunConfig::log_level,
             one_of({"trace", "debug", "info", "warning", "error", "critical", "off"})),
       value("format", &RunConfig::log_format, one_of({"text", "json"}))},
      {}};
  return keys;
}

const Section<RunConfig>& config_section() {
  static const Section<RunConfig> keys{
      {section("git", &RunConfig::git, git_section), text("path", &RunConfig::path),
       text("listen", &RunConfig::listen), text("webConfigFile", &RunConfig::web_config_file),
       value("externalUrl", &RunConfig::external_url, text_that(check_url)),
       secret("hookSecretFrom", &RunConfig::hook_secret), text("stateDir", &RunConfig::state_dir),
       value("allowDestructive", &RunConfig::allow_destructive, Read<bool>(read_boolean)),
       group("log", log_section),
       list_of("notifications", &RunConfig::notifications, receiver_section)},
      {}};
  return keys;
}

void check_git(const GitConfig& git, Errors& errors) {
  const int refs =
      (git.branch.declared ? 1 : 0) + (git.tag.declared ? 1 : 0) + (git.commit.declared ? 1 : 0);
  if (refs > 1) errors.add(git.at, "git", "only one of branch, tag and commit can be followed");
  if (*git.verify != VerifyMode::kNone && !git.allowed_signers.declared)
    errors.add(git.verify.at, "git.verify", "needs allowedSigners: the file of those who may sign");
  if (*git.verify == VerifyMode::kNone && git.allow_rewrite.declared && !*git.allow_rewrite)
    errors.add(git.allow_rewrite.at, "git.allowRewrite",
               "needs verify: without it, a branch that was rewritten is followed");
}

void check_receiver(const ReceiverConfig& receiver, const std::string& path, Errors& errors) {
  const bool exec = *receiver.type == ReceiverConfig::Type::kExec;
  const bool from = receiver.url_from.kind != SecretRef::Kind::kNone;
  if (exec && !receiver.command.declared)
    errors.add(receiver.at, path, "needs command: a program and its arguments");
  if (!exec && receiver.url.declared == from)
    errors.add(receiver.at, path, "needs exactly one of url and urlFrom");
}

}  // namespace

std::optional<std::string> host_of_url(const std::string& url) {
  struct FreeText {
    // The macro OPENSSL_free would compile the path of this source file on the build machine into
    // the program.
    void operator()(char* text) const { CRYPTO_free(text, nullptr, 0); }
  };
  using Text = std::unique_ptr<char, FreeText>;
  char* user = nullptr;
  char* host = nullptr;
  const int read = OSSL_HTTP_parse_url(url.c_str(), nullptr, &user, &host, nullptr, nullptr,
                                       nullptr, nullptr, nullptr);
  const Text user_text(user);
  const Text host_text(host);
  ERR_clear_error();
  const bool scheme = url.rfind("http://", 0) == 0 || url.rfind("https://", 0) == 0;
  const bool has_user = user != nullptr && *user != '\0';
  if (read != 1 || !scheme || has_user || host == nullptr || *host == '\0') return std::nullopt;
  return std::string(host);
}

ParsedRunConfig parse_run_config(const std::string& file, std::string_view text) {
  ParsedRunConfig parsed;
  parsed.config.file = file;
  Errors errors(file);
  const std::string_view plain = without_bom(text);
  errors.begin_document({});
  if (const auto problem = check_text(plain)) {
    errors.add(problem->at, "", problem->message);
  } else if (YamlFile yaml = read_yaml(plain); yaml.problem) {
    errors.add(yaml.problem->at, "", yaml.problem->message);
  } else if (yaml.documents.size() != 1) {
    errors.add({1, 1}, "", "expected one document");
  } else {
    YamlNode& root = yaml.documents.front().root;
    check_structure(root, errors);
    read_section(config_section(), {root, "", root.at}, errors, parsed.config);
    if (parsed.config.git) check_git(*parsed.config.git, errors);
    if (parsed.config.git && parsed.config.path.declared)
      errors.add(parsed.config.path.at, "path", "git is declared, too; only one can be followed");
    for (std::size_t i = 0; i < parsed.config.notifications.size(); ++i)
      check_receiver(parsed.config.notifications[i], "notifications[" + std::to_string(i) + "]",
                     errors);
  }
  parsed.errors = errors.sorted();
  return parsed;
}

}  // namespace gtidops
