// The first bytes of whoever listens where a MySQL server is expected.
#include <gtest/gtest.h>

#include <string>

#include "mysql/greeting.h"

namespace gtidops::mysql {
namespace {

using Reason = Unreachable::Reason;

// A greeting as a server writes it; `flags` are the lower capability bytes.
std::string greeting(const std::string& version, unsigned flags = 0xffff) {
  std::string body = "\x0a" + version + '\0';
  body += std::string("\x07\0\0\0", 4) + "challeng" + '\0';
  body += static_cast<char>(flags & 0xff);
  body += static_cast<char>(flags >> 8);
  body += std::string("\xff\x02\0\xff\xdf\x15", 6) + std::string(10, '\0') + "restofchalle" + '\0' +
          "caching_sha2_password" + '\0';
  std::string packet;
  packet += static_cast<char>(body.size());
  return packet + std::string(3, '\0') + body;
}

Reason refusal_of(const std::string& bytes) {
  const auto judged = judge_greeting(bytes);
  EXPECT_TRUE(judged && judged->refusal) << bytes;
  return judged && judged->refusal ? judged->refusal->reason : Reason::kOther;
}

TEST(Greeting, OfMySQL) {
  const auto judged = judge_greeting(greeting("9.7.4-2"));
  ASSERT_TRUE(judged);
  EXPECT_EQ(judged->version, "9.7.4-2");
  EXPECT_TRUE(judged->tls);
  EXPECT_FALSE(judged->refusal);
}

TEST(Greeting, SaysWhetherThereIsTls) {
  EXPECT_TRUE(judge_greeting(greeting("8.0.36", 0x0800))->tls);
  EXPECT_FALSE(judge_greeting(greeting("8.0.36", 0xf7ff))->tls);
}

TEST(Greeting, EveryBeginningOfAGoodOneWaitsForMore) {
  const std::string whole = greeting("8.4.3");
  for (std::size_t size = 0; size < whole.size(); ++size)
    EXPECT_FALSE(judge_greeting(whole.substr(0, size))) << size;
  EXPECT_TRUE(judge_greeting(whole + "more"));
}

TEST(Greeting, OfMariaDB) {
  EXPECT_EQ(refusal_of(greeting("5.5.5-10.11.6-MariaDB-0+deb12u1")), Reason::kMariadb);
  EXPECT_EQ(refusal_of(greeting("11.4.2-mariadb-log")), Reason::kMariadb);
}

TEST(Greeting, OfAServerThatIsTooOld) {
  EXPECT_EQ(refusal_of(greeting("5.7.44-log")), Reason::kVersionTooOld);
  EXPECT_EQ(refusal_of(greeting("8.0.22")), Reason::kVersionTooOld);
  EXPECT_FALSE(judge_greeting(greeting("8.0.23"))->refusal);
}

// The library would wrap it in an error of TLS.
TEST(Greeting, AnErrorInItsPlaceKeepsItsNumber) {
  const std::string full("\x17\0\0\0\xff\x10\x04Too many connections", 27);
  const auto judged = judge_greeting(full);
  ASSERT_TRUE(judged && judged->refusal);
  EXPECT_EQ(judged->refusal->reason, Reason::kTooManyConnections);
  EXPECT_EQ(judged->refusal->message,
            "the server has no connection left (error 1040: Too many connections)");
  for (std::size_t size = 0; size < full.size(); ++size)
    EXPECT_FALSE(judge_greeting(full.substr(0, size))) << size;
  const auto host = judge_greeting(std::string("\x13\0\0\0\xff\x6a\x04#HY000Host '::1'", 23));
  ASSERT_TRUE(host && host->refusal);
  EXPECT_EQ(host->refusal->message,
            "no account may log in from this host (error 1130: Host '::1')");
  EXPECT_EQ(refusal_of(std::string("\x01\0\0\0\xff", 5)), Reason::kNotMysql);
}

TEST(Greeting, OfSomebodyElseIsNamed) {
  EXPECT_EQ(refusal_of("SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n"), Reason::kNotMysql);
  EXPECT_EQ(judge_greeting("SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n")->refusal->message,
            "a secure shell server listens there, not MySQL (\"SSH-2.0-OpenSSH_9.2p1 Debian-2\")");
  EXPECT_EQ(judge_greeting("HTTP/1.1 400 Bad Request\r\n\r\n")->refusal->message,
            "an HTTP server listens there, not MySQL (\"HTTP/1.1 400 Bad Request\")");
  EXPECT_EQ(refusal_of("220 mail.example.org ESMTP\r\n"), Reason::kNotMysql);
  EXPECT_EQ(refusal_of(std::string("\x00\xff\x00\xff\x13\x37", 6)), Reason::kNotMysql);
}

TEST(Greeting, UnprintableBytesAreNotShown) {
  EXPECT_EQ(judge_greeting("\x1b[31mboo\x07!")->refusal->message,
            "what listens there does not speak MySQL's protocol (\".[31mboo.!\")");
}

TEST(Greeting, WithoutRoomForItsFieldsIsNone) {
  EXPECT_EQ(refusal_of(std::string("\x06\0\0\0\x0a"
                                   "9.7.4",
                                   10)),
            Reason::kNotMysql);
  EXPECT_EQ(refusal_of(std::string("\x07\0\0\0\x0a"
                                   "9.7.4\0",
                                   11)),
            Reason::kNotMysql);
}

TEST(Greeting, WithoutAVersionIsNone) {
  EXPECT_EQ(refusal_of(greeting("proxy")), Reason::kNotMysql);
}

}  // namespace
}  // namespace gtidops::mysql
