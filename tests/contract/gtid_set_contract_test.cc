// GtidSet against a real server: the same texts are read or refused, and the same results printed.
// The reference is GTID_SUBSET() and GTID_SUBTRACT() of MySQL 9.7; what the older parser of
// gtid_purged makes of what we print is tried too. Random, from a fixed seed; GTIDOPS_SEED=n tries
// others.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "../sandbox/sandbox.h"
#include "model/gtid_set.h"

namespace gtidops {
namespace {

constexpr unsigned kMalformed = 1772;  // ER_MALFORMED_GTID_SET_SPECIFICATION

constexpr std::array<std::string_view, 4> kUuids{
    "3e11fa47-71ca-11e1-9e33-c80aa9429562", "00000000-0000-0000-0000-000000000001",
    "7fffffff-ffff-ffff-ffff-ffffffffffff", "ffffffff-ffff-ffff-ffff-fffffffffffe"};
constexpr std::array<std::string_view, 5> kTags{"a", "a_b", "_", "z9",
                                                "aaaaaaaaaabbbbbbbbbbccccccccccdd"};

// "a||b" is "a", "" and "b".
std::vector<std::string> split(std::string_view list) {
  std::vector<std::string> out(1);
  for (const char c : list) {
    if (c == '|') {
      out.emplace_back();
    } else {
      out.back() += c;
    }
  }
  return out;
}

// A literal that no character set and no SQL mode can change.
std::string hex(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string out = "X'";
  for (const char c : text) {
    out += kDigits[static_cast<unsigned char>(c) >> 4U];
    out += kDigits[static_cast<unsigned char>(c) & 15U];
  }
  return out + "'";
}

// The server breaks the line behind each comma; we do not.
std::string one_line(std::string text) {
  text.erase(std::remove(text.begin(), text.end(), '\n'), text.end());
  return text;
}

class Random {
 public:
  Random() : engine_(seed()) {}
  bool one_in(int n) { return below(n) == 0; }
  int below(int n) { return std::uniform_int_distribution<int>(0, n - 1)(engine_); }
  template <class Choices>
  auto pick(const Choices& choices) {
    return choices[static_cast<std::size_t>(below(static_cast<int>(std::size(choices))))];
  }

 private:
  static unsigned seed() {
    const char* given = std::getenv("GTIDOPS_SEED");
    return given == nullptr ? 1 : static_cast<unsigned>(std::strtoul(given, nullptr, 10));
  }
  std::mt19937 engine_;
};

std::string space(Random& random) {
  return random.one_in(12) ? std::string(1 + static_cast<std::size_t>(random.below(2)),
                                         random.pick(std::string_view(" \n\t\r\v\f")))
                           : "";
}

std::string any_case(Random& random, std::string_view text) {
  std::string out(text);
  if (!random.one_in(4)) return out;
  for (char& c : out) {
    if (c >= 'a' && c <= 'z' && random.one_in(2)) c = static_cast<char>(c - 'a' + 'A');
  }
  return out;
}

std::string uuid(Random& random) {
  std::string out = any_case(random, random.pick(kUuids));
  if (random.one_in(10)) return "{" + out + "}";
  if (random.one_in(10)) out.erase(std::remove(out.begin(), out.end(), '-'), out.end());
  return out;
}

// Mostly from a small range, so that intervals meet; sometimes at the limit.
std::string number(Random& random, int low) {
  if (random.one_in(40)) return "922337203685477580" + std::to_string(2 + random.below(5));
  return (random.one_in(20) ? "00" : "") + std::to_string(low + random.below(20));
}

// A valid text of up to `items` servers.
std::string valid(Random& random, int items) {
  std::string out;
  for (int item = random.below(items + 1); item > 0; --item) {
    if (random.one_in(20)) out += space(random) + ",";
    out += space(random) + uuid(random) + space(random);
    for (int part = random.below(7); part > 0; --part) {
      out += ":" + space(random);
      if (random.one_in(4)) {
        out += any_case(random, random.pick(kTags));
      } else {
        out += number(random, 1) + space(random);
        if (random.one_in(2)) out += "-" + space(random) + number(random, 5);
      }
      out += space(random);
    }
    if (item > 1 || random.one_in(10)) out += ",";
  }
  return out + space(random);
}

std::string mutated(Random& random, std::string text) {
  // Not beyond ASCII: 9.7.4 takes such a byte inside a tag and makes it 0xFF; we refuse it.
  constexpr auto kBytes =
      std::to_array("0159afg_AG{}-::,, \n\t+.;x'\"\x7f");  // and the zero byte at its end
  for (int change = 1 + random.below(2); change > 0; --change) {
    const auto at = static_cast<std::size_t>(random.below(static_cast<int>(text.size()) + 1));
    const int what = random.below(4);
    if (what == 0) text.insert(at, 1, random.pick(kBytes));
    if (what == 1 && at < text.size()) text[at] = random.pick(kBytes);
    if (what == 2 && at < text.size()) text.erase(at, 1);
    if (what == 3) text.resize(at);
  }
  return text;
}

const std::vector<std::string> kWords = split(
    "3e11fa47-71ca-11e1-9e33-c80aa9429562|3E11FA4771CA11E19E33C80AA9429562|"
    "{00000000-0000-0000-0000-000000000001}|:|:|:|:|:|,|,|-|-| |\n|0|1|5|007|12|"
    "9223372036854775806|9223372036854775807|18446744073709551616|tag|TAG_2|"
    "aaaaaaaaaabbbbbbbbbbccccccccccddd|a");

// Words that are right, in an order that need not be.
std::string soup(Random& random) {
  std::string out(random.pick(kUuids));
  for (int word = random.below(8); word > 0; --word) out += random.pick(kWords);
  return out;
}

class GtidSetContract : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    sandbox_ = std::make_unique<sandbox::Sandbox>();
    server_ = &sandbox_->up("db1", {.mysqld = {"--gtid-mode=ON", "--enforce-gtid-consistency=ON"}});
  }
  static void TearDownTestSuite() { sandbox_.reset(); }

  void SetUp() override {
    connection_.emplace(*server_);
    int major = 0;
    int minor = 0;
    std::sscanf(connection_->server_version().c_str(), "%d.%d", &major, &minor);
    same_edges_ = major * 100 + minor >= 907;
  }

  // What the server makes of it; nullopt when it refuses.
  std::optional<std::string> normalised(const std::string& text) {
    try {
      return one_line(*connection_->sql("SELECT GTID_SUBTRACT(" + hex(text) + ", '')").at(0).at(0));
    } catch (const sandbox::SqlError& error) {
      if (error.code() != kMalformed) throw;
      return std::nullopt;
    }
  }

  void expect_same(const std::string& text) {
    const std::optional<std::string> theirs = normalised(text);
    const Result<GtidSet> ours = GtidSet::parse(text);
    // What both read is the same set, whatever the parser. What only one of the two reads is judged
    // where the parser is that of the reference.
    if (!same_edges_ && ours.has_value() != theirs.has_value()) return;
    if (ours) {
      EXPECT_EQ(ours->to_string(), theirs.value_or("(refused)")) << ::testing::PrintToString(text);
    } else {
      EXPECT_EQ(theirs, std::nullopt)
          << ::testing::PrintToString(text) << ": " << ours.error().message;
    }
    read_ += ours ? 1 : 0;
    refused_ += ours ? 0 : 1;
  }

  sandbox::Connection& db() { return *connection_; }

  int read_ = 0;
  int refused_ = 0;
  bool same_edges_ = true;

 private:
  static inline std::unique_ptr<sandbox::Sandbox> sandbox_;
  static inline sandbox::Server* server_ = nullptr;
  std::optional<sandbox::Connection> connection_;
};

// Behind a UUID.
const std::vector<std::string> kTails = split(
    "|:|::|:1|::1|:1:|:1::3|:1,|:1,,|:,| | :1| 1|0:1|-1:1|}:1|:1;|:5-3|:5-3:7|:5-0|:5-00|"
    ":0|:00|:0-5|:0-0|:1-0|:-5|:--5|:-1-5|:5-|:1:2-|:1-5-7|:01-005|:010|:08|:0x10|:1-0x5|"
    ":3-3|:1-2:3-4|:1-5:2-3|:7:1-3:5|:+1|:1-+5|:1.5|:1e3|:1a|:1 2|:1 - 5|:1\n-\n5|"
    ":1-5: 7|:1:\n:2|:\n|:1\x1f|:1\x7f|:9223372036854775806|:9223372036854775807|"
    ":9223372036854775808|:18446744073709551615|:18446744073709551616|"
    ":18446744073709551617|:1-9223372036854775806|:1-9223372036854775807|"
    ":1-18446744073709551617|:1-99999999999999999999|:9223372036854775806-1|"
    ":9223372036854775807-9223372036854775806|:1-9223372036854775806:5|:tag|:tag:|:tag:1|"
    ":TAG:1:tag:2|:tag:1-5:tag2:3|:1-3:tag:1-5|:tag:1-3:1-5|:1:tag|:1:tag:|:tag::1|"
    ":tag:,|:tag:tag2:1|: tag : 1|:t ag:1|:a 1|:_:1|:_a9:1|:9a:1|:a-b:1|:a.b:1|:a$:1|"
    ":automatic:1|:a_:1:a:1:a1:1:aa:1:_:1:_a:1:a__:1:z:1:9|:tag:0|:tag:5-3|:tag:5-3:1|"
    "::a:1|:tag-1|:tag 1");

// Without a UUID, or with one in other words.
const std::vector<std::string> kWholes = split(
    "| |,|,,| , |\v\f\r\n\t|x|#|{|}|{}|ANONYMOUS|AUTOMATIC|\"\"|"
    "3E11FA47-71CA-11E1-9E33-C80AA9429562:1|{3e11fa47-71ca-11e1-9e33-c80aa9429562}:1|"
    "{3e11fa47-71ca-11e1-9e33-c80aa9429562} : 1|{3e11fa47-71ca-11e1-9e33-c80aa9429562}|"
    "{3e11fa47-71ca-11e1-9e33-c80aa9429562},|{3e11fa47-71ca-11e1-9e33-c80aa9429562:1|"
    "{ 3e11fa47-71ca-11e1-9e33-c80aa9429562}:1|{3e11fa47-71ca-11e1-9e33-c80aa9429562 }:1|"
    "{{3e11fa47-71ca-11e1-9e33-c80aa9429562}}:1|3e11fa4771ca11e19e33c80aa9429562:1|"
    "{3e11fa4771ca11e19e33c80aa9429562}:1|3e11fa4771ca11e1-9e33c80aa9429562:1|"
    "3e11fa47-71ca11e19e33c80aa9429562:1|3e11fa47--1ca-11e1-9e33-c80aa9429562:1|"
    "3e11fa47 -71ca-11e1-9e33-c80aa9429562:1|3e11fa47_71ca_11e1_9e33_c80aa9429562:1|"
    "3e11fa47-71ca-11e1-9e33-c80aa942956:1|ge11fa47-71ca-11e1-9e33-c80aa9429562:1");

TEST_F(GtidSetContract, OddTexts) {
  for (const std::string& tail : kTails) {
    const std::string text = std::string(kUuids[0]) + tail;
    expect_same(text);
    expect_same("," + std::string(kUuids[1]) + ":1," + text + "," + std::string(kUuids[0]) + ":2");
  }
  for (const std::size_t length : {30, 31, 32, 33, 34}) {
    expect_same(std::string(kUuids[0]) + ":" + std::string(length, 'A') + ":1");
    expect_same(std::string(kUuids[0]) + ":1:" + std::string(length, 'a') + " :2");
    expect_same(std::string(kUuids[0]) + ":1-" + std::string(length, '0') + "5");
  }
  for (const std::string& text : kWholes) expect_same(text);
  for (int byte = 0; byte < 256; ++byte) {
    const char c = static_cast<char>(byte);
    expect_same(std::string(kUuids[0]) + ":1" + c);
    expect_same(std::string(kUuids[0]) + ":" + c + ":1");
    expect_same(c + std::string(kUuids[0]) + ":1");
  }
  EXPECT_GT(read_, 100);
  EXPECT_GT(refused_, 100);
}

TEST_F(GtidSetContract, RandomTextsThatMayBeWrong) {
  Random random;
  for (int i = 0; i < 4000; ++i) {
    expect_same(soup(random));
    expect_same(mutated(random, valid(random, 3)));
    if (HasFailure()) break;
  }
  EXPECT_GT(read_, 1000);
  EXPECT_GT(refused_, 1000);
}

TEST_F(GtidSetContract, RandomSetsHaveTheSameAlgebra) {
  constexpr int kBatches = 30;
  constexpr int kPairs = 250;  // in one round trip
  Random random;
  for (int batch = 0; batch < kBatches && !HasFailure(); ++batch) {
    std::vector<std::pair<std::string, std::string>> pairs;
    std::string values;
    for (int i = 0; i < kPairs; ++i) {
      const auto& [a, b] = pairs.emplace_back(std::pair{valid(random, 6), valid(random, 4)});
      values += (i == 0 ? "" : ",") + std::string("ROW(") + std::to_string(i) + "," + hex(a) + "," +
                hex(b) + ")";
    }
    const sandbox::Rows rows = db().sql(
        "SELECT GTID_SUBTRACT(a, ''), GTID_SUBTRACT(a, b), GTID_SUBTRACT(a, GTID_SUBTRACT(a, b)), "
        "GTID_SUBSET(b, a)"
        " FROM (VALUES " +
        values + ") AS v(i, a, b) ORDER BY i");
    ASSERT_EQ(rows.size(), pairs.size());
    for (std::size_t i = 0; i < pairs.size(); ++i) {
      SCOPED_TRACE(::testing::PrintToString(pairs[i]));
      const GtidSet a = GtidSet::parse(pairs[i].first).value();
      const GtidSet b = GtidSet::parse(pairs[i].second).value();
      EXPECT_EQ(a.to_string(), one_line(*rows[i][0]));
      EXPECT_EQ(a.subtracted(b).to_string(), one_line(*rows[i][1]));
      EXPECT_EQ(a.intersected(b).to_string(), one_line(*rows[i][2]));
      EXPECT_EQ(a.intersects(b), !rows[i][2]->empty());
      EXPECT_EQ(a.contains(b), *rows[i][3] == "1");
      // The server has no union; but a text of two texts is one.
      EXPECT_EQ(a.united(b), GtidSet::parse(pairs[i].first + "," + pairs[i].second).value());
    }
  }
}

TEST_F(GtidSetContract, WhatWePrintIsWhatGtidPurgedTakes) {
  Random random;
  for (int i = 0; i < 50; ++i) {
    const std::string printed = GtidSet::parse(valid(random, 6)).value().to_string();
    const sandbox::Rows rows =
        db().sql("RESET BINARY LOGS AND GTIDS; SET GLOBAL gtid_purged = " + hex(printed) +
                 "; SELECT @@GLOBAL.gtid_purged");
    ASSERT_EQ(one_line(*rows.at(0).at(0)), printed);
  }
}

}  // namespace
}  // namespace gtidops
