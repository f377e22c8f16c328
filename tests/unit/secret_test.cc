// Secrets: where they are read from, and that they show up nowhere.
#include <fcntl.h>
#include <gtest/gtest.h>

#include <sys/stat.h>
#include <unistd.h>
#include <algorithm>
#include <cctype>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <thread>

#include "mysql/statement_text.h"
#include "system/child_process.h"
#include "system/event.h"
#include "system/secret.h"

namespace gtidops::mysql {
namespace {

using Kind = SecretRef::Kind;

static_assert(!std::is_copy_constructible_v<Secret> && !std::is_copy_assignable_v<Secret>);
static_assert(std::is_nothrow_move_constructible_v<Secret> &&
              std::is_nothrow_move_assignable_v<Secret>);

SecretRef ref(Kind kind, const std::string& name) {
  SecretRef made;
  made.kind = kind;
  made.name = name;
  return made;
}

Deadline soon() { return Deadline::after(Millis(5'000)); }

class SecretTest : public ::testing::Test {
 protected:
  SecretTest() {
    std::string pattern = ::testing::TempDir() + "gtidops-secret-XXXXXX";
    folder = ::mkdtemp(pattern.data());
  }
  ~SecretTest() override { std::filesystem::remove_all(folder); }

  std::string file(const std::string& name, const std::string& text, mode_t mode = 0600) {
    const std::string path = folder + "/" + name;
    std::ofstream(path, std::ios::binary) << text;
    ::chmod(path.c_str(), mode);
    return path;
  }

  std::string folder;
};

TEST_F(SecretTest, HoldsBytesAndLosesThem) {
  Secret secret("abc");
  secret.append("def");
  EXPECT_EQ(secret.reveal(), "abcdef");
  EXPECT_STREQ(secret.c_str(), "abcdef");
  Secret other(std::move(secret));
  EXPECT_TRUE(secret.empty());  // NOLINT(bugprone-use-after-move): what is left is the point
  EXPECT_STREQ(secret.c_str(), "");
  secret = std::move(other);
  EXPECT_EQ(secret.size(), 6U);
  secret.wipe();
  EXPECT_TRUE(secret.empty());
}

TEST_F(SecretTest, NoneIsEmpty) {
  const auto secret = read_secret(SecretRef{}, soon());
  ASSERT_TRUE(secret);
  EXPECT_TRUE(secret->empty());
}

TEST_F(SecretTest, FromTheEnvironment) {
  ::setenv("GTIDOPS_TEST_SECRET", "s3cret", 1);
  EXPECT_EQ(read_secret(ref(Kind::kEnv, "GTIDOPS_TEST_SECRET"), soon())->reveal(), "s3cret");
  ::unsetenv("GTIDOPS_TEST_SECRET");
  const auto missing = read_secret(ref(Kind::kEnv, "GTIDOPS_TEST_SECRET"), soon());
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, ErrorCode::kNotFound);
  EXPECT_EQ(missing.error().message, "the environment variable GTIDOPS_TEST_SECRET is not set");
}

// The same text, wherever it stands, is the same secret, or none for the same reason.
TEST_F(SecretTest, AllKindsAreCheckedAlike) {
  ::setenv("CREDENTIALS_DIRECTORY", folder.c_str(), 1);
  const struct {
    std::string text, secret, error;
  } rows[] = {
      {"s3cret", "s3cret", ""},
      {"s3cret\n", "s3cret", ""},
      {"s3cret\r\n", "s3cret", ""},
      {" s3 cret ", " s3 cret ", ""},
      {"", "", " holds nothing (an empty password is declared by leaving passwordFrom out)"},
      {"\n", "", " holds nothing (an empty password is declared by leaving passwordFrom out)"},
      {"one\ntwo", "", " holds more than one line"},
      {"s3cret\n\n", "", " holds more than one line"},
      {"one\rtwo\n", "", " holds more than one line"},
  };
  for (const auto& row : rows) {
    const std::string path = file("alike", row.text);
    ::setenv("GTIDOPS_TEST_SECRET", row.text.c_str(), 1);
    for (const SecretRef& one :
         {ref(Kind::kEnv, "GTIDOPS_TEST_SECRET"), ref(Kind::kFile, path),
          ref(Kind::kCredential, "alike"), ref(Kind::kExec, "cat " + path)}) {
      const auto secret = read_secret(one, soon());
      const std::string which = one.describe() + ": '" + row.text + "'";
      ASSERT_EQ(secret.has_value(), row.error.empty()) << which;
      if (secret) {
        EXPECT_EQ(secret->reveal(), row.secret) << which;
        continue;
      }
      EXPECT_EQ(secret.error().code, ErrorCode::kInvalid) << which;
      EXPECT_EQ(secret.error().message.substr(
                    std::max(row.error.size(), secret.error().message.size()) - row.error.size()),
                row.error)
          << which;
    }
  }
  ::unsetenv("CREDENTIALS_DIRECTORY");
  ::unsetenv("GTIDOPS_TEST_SECRET");
}

TEST_F(SecretTest, FromAFileWithoutItsLastNewline) {
  EXPECT_EQ(read_secret(ref(Kind::kFile, file("a", "p\n")), soon())->reveal(), "p");
  EXPECT_EQ(read_secret(ref(Kind::kFile, file("b", "p\r\n")), soon())->reveal(), "p");
  EXPECT_EQ(read_secret(ref(Kind::kFile, file("c", " p\n")), soon())->reveal(), " p");
  EXPECT_EQ(read_secret(ref(Kind::kFile, file("d", "p")), soon())->reveal(), "p");
  EXPECT_EQ(read_secret(ref(Kind::kFile, file("e", std::string(4096, 'x'))), soon())->size(),
            4096U);
}

TEST_F(SecretTest, FilesThatAreNoGood) {
  EXPECT_EQ(read_secret(ref(Kind::kFile, folder + "/none"), soon()).error().code,
            ErrorCode::kNotFound);
  const auto message = [&](const std::string& path) {
    const auto secret = read_secret(ref(Kind::kFile, path), soon());
    return secret ? std::string("read") : secret.error().message;
  };
  EXPECT_NE(message(file("a", "")).find("holds nothing"), std::string::npos);
  EXPECT_NE(message(file("b", "\n")).find("holds nothing"), std::string::npos);
  EXPECT_NE(message(file("c", std::string("a\0b", 3))).find("zero byte"), std::string::npos);
  EXPECT_NE(message(file("d", std::string(5000, 'x'))).find("longer than 4096"), std::string::npos);
  EXPECT_NE(message(file("e", "x", 0602)).find("written by everybody"), std::string::npos);
  EXPECT_NE(message(folder).find("not a regular file"), std::string::npos);
  const std::string pipe = folder + "/pipe";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  EXPECT_NE(message(pipe).find("not a regular file"), std::string::npos);  // and it does not hang
}

TEST_F(SecretTest, WarnsOfAFileThatEverybodyReads) {
  EXPECT_EQ(secret_warning(ref(Kind::kFile, file("a", "x", 0640))), "");
  EXPECT_NE(secret_warning(ref(Kind::kFile, file("b", "x", 0644))), "");
  EXPECT_TRUE(read_secret(ref(Kind::kFile, file("b", "x", 0644)), soon()));
}

TEST_F(SecretTest, FromACredential) {
  file("admin", "s3cret\n");
  ::setenv("CREDENTIALS_DIRECTORY", folder.c_str(), 1);
  EXPECT_EQ(read_secret(ref(Kind::kCredential, "admin"), soon())->reveal(), "s3cret");
  EXPECT_EQ(read_secret(ref(Kind::kCredential, "../admin"), soon()).error().code,
            ErrorCode::kInvalid);
  EXPECT_EQ(read_secret(ref(Kind::kCredential, "other"), soon()).error().code,
            ErrorCode::kNotFound);
  ::unsetenv("CREDENTIALS_DIRECTORY");
  EXPECT_EQ(read_secret(ref(Kind::kCredential, "admin"), soon()).error().code,
            ErrorCode::kNotFound);
}

TEST_F(SecretTest, FromACommand) {
  EXPECT_EQ(read_secret(ref(Kind::kExec, "printf 'a b\\n'"), soon())->reveal(), "a b");
  EXPECT_EQ(read_secret(ref(Kind::kExec, "cat; echo done"), soon())->reveal(), "done");  // no input
}

TEST_F(SecretTest, ACommandThatFailsShowsNothingOfWhatItSaid) {
  const auto secret = read_secret(ref(Kind::kExec, "echo s3cret; echo s3cret >&2; exit 3"), soon());
  ASSERT_FALSE(secret);
  EXPECT_EQ(secret.error().message, "the command ended with status 3");
  EXPECT_EQ(read_secret(ref(Kind::kExec, "kill -9 $$"), soon()).error().message,
            "the command was ended by signal 9");
  EXPECT_NE(read_secret(ref(Kind::kExec, "true"), soon()).error().message.find("holds nothing"),
            std::string::npos);
  EXPECT_NE(read_secret(ref(Kind::kExec, "yes"), soon()).error().message.find("more than 4096"),
            std::string::npos);
}

TEST_F(SecretTest, ACommandThatHangsIsKilledWithItsChildren) {
  const std::string mark = folder + "/mark";
  const auto start = std::chrono::steady_clock::now();
  const auto secret = read_secret(ref(Kind::kExec, "(sleep 1; touch " + mark + ") & wait"),
                                  Deadline::after(Millis(100)));
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::milliseconds(900));
  EXPECT_EQ(secret.error().code, ErrorCode::kUnknown);
  std::this_thread::sleep_for(std::chrono::milliseconds(1'200));
  EXPECT_FALSE(std::filesystem::exists(mark));
  // Its output is closed, but it does not end.
  EXPECT_EQ(
      read_secret(ref(Kind::kExec, "exec >&-; sleep 5"), Deadline::after(Millis(100))).error().code,
      ErrorCode::kUnknown);
}

TEST_F(SecretTest, ACommandCanBeGivenUp) {
  Event cancelled;
  cancelled.set();
  const auto start = std::chrono::steady_clock::now();
  EXPECT_FALSE(read_secret(ref(Kind::kExec, "sleep 5; echo x"), soon(), cancelled.descriptor()));
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(2));
}

TEST_F(SecretTest, ACommandGetsNoneOfOurFiles) {
  const int leaked =
      ::open("/dev/null", O_RDONLY);  // without O_CLOEXEC, as the client library's sockets
  // The shell's own test is asked: with `ls` in a pipeline, the pipe itself may still be open.
  const std::string path = "/proc/self/fd/" + std::to_string(leaked);
  const auto answer = read_secret(
      ref(Kind::kExec, "if [ -e " + path + " ]; then echo leaked; else echo none; fi"), soon());
  EXPECT_EQ(answer->reveal(), "none");
  ::close(leaked);
}

// A password that gtidops was given as a variable is not for every command that it starts.
TEST_F(SecretTest, ACommandGetsOfOurEnvironmentWhatIsOnTheList) {
  ::setenv("GTIDOPS_TEST_SECRET", "s3cret", 1);
  ::setenv("GTIDOPS_TEST_VAULT", "https://vault", 1);
  ::setenv("LC_TEST", "C", 1);
  const auto seen = [] {
    const std::string of_secrets(
        read_secret(ref(Kind::kExec, "env | tr '\\n' ' '"), soon())->reveal());
    const ChildCommand command{{"env"}, {}, {{"GTIDOPS_ADDED", "by us"}}};
    return std::pair(of_secrets, run_child(command, soon())->out);
  };
  for (const std::string& text : {seen().first, seen().second}) {
    EXPECT_EQ(text.find("s3cret"), std::string::npos) << text;
    EXPECT_EQ(text.find("vault"), std::string::npos) << text;
    EXPECT_NE(text.find("PATH="), std::string::npos) << text;
    EXPECT_NE(text.find("LC_TEST=C"), std::string::npos) << text;
  }
  EXPECT_NE(seen().second.find("GTIDOPS_ADDED=by us"), std::string::npos);
  // What a person names is passed on besides, and only that.
  ::setenv("GTIDOPS_CHILD_ENV", "AWS_PROFILE GTIDOPS_TEST_VAULT", 1);
  EXPECT_NE(seen().first.find("GTIDOPS_TEST_VAULT=https://vault"), std::string::npos);
  EXPECT_NE(seen().second.find("GTIDOPS_TEST_VAULT=https://vault"), std::string::npos);
  EXPECT_EQ(seen().first.find("s3cret"), std::string::npos);
  for (const char* name :
       {"GTIDOPS_TEST_SECRET", "GTIDOPS_TEST_VAULT", "LC_TEST", "GTIDOPS_CHILD_ENV"})
    ::unsetenv(name);
}

// ---------------------------------------------------------------- in statements

Statement with_secret(const std::string& name) {
  Statement statement;
  statement.parts = {std::string("CREATE USER u IDENTIFIED BY "), ref(Kind::kEnv, name)};
  return statement;
}

TEST_F(SecretTest, StandsInAStatementAsALiteral) {
  ::setenv("GTIDOPS_TEST_SECRET", "it's \\ \"x\"", 1);
  const auto text = write_statement(with_secret("GTIDOPS_TEST_SECRET"), soon());
  ASSERT_TRUE(text);
  EXPECT_EQ(text->sql.reveal(), "CREATE USER u IDENTIFIED BY 'it''s \\\\ \"x\"'");
  EXPECT_EQ(text->sql.reveal(), "CREATE USER u IDENTIFIED BY " + quote_string("it's \\ \"x\""));
  ::unsetenv("GTIDOPS_TEST_SECRET");
  const auto unsent = write_statement(with_secret("GTIDOPS_TEST_SECRET"), soon());
  EXPECT_EQ(unsent.error().code, ErrorCode::kUnreachable);
}

// CHANGE REPLICATION SOURCE TO refuses a longer one (error 3056), so no account is made with it.
TEST_F(SecretTest, IsToldWhenItIsTooLongForReplication) {
  const SecretRef here = ref(Kind::kEnv, "GTIDOPS_TEST_SECRET");
  ::setenv("GTIDOPS_TEST_SECRET", std::string(32, 'x').c_str(), 1);
  EXPECT_TRUE(read_for_statement(here.for_replication(), soon()));
  ::setenv("GTIDOPS_TEST_SECRET", (std::string(31, 'x') + "\u00e9").c_str(), 1);
  EXPECT_TRUE(read_for_statement(here, soon()));
  const auto refused = read_for_statement(here.for_replication(), soon());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message,
            "it has 33 bytes, and MySQL takes a password for replication of 32 at most");
  Statement statement;
  statement.parts = {here.for_replication()};
  EXPECT_EQ(write_statement(statement, soon()).error().code, ErrorCode::kUnreachable);
  ::unsetenv("GTIDOPS_TEST_SECRET");
}

// Held to by e2e ReplicationPassword.*: the others are kept as they are.
TEST_F(SecretTest, IsToldWhenAChannelWouldKeepAnotherOne) {
  const SecretRef here = ref(Kind::kEnv, "GTIDOPS_TEST_SECRET");
  ::setenv("GTIDOPS_TEST_SECRET", "p\u00e4\u20acw", 1);
  EXPECT_TRUE(read_for_statement(here.for_replication(), soon()));
  ::setenv("GTIDOPS_TEST_SECRET", "p\U0001F600w", 1);
  EXPECT_TRUE(read_for_statement(here, soon()));
  const auto refused = read_for_statement(here.for_replication(), soon());
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("utf8mb3"), std::string::npos) << refused.error().message;
  ::unsetenv("GTIDOPS_TEST_SECRET");
}

TEST_F(SecretTest, MustBeTextWhereItStandsInAStatement) {
  const SecretRef here = ref(Kind::kEnv, "GTIDOPS_TEST_SECRET");
  for (const char* text : {"\xff", "a\xc3", "\xc0\xaf", "\xc3x", "\xe2\x82"}) {
    ::setenv("GTIDOPS_TEST_SECRET", text, 1);
    EXPECT_TRUE(read_secret(here, soon())) << text;
    EXPECT_FALSE(read_for_statement(here, soon())) << text;
  }
  ::setenv("GTIDOPS_TEST_SECRET", "\u00e9\u20ac\U0001f600", 1);
  EXPECT_TRUE(read_for_statement(here, soon()));
  ::unsetenv("GTIDOPS_TEST_SECRET");
}

// In place of what is not shown stands what the number means, whatever it is.
TEST_F(SecretTest, AHiddenTextIsReplacedByASentence) {
  std::vector<Secret> secrets;
  secrets.emplace_back("s3cret!");
  EXPECT_EQ(
      safe_message({3056, "HY000", "The password provided s3cret!"}, secrets),
      "error 3056: the password for replication is longer than 32 bytes, the most that MySQL "
      "takes (SQLSTATE HY000; the server's own text is not shown, because the statement holds "
      "a secret)");
  EXPECT_NE(safe_message({9999, "42000", "s3cret!"}, secrets).find("error 9999: the statement"),
            std::string::npos);
  EXPECT_NE(safe_message({9999, "XX000", "s3cret!"}, secrets).find("Reference says"),
            std::string::npos);
}

TEST_F(SecretTest, IsNotRepeatedByAnError) {
  std::vector<Secret> secrets;
  const ServerError parse{1064, "42000", "You have an error in your SQL syntax near 's3cre"};
  EXPECT_EQ(safe_message(parse, secrets), "error 1064: " + parse.message);
  secrets.emplace_back("s3cret!");
  EXPECT_EQ(safe_message(parse, secrets).find("s3cre"), std::string::npos);
  // Errors that are known to be quiet are shown, unless they are not.
  const ServerError quiet{1396, "HY000", "Operation CREATE USER failed for 'app'@'%'"};
  EXPECT_EQ(safe_message(quiet, secrets), "error 1396: " + quiet.message);
  secrets.emplace_back("xCREATEx");
  EXPECT_EQ(safe_message(quiet, secrets).find("CREATE"), std::string::npos);
}

TEST_F(SecretTest, EvenAShortOneIsNotRepeated) {
  std::vector<Secret> secrets;
  secrets.emplace_back("pw");
  const ServerError error{1396, "HY000", "Operation failed for 'pw'@'%'"};
  EXPECT_EQ(safe_message(error, secrets).find("pw"), std::string::npos);
}

// Made up for one purpose: the same in every statement for it, another one for the next.
TEST(OneTimeSecret, IsTheSameForTheSamePurposeAndStrong) {
  const auto first = read_secret(ref(Kind::kOneTime, "a copy"), soon());
  ASSERT_TRUE(first);
  EXPECT_EQ(first->size(), 32U);
  EXPECT_EQ(read_secret(ref(Kind::kOneTime, "a copy"), soon())->reveal(), first->reveal());
  EXPECT_NE(read_secret(ref(Kind::kOneTime, "another"), soon())->reveal(), first->reveal());
  for (const auto kind : {::isupper, ::islower, ::isdigit, ::ispunct})
    EXPECT_TRUE(std::any_of(first->reveal().begin(), first->reveal().end(),
                            [&](char c) { return kind(static_cast<unsigned char>(c)) != 0; }));
}

}  // namespace
}  // namespace gtidops::mysql
