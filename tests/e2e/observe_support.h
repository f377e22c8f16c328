// A fleet over real servers and over others that only pretend, for the tests of the mysql room.
//
// Thread-safety: one thread.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

#include "model/observation.h"
#include "model/spec.h"
#include "mysql/fleet.h"
#include "sandbox/client.h"
#include "sandbox/sandbox.h"

namespace gtidops::observe {

using Reason = Unreachable::Reason;
using sandbox::Server;

// A specification with nothing but servers; every test changes what it is about.
struct SpecOf {
  Spec spec;

  SpecOf();
  SpecOf& server(const std::string& name, const std::string& host, int port);
  SpecOf& server(const Server& real) { return server(real.name(), "127.0.0.1", real.port()); }
  SpecOf& tls(TlsMode mode, const std::string& ca_file = {});
  // The admin account, with its password in an environment variable of its own.
  SpecOf& admin(const std::string& user, const std::string& password);
  [[nodiscard]] std::vector<std::string> names() const;
};

SecretRef secret_in_environment(const std::string& variable, const std::string& value);

// One look at one server, or at all.
ServerLook look_at(const SpecOf& spec, Depth depth = Depth::kState,
                   Millis deadline = Millis(5'000));
// Fails the test when it is not what is expected, and says what it is.
const ServerState& expect_state(const ServerLook& look);
std::string expect_unreachable(const ServerLook& look, Reason reason);

// Runs SQL with a root session; the only value, or "".
std::string ask(const Server& server, const std::string& sql);

class Stopwatch {
 public:
  [[nodiscard]] double milliseconds() const;

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

// What ends before, in ms, has waited for nobody who never answers.
inline constexpr double kHangs = 10'000;

// Of this process: threads, open files.
int count_threads();
int count_files();

}  // namespace gtidops::observe
