// The right to act (execute/right_to_act.h) rests on what a server does with user-level locks: the
// simulated one and a real one, side by side; and the class itself over both.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "contract/side.h"
#include "execute/right_to_act.h"
#include "support/whole_state.h"

namespace gtidops::contract {
namespace {

constexpr const char* kTake = "SELECT GET_LOCK('gtidops/right-to-act', 0)";
constexpr const char* kMine = "SELECT IS_USED_LOCK('gtidops/right-to-act') = CONNECTION_ID()";
constexpr const char* kLetGo = "SELECT RELEASE_ALL_LOCKS()";

// Of both, what they answered.
std::string of_both(const std::function<std::string(Side&)>& script) {
  const std::string simulated = script(*simulated_side());
  EXPECT_EQ(simulated, script(*real_side())) << "the simulated one against the real one";
  return simulated;
}

TEST(RightContract, ALockIsOneSessionsOnAServerThatRefusesWritesToo) {
  const std::string answers = of_both([](Side& side) {
    std::string text;
    const auto run = [&](const std::string& session, const std::string& sql) {
      text += side.run(0, session, sql) + " ";
    };
    run("admin", "SET GLOBAL super_read_only = ON");
    run("a", kMine);  // nobody's
    run("a", kTake);
    run("a", kMine);
    run("b", kTake);
    run("b", kMine);
    run("b", kLetGo);  // not what another one has
    run("a", kMine);
    run("admin", "KILL QUERY " + side.id_of(0, "a"));
    run("a", kMine);
    run("a", kLetGo);
    run("b", kTake);
    run("admin", "KILL CONNECTION " + side.id_of(0, "b"));
    side.rest(Millis{500});
    run("a", kTake);
    // And a crash ends it with the session.
    side.kill(0);
    side.start(0);
    run("a", kMine);
    run("a", kTake);
    return text;
  });
  EXPECT_EQ(answers, "ok NULL 1 1 0 0 0 1 ok 1 1 1 ok 1 NULL 1 ");
}

Spec two_servers() {
  Spec spec;
  spec.name = Field<std::string>(std::string("orders"));
  for (const char* name : {"db1", "db2"}) {
    ServerSpec server;
    server.name = Field<std::string>(std::string(name));
    spec.servers.push_back(server);
  }
  return spec;
}

TEST(RightContract, AllOrNothingAndNoStatementWithoutIt) {
  const std::string answers = of_both([](Side& side) {
    constexpr Millis kDeadline{5'000};
    const testing::KeptState state;
    RightToAct right(side.fleet(), side.clock(), two_servers());
    std::string text;
    const auto note = [&](const auto& result) {
      const bool names_it =
          !result && result.error().message.find("is held on db2 by") != std::string::npos;
      text += result ? "ok " : names_it ? "held " : "no ";
    };
    const auto set = [&](int server) {
      return right.run(sql("db" + std::to_string(server), "SET GLOBAL super_read_only = ON"), state,
                       kDeadline);
    };
    note(set(1));  // not claimed
    side.run(1, "other", kTake);
    note(right.claim(state, kDeadline));
    text += side.run(0, "admin", kTake) + " ";  // let go there
    side.run(0, "admin", kLetGo);
    side.run(1, "other", kLetGo);
    note(right.claim(state, kDeadline));
    text += side.run(0, "admin", kTake) + " " + side.run(1, "other", kTake) + " ";
    note(set(1));
    note(set(2));
    // Of two, one is lost, and nobody has it: nobody can have acted meanwhile.
    const auto connection = [&](const std::string& server) {
      const auto rows = side.fleet().run(
          sql(server, "SELECT IS_USED_LOCK('gtidops/right-to-act') = CONNECTION_ID()"), kDeadline);
      return rows && rows->front().front() == "1";
    };
    text += connection("db1") && connection("db2") ? "both " : "not both ";
    side.kill(1);
    side.start(1);
    note(set(2));
    note(right.valid());
    // Both are: what was planned before is not done any more.
    for (const int server : {0, 1}) {
      side.kill(server);
      side.start(server);
    }
    note(set(1));
    note(right.valid());
    note(set(2));
    note(right.claim(state, kDeadline));
    note(set(2));
    return text;
  });
  EXPECT_EQ(answers, "no held 1 ok 0 0 ok ok both ok ok no no no ok ok ");
}

}  // namespace
}  // namespace gtidops::contract
