// Nobody can hold up the HTTP server; and it starts and stops as it should.
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <thread>

#include "unit/support/http_fixture.h"

namespace gtidops {
namespace {

using ::testing::HasSubstr;
using testing::http;
using testing::http_get;
using testing::HttpAnswer;
using testing::HttpAsk;
using testing::HttpClient;
using testing::HttpTest;

// --- Rude clients.

// Sends what is never complete, over so many connections, and opens each anew again and again,
// until it is destroyed.
class SlowCrowd {
 public:
  SlowCrowd(int port, int clients, std::string text)
      : thread_([=, this, text = std::move(text)] {
          std::vector<std::unique_ptr<HttpClient>> all(static_cast<std::size_t>(clients));
          for (std::size_t next = 0; !over_; next = (next + 1) % all.size()) {
            all[next].reset();
            all[next] = std::make_unique<HttpClient>(port);
            all[next]->send(text);
            ++sent_;
            // A client that is asked to wait for its turn by the machine must not meet hundreds of
            // newcomers between its connection and its first byte.
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
          }
        }) {}
  SlowCrowd(const SlowCrowd&) = delete;
  SlowCrowd& operator=(const SlowCrowd&) = delete;
  ~SlowCrowd() {
    over_ = true;
    thread_.join();
  }
  void await(int sent) const {
    while (sent_ < sent) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }

 private:
  std::atomic<bool> over_{false};
  std::atomic<int> sent_{0};
  std::thread thread_;
};

double seconds_of(const std::function<void()>& what) {
  const auto begin = std::chrono::steady_clock::now();
  what();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

TEST_F(HttpTest, SlowClientsDoNotHoldUpOthers) {
  must_start();
  std::vector<std::unique_ptr<HttpClient>> slow;
  for (int i = 0; i < 60; ++i) {
    slow.push_back(std::make_unique<HttpClient>(port()));
    slow.back()->send("GET / HTTP/1.1\r\nX-Slow: ");
  }
  std::this_thread::sleep_for(std::chrono::milliseconds(600));
  for (int i = 0; i < 40; ++i) {  // each of which takes the place of a slow one
    HttpAnswer answer;
    EXPECT_LT(seconds_of([&] { answer = http_get(port(), "/-/healthy"); }), 5.0);
    EXPECT_EQ(answer.status, 200);
  }
}

class HttpCrowd : public HttpTest {
 protected:
  // Both ends of each connection are ours.
  HttpCrowd() {
    constexpr rlim_t kEnough = 4'096;
    rlimit limit{};
    ::getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = std::max(limit.rlim_cur, std::min(limit.rlim_max, kEnough));
    ::setrlimit(RLIMIT_NOFILE, &limit);
  }
  void expect_answers() {
    for (int i = 0; i < 10; ++i)
      for (const char* path : {"/-/healthy", "/-/ready", "/metrics", "/"}) {
        HttpAnswer answer;
        EXPECT_LT(seconds_of([&] { answer = http_get(port(), path); }), 3.0) << path;
        EXPECT_EQ(answer.status, 200) << path;
      }
  }
};

// Each of these took the place of everybody else: a full queue refused newcomers.
TEST_F(HttpCrowd, OfSlowClientsThatComeAgainHoldsUpNobody) {
  must_start();
  const SlowCrowd crowd(port(), 150, "GET / HTTP/1.1\r\nX-Slow: ");
  crowd.await(300);
  expect_answers();
}

TEST_F(HttpCrowd, LargerThanThereIsRoomForHoldsUpNobody) {
  must_start();
  const SlowCrowd crowd(port(), 700,
                        "POST /hooks/git HTTP/1.1\r\nHost: localhost\r\n"
                        "Content-Length: 100000\r\n\r\n{");
  crowd.await(1'400);
  expect_answers();
}

TEST_F(HttpCrowd, OfIdleOnesIsClosedInFavourOfNewcomers) {
  must_start();
  std::vector<std::unique_ptr<HttpClient>> idle;
  for (int i = 0; i < 600; ++i) idle.push_back(std::make_unique<HttpClient>(port()));
  expect_answers();
  EXPECT_EQ(idle.front()->receive().status, 0) << "the oldest has to go first";
}

// `curl -X POST` sends no Content-Length.
TEST_F(HttpTest, APostWithoutALengthIsAnsweredAtOnce) {
  must_start();
  std::vector<std::unique_ptr<HttpClient>> all;
  EXPECT_LT(seconds_of([&] {
              for (int i = 0; i < 96; ++i) {
                all.push_back(std::make_unique<HttpClient>(port()));
                all.back()->send("POST /hooks/git HTTP/1.1\r\nHost: x\r\n\r\n");
              }
              EXPECT_EQ(http_get(port(), "/-/healthy").status, 200);
              for (const auto& one : all) EXPECT_EQ(one->receive().status, 421);
              HttpClient poke(port());
              poke.send("POST /hooks/git HTTP/1.1\r\nHost: localhost\r\n\r\n");
              EXPECT_EQ(poke.receive().status, 202);
            }),
            5.0);
  EXPECT_EQ(pulls_, 1);
}

// Whoever stands before us may take the other length for the right one.
TEST_F(HttpTest, ALengthThatIsToldTwiceIsRefused) {
  must_start();
  for (const char* lengths :
       {"Content-Length: 2\r\nContent-Length: 2", "Content-Length: 2\r\nContent-Length: 3",
        "Content-Length: 0\r\nContent-Length: 0", "Content-Length: 2, 2",
        "Content-Length: 2\r\nTransfer-Encoding: chunked",
        "Transfer-Encoding: chunked\r\nContent-Length: 2", "Transfer-Encoding: gzip",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked", "Content-Length: -1",
        "Content-Length: 0x2", "Content-Length : 2"})
    for (const char* what : {"POST /hooks/git", "GET /metrics"}) {
      HttpClient client(port());
      client.send(std::string(what) + " HTTP/1.1\r\nHost: localhost\r\n" + lengths + "\r\n\r\n{}");
      EXPECT_EQ(client.receive().status, 400) << what << " " << lengths;
      EXPECT_EQ(client.receive().status, 0) << "what follows may be anything: " << lengths;
    }
  EXPECT_EQ(pulls_, 0);
}

TEST_F(HttpTest, ABodyMayComeInChunksAndAfterAQuestion) {
  must_start();
  HttpClient client(port());
  client.send(
      "POST /hooks/git HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
      "2\r\n{}\r\n0\r\n\r\n");
  EXPECT_EQ(client.receive().status, 202);
  client.send(
      "POST /hooks/git HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n"
      "Expect: 100-continue\r\n\r\n");
  EXPECT_EQ(client.receive().status, 100);
  client.send("{}");
  EXPECT_EQ(client.receive().status, 202);
  EXPECT_EQ(pulls_, 2);
}

TEST_F(HttpTest, WhatIsNoHttpIsRefused) {
  must_start();
  for (const char* text :
       {"\x16\x03\x01\x02\x00", "GET\r\n\r\n", "GET / HTTP/9.9\r\n\r\n", "GET / HTTP/1.1\r\n\r\n",
        "GET http://localhost/ HTTP/1.1\r\nHost: localhost\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: localhost\r\nHost: x\r\n\r\n",
        "GET / HTTP/1.1\r\nHo st: x\r\n\r\n"}) {
    HttpClient client(port());
    client.send(text);
    EXPECT_EQ(client.receive().status, 400) << text;
  }
}

TEST_F(HttpTest, ARequestThatDripsIsCutOffInTheEnd) {
  must_start();
  HttpClient slow(port());
  slow.send("GET / HTTP/1.1\r\n");
  std::atomic<bool> over{false};
  std::thread drip([&] {
    for (int i = 0; i < 40 && !over; ++i) {
      slow.send("X: y\r\n");
      std::this_thread::sleep_for(std::chrono::milliseconds(500));
    }
  });
  double took = 0;
  took = seconds_of([&] { EXPECT_NE(slow.receive().status, 200); });
  over = true;
  drip.join();
  EXPECT_GT(took, 5.0);
  EXPECT_LT(took, 18.0);
}

TEST_F(HttpTest, HeadsWithoutEndAreRefused) {
  must_start();
  HttpClient client(port());
  client.send("GET / HTTP/1.1\r\n");
  for (int i = 0; i < 200; ++i)
    client.send("X-" + std::to_string(i) + ": " + std::string(1000, 'x') + "\r\n");
  EXPECT_THAT(client.receive().status, ::testing::AnyOf(0, 431));
  HttpAsk longest;
  longest.path = "/" + std::string(20'000, 'x');
  EXPECT_EQ(http(port(), longest).status, 414);
  EXPECT_EQ(http_get(port(), "/-/healthy").status, 200);
}

TEST_F(HttpTest, TheBodyOfARefusedRequestIsNotTakenForAnother) {
  must_start();
  HttpClient client(port());
  HttpAsk ask;
  ask.method = "POST";
  ask.path = "/metrics";
  ask.body = "POST /hooks/git HTTP/1.1\r\nHost: x\r\n\r\n";
  EXPECT_EQ(client.ask(ask).status, 405);
  EXPECT_EQ(client.receive().status, 0);
  EXPECT_EQ(pulls_, 0);
}

TEST_F(HttpTest, AConnectionTakesManyRequests) {
  must_start();
  HttpClient client(port());
  HttpAsk ask;
  ask.path = "/metrics";
  for (int i = 0; i < 20; ++i) EXPECT_EQ(client.ask(ask).status, 200);
}

TEST_F(HttpTest, ManyScrapesAtOnce) {
  must_start();
  std::atomic<int> good{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i)
    threads.emplace_back([&] {
      for (int n = 0; n < 25; ++n)
        if (http_get(port(), n % 2 == 0 ? "/metrics" : "/").status == 200) ++good;
    });
  for (std::thread& one : threads) one.join();
  EXPECT_EQ(good, 200);
}

// --- Starting and stopping.

TEST_F(HttpTest, TwoServersDoNotShareAPort) {
  must_start();
  HttpServer other({"127.0.0.1:" + std::to_string(port()), "", "", {}}, {}, metrics_);
  const Status started = other.start();
  ASSERT_FALSE(started);
  EXPECT_THAT(started.error().message, HasSubstr("in use"));
}

TEST_F(HttpTest, AddressesThatAreNoneAreToldOf) {
  for (const char* listen :
       {"", "10440", "::1:10440", "127.0.0.1:", "127.0.0.1:x", "127.0.0.1:70000"})
    EXPECT_FALSE(HttpServer({listen, "", "", {}}, {}, metrics_).start()) << listen;
}

TEST_F(HttpTest, StopsAtOnceAlthoughClientsAreConnected) {
  must_start();
  HttpClient idle(port());
  idle.send("GET / HTTP/1.1\r\n");
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  EXPECT_LT(seconds_of([&] { server_->stop(); }), 3.0);
}

TEST_F(HttpTest, WarnsWhenItIsOpenToAll) {
  must_start();
  EXPECT_EQ(server_->warning(), "");
  HttpServer open({"0.0.0.0:0", "", "", {}}, {}, metrics_);
  ASSERT_TRUE(open.start());
  EXPECT_THAT(open.warning(), HasSubstr("basic_auth_users"));
}

}  // namespace
}  // namespace gtidops
