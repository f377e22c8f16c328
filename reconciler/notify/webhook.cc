#include "notify/webhook.h"

#include <curl/curl.h>
#include <poll.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "notify/message.h"
#include "system/secret.h"
#include "system/socket_wait.h"

namespace gtidops {
namespace {

using Outbox = notify::Outbox<Notice>;

struct Freed {
  void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};

void start_curl() {
  static const CURLcode started = curl_global_init(CURL_GLOBAL_DEFAULT);
  (void)started;
}

// The body of the answer is not needed; without this function libcurl would print it.
std::size_t swallow(char* /*data*/, std::size_t size, std::size_t count, void* /*to*/) {
  return size * count;
}

bool is_set(int descriptor) { return has_input(descriptor); }

int look_whether_to_stop(void* stopping, curl_off_t /*total*/, curl_off_t /*now*/,
                         curl_off_t /*up_total*/, curl_off_t /*up_now*/) {
  return is_set(*static_cast<int*>(stopping)) ? 1 : 0;
}

struct Attempt {
  bool done = false;
  bool again = false;
  std::string problem;
};

}  // namespace

struct Webhook::Inner {
  Inner(WebhookOptions with, Log to) : options(std::move(with)), log(std::move(to)) {}

  void deliver(const Outbox::Batch& batch, int stopping) const;
  Attempt post(const Secret& url, const Secret& key, const std::string& body, int stopping) const;
  std::optional<Secret> read(const SecretRef& from, const char* what, int stopping) const;

  WebhookOptions options;
  Log log;
  std::unique_ptr<Outbox> outbox;
};

std::optional<Secret> Webhook::Inner::read(const SecretRef& from, const char* what,
                                           int stopping) const {
  auto secret = read_secret(from, Deadline::after(kSecretCommandTime), stopping);
  if (secret) return std::move(*secret);
  log(options.name + ": " + what + " cannot be read: " + secret.error().message);
  return std::nullopt;
}

Attempt Webhook::Inner::post(const Secret& url, const Secret& key, const std::string& body,
                             int stopping) const {
  start_curl();
  const std::unique_ptr<CURL, Freed> handle(curl_easy_init());
  std::unique_ptr<curl_slist, Freed> headers(
      curl_slist_append(nullptr, "Content-Type: application/json"));
  if (!handle || !headers) return {false, false, "libcurl cannot be started"};
  if (!key.empty()) {
    const std::string line = "X-Gtidops-Signature: " + notify::signature(key.reveal(), body);
    curl_slist_append(headers.get(), line.c_str());
  }
  CURL* const curl = handle.get();
  curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers.get());
  curl_easy_setopt(curl, CURLOPT_USERAGENT, "gtidops/" GTIDOPS_VERSION);
  curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body.c_str());
  curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE, static_cast<long>(body.size()));
  curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, static_cast<long>(options.timeout.count()));
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, swallow);
  curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
  curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, look_whether_to_stop);
  curl_easy_setopt(curl, CURLOPT_XFERINFODATA, &stopping);
  if (!options.ca_file.empty()) curl_easy_setopt(curl, CURLOPT_CAINFO, options.ca_file.c_str());
  const CURLcode code = curl_easy_perform(curl);
  if (code == CURLE_URL_MALFORMAT || code == CURLE_UNSUPPORTED_PROTOCOL)
    return {false, false, "its URL is no http or https URL"};
  if (code != CURLE_OK) return {false, true, curl_easy_strerror(code)};
  long status = 0;
  curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
  if (status >= 200 && status < 300) return {true, false, ""};
  return {false, status == 429 || status >= 500, "it answers " + std::to_string(status)};
}

void Webhook::Inner::deliver(const Outbox::Batch& batch, int stopping) const {
  if (batch.dropped > 0)
    log(options.name + ": " + std::to_string(batch.dropped) +
        " notices were dropped, because too many were waiting");
  const std::string body = options.slack ? notify::slack_body(batch.items, batch.dropped)
                                         : notify::webhook_body(batch.items, batch.dropped);
  std::optional<Secret> url;
  url.emplace(options.url);
  if (options.url_from.kind != SecretRef::Kind::kNone)
    url = read(options.url_from, "its URL", stopping);
  const std::optional<Secret> key = read(options.secret, "its secret", stopping);
  if (!url || !key) return;
  Millis pause = options.first_pause;
  Attempt last;
  for (int tried = 1;; ++tried) {
    last = post(*url, *key, body, stopping);
    if (last.done || is_set(stopping)) return;
    if (!last.again || tried >= options.attempts) break;
    if (wait_socket(-1, 0, Deadline::after(pause), stopping) == Waited::kCancelled) return;
    pause *= 2;
  }
  log(options.name + ": " + std::to_string(batch.items.size()) +
      (batch.items.size() == 1 ? " notice" : " notices") +
      " could not be delivered: " + last.problem);
}

Webhook::Webhook(WebhookOptions options, Log log)
    : inner_(std::make_unique<Inner>(std::move(options), std::move(log))) {
  notify::OutboxLimits limits = inner_->options.limits;
  limits.per_window = static_cast<std::size_t>(std::max(1, inner_->options.max_per_minute));
  inner_->outbox = std::make_unique<Outbox>(
      limits, true, [inner = inner_.get()](const Outbox::Batch& batch, int stopping) {
        inner->deliver(batch, stopping);
      });
}

Webhook::~Webhook() { inner_->outbox.reset(); }

void Webhook::tell(const Notice& notice) {
  const auto& wanted = inner_->options.conditions;
  if (!wanted.empty() && std::find(wanted.begin(), wanted.end(), notice.condition) == wanted.end())
    return;
  inner_->outbox->push(notice);
}

std::size_t Webhook::dropped() const { return inner_->outbox->dropped(); }

}  // namespace gtidops
