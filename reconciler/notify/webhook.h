// Webhook: sends notices as HTTP POST, as gtidops' JSON or in the format of Slack and compatible
// services. It has a thread of its own, so a receiver that fails or hangs holds up nobody.
//
// A request that got no answer, 429 or 5xx is repeated after growing pauses. At most max_per_minute
// batches are sent a minute; notices that are held back meanwhile are sent as one summary.
// Redirects are not followed. It is not told of commits.
//
// Thread-safety: tell() from any thread. Errors: to the log, without the URL, which may be a
// secret.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "model/secret_ref.h"
#include "notify/outbox.h"
#include "ports/notifier.h"

namespace gtidops {

struct WebhookOptions {
  std::string name = "webhook";  // for the log
  std::string url;               // the URL itself, or:
  SecretRef url_from;
  bool slack = false;
  SecretRef secret;  // for the header X-Gtidops-Signature; not declared: no such header
  std::vector<std::string> conditions;  // empty: all
  int max_per_minute = 10;
  std::string ca_file;  // empty: the system's
  Millis timeout{10'000};
  int attempts = 4;
  Millis first_pause{1'000};    // doubled before each further attempt
  notify::OutboxLimits limits;  // max_per_minute replaces per_window
};

class Webhook : public Notifier {
 public:
  using Log = std::function<void(const std::string&)>;

  Webhook(WebhookOptions options, Log log);
  ~Webhook() override;

  void tell(const Notice& notice) override;
  void tell(const RevisionEvent& /*event*/) override {}
  // The number of notices dropped since the start because too many were waiting.
  [[nodiscard]] std::size_t dropped() const;

 private:
  struct Inner;
  std::unique_ptr<Inner> inner_;
};

}  // namespace gtidops
