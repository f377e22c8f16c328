// gtidops run with two topologies: one does not wait for the other, and one that is not declared
// any more is let go.
#include "e2e/support/run_fixture.h"

namespace gtidops::testing {
namespace {

using sandbox::sql;

class RunTwo : public Run {};

TEST_F(RunTwo, AServerThatHangsHoldsUpItsOwnTopologyOnly) {
  declare();
  const std::string commit = declare_stock();
  start_converged(commit);
  await("stock is as declared", [&] { return converged(commit, "stock"); });
  server("db1").pause();
  await("the hanging one is seen",
        [&] { return daemon->condition("Ready") == "False PrimaryUnreachable"; });
  for (int round = 0; round < 3; ++round) {
    sql(server("db5"), "STOP REPLICA");
    const double seconds = await("stock is mended", [&] { return follows("db5", "db4"); });
    // As long as db1 hangs; a limit for the machine, not for us.
    EXPECT_LT(seconds, 30);
    std::printf("drift mended after %.2f s, beside a topology whose primary hangs\n", seconds);
  }
  EXPECT_EQ(daemon->condition("Ready").substr(0, 5), "False");
  EXPECT_EQ(http_get(daemon->port(), "/-/healthy").status, 200);
  server("db1").resume();
  await("the other one is well again", [&] { return converged(commit); });
}

TEST_F(RunTwo, OneWhoseFileIsDeletedIsLetGoAsItIs) {
  declare();
  const std::string commit = declare_stock();
  start_converged(commit);
  await("stock is as declared", [&] { return converged(commit, "stock"); });
  EXPECT_TRUE(daemon->metrics().value("gtidops_server_up", {{"topology", "stock"}}));
  repository.git({"rm", "-q", "fleet/stock.yaml"});
  const std::string without = declare();
  poke_and_converge(without);
  await("its metrics are gone",
        [&] { return daemon->metrics().text().find("topology=\"stock\"") == std::string::npos; });
  EXPECT_TRUE(daemon->topology("stock").is_null());
  EXPECT_TRUE(daemon->logged("stock: its file is gone"));
  const std::string before = snapshot(servers, {"db4", "db5"});
  EXPECT_TRUE(follows("db5", "db4"));
  EXPECT_TRUE(is_writable("db4"));
  await_passes(3);
  EXPECT_EQ(snapshot(servers, {"db4", "db5"}), before) << "somebody has touched it";
}

}  // namespace
}  // namespace gtidops::testing
