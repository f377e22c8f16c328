// Fleet: the servers of one topology, as the loop sees them: look at them, and run a statement on
// one. Behind it is MySQL for real (mysql/fleet.h), or a simulation.
//
// Thread-safety: one thread at a time. Errors: a look never fails as a whole, each server that
// could not be read says why; a statement's Error is kUnreachable (it was not sent), kFailed (the
// server said no; nothing happened), or kUnknown (time-out or lost reply: it may have happened, or
// may yet).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/quantity.h"
#include "base/result.h"
#include "model/depth.h"
#include "model/observation.h"
#include "model/statement.h"

namespace gtidops {

using Row = std::vector<std::optional<std::string>>;
using Rows = std::vector<Row>;

class Fleet {
 public:
  Fleet() = default;
  Fleet(const Fleet&) = delete;
  Fleet& operator=(const Fleet&) = delete;
  virtual ~Fleet() = default;

  // Looks at the named servers side by side, each with `deadline` of its own; a slow one delays no
  // other's reading. Every name must be one of the specification's. Does not fill executed_later.
  virtual Observation look(const std::vector<std::string>& servers, Depth depth,
                           Millis deadline) = 0;

  // Runs one statement, waiting at most `deadline` for its end. Never tries twice. One that names a
  // connection which is not at hand any more is kUnreachable.
  virtual Result<Rows> run(const Statement& statement, Millis deadline) = 0;

  // What is wrong with a secret that a statement would hand to a server; nullopt: nothing is known
  // to be. It reads it as run() would.
  virtual std::optional<SecretTrouble> try_secret(const SecretRef& /*secret*/) {
    return std::nullopt;
  }

  // A file descriptor on which the other side is seen to hang up (EPOLLRDHUP) when the idle
  // connection to the server is lost; the caller closes it. -1: there is none.
  virtual int watch(const std::string& /*server*/) { return -1; }

  // Which connection was opened to this server last: a number that grows with each. What run() has
  // been answered was answered on it. 0: none yet, or this fleet knows none.
  [[nodiscard]] virtual std::uint64_t connection(const std::string& /*server*/) const { return 0; }

  // The right to act on this server is ours on the connection at hand, and nothing that was sent to
  // it earlier on another one can land any more (execute/right_to_act.h). A fleet that only looks
  // never has it.
  virtual Status hold(const std::string& server, Millis /*deadline*/) {
    return fail(ErrorCode::kFailed, "there is no right to act on " + server);
  }
};

}  // namespace gtidops
