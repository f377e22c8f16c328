#include "notify/exec_hook.h"

#include <algorithm>
#include <utility>

#include "notify/message.h"
#include "system/child_process.h"

namespace gtidops {
namespace {

constexpr std::size_t kLineLimit = 200;

std::string last_line(std::string text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.pop_back();
  const std::size_t start = text.rfind('\n');
  if (start != std::string::npos) text.erase(0, start + 1);
  for (char& c : text)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = ' ';
  return text.substr(0, kLineLimit);
}

}  // namespace

ExecHook::ExecHook(ExecHookOptions options, Log log)
    : options_(std::move(options)), log_(std::move(log)) {
  outbox_ = std::make_unique<Outbox>(
      options_.limits, false,
      [this](const Outbox::Batch& batch, int stopping) { deliver(batch, stopping); });
}

ExecHook::~ExecHook() { outbox_.reset(); }

void ExecHook::tell(const Notice& notice) {
  const auto& wanted = options_.conditions;
  if (std::find(wanted.begin(), wanted.end(), notice.condition) != wanted.end())
    outbox_->push(notify::webhook_body({notice}, 0));
}

void ExecHook::tell(const RevisionEvent& event) { outbox_->push(notify::revision_body(event)); }

std::size_t ExecHook::dropped() const { return outbox_->dropped(); }

void ExecHook::deliver(const Outbox::Batch& batch, int stopping) const {
  if (batch.dropped > 0)
    log_(options_.name + ": " + std::to_string(batch.dropped) +
         " events were dropped, because too many were waiting");
  for (const std::string& body : batch.items) {
    const std::string input = body + "\n";
    const auto end = run_child({options_.command, input, {}, std::size_t{1} << 20U},
                               Deadline::after(options_.timeout), stopping);
    if (!end) {
      log_(options_.name + ": " + end.error().message);
    } else if (end->code != 0) {
      log_(options_.name + ": the command ended with " + std::to_string(end->code) +
           (end->err.empty() ? "" : ": " + last_line(end->err)));
    }
  }
}

}  // namespace gtidops
