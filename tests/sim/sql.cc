#include "sim/sql.h"

#include "sim/world.h"

namespace gtidops::sim {
namespace sql {

bool Scan::eat(std::string_view word) {
  if (rest_.substr(0, word.size()) != word) return false;
  rest_.remove_prefix(word.size());
  return true;
}

void Scan::need(std::string_view word) {
  if (!eat(word)) unknown();
}

char Scan::any() {
  if (rest_.empty()) unknown();
  const char one = rest_.front();
  rest_.remove_prefix(1);
  return one;
}

std::string Scan::quoted() {
  need("'");
  std::string value;
  while (!rest_.empty()) {
    const char c = rest_.front();
    rest_.remove_prefix(1);
    if (c == '\\' && !rest_.empty()) {
      value += rest_.front();
      rest_.remove_prefix(1);
    } else if (c != '\'') {
      value += c;
    } else if (!rest_.empty() && rest_.front() == '\'') {
      value += c;
      rest_.remove_prefix(1);
    } else {
      return value;
    }
  }
  unknown();
}

std::string Scan::bare() {
  const std::size_t end = std::min(rest_.find_first_of(", )"), rest_.size());
  std::string value(rest_.substr(0, end));
  rest_.remove_prefix(end);
  return value;
}

void Scan::unknown() const {
  throw UnknownStatement("the simulated server does not know this statement: " + whole_);
}

namespace {

const Pattern* find(const std::string& text) {
  static const std::vector<Pattern> all = [] {
    std::vector<Pattern> list;
    for (const auto* part :
         {&patterns_of_variables(), &patterns_of_accounts(), &patterns_of_replication(),
          &patterns_of_sessions(), &patterns_of_clone()})
      list.insert(list.end(), part->begin(), part->end());
    return list;
  }();
  const Pattern* best = nullptr;
  for (const Pattern& pattern : all) {
    const bool fits = pattern.whole ? text == pattern.begin
                                    : text.compare(0, pattern.begin.size(), pattern.begin) == 0;
    if (fits && (best == nullptr || pattern.begin.size() > best->begin.size())) best = &pattern;
  }
  return best;
}

}  // namespace
}  // namespace sql

void execute(World& world, SimServer& server, int session, const std::string& text,
             const Answer& answer) {
  const sql::Pattern* pattern = sql::find(text);
  if (pattern == nullptr)
    throw UnknownStatement("the simulated server does not know this statement: " + text);
  const int statement = server.begin_statement(session, text, {});
  const int boots = server.boots;
  const Micros takes = world.rng.between(pattern->least, pattern->most);
  world.time.after(takes, [&world, &server, session, text, answer, pattern, statement, boots] {
    // With its connection killed, it comes to nothing.
    if (server.boots != boots || server.sessions.count(session) == 0) return;
    // Those that wait register themselves anew.
    const sql::Call call{
        world, server, session, text, std::string_view(text).substr(pattern->begin.size()), answer};
    world.tell([&](Checker& checker) { checker.statement_runs(world, server, session, text); });
    pattern->act(call);
    server.end_statement(statement);
  });
}

}  // namespace gtidops::sim
