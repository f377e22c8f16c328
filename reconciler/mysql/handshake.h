// log_in: from an address to a session, with every wait limited and every refusal explained.
//
// Thread-safety: one thread at a time for a handle. Errors: Unreachable; the handle is then
// unusable.
#pragma once

#include <atomic>
#include <functional>
#include <optional>

#include "model/observation.h"
#include "mysql/client_library.h"
#include "system/deadline.h"

namespace gtidops::mysql {

// How far the opening of a connection has come; timed_out() says it when it takes too long.
enum class Stage { kSecret, kResolving, kConnecting, kGreeting, kLogin, kOpen };

struct LoginLimits {
  Deadline connect;  // until the other host has accepted
  Deadline login;    // until the server has let us in
  int cancelled = -1;
  std::atomic<Stage>* stage;
  // Called with the socket as soon as there is one, and again for each further address of the host.
  std::function<void(int)> on_socket;
};

// `options` are those that `handle` was made with.
std::optional<Unreachable> log_in(ClientHandle& handle, const LoginOptions& options,
                                  const LoginLimits& limits);

// The sentence for a wait in this stage that took too long.
Unreachable timed_out(Stage stage, Millis waited);

}  // namespace gtidops::mysql
