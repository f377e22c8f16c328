// Nobody can hold up the HTTP server; and it starts and stops as it should.
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
  EXPECT_THAT(client.receive().status, ::testing::AnyOf(0, 400));
  HttpAsk longest;
  longest.path = "/" + std::string(20'000, 'x');
  EXPECT_THAT(http(port(), longest).status, ::testing::AnyOf(0, 400, 414));
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
  HttpServer other({"127.0.0.1:" + std::to_string(port()), "", {}}, {}, metrics_);
  const Status started = other.start();
  ASSERT_FALSE(started);
  EXPECT_THAT(started.error().message, HasSubstr("in use"));
}

TEST_F(HttpTest, AddressesThatAreNoneAreToldOf) {
  for (const char* listen :
       {"", "10440", "::1:10440", "127.0.0.1:", "127.0.0.1:x", "127.0.0.1:70000"})
    EXPECT_FALSE(HttpServer({listen, "", {}}, {}, metrics_).start()) << listen;
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
  HttpServer open({"0.0.0.0:0", "", {}}, {}, metrics_);
  ASSERT_TRUE(open.start());
  EXPECT_THAT(open.warning(), HasSubstr("basic_auth_users"));
}

}  // namespace
}  // namespace gtidops
