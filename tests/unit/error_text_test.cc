// Texts of servers where others than their DBAs read them: no rows of users, no forged lines.
#include <gtest/gtest.h>

#include "base/words.h"
#include "commands/context.h"
#include "commands/options.h"
#include "model/replication_error.h"

namespace gtidops {
namespace {

TEST(WithoutValues, NamesStayAndValuesGo) {
  EXPECT_EQ(
      without_values("Could not execute Write_rows event on table shop.users; Duplicate entry "
                     "'jane@example.com' for key 'users.mail', Error_code: 1062"),
      "Could not execute Write_rows event on table shop.users; Duplicate entry '...' for key "
      "'users.mail', Error_code: 1062");
  EXPECT_EQ(without_values("Error 'Table 'shop.t' doesn't exist' on query. Default database: "
                           "'shop'. Query: 'INSERT INTO t VALUES ('secret')'"),
            "Error '...'");
  EXPECT_EQ(without_values("Table 'shop.t' is full"), "Table 'shop.t' is full");
  EXPECT_EQ(without_values("Incorrect integer value: 'secret' for column 'age' at row 1"),
            "Incorrect integer value: '...' for column 'age' at row 1");
  EXPECT_EQ(without_values("Column 5 of table 'shop.t' cannot be converted"),
            "Column 5 of table 'shop.t' cannot be converted");
  EXPECT_EQ(without_values("no quotes at all"), "no quotes at all");
  EXPECT_EQ(without_values(""), "");
}

TEST(WithoutValues, AValueWithQuotesInItGoesAsAWhole) {
  EXPECT_EQ(without_values("Duplicate entry 'O'Brien' for key 't.PRIMARY'"),
            "Duplicate entry '...' for key 't.PRIMARY'");
  EXPECT_EQ(without_values("Duplicate entry 'x' for key 'secret' for key 't.PRIMARY'"),
            "Duplicate entry '...' for key 't.PRIMARY'");
  EXPECT_EQ(without_values("Duplicate entry 'never ends"), "Duplicate entry '...'");
  EXPECT_EQ(without_values("Truncated incorrect DOUBLE value: 'secret'"),
            "Truncated incorrect DOUBLE value: '...'");
  EXPECT_EQ(without_values("Data too long: \"secret\" and 'more'"), "Data too long: \"...\"");
}

TEST(FirstWords, CutsAtABlank) {
  EXPECT_EQ(first_words("one two", 7), "one two");
  EXPECT_EQ(first_words("one two", 6), "one ...");
  EXPECT_EQ(first_words("one two", 3), "one ...");
  EXPECT_EQ(first_words("uuid:1-5:7-9 and", 4), "uuid:1-5:7-9 ...");
  EXPECT_EQ(first_words("uuid:1-5:7-9", 4), "uuid:1-5:7-9");
}

class LogTest : public ::testing::TestWithParam<const char*> {
 protected:
  // What standard error gets of one message.
  static std::string logged(const std::string& text) {
    CommonOptions common;
    common.log_format = GetParam();
    common.log_level = "info";
    static const bool once = (set_up_log(common), true);
    (void)once;
    change_log(common);
    ::testing::internal::CaptureStderr();
    log_error(text);
    complain(text);
    std::fflush(stderr);
    return ::testing::internal::GetCapturedStderr();
  }
};

TEST_P(LogTest, WhatAServerSaysStaysOnItsLineAndIsNotObeyed) {
  const std::string out = logged(
      "db1 says: x\n2026-11-28T00:00:00.000Z info orders: synced\r\x1b[2J\x9b\xc2\x9b"
      "31m\xe2\x80\xae\xff end");
  EXPECT_EQ(std::count(out.begin(), out.end(), '\n'), 2) << out;  // the log's, and the complaint's
  for (const char c : out)
    EXPECT_TRUE(c == '\n' || (c >= ' ' && c <= '~')) << static_cast<int>(c) << " in " << out;
  EXPECT_NE(out.find("end"), std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(Formats, LogTest, ::testing::Values("text", "json"));

}  // namespace
}  // namespace gtidops
