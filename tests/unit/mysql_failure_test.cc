// What error numbers mean.
#include <gtest/gtest.h>

#include <cerrno>

#include "mysql/failure.h"

namespace gtidops::mysql {
namespace {

using Reason = Unreachable::Reason;

TEST(Failure, OfALogin) {
  const std::pair<int, Reason> expected[] = {{1040, Reason::kTooManyConnections},
                                             {1203, Reason::kTooManyConnections},
                                             {1044, Reason::kAccessDenied},
                                             {1045, Reason::kAccessDenied},
                                             {1698, Reason::kAccessDenied},
                                             {1251, Reason::kAccessDenied},
                                             {1862, Reason::kAccessDenied},
                                             {2059, Reason::kAccessDenied},
                                             {2061, Reason::kAccessDenied},
                                             {3118, Reason::kAccessDenied},
                                             {1129, Reason::kAccessDenied},
                                             {1130, Reason::kAccessDenied},
                                             {2026, Reason::kTls},
                                             {3159, Reason::kTls},
                                             {2013, Reason::kLost},
                                             {1053, Reason::kLost},
                                             {2005, Reason::kNameNotResolved},
                                             {2027, Reason::kNotMysql},
                                             {9999, Reason::kOther}};
  for (const auto& [number, reason] : expected) {
    const Unreachable why = classify_connect({number, "HY000", "its own words"}, 0);
    EXPECT_EQ(why.reason, reason) << number;
    EXPECT_NE(why.message.find("(error " + std::to_string(number) + ": its own words)"),
              std::string::npos)
        << why.message;
  }
}

TEST(Failure, OfTheSystem) {
  const std::pair<int, Reason> expected[] = {{ECONNREFUSED, Reason::kConnectionRefused},
                                             {ETIMEDOUT, Reason::kTimeout},
                                             {EHOSTUNREACH, Reason::kNoRoute},
                                             {ENETUNREACH, Reason::kNoRoute},
                                             {ECONNRESET, Reason::kLost},
                                             {EACCES, Reason::kOther}};
  for (const auto& [number, reason] : expected) {
    EXPECT_EQ(classify_system(number).reason, reason) << number;
    EXPECT_EQ(classify_connect({2013, "HY000", "Lost connection"}, number).reason, reason)
        << number;
  }
}

TEST(Failure, OfTheSystemInTheLibrarysWords) {
  EXPECT_EQ(classify_connect(
                {2013, "HY000",
                 "Lost connection to server at 'handshake: reading initial communication packet', "
                 "system error: 111"},
                0)
                .reason,
            Reason::kConnectionRefused);
  EXPECT_EQ(
      classify_connect({2003, "HY000", "Can't connect to server on '10.0.0.1' (101)"}, 0).reason,
      Reason::kNoRoute);
  // A number that is no error of connect(2) says nothing.
  EXPECT_EQ(classify_connect({2013, "HY000", "Lost connection to server at 10.0.0.1"}, 0).reason,
            Reason::kLost);
}

// Connector/C, of what a server said before TLS was there.
TEST(Failure, WhatIsWrappedInAnErrorOfTlsKeepsItsNumber) {
  const auto wrapped = [](const std::string& inner) {
    return classify_connect({2002, "HY000",
                             "Received error packet before completion of TLS handshake. The "
                             "authenticity of the following error cannot be verified: " +
                                 inner},
                            0);
  };
  EXPECT_EQ(wrapped("1040 - Too many connections").reason, Reason::kTooManyConnections);
  EXPECT_EQ(wrapped("1040 - Too many connections").message,
            "the server has no connection left (error 1040: Too many connections)");
  EXPECT_EQ(wrapped("1130 - Host 'h' is not allowed to connect").reason, Reason::kAccessDenied);
  EXPECT_EQ(wrapped("nothing").reason, Reason::kOther);
}

// Behind the plugin's name stands what the server sent behind it: the challenge.
TEST(Failure, OfAPluginShowsItsNameAndNoMore) {
  const Unreachable lost = classify_connect(
      {2059, "HY000", "Authentication plugin 'dialog\x7f\x01s3cret' cannot be loaded"}, 0);
  EXPECT_EQ(lost.reason, Reason::kAccessDenied);
  EXPECT_EQ(lost.message,
            "the account's authentication plugin can't be used (error 2059: Authentication plugin "
            "'dialog')");
  // The library has the challenge in place of the name there.
  const Unreachable restricted = classify_connect(
      {5010, "HY000", "Authentication plugin 'JE+SCRAMBLE' couldn't be found in restricted_auth"},
      0);
  EXPECT_EQ(restricted.reason, Reason::kAccessDenied);
  EXPECT_EQ(
      restricted.message,
      "the server asks for the password by an authentication plugin that gtidops does not use "
      "(error 5010)");
}

TEST(Failure, OfAnAnswerThatIsTooLarge) {
  const Unreachable lost =
      classify_look({2020, "HY000", "the server's answer takes too much"}, "x");
  EXPECT_EQ(lost.reason, Reason::kOther);
  EXPECT_EQ(lost.message, "the server's answer takes too much");
  EXPECT_TRUE(is_connection_loss(2020));
}

TEST(Failure, TrailingNumber) {
  EXPECT_EQ(trailing_number("system error: 111"), 111);
  EXPECT_EQ(trailing_number("on 'h' (113)"), 113);
  EXPECT_EQ(trailing_number("none"), 0);
  EXPECT_EQ(trailing_number(""), 0);
}

TEST(Failure, OfALook) {
  EXPECT_EQ(classify_look({1227, "42000", "need REPLICATION CLIENT"}, "x").reason,
            Reason::kPrivileges);
  EXPECT_EQ(classify_look({1142, "42000", "denied"}, "x").reason, Reason::kPrivileges);
  EXPECT_EQ(classify_look({2013, "HY000", "lost"}, "x").reason, Reason::kLost);
  EXPECT_EQ(classify_look({1064, "42000", "syntax"}, "x").reason, Reason::kOther);
}

TEST(Failure, OfAStatement) {
  for (const int number : {1290, 1396, 1227, 1205, 1213, 3021, 1064})
    EXPECT_EQ(classify_statement(number), ErrorCode::kFailed) << number;
  // Lost, shut down, killed, timed out, or failed while it was committed: it may have happened.
  for (const int number : {2006, 2013, 2055, 1053, 1317, 3024, 1180, 4031})
    EXPECT_EQ(classify_statement(number), ErrorCode::kUnknown) << number;
}

}  // namespace
}  // namespace gtidops::mysql
