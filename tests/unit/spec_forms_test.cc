// The forms of single values: names, addresses, schedules, objects and privileges of grants.
#include "spec/cron.h"
#include "spec/grants.h"
#include "spec/names.h"
#include "spec/scalars.h"
#include "unit/spec_support.h"

namespace gtidops::test {
namespace {

TEST(Name, IsLikeThatOfAHost) {
  for (const std::string& name :
       std::vector<std::string>{"a", "db1", "db-1.eu_west", "1", std::string(63, 'x')})
    EXPECT_FALSE(check_name(name)) << name;
  for (const std::string& name : std::vector<std::string>{"A", "-a", "a-", ".a", "a b", "a/b",
                                                          "\xC3\xA9", std::string(64, 'x')})
    EXPECT_TRUE(check_name(name)) << name;
}

std::string printed(std::string_view text) {
  const auto address = parse_address(text);
  return address ? address->to_string() : "no: " + address.error().message;
}

TEST(AddressForm, HasAHostAndMayHaveAPort) {
  EXPECT_EQ(printed("db1"), "db1:3306");
  EXPECT_EQ(printed("db1:13306"), "db1:13306");
  EXPECT_EQ(printed("Db_1.example.COM"), "Db_1.example.COM:3306");
  EXPECT_EQ(printed("10.0.0.1:1"), "10.0.0.1:1");
  EXPECT_EQ(printed("[::1]"), "[::1]:3306");
  EXPECT_EQ(printed("[2001:db8::1]:65535"), "[2001:db8::1]:65535");
}

TEST(AddressForm, IsNothingElse) {
  for (const char* text : {"db1:",  "db1:0", "db1:01",    "db1:65536", "db1:x", "db1:-1", "db1:+1",
                           ":3306", "::1",   "[::1",      "[]",        "[db1]", "[::1]x", "[::1]:",
                           "a:b:c", "1.2.3", "1.2.3.256", "/tmp/x",    "a b",   "-a",     "a-"})
    EXPECT_EQ(printed(text).rfind("no: ", 0), 0U) << text;
}

TEST(AddressForm, IsComparedBySense) {
  EXPECT_EQ(canonical(*parse_address("DB1")), canonical(*parse_address("db1:3306")));
  EXPECT_EQ(canonical(*parse_address("[0:0::1]")), canonical(*parse_address("[::1]:3306")));
  EXPECT_NE(canonical(*parse_address("localhost")), canonical(*parse_address("127.0.0.1")));
}

TEST(Cron, HasFiveFields) {
  for (const char* text : {"0 8 * * 1-5", "*/15 0,12 1-31/2 JAN-mar sun", "59 23 31 12 7",
                           "  0  0 1 1 0  ", "0 0 * * MON,WED,FRI"})
    EXPECT_EQ(check_cron(text), std::nullopt) << text;
}

TEST(Cron, HasNothingElse) {
  for (const char* text : {"",
                           "* * * *",
                           "* * * * * *",
                           "60 * * * *",
                           "* 24 * * *",
                           "* * 0 * *",
                           "* * * 13 *",
                           "* * * * 8",
                           "5-1 * * * *",
                           "*/0 * * * *",
                           "1/2 * * * *",
                           "1, * * * *",
                           "-1 * * * *",
                           "* * * JANUARY *",
                           "@daily",
                           "* * * * FRI-MON",
                           "1- * * * *",
                           "MON * * * *",
                           "1-2-3 * * * *",
                           "*/ * * * *"})
    EXPECT_TRUE(check_cron(text)) << text;
}

TEST(GrantObjectForm, HasOneOfThreeLevels) {
  EXPECT_EQ(parse_grant_object("*.*")->level, GrantLevel::kGlobal);
  EXPECT_EQ(parse_grant_object("orders.*")->level, GrantLevel::kDatabase);
  EXPECT_EQ(parse_grant_object("orders.items")->level, GrantLevel::kTable);
  EXPECT_EQ(parse_grant_object("`orders`.`items`")->text, "orders.items");
  EXPECT_EQ(parse_grant_object("`a b`.*")->text, "`a b`.*");
  EXPECT_EQ(parse_grant_object("my-db.*")->text, "my-db.*");
}

TEST(GrantObjectForm, IsNothingElse) {
  for (const char* text : {"", "*", "orders", "orders.", ".items", "*.items", "a.b.c", "`a.*",
                           "``.*", "a.b%", "a b.*", "PROCEDURE a.b", "a.*x", "'a'.*"})
    EXPECT_FALSE(parse_grant_object(text)) << text;
}

TEST(PrivilegeForm, FitsItsLevel) {
  EXPECT_EQ(*parse_privilege("ALL PRIVILEGES", GrantLevel::kTable), "ALL");
  EXPECT_TRUE(parse_privilege("EVENT", GrantLevel::kDatabase));
  EXPECT_FALSE(parse_privilege("EVENT", GrantLevel::kTable));
  EXPECT_FALSE(parse_privilege("RELOAD", GrantLevel::kDatabase));
  EXPECT_FALSE(parse_privilege("CLONE_ADMIN", GrantLevel::kDatabase));
  EXPECT_TRUE(parse_privilege("USAGE", GrantLevel::kTable));
}

TEST(PrivilegeForm, MayBeAComponentsOwnButNoSlip) {
  EXPECT_TRUE(parse_privilege("MY_COMPONENT_ADMIN", GrantLevel::kGlobal));
  for (const char* text :
       {"SELCT", "select", "CLONE_ADMN", "SYSTEM_VARIABLE_ADMIN", "REPLICATION_SLAVE", "FOO", ""})
    EXPECT_FALSE(parse_privilege(text, GrantLevel::kGlobal)) << text;
}

TEST(PlainScalar, IsClassifiedAsReadersDo) {
  for (const char* text : {"", "~", "null", "NULL"})
    EXPECT_EQ(classify(text), Plain::kNull) << text;
  for (const char* text : {"true", "FALSE"}) EXPECT_EQ(classify(text), Plain::kBoolean) << text;
  for (const char* text : {"yes", "No", "ON", "off"})
    EXPECT_EQ(classify(text), Plain::kOldBoolean) << text;
  for (const char* text : {"0", "-1", "42"}) EXPECT_EQ(classify(text), Plain::kInteger) << text;
  for (const char* text : {"017", "0x1F", "1_000", "+5", "00", "0b1", "0o7"})
    EXPECT_EQ(classify(text), Plain::kOddInteger) << text;
  for (const char* text : {"1.5", "1e3", ".5", "-.inf", ".NaN", "1.", "-1.5E-3"})
    EXPECT_EQ(classify(text), Plain::kReal) << text;
  for (const char* text :
       {"4G", "a", "nULL", "oN", "10.0.0.1", "1h", "-", ".", "e3", "0xZ", "1-2", "_1"})
    EXPECT_EQ(classify(text), Plain::kText) << text;
}

}  // namespace
}  // namespace gtidops::test
