// What a server may say before the client library makes anything of it.
#include "mysql/reply_meter.h"

#include <gtest/gtest.h>

#include <string>

namespace gtidops::mysql {
namespace {

using Trouble = ReplyMeter::Trouble;

// A key with so many characters between its first and its last line, line by line as PEM has it.
std::string key_of(std::size_t characters) {
  std::string text = "-----BEGIN PUBLIC KEY-----\n";
  for (; characters > 64; characters -= 64) text += std::string(64, 'A') + "\n";
  return text + std::string(characters, 'A') + "\n-----END PUBLIC KEY-----\n";
}

// What the library gets to see of `said`, when it comes in pieces of so many bytes.
std::string heard(ReplyMeter& meter, std::string said, std::size_t piece) {
  for (std::size_t at = 0; at < said.size(); at += piece)
    meter.take(said.data() + at, std::min(piece, said.size() - at));
  return said;
}

TEST(ReplyMeter, LetsThroughWhatALoginSays) {
  const std::string greeting(90, 'g');
  // The refusal behind a key does not make it longer; nor does another key.
  const std::string login = greeting + key_of(736) + std::string(900, 'r') + key_of(392);
  for (const std::size_t piece : {std::size_t{1}, std::size_t{7}, login.size()}) {
    ReplyMeter meter;
    meter.begin_login();
    EXPECT_EQ(heard(meter, login, piece), login) << piece;
    EXPECT_EQ(meter.trouble(), Trouble::kNone) << piece;
  }
}

TEST(ReplyMeter, ALongKeyIsNoneAnyMoreBeforeTheLibraryHasItsEnd) {
  // An end in the middle of a line is none.
  std::string hidden = key_of(2'784);
  hidden.insert(200, "-----END PUBLIC KEY-----");
  for (const std::string& key : {key_of(2'784), key_of(1'400), hidden, key_of(392) + key_of(1'400),
                                 "-----BEGIN\n" + key_of(1'400)}) {
    for (const std::size_t piece : {std::size_t{1}, std::size_t{64}, key.size() - 1, key.size()}) {
      ReplyMeter meter;
      meter.begin_login();
      const std::string seen = heard(meter, std::string(90, 'g') + key, piece);
      EXPECT_EQ(meter.trouble(), Trouble::kLongKey) << key.size() << " by " << piece;
      EXPECT_NE(seen.substr(seen.size() - 25), "-----END PUBLIC KEY-----\n");
    }
  }
}

TEST(ReplyMeter, NothingIsTakenThatIsMoreThanWasAllowed) {
  ReplyMeter meter;
  meter.begin_login();
  std::string said(kLoginLimit, 'x');
  EXPECT_TRUE(meter.take(said.data(), said.size()));
  EXPECT_FALSE(meter.take(said.data(), 1));
  EXPECT_EQ(meter.trouble(), Trouble::kTooMuch);
  // It stays so.
  meter.end_login();
  meter.allow(100);
  EXPECT_FALSE(meter.take(said.data(), 1));
}

TEST(ReplyMeter, AnAnswerMayHoldWhateverItLikes) {
  ReplyMeter meter;
  meter.begin_login();
  meter.end_login();
  meter.allow(kColumnsLimit);
  const std::string key = key_of(2'784);
  EXPECT_EQ(heard(meter, key, 100), key);
  EXPECT_EQ(meter.trouble(), Trouble::kNone);
}

}  // namespace
}  // namespace gtidops::mysql
