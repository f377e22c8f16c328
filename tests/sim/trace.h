// Trace: what happened, one line an event, for a person to follow. Nothing is formatted while
// nobody listens.
//
// Thread-safety: one thread. Errors: none.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace gtidops::sim {

class Trace {
 public:
  void listen() { on_ = true; }
  [[nodiscard]] bool on() const { return on_; }
  // `tell` makes the text.
  template <class Tell>
  void say(std::int64_t now, std::string_view who, Tell tell) {
    if (on_) add(now, who, tell());
  }
  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  void add(std::int64_t now, std::string_view who, const std::string& what);

  bool on_ = false;
  std::string text_;
};

}  // namespace gtidops::sim
