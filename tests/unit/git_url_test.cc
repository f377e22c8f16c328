// URLs of repositories: taken apart, and printed without what is secret in them.
#include "git/url.h"

#include <gtest/gtest.h>

namespace gtidops {
namespace {

using Kind = git::Url::Kind;

TEST(GitUrlTest, Printable) {
  const std::vector<std::pair<std::string, std::string>> table{
      {"https://host/x.git", "https://host/x.git"},
      {"https://user:token@host:8443/x.git", "https://***@host:8443/x.git"},
      {"https://token@host/x.git", "https://***@host/x.git"},
      {"HTTPS://user:token@host/x", "HTTPS://***@host/x"},
      {"https://user:to/ken@host/x.git", "https://***@host/x.git"},
      {"https://user:to@ken@host/x.git", "https://***@host/x.git"},
      {"https://host/x.git?private_token=abc", "https://host/x.git"},
      {"https://host/x.git#abc", "https://host/x.git"},
      {"ssh://git@host:22/x", "ssh://git@host:22/x"},
      {"ssh://git:pw@host/x", "ssh://git@host/x"},
      {"git@host:team/x.git", "git@host:team/x.git"},
      {"git:pw@host:team/x.git", "***@host:team/x.git"},
      {"/srv/git/x@y.git", "/srv/git/x@y.git"},
      {"file:///srv/git/x@y.git", "file:///srv/git/x@y.git"},
      {"", ""},
  };
  for (const auto& [url, shown] : table) EXPECT_EQ(printable_url(url), shown) << url;
}

TEST(GitUrlTest, TakenApart) {
  const auto expect = [](const std::string& text, Kind kind, const std::string& clean,
                         const std::string& user, const std::string& password,
                         const std::string& host, const std::string& port) {
    const auto url = git::parse_url(text);
    ASSERT_TRUE(url) << text << ": " << url.error().message;
    EXPECT_EQ(url->kind, kind) << text;
    EXPECT_EQ(url->clean, clean) << text;
    EXPECT_EQ(url->user, user) << text;
    EXPECT_EQ(url->password.reveal(), password) << text;
    EXPECT_EQ(url->host, host) << text;
    EXPECT_EQ(url->port, port) << text;
  };
  expect("https://host/x", Kind::kHttps, "https://host/x", "", "", "host", "");
  expect("https://u:p%40%2Fq@host:8443/x", Kind::kHttps, "https://host:8443/x", "u", "p@/q", "host",
         "8443");
  expect("http://[::1]:80/x", Kind::kHttp, "http://[::1]:80/x", "", "", "::1", "80");
  expect("ssh://git@h/x", Kind::kSsh, "ssh://git@h/x", "git", "", "h", "");
  expect("ssh://git:pw@h:2222/x", Kind::kSsh, "ssh://git@h:2222/x", "git", "pw", "h", "2222");
  expect("git@h:x/y.git", Kind::kSsh, "git@h:x/y.git", "git", "", "h", "");
  expect("git://h/x", Kind::kGit, "git://h/x", "", "", "h", "");
  expect("/srv/x.git", Kind::kLocal, "/srv/x.git", "", "", "", "");
  expect("./a:b", Kind::kLocal, "./a:b", "", "", "", "");
  expect("file:///srv/x", Kind::kLocal, "file:///srv/x", "", "", "", "");
}

TEST(GitUrlTest, Refused) {
  for (const char* const text : {"", "ftp://h/x", "https://", "https:///x", "https://u:p/q@h/x",
                                 "https://h:port/x", "ssh://-oProxyCommand=x/y", "https://h y/x",
                                 "-h:x", "u:p@h:x", "https://[::1/x", "https://h:123456/x"})
    EXPECT_FALSE(git::parse_url(text)) << text;
}

TEST(GitUrlTest, Loopback) {
  for (const char* const text : {"http://127.0.0.1:1/x", "http://localhost/x", "http://[::1]/x"})
    EXPECT_TRUE(git::parse_url(text)->loopback()) << text;
  for (const char* const text : {"http://10.0.0.1/x", "http://localhost.example.com/x"})
    EXPECT_FALSE(git::parse_url(text)->loopback()) << text;
}

}  // namespace
}  // namespace gtidops
