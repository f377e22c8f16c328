// GtidSet: what is read and how it is printed (the tables were tried on MySQL 9.7,
// tests/contract/gtid_set_contract_test.cc tries them again), and the laws of the algebra against a
// model that stores every transaction by itself.
#include "model/gtid_set.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <set>
#include <string>
#include <tuple>
#include <vector>

namespace gtidops {
namespace {

const std::string kA = "3e11fa47-71ca-11e1-9e33-c80aa9429562";
const std::string kB = "11111111-1111-1111-1111-111111111111";

// X and Y stand for the two UUIDs above, so that the tables can be read.
std::string expand(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == 'X') {
      out += kA;
    } else if (c == 'Y') {
      out += kB;
    } else {
      out += c;
    }
  }
  return out;
}

GtidSet set(const std::string& text) {
  Result<GtidSet> parsed = GtidSet::parse(expand(text));
  if (!parsed) ADD_FAILURE() << parsed.error().message;
  return parsed.value_or(GtidSet());
}

struct Reading {
  const char* text;
  const char* printed;
};

TEST(GtidSetParse, ReadsWhatTheServerReads) {
  const Reading kReadings[] = {
      // nothing, in many words
      {"", ""},
      {" \t\r\n\v\f", ""},
      {",", ""},
      {" , ,, ", ""},
      {"X", ""},
      {"X,Y", ""},
      {"X:tag", ""},
      {"X:tag:other", ""},
      {"X:5-3", ""},
      {"X:5-0", ""},
      // one server
      {"X:1", "X:1"},
      {"X:1-5", "X:1-5"},
      {"X:3-3", "X:3"},
      {"X:01-005", "X:1-5"},
      {"X:010", "X:10"},
      {"X:0000000000000000000000000000000000000001", "X:1"},
      {"X:1-2:3-4", "X:1-4"},
      {"X:1-5:2-3", "X:1-5"},
      {"X:7:1-3:5", "X:1-3:5:7"},
      {"X:5-3:7", "X:7"},
      {"X:5:5:5", "X:5"},
      {"X:9223372036854775806", "X:9223372036854775806"},
      {"X:1-9223372036854775806:5", "X:1-9223372036854775806"},
      {"X:9223372036854775806-1", ""},
      // several
      {"X:1,Y:2", "Y:2,X:1"},
      {"X:1,,Y:2,", "Y:2,X:1"},
      {",X:1,", "X:1"},
      {"X:1,X:2", "X:1-2"},
      {"X:4-9,Y:1,X:1-5", "Y:1,X:1-9"},
      {"X,Y:1", "Y:1"},
      {"X:1,\nY:3\n", "Y:3,X:1"},
      {" X : 1 - 5 : 7 , Y : 2 ", "Y:2,X:1-5:7"},
      {"\tX\n:\v1\f-\r5", "X:1-5"},
      // spellings of a UUID
      {"3E11FA47-71CA-11E1-9E33-C80AA9429562:1", "X:1"},
      {"{X}:1", "X:1"},
      {" {X} : 1", "X:1"},
      {"{X}", ""},
      {"3e11fa4771ca11e19e33c80aa9429562:1", "X:1"},
      // tags
      {"X:tag:1", "X:tag:1"},
      {"X:TAG:1-3:5", "X:tag:1-3:5"},
      {"X: tag : 1", "X:tag:1"},
      {"X:tag:1-5:tag2:3", "X:tag:1-5:tag2:3"},
      {"X:1-3:tag:1-5", "X:1-3:tag:1-5"},
      {"X:tag:1,X:2", "X:2:tag:1"},
      {"X:1:tag", "X:1"},
      {"X:tag:none:1", "X:none:1"},
      {"X:b:1:a:2:3:b:7", "X:a:2-3:b:1:7"},
      {"X:Tag:1:tAG:2", "X:tag:1-2"},
      {"X:t:5-3:1", "X:t:1"},
      {"X:1:t:1,Y:1:t:1", "Y:1:t:1,X:1:t:1"},
      {"X:_:1:_9:2", "X:_:1:_9:2"},
      {"X:automatic:1", "X:automatic:1"},
      {"X:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa:1", "X:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa:1"},
      {"X:a_:1:a:1:a1:1:aa:1:_:1:_a:1:a__:1:z:1:9", "X:_:1:_a:1:a:1:a1:1:a_:1:a__:1:aa:1:z:1:9"},
      // bytes above 127 are not negative
      {"ffffffff-ffff-ffff-ffff-ffffffffffff:1,X:1,00000000-0000-0000-0000-000000000000:1",
       "00000000-0000-0000-0000-000000000000:1,X:1,ffffffff-ffff-ffff-ffff-ffffffffffff:1"},
  };
  for (const Reading& reading : kReadings) {
    EXPECT_EQ(set(reading.text).to_string(), expand(reading.printed)) << reading.text;
  }
}

TEST(GtidSetParse, RefusesWhatTheServerRefusesAndSaysWhere) {
  struct Refusal {
    std::string text;
    std::string message;  // behind "not a GTID set: expected "
  };
  const Refusal kRefusals[] = {
      {"x", "a hex digit of a UUID after 0 characters, before \"x\""},
      {"#", "a hex digit of a UUID after 0 characters, before \"#\""},
      {"{", "a hex digit of a UUID after 1 character, at the end"},
      {"{X:1", "\"}\" after 37 characters, before \":1\""},
      {"{ X}:1", "a hex digit of a UUID after 1 character, before \" 3e11fa47-71ca-11e1-9e33\""},
      {"{3e11fa4771ca11e19e33c80aa9429562}:1",
       "\"-\" of a UUID after 9 characters, before \"71ca11e19e33c80aa9429562\""},
      {"X}:1", "\",\" after 36 characters, before \"}:1\""},
      {"3e11fa47-71ca11e1-9e33-c80aa9429562",
       "\"-\" of a UUID after 13 characters, before \"11e1-9e33-c80aa9429562\""},
      {"3e11fa4771ca-11e19e33c80aa9429562",
       "a hex digit of a UUID after 12 characters, before \"-11e19e33c80aa9429562\""},
      {"X0:1", "\",\" after 36 characters, before \"0:1\""},
      {"X 1", "\",\" after 37 characters, before \"1\""},
      {"X:", "a number after 37 characters, at the end"},
      {"X::1", "a number after 37 characters, before \":1\""},
      {"X:1:", "a number after 39 characters, at the end"},
      {"X:,", "a number after 37 characters, before \",\""},
      {"X:5-", "a number after 39 characters, at the end"},
      {"X:-5", "a number after 37 characters, before \"-5\""},
      {"X:1--5", "a number after 39 characters, before \"-5\""},
      {"X:+1", "a number after 37 characters, before \"+1\""},
      {"X:1-+5", "a number after 39 characters, before \"+5\""},
      {"X:1-5-7", "\",\" after 40 characters, before \"-7\""},
      {"X:1.5", "\",\" after 38 characters, before \".5\""},
      {"X:1a", "\",\" after 38 characters, before \"a\""},
      {"X:1 2", "\",\" after 39 characters, before \"2\""},
      {"X:1;", "\",\" after 38 characters, before \";\""},
      {"X:1-0x5", "\",\" after 40 characters, before \"x5\""},
      {"X:1\nY:1", "\",\" after 39 characters, before \"11111111-1111-1111-1111-\""},
      {"X:1\xc2\xa0", "\",\" after 38 characters, before \"??\""},
      {"X:0", "a number from 1 after 37 characters, before \"0\""},
      {"X:0-0", "a number from 1 after 37 characters, before \"0-0\""},
      {"X:9223372036854775807",
       "a number up to 9223372036854775806 after 37 characters, before \"9223372036854775807\""},
      {"X:1-18446744073709551617",
       "a number up to 9223372036854775806 after 39 characters, before \"18446744073709551617\""},
      {"X:9a:1", "\",\" after 38 characters, before \"a:1\""},
      {"X:a-b:1", "\",\" after 38 characters, before \"-b:1\""},
      // 9.7.4 makes a tag of it, with a byte 255 in it; a tag that nobody could have meant
      {"X:a\xc3\xa9:1", "\",\" after 38 characters, before \"??:1\""},
      {"X:a 1", "\",\" after 39 characters, before \"1\""},
      {"X:tag:", "a number after 41 characters, at the end"},
      {"X:tag::1", "a number after 41 characters, before \":1\""},
      {"X:" + std::string(33, 'a') + ":1",
       "a tag of at most 32 characters to end after 69 characters, before \"a:1\""},
  };
  for (const Refusal& refusal : kRefusals) {
    const Result<GtidSet> parsed = GtidSet::parse(expand(refusal.text));
    ASSERT_FALSE(parsed.has_value()) << refusal.text;
    EXPECT_EQ(parsed.error().code, ErrorCode::kInvalid);
    EXPECT_EQ(parsed.error().message, "not a GTID set: expected " + refusal.message)
        << refusal.text;
  }
  // The older parser of gtid_purged stops at a zero byte and takes what stands before it.
  EXPECT_FALSE(GtidSet::parse(kA + ":1" + std::string(1, '\0')).has_value());
}

TEST(GtidSet, CountsAndSaturates) {
  EXPECT_EQ(GtidSet().count(), 0);
  EXPECT_EQ(set("X:1-5:7:tag:1-10,Y:3").count(), 17);
  EXPECT_EQ(set("X:1-9223372036854775806").count(), GtidSet::kMaxNumber);
  EXPECT_EQ(set("X:1-9223372036854775806:t:1").count(), INT64_MAX);
  EXPECT_EQ(set("X:1-9223372036854775806:t:1-2").count(), INT64_MAX);
  EXPECT_EQ(set("X:1-9223372036854775806,Y:1-9223372036854775806").count(), INT64_MAX);
}

TEST(GtidSet, OfIsTheSameAsParsed) {
  EXPECT_EQ(GtidSet::of(kA, 1, 5), set("X:1-5"));
  EXPECT_EQ(GtidSet::of(kA, 7, 7, "Tag"), set("X:tag:7"));
  EXPECT_EQ(GtidSet::of(kA, 1, 0), GtidSet());
  EXPECT_EQ(GtidSet::of(kA, 1, GtidSet::kMaxNumber), set("X:1-9223372036854775806"));
}

TEST(GtidSetDeathTest, OfStopsACallerThatIsWrong) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_DEATH(GtidSet::of("db1", 1, 5), "");
  EXPECT_DEATH(GtidSet::of(kA, 0, 5), "");
  EXPECT_DEATH(GtidSet::of(kA, 1, 5, "not a tag"), "");
}

TEST(GtidSet, OfServerTakesAllTagsOfOne) {
  const GtidSet all = set("X:1-5:tag:7,Y:3:other:1-2");
  EXPECT_EQ(all.of_server(kA), set("X:1-5:tag:7"));
  EXPECT_EQ(all.of_server("11111111-1111-1111-1111-11111111111F"), GtidSet());
  EXPECT_EQ(all.of_server("{" + kB + "}"), set("Y:3:other:1-2"));
  EXPECT_EQ(all.of_server("db1"), GtidSet());
}

TEST(GtidSetTest, TheGapsAreWhatIsMissingBelowTheGreatestOfEachSource) {
  EXPECT_EQ(set("X:1-5").gaps(), GtidSet());
  EXPECT_EQ(GtidSet().gaps(), GtidSet());
  EXPECT_EQ(set("X:3-5:9:tag:2,Y:1:3").gaps(), set("X:1-2:6-8:tag:1,Y:2"));
}

TEST(GtidSet, TagsAreSourcesOfTheirOwn) {
  EXPECT_FALSE(set("X:1-5").contains(set("X:tag:1")));
  EXPECT_FALSE(set("X:tag:1-5").intersects(set("X:1-5:tax:1-5")));
  EXPECT_EQ(set("X:1-5:tag:1-5").subtracted(set("X:tag:2-3")), set("X:1-5:tag:1:4-5"));
}

TEST(GtidSet, OneIntervalCanTakeFromMany) {
  EXPECT_EQ(set("X:1:3:5:7-9:11").subtracted(set("X:3-8")), set("X:1:9:11"));
  EXPECT_EQ(set("X:1-20").subtracted(set("X:1:3-5:20")), set("X:2:6-19"));
  EXPECT_EQ(set("X:1-9223372036854775806").subtracted(set("X:9223372036854775806")),
            set("X:1-9223372036854775805"));
  EXPECT_EQ(set("X:9223372036854775806").united(set("X:1-9223372036854775805")),
            set("X:1-9223372036854775806"));
}

// The searching steps of the algebra only show themselves when one side is far longer than the
// other.
TEST(GtidSet, AFewAgainstMany) {
  std::string many = kA;
  for (int i = 1; i <= 1000; ++i)
    many += ":" + std::to_string(10 * i) + "-" + std::to_string(10 * i + 4);
  const GtidSet all = set(many);
  for (int i = 1; i <= 1000; ++i) {
    const GtidSet inside = GtidSet::of(kA, 10 * i + 1, 10 * i + 4);
    const GtidSet across = GtidSet::of(kA, 10 * i + 4, 10 * i + 5);
    const GtidSet beside = GtidSet::of(kA, 10 * i + 5, 10 * i + 9);
    ASSERT_TRUE(all.contains(inside) && !all.contains(across) && !all.contains(beside)) << i;
    ASSERT_TRUE(all.intersects(inside) && all.intersects(across) && !all.intersects(beside)) << i;
    ASSERT_EQ(inside.subtracted(all), GtidSet()) << i;
    ASSERT_EQ(across.subtracted(all), GtidSet::of(kA, 10 * i + 5, 10 * i + 5)) << i;
    ASSERT_EQ(all.intersected(across), GtidSet::of(kA, 10 * i + 4, 10 * i + 4)) << i;
    ASSERT_EQ(all.subtracted(inside).count(), all.count() - 4) << i;
    ASSERT_EQ(all.united(beside).count(), all.count() + 5) << i;
  }
}

// The model: every transaction by itself.

using Model = std::set<std::tuple<int, int, int>>;  // server, tag, number

constexpr std::array<const char*, 4> kServers{
    "00000000-0000-0000-0000-00000000000a", "7fffffff-0000-0000-0000-000000000000",
    "80000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff"};
constexpr std::array<const char*, 4> kTags{"", "a", "a_b", "z9"};

struct Piece {
  int server;
  int tag;
  int first;
  int length;    // 0: an interval that runs backwards
  int spelling;  // bits: see spell()
};

struct Sample {
  std::string text;
  Model model;
};

std::string spell(const Piece& piece, const Piece* previous) {
  const std::string space = (piece.spelling & 1) != 0 ? " \n" : "";
  const std::string zero = (piece.spelling & 2) != 0 ? "00" : "";
  const std::string last = std::to_string(piece.first + piece.length - 1);
  std::string interval = zero + std::to_string(piece.first);
  if (piece.length != 1 || (piece.spelling & 4) != 0) interval += space + "-" + space + zero + last;
  std::string uuid = kServers.at(static_cast<std::size_t>(piece.server));
  std::string tag = kTags.at(static_cast<std::size_t>(piece.tag));
  if ((piece.spelling & 8) != 0) {
    std::transform(uuid.begin(), uuid.end(), uuid.begin(),
                   [](char c) { return c == 'f' ? 'F' : c; });
    std::transform(tag.begin(), tag.end(), tag.begin(), [](char c) { return c == 'a' ? 'A' : c; });
  }
  if ((piece.spelling & 16) != 0) uuid = "{" + uuid + "}";
  const bool same_server = previous != nullptr && previous->server == piece.server;
  if ((piece.spelling & 32) != 0 && same_server && previous->tag == piece.tag)
    return ":" + interval;
  if (!tag.empty()) tag = ":" + space + tag + space;
  if ((piece.spelling & 32) != 0 && same_server && !tag.empty()) return tag + ":" + interval;
  return (previous == nullptr ? "" : ",") + space + uuid + tag + ":" + space + interval;
}

Sample sample(const std::vector<Piece>& pieces) {
  Sample made;
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    made.text += spell(pieces[i], i == 0 ? nullptr : &pieces[i - 1]);
    for (int n = 0; n < pieces[i].length; ++n) {
      made.model.insert({pieces[i].server, pieces[i].tag, pieces[i].first + n});
    }
  }
  return made;
}

Model model_of(const GtidSet& set) {
  Model model;
  for (int server = 0; server < static_cast<int>(kServers.size()); ++server) {
    for (int tag = 0; tag < static_cast<int>(kTags.size()); ++tag) {
      for (int number = 1; number <= 20; ++number) {
        const GtidSet one = GtidSet::of(kServers.at(static_cast<std::size_t>(server)), number,
                                        number, kTags.at(static_cast<std::size_t>(tag)));
        if (set.intersects(one)) model.insert({server, tag, number});
      }
    }
  }
  return model;
}

GtidSet parsed(const Sample& sample) { return GtidSet::parse(sample.text).value(); }

}  // namespace
}  // namespace gtidops

namespace rc {
template <>
struct Arbitrary<gtidops::Sample> {
  static Gen<gtidops::Sample> arbitrary() {
    using gtidops::Piece;
    const auto piece = gen::build<Piece>(
        gen::set(&Piece::server, gen::inRange(0, 4)), gen::set(&Piece::tag, gen::inRange(0, 4)),
        gen::set(&Piece::first, gen::inRange(1, 16)), gen::set(&Piece::length, gen::inRange(0, 5)),
        gen::set(&Piece::spelling, gen::inRange(0, 64)));
    return gen::map(gen::container<std::vector<Piece>>(piece), gtidops::sample);
  }
};
}  // namespace rc

namespace gtidops {
namespace {

void showValue(const Sample& sample, std::ostream& os) { os << '"' << sample.text << '"'; }

RC_GTEST_PROP(GtidSetLaws, ReadsWhatWasWritten, (const Sample& a)) {
  const GtidSet x = parsed(a);
  RC_ASSERT(model_of(x) == a.model);
  RC_ASSERT(x.count() == static_cast<std::int64_t>(a.model.size()));
  RC_ASSERT(x.empty() == a.model.empty());
}

RC_GTEST_PROP(GtidSetLaws, PrintingAndParsingAreInverse, (const Sample& a)) {
  const GtidSet x = parsed(a);
  const GtidSet again = GtidSet::parse(x.to_string()).value();
  RC_ASSERT(again == x);
  RC_ASSERT(again.to_string() == x.to_string());
}

RC_GTEST_PROP(GtidSetLaws, EqualSetsAreEqualValues, (const Sample& a, const Sample& b)) {
  RC_ASSERT((parsed(a) == parsed(b)) == (a.model == b.model));
  RC_ASSERT((parsed(a).to_string() == parsed(b).to_string()) == (a.model == b.model));
}

RC_GTEST_PROP(GtidSetLaws, AlgebraIsThatOfTheModel, (const Sample& a, const Sample& b)) {
  Model sum;
  Model both;
  Model rest;
  const auto insert = [](Model& into) { return std::inserter(into, into.end()); };
  std::set_union(a.model.begin(), a.model.end(), b.model.begin(), b.model.end(), insert(sum));
  std::set_intersection(a.model.begin(), a.model.end(), b.model.begin(), b.model.end(),
                        insert(both));
  std::set_difference(a.model.begin(), a.model.end(), b.model.begin(), b.model.end(), insert(rest));
  const GtidSet x = parsed(a);
  const GtidSet y = parsed(b);
  RC_ASSERT(model_of(x.united(y)) == sum);
  RC_ASSERT(model_of(x.intersected(y)) == both);
  RC_ASSERT(model_of(x.subtracted(y)) == rest);
  RC_ASSERT(x.intersects(y) == !both.empty());
  RC_ASSERT(x.contains(y) == (both.size() == b.model.size()));
}

// Results are canonical too: built along two ways, they are the same value.
RC_GTEST_PROP(GtidSetLaws, Identities, (const Sample& a, const Sample& b, const Sample& c)) {
  const GtidSet x = parsed(a);
  const GtidSet y = parsed(b);
  const GtidSet z = parsed(c);
  RC_ASSERT(x.united(y) == y.united(x));
  RC_ASSERT(x.united(y).united(z) == x.united(y.united(z)));
  RC_ASSERT(x.intersected(y) == y.intersected(x));
  RC_ASSERT(x.intersected(y.united(z)) == x.intersected(y).united(x.intersected(z)));
  RC_ASSERT(x.subtracted(y).united(x.intersected(y)) == x);
  RC_ASSERT(x.subtracted(x.subtracted(y)) == x.intersected(y));
  RC_ASSERT(x.united(y).subtracted(y) == x.subtracted(y));
  RC_ASSERT(x.united(y).contains(x));
  RC_ASSERT(x.contains(y) == y.subtracted(x).empty());
  RC_ASSERT(x.subtracted(x).empty());
  RC_ASSERT(x.united(GtidSet()) == x);
  RC_ASSERT(x.contains(GtidSet()));
}

}  // namespace
}  // namespace gtidops
