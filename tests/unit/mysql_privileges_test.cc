// What SHOW GRANTS means for gtidops.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "mysql/privileges.h"

namespace gtidops::mysql {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;

const std::vector<std::string> kEnough = {
    "GRANT RELOAD, PROCESS, SHOW DATABASES, REPLICATION SLAVE, REPLICATION CLIENT, SHOW VIEW, "
    "CREATE USER ON *.* TO "
    "`g`@`%` WITH GRANT "
    "OPTION",
    "GRANT "
    "CONNECTION_ADMIN,PERSIST_RO_VARIABLES_ADMIN,REPLICATION_SLAVE_ADMIN,SYSTEM_VARIABLES_ADMIN,"
    "XA_RECOVER_ADMIN ON *.* TO "
    "`g`@`%`",
    "GRANT SELECT ON `performance_schema`.* TO `g`@`%`",
    "GRANT SELECT ON `mysql`.`user` TO `g`@`%`",
    "GRANT SELECT ON `mysql`.`slave_master_info` TO `g`@`%`",
    "GRANT SELECT, INSERT, UPDATE, CREATE ON `gtidops`.* TO `g`@`%`"};

TEST(Privileges, ExactlyEnough) {
  const Privileges privileges = parse_grants(kEnough);
  EXPECT_THAT(missing_privileges(privileges), IsEmpty());
  EXPECT_TRUE(privileges.sees_all_schemas());
}

TEST(Privileges, EachLineIsNeeded) {
  for (std::size_t i = 0; i < kEnough.size(); ++i) {
    auto fewer = kEnough;
    fewer.erase(fewer.begin() + static_cast<std::ptrdiff_t>(i));
    EXPECT_THAT(missing_privileges(parse_grants(fewer)), Not(IsEmpty())) << kEnough[i];
  }
}

TEST(Privileges, SaysWhatIsMissing) {
  EXPECT_THAT(missing_privileges(
                  parse_grants({"GRANT SELECT, RELOAD, PROCESS, SHOW DATABASES, SUPER, REPLICATION "
                                "SLAVE, REPLICATION CLIENT, CREATE, INSERT, "
                                "UPDATE ON *.* TO `g`@`%`"})),
              ElementsAre("PERSIST_RO_VARIABLES_ADMIN ON *.*", "GRANT OPTION ON *.*",
                          "CREATE USER ON *.*", "SHOW VIEW ON *.*"));
  EXPECT_EQ(missing_privileges(parse_grants({"GRANT USAGE ON *.* TO `g`@`%`"})).size(), 20U);
}

TEST(Privileges, AllPrivileges) {
  EXPECT_THAT(missing_privileges(
                  parse_grants({"GRANT ALL PRIVILEGES ON *.* TO `root`@`%` WITH GRANT OPTION"})),
              IsEmpty());
  EXPECT_THAT(missing_privileges(parse_grants({"GRANT ALL PRIVILEGES ON *.* TO `root`@`%`"})),
              ElementsAre("GRANT OPTION ON *.*"));
}

TEST(Privileges, TheGrantOptionOfDynamicOnesIsAnotherThing) {
  EXPECT_FALSE(
      parse_grants({"GRANT CONNECTION_ADMIN ON *.* TO `g`@`%` WITH GRANT OPTION"}).grant_option);
  EXPECT_TRUE(parse_grants({"GRANT USAGE ON *.* TO `g`@`%` WITH GRANT OPTION"}).grant_option);
}

TEST(Privileges, OnSchemasByPattern) {
  const auto has = [](const std::string& pattern) {
    return parse_grants({"GRANT SELECT ON `" + pattern + "`.* TO `g`@`%`"})
        .has("SELECT", "performance_schema");
  };
  EXPECT_TRUE(has("performance_schema"));
  EXPECT_TRUE(has("performance\\_schema"));
  EXPECT_TRUE(has("perf%"));
  EXPECT_TRUE(has("%"));
  EXPECT_FALSE(has("performance"));
  EXPECT_FALSE(has("performance_schema_"));
  EXPECT_FALSE(has("performance\\%"));
}

TEST(Privileges, OnATable) {
  const auto grants =
      parse_grants({"GRANT SELECT (`User`, `Host`), INSERT ON `mysql`.`user` TO `g`@`%`"});
  EXPECT_FALSE(grants.has("SELECT", "mysql", "user"));  // on columns only
  EXPECT_TRUE(grants.has("INSERT", "mysql", "user"));
  EXPECT_FALSE(grants.has("INSERT", "mysql", "db"));
}

TEST(Privileges, NamesWithQuotesAndRoles) {
  const auto grants =
      parse_grants({"GRANT `r``1`@`%` TO `g`@`%`", "GRANT PROXY ON ``@`` TO `root`@`localhost`",
                    "GRANT SELECT ON `a``b`.`c``d` TO `g`@`%`", "nonsense", ""});
  EXPECT_TRUE(grants.has("SELECT", "a`b", "c`d"));
  EXPECT_THAT(grants.global, IsEmpty());
}

TEST(Privileges, WhatIsHiddenIsNotEmpty) {
  const std::string show = "GRANT SHOW DATABASES, SHOW VIEW ON *.* TO `g`@`%`";
  EXPECT_TRUE(parse_grants({show}).sees_all_schemas());
  EXPECT_FALSE(parse_grants({"GRANT SHOW DATABASES ON *.* TO `g`@`%`"}).sees_all_schemas());
  EXPECT_FALSE(parse_grants({"GRANT SELECT ON *.* TO `g`@`%`"}).sees_all_schemas());
  // Partial revokes hide a schema; of the server's own ones nobody asks.
  EXPECT_FALSE(
      parse_grants({show, "REVOKE SHOW VIEW ON `shop`.* FROM `g`@`%`"}).sees_all_schemas());
  EXPECT_TRUE(parse_grants({show, "REVOKE INSERT ON `mysql`.* FROM `g`@`%`"}).sees_all_schemas());
}

TEST(Privileges, PartialRevokesTakeAway) {
  const auto grants =
      parse_grants({"GRANT SELECT ON *.* TO `g`@`%`", "REVOKE SELECT ON `mysql`.* FROM `g`@`%`"});
  EXPECT_FALSE(grants.has("SELECT", "mysql", "user"));
  EXPECT_TRUE(grants.has("SELECT", "performance_schema"));
  EXPECT_THAT(missing_privileges(grants), Contains("SELECT ON mysql.user"));
}

}  // namespace
}  // namespace gtidops::mysql
