// Webhook: notices as an HTTP POST, as JSON of ours or as Slack (and what is compatible with it)
// takes them. It has a thread of its own; a receiver that fails or hangs holds up nobody.
//
// Tried again, with growing pauses, when there was no answer, or 429 or 5xx. At most so many
// requests a minute; what is held back meanwhile comes as one summary. Redirects are not followed.
// It is not told of commits.
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
  std::string url;               // or:
  SecretRef url_from;
  bool slack = false;
  SecretRef secret;  // of the header X-Gtidops-Signature; not declared: no such header
  std::vector<std::string> conditions;  // empty: all
  int max_per_minute = 10;
  std::string ca_file;  // empty: the system's
  Millis timeout{10'000};
  int attempts = 4;
  Millis first_pause{1'000};    // twice as long before each further one
  notify::OutboxLimits limits;  // per_window is taken from max_per_minute
};

class Webhook : public Notifier {
 public:
  using Log = std::function<void(const std::string&)>;

  Webhook(WebhookOptions options, Log log);
  ~Webhook() override;

  void tell(const Notice& notice) override;
  void tell(const RevisionEvent& /*event*/) override {}
  // Since the start: those for which there was no room any more.
  [[nodiscard]] std::size_t dropped() const;

 private:
  struct Inner;
  std::unique_ptr<Inner> inner_;
};

}  // namespace gtidops
