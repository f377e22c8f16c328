#include "http/web_access.h"

#include <sys/stat.h>

namespace gtidops {
namespace {

constexpr Millis kLookAgain{1'000};

std::string stamp_of(const std::string& file) {
  struct stat info {};
  if (::stat(file.c_str(), &info) != 0) return "none";
  return std::to_string(info.st_ino) + ":" + std::to_string(info.st_size) + ":" +
         std::to_string(info.st_mtim.tv_sec) + "." + std::to_string(info.st_mtim.tv_nsec);
}

}  // namespace

WebAccess::Stamps WebAccess::stamps() const {
  Stamps all;
  for (const std::string& file : watched_) all.push_back(stamp_of(file));
  return all;
}

Status WebAccess::take() {
  const auto config = read_web_config(file_);
  if (!config) return tl::unexpected(config.error());
  std::vector<std::string> watched{file_};
  Rules rules;
  rules.users = config->users;
  if (config->tls) {
    for (const auto& file :
         {config->tls->cert_file, config->tls->key_file, config->tls->client_ca_file})
      if (!file.empty()) watched.push_back(file);
    auto context = make_tls_context(*config->tls);
    if (!context) return fail(context.error().code, file_ + ": " + context.error().message);
    rules.tls = std::move(*context);
  }
  watched_ = std::move(watched);
  rules_ = std::make_shared<const Rules>(std::move(rules));
  return {};
}

Status WebAccess::load() {
  const std::lock_guard lock(mutex_);
  if (file_.empty()) return {};
  watched_ = {file_};
  const auto taken = take();
  stamps_ = stamps();
  look_again_ = Deadline::after(kLookAgain);
  return taken;
}

std::shared_ptr<const WebAccess::Rules> WebAccess::rules() {
  const std::lock_guard lock(mutex_);
  if (file_.empty() || !look_again_.over()) return rules_;
  look_again_ = Deadline::after(kLookAgain);
  Stamps now = stamps();
  if (now == stamps_) return rules_;
  const auto taken = take();
  problem_ = taken ? "" : "what changed was not taken over: " + taken.error().message;
  stamps_ = taken ? stamps() : std::move(now);
  return rules_;
}

std::string WebAccess::problem() const {
  const std::lock_guard lock(mutex_);
  return problem_;
}

}  // namespace gtidops
