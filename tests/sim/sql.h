// Sql: what a simulated server does on the statements that gtidops sends, and on those of the
// contract tests. One table of patterns; a statement that is not in it is an error of the test,
// never ignored.
//
// Thread-safety: one thread. Errors: UnknownStatement; what a server would say is in the Reply.
#pragma once

#include <string>
#include <string_view>

#include "sim/server.h"

namespace gtidops::sim {

// `answer` is called when the server answers: at once, later, or never, when it dies before.
void execute(World& world, SimServer& server, int session, const std::string& text,
             const Answer& answer);

namespace sql {

struct Call {
  World& world;
  SimServer& server;
  int session;
  std::string text;
  std::string_view rest;  // behind the pattern
  Answer answer;
};

// One entry of the table. `whole`: nothing may follow.
struct Pattern {
  std::string_view begin;
  bool whole;
  Micros least, most;  // how long it takes
  void (*act)(const Call& call);
};
// By theme, so that the tables stay readable.
const std::vector<Pattern>& patterns_of_variables();
const std::vector<Pattern>& patterns_of_accounts();
const std::vector<Pattern>& patterns_of_replication();
const std::vector<Pattern>& patterns_of_sessions();
const std::vector<Pattern>& patterns_of_clone();

// Takes a text apart. What is not as expected is an UnknownStatement.
class Scan {
 public:
  Scan(std::string_view rest, const std::string& whole) : rest_(rest), whole_(whole) {}
  bool eat(std::string_view word);
  void need(std::string_view word);
  std::string quoted();  // 'O''Brien'
  char any();
  std::string bare();  // up to a comma, a blank, or a parenthesis
  [[nodiscard]] bool done() const { return rest_.empty(); }
  [[noreturn]] void unknown() const;

 private:
  std::string_view rest_;
  const std::string& whole_;
};

// Passes the gate of the clients' writes.
void write(const Call& call, TrxBody body);
// 'user'@'host'.
TrxBody account(Scan& scan, TrxBody::Kind kind);

inline Reply error(int number, std::string message) { return {number, std::move(message), {}, -1}; }
inline Reply one_value(std::string value) { return {0, {}, {{std::move(value)}}, -1}; }

}  // namespace sql
}  // namespace gtidops::sim
