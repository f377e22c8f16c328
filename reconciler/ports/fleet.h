// Fleet: the servers of one topology: look at them, and run a statement on one. The real one speaks
// to MySQL (mysql/fleet.h); tests have a simulation.
//
// Thread-safety: one thread at a time. Errors: a look never fails as a whole; each server that
// could not be read says why. A statement fails with kUnreachable (it was not sent), kFailed (the
// server refused it; nothing happened), or kUnknown (time-out or lost reply: it may have happened,
// or may still happen).
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

  // Looks at the named servers in parallel, each with its own `deadline`, so that a slow one delays
  // no other. Every name must be in the specification. Does not fill executed_later.
  virtual Observation look(const std::vector<std::string>& servers, Depth depth,
                           Millis deadline) = 0;

  // Runs one statement, and waits at most `deadline` for its end. Never sends it twice. If the
  // statement names a connection that is not open any more, the error is kUnreachable.
  virtual Result<Rows> run(const Statement& statement, Millis deadline) = 0;

  // Begins a statement that may run for hours, on a connection of its own, and waits at most
  // `patience` for an early end. Without an error, it has ended well, or goes on: also when this
  // process ends. Errors as those of run(). A fleet that only looks begins nothing.
  virtual Status begin(const Statement& statement, Millis /*patience*/) {
    return fail(ErrorCode::kFailed, "there is no right to act on " + statement.server);
  }

  // Reads a secret as run() would read it for a statement, and says what is wrong with it; nullopt:
  // no trouble is known.
  virtual std::optional<SecretTrouble> try_secret(const SecretRef& /*secret*/) {
    return std::nullopt;
  }

  // A file descriptor of the idle connection to the server, on which EPOLLRDHUP shows that the
  // other side hangs up. The caller closes it. -1: there is none.
  virtual int watch(const std::string& /*server*/) { return -1; }

  // The number of the connection that was opened to this server last; it grows with each. The last
  // answer of run() came over it. 0: none yet, or this fleet does not number them.
  [[nodiscard]] virtual std::uint64_t connection(const std::string& /*server*/) const { return 0; }

  // Makes sure that the present connection holds the right to act on this server. Then nothing that
  // was sent to it earlier on another connection can take effect any more (execute/right_to_act.h).
  // A fleet that only looks never has the right.
  virtual Status hold(const std::string& server, Millis /*deadline*/) {
    return fail(ErrorCode::kFailed, "there is no right to act on " + server);
  }
};

}  // namespace gtidops
