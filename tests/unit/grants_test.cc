// What SHOW GRANTS prints, taken apart. The lines are as MySQL 8.0 to 9.7 printed them; the
// revocations of the longest table were tried on 9.7, where every one was taken and REPLICATION
// SLAVE was all that was left.
#include "model/grants.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace gtidops {
namespace {

using ::testing::ElementsAre;

const std::string kSlave = "GRANT REPLICATION SLAVE ON *.* TO `repl`@`10.0.%`";

UserAccount account(std::vector<std::string> grants) {
  return {"repl", "10.0.%", "caching_sha2_password", false, false, std::move(grants)};
}

struct GrantRow {
  const char* what;
  std::vector<std::string> grants;
  bool replicates;
  std::vector<std::string> beyond;
};

void PrintTo(const GrantRow& row, std::ostream* out) { *out << row.what; }

class GrantsTest : public ::testing::TestWithParam<GrantRow> {};

TEST_P(GrantsTest, AreTakenApart) {
  EXPECT_EQ(GetParam().replicates, has_replication_slave(account(GetParam().grants)));
  EXPECT_EQ(GetParam().beyond, beyond_replication_slave(account(GetParam().grants)));
}

INSTANTIATE_TEST_SUITE_P(
    Shapes, GrantsTest,
    ::testing::Values(
        GrantRow{"just right", {kSlave}, true, {}},  //
        GrantRow{"no lines at all", {}, false, {}},
        GrantRow{"nothing", {"GRANT USAGE ON *.* TO `repl`@`10.0.%`"}, false, {}},
        GrantRow{"more on everything",
                 {"GRANT SELECT, RELOAD, REPLICATION SLAVE, REPLICATION CLIENT ON *.* TO "
                  "`repl`@`10.0.%`"},
                 true,
                 {"SELECT, RELOAD, REPLICATION CLIENT ON *.*"}},
        GrantRow{"REPLICATION CLIENT is another privilege",
                 {"GRANT REPLICATION CLIENT ON *.* TO `repl`@`10.0.%`"},
                 false,
                 {"REPLICATION CLIENT ON *.*"}},
        GrantRow{"with the right to pass it on",
                 {"GRANT REPLICATION SLAVE ON *.* TO `repl`@`10.0.%` WITH GRANT OPTION"},
                 true,
                 {"GRANT OPTION ON *.*"}},
        GrantRow{"nothing but the right to pass on",
                 {"GRANT USAGE ON *.* TO `repl`@`10.0.%` WITH GRANT OPTION"},
                 false,
                 {"GRANT OPTION ON *.*"}},
        GrantRow{"a schema's GRANT OPTION is left when its privileges are gone",
                 {kSlave, "GRANT USAGE ON `orders`.* TO `repl`@`10.0.%` WITH GRANT OPTION"},
                 true,
                 {"GRANT OPTION ON `orders`.*"}},
        GrantRow{"everything, as MySQL never prints it",
                 {"GRANT ALL PRIVILEGES ON *.* TO `repl`@`10.0.%`"},
                 true,
                 {"ALL PRIVILEGES ON *.*"}},
        GrantRow{
            "dynamic privileges, printed without blanks",
            {"GRANT BACKUP_ADMIN,CLONE_ADMIN,REPLICATION_SLAVE_ADMIN ON *.* TO `repl`@`10.0.%`",
             kSlave},
            true,
            {"BACKUP_ADMIN, CLONE_ADMIN, REPLICATION_SLAVE_ADMIN ON *.*"}},
        GrantRow{
            "REPLICATION SLAVE by a role is not by itself",
            {"GRANT USAGE ON *.* TO `repl`@`10.0.%`", "GRANT `replicator`@`%` TO `repl`@`10.0.%`"},
            false,
            {"`replicator`@`%`"}},
        GrantRow{"roles with the right to pass them on",
                 {kSlave, "GRANT `r1`@`%`,`r2`@`%` TO `repl`@`10.0.%` WITH ADMIN OPTION"},
                 true,
                 {"`r1`@`%`, `r2`@`%`"}},
        GrantRow{"REPLICATION SLAVE is of no schema",
                 {"GRANT REPLICATION SLAVE ON `orders`.* TO `repl`@`10.0.%`"},
                 false,
                 {"REPLICATION SLAVE ON `orders`.*"}}));

INSTANTIATE_TEST_SUITE_P(
    Objects, GrantsTest,
    ::testing::Values(
        GrantRow{"a schema",
                 {"GRANT ALL PRIVILEGES ON `orders`.* TO `u`@`%`"},
                 false,
                 {"ALL PRIVILEGES ON `orders`.*"}},
        GrantRow{"a pattern of schemas",
                 {"GRANT SELECT ON `app\\_%`.* TO `u`@`%`"},
                 false,
                 {"SELECT ON `app\\_%`.*"}},
        GrantRow{"a table",
                 {"GRANT SELECT, INSERT ON `orders`.`items` TO `u`@`%`"},
                 false,
                 {"SELECT, INSERT ON `orders`.`items`"}},
        GrantRow{"columns",
                 {"GRANT SELECT (`host`, `user`), INSERT (`user`) ON `mysql`.`user` TO `u`@`%`"},
                 false,
                 {"SELECT (`host`, `user`), INSERT (`user`) ON `mysql`.`user`"}},
        GrantRow{"a routine",
                 {"GRANT EXECUTE, ALTER ROUTINE ON PROCEDURE `orders`.`bill` TO `u`@`%`"},
                 false,
                 {"EXECUTE, ALTER ROUTINE ON PROCEDURE `orders`.`bill`"}},
        GrantRow{"a proxy, whose option goes with it: REVOKE GRANT OPTION ON an account is no SQL",
                 {"GRANT PROXY ON `root`@`localhost` TO `u`@`%` WITH GRANT OPTION"},
                 false,
                 {"PROXY ON `root`@`localhost`"}},
        GrantRow{"a proxy for anybody, as of 8.0",
                 {"GRANT PROXY ON ''@'' TO 'u'@'%'"},
                 false,
                 {"PROXY ON ''@''"}},
        GrantRow{"a proxy for anybody, as of 9.7",
                 {"GRANT PROXY ON ``@`` TO `u`@`%`"},
                 false,
                 {"PROXY ON ``@``"}}));

INSTANTIATE_TEST_SUITE_P(
    Names, GrantsTest,
    ::testing::Values(GrantRow{"words of the grammar in names",
                               {"GRANT SELECT ON `a TO b`.`t,(x) ON y` TO `u`@`%`"},
                               false,
                               {"SELECT ON `a TO b`.`t,(x) ON y`"}},
                      GrantRow{"parentheses in a column",
                               {"GRANT SELECT (`c)d`), REFERENCES (`c)d`) ON `s`.`t` TO `u`@`%`"},
                               false,
                               {"SELECT (`c)d`), REFERENCES (`c)d`) ON `s`.`t`"}},
                      GrantRow{"a role with ON in its name",
                               {"GRANT `r ON x`@`%`,`r2`@`%` TO `u`@`%`"},
                               false,
                               {"`r ON x`@`%`, `r2`@`%`"}},
                      GrantRow{"a doubled backquote",
                               {"GRANT SELECT ON `a`` TO ``b`.* TO `u`@`%`"},
                               false,
                               {"SELECT ON `a`` TO ``b`.*"}},
                      GrantRow{"quotes in a backquoted name",
                               {"GRANT SELECT ON `it's`.* TO `u`@`%`"},
                               false,
                               {"SELECT ON `it's`.*"}},
                      GrantRow{"an account named like an option",
                               {"GRANT SELECT ON *.* TO `u WITH GRANT OPTION`@`%`"},
                               false,
                               {"SELECT ON *.*"}},
                      GrantRow{"quotes of the other kinds",
                               {"GRANT SELECT ON \"a TO b\".* TO 'u'@'%'"},
                               false,
                               {"SELECT ON \"a TO b\".*"}}));

// A partial revoke goes away with the global privilege that it restricts; as a revocation it would
// be no SQL.
TEST(GrantLinesTest, PartialRevokesAreNoPrivileges) {
  const UserAccount restricted =
      account({"GRANT SELECT, REPLICATION SLAVE ON *.* TO `repl`@`10.0.%`",
               "REVOKE SELECT ON `mysql`.* FROM `repl`@`10.0.%`"});
  EXPECT_TRUE(has_replication_slave(restricted));
  EXPECT_THAT(beyond_replication_slave(restricted), ElementsAre("SELECT ON *.*"));
}

// MySQL 9.7.4: after REVOKE GRANT OPTION ON *.*, the next REVOKE of a dynamic privilege passes
// without effect.
TEST(GrantLinesTest, GrantOptionsGoLastAndOnce) {
  const UserAccount over =
      account({"GRANT DELETE, REPLICATION SLAVE ON *.* TO `repl`@`10.0.%` WITH GRANT OPTION",
               "GRANT SYSTEM_USER ON *.* TO `repl`@`10.0.%` WITH GRANT OPTION",
               "GRANT ALL PRIVILEGES ON `orders`.* TO `repl`@`10.0.%` WITH GRANT OPTION"});
  EXPECT_THAT(beyond_replication_slave(over),
              ElementsAre("DELETE ON *.*", "SYSTEM_USER ON *.*", "ALL PRIVILEGES ON `orders`.*",
                          "GRANT OPTION ON *.*", "GRANT OPTION ON `orders`.*"));
}

TEST(GrantLinesTest, AWholeAccountOfMySQL97) {
  const UserAccount over = account({
      "GRANT SELECT, DELETE, REPLICATION SLAVE ON *.* TO `repl2`@`%` WITH GRANT OPTION",
      "GRANT BACKUP_ADMIN,CLONE_ADMIN ON *.* TO `repl2`@`%` WITH GRANT OPTION",
      "GRANT ALL PRIVILEGES ON `a TO b`.* TO `repl2`@`%` WITH GRANT OPTION",
      "REVOKE SELECT ON `mysql`.* FROM `repl2`@`%`",
      "GRANT SELECT (`c)d`), REFERENCES (`c)d`) ON `a TO b`.`t,(x) ON y` TO `repl2`@`%`",
      "GRANT EXECUTE ON PROCEDURE `a TO b`.`p` TO `repl2`@`%`",
      "GRANT PROXY ON `root`@`localhost` TO `repl2`@`%` WITH GRANT OPTION",
      "GRANT `r ON x`@`%`,`r2`@`%` TO `repl2`@`%` WITH ADMIN OPTION",
  });
  EXPECT_TRUE(has_replication_slave(over));
  EXPECT_THAT(
      beyond_replication_slave(over),
      ElementsAre("SELECT, DELETE ON *.*", "BACKUP_ADMIN, CLONE_ADMIN ON *.*",
                  "ALL PRIVILEGES ON `a TO b`.*",
                  "SELECT (`c)d`), REFERENCES (`c)d`) ON `a TO b`.`t,(x) ON y`",
                  "EXECUTE ON PROCEDURE `a TO b`.`p`", "PROXY ON `root`@`localhost`",
                  "`r ON x`@`%`, `r2`@`%`", "GRANT OPTION ON *.*", "GRANT OPTION ON `a TO b`.*"));
}

TEST(GrantLinesTest, WhatIsNotUnderstoodIsTooMuch) {
  for (const char* line : {"", "GRANT", "GRANT SELECT ON *.*", "SOMETHING NEW ON *.* TO `u`@`%`"}) {
    EXPECT_FALSE(has_replication_slave(account({line}))) << line;
    EXPECT_THAT(beyond_replication_slave(account({line})), ElementsAre(line));
  }
}

}  // namespace
}  // namespace gtidops
