// Servers that answer without an end: what they say is read up to a limit, and no further.
#include <gmock/gmock.h>
#include <malloc.h>

#include <fstream>

#include "e2e/observe_support.h"
#include "sandbox/fake_server.h"

namespace gtidops::observe {
namespace {

using namespace std::string_literals;
using sandbox::Conversation;
using sandbox::FakeServer;
using ::testing::HasSubstr;

// In MB: the most that this process ever had in memory; and from now on.
std::size_t peak() {
  std::ifstream status("/proc/self/status");
  std::string word;
  std::size_t kib = 0;
  while (status >> word)
    if (word == "VmHWM:") status >> kib;
  return kib / 1024;
}
void forget_peak() {
  ::malloc_trim(0);
  std::ofstream("/proc/self/clear_refs") << "5";
}

// The session's settings are taken; the answer to what comes then is `answer`.
FakeServer::Script answering(std::function<void(Conversation&)> answer) {
  return [answer = std::move(answer)](Conversation& client) {
    if (!sandbox::let_in(client) || !client.read_packet()) return;
    client.send_packet(1, "\0\0\0\x02\0\0\0"s);
    if (client.read_packet()) answer(client);
  };
}

const std::string kEof = "\xfe\0\0\x02\0"s;

void rows_without_end(Conversation& client) {
  client.send_packet(1, "\x01");
  client.send_packet(2, sandbox::column("Value"));
  client.send_packet(3, kEof);
  const std::string row = "\xfc\xff\xff" + std::string(0xffff, 'x');
  for (int sequence = 4; client.send_packet(sequence & 0xff, row); ++sequence) continue;
}

// NULL is one byte on the wire, and 40 in memory.
void nulls_without_end(Conversation& client) {
  client.send_packet(1, "\xfa");
  for (int i = 0; i < 250; ++i) client.send_packet((i + 2) & 0xff, sandbox::column("c"));
  client.send_packet(252, kEof);
  for (int sequence = 253; client.send_packet(sequence & 0xff, std::string(250, '\xfb'));
       ++sequence)
    continue;
}

void results_without_end(Conversation& client) {
  const std::string more = "\0\0\0\x0a\0\0\0"s;
  for (int sequence = 1; client.send_packet(sequence & 0xff, more); ++sequence) continue;
}

// One row of 1 GB, in packets of 16 MB.
void one_huge_row(Conversation& client) {
  client.send_packet(1, "\x01");
  client.send_packet(2, sandbox::column("Value"));
  client.send_packet(3, kEof);
  const std::string part(0xffffff, 'x');
  for (int i = 0; i < 64; ++i)
    if (!client.send_packet((4 + i) & 0xff, i == 0 ? "\xfd\xfa\xff\xff"s + part.substr(4) : part))
      return;
}

// The library keeps all of them before it gives us the first; most of what it keeps is its own.
void columns_without_end(Conversation& client) {
  client.send_packet(1, "\xfc\xff\xff");
  for (int sequence = 2; client.send_packet(sequence & 0xff, sandbox::column("")); ++sequence)
    continue;
}

// A column's name of 16 MB, in the one packet that it takes, and many of them.
void huge_columns(Conversation& client) {
  client.send_packet(1, "\x09");
  const std::string name =
      "\x03"
      "def\0\0\0\xfd\0\0\xf0"s +
      std::string(0xf00000, 'x');
  for (int i = 0; i < 9; ++i)
    if (!client.send_packet(2 + i, name + "\0\x0c\xff\0\xff\xff\0\0\xfd\0\0\0\0\0"s)) return;
}

// As many as there are numbers for, of which none comes.
void columns_by_their_number(Conversation& client) {
  client.send_packet(1, "\xfe\xff\xff\xff\x7f\0\0\0\0"s);
  client.send_packet(2, kEof);
  client.send_packet(3, kEof);
}

TEST(HostileServer, TakesNoMoreMemoryThanAnAnswerMay) {
  struct Way {
    const char* name;
    void (*answer)(Conversation&);
    const char* why;
  };
  const char* const large = "the server's answer takes more than 64 MB";
  const char* const more = "the server says more than it was asked for";
  // A packet that is too large, or makes no sense, is a lost connection to Connector/C.
  const char* const lost = "the connection was lost";
  for (const auto& [name, way, why] :
       std::initializer_list<Way>{{"rows", rows_without_end, large},
                                  {"nulls", nulls_without_end, large},
                                  {"results", results_without_end, large},
                                  {"a row", one_huge_row, lost},
                                  {"columns", columns_without_end, more},
                                  {"huge columns", huge_columns, more},
                                  {"a number of columns", columns_by_their_number, lost}}) {
    const FakeServer hostile(answering(way));
    forget_peak();
    const std::size_t before = peak();
    const ServerLook look =
        look_at(SpecOf().server("x", "127.0.0.1", hostile.port()), Depth::kState, Millis(60'000));
    ASSERT_TRUE(std::holds_alternative<Unreachable>(look)) << name;
    EXPECT_THAT(std::get<Unreachable>(look).message, HasSubstr(why)) << name;
    EXPECT_LT(peak() - before, 200U) << name;
  }
}

TEST(HostileServer, ALoginTakesNoMoreThanALogin) {
  const FakeServer hostile([](Conversation& client) {
    client.send_packet(0, sandbox::mysql_greeting(false));
    client.read_packet();
    const std::string more = "\x01" + std::string(1'000'000, 'x');
    for (int i = 2; client.send_packet(i & 0xff, more); ++i) continue;
  });
  forget_peak();
  const std::size_t before = peak();
  const ServerLook look =
      look_at(SpecOf().server("x", "127.0.0.1", hostile.port()).tls(TlsMode::kDisabled));
  EXPECT_THAT(expect_unreachable(look, Reason::kOther),
              HasSubstr("the server says more than it was asked for"));
  EXPECT_LT(peak() - before, 60U);
}

TEST(HostileServer, WhoSaysNoHasTheRealNumber) {
  const std::string refusal = "\xff\x10\x04Too many connections";
  const FakeServer full([&](Conversation& client) { client.send_packet(0, refusal); });
  for (const TlsMode mode : {TlsMode::kDisabled, TlsMode::kPreferred, TlsMode::kRequired})
    EXPECT_EQ(expect_unreachable(look_at(SpecOf().server("x", "127.0.0.1", full.port()).tls(mode)),
                                 Reason::kTooManyConnections),
              "the server has no connection left (error 1040: Too many connections)");
}

}  // namespace
}  // namespace gtidops::observe
