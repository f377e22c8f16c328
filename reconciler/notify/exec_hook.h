// ExecHook: a command of the user that is told how far a commit has come, so that it can set a
// commit status. It gets JSON on its standard input (notify/message.h), without a shell in between.
// When it takes too long, it is killed with all the processes that it has started. One runs at a
// time.
//
// It is also told of the conditions that `conditions` names; by default of none.
//
// Thread-safety: tell() from any thread. Errors: to the log, with the last line that the command
// wrote to its standard error.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "notify/outbox.h"
#include "ports/notifier.h"

namespace gtidops {

struct ExecHookOptions {
  std::string name = "hook";         // for the log
  std::vector<std::string> command;  // a program and its arguments
  std::vector<std::string> conditions;
  Millis timeout{30'000};
  notify::OutboxLimits limits;
};

class ExecHook : public Notifier {
 public:
  using Log = std::function<void(const std::string&)>;

  ExecHook(ExecHookOptions options, Log log);
  ~ExecHook() override;

  void tell(const Notice& notice) override;
  void tell(const RevisionEvent& event) override;
  [[nodiscard]] std::size_t dropped() const;

 private:
  using Outbox = notify::Outbox<std::string>;
  void deliver(const Outbox::Batch& batch, int stopping) const;

  ExecHookOptions options_;
  Log log_;
  std::unique_ptr<Outbox> outbox_;
};

}  // namespace gtidops
