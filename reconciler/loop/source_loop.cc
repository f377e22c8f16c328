#include "loop/source_loop.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/nearest.h"
#include "spec/parse.h"

namespace gtidops {
namespace {

bool same_files(const std::vector<SourceFile>& a, const std::vector<SourceFile>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](const SourceFile& one, const SourceFile& other) {
                      return one.path == other.path && one.text == other.text;
                    });
}

ParsedSpecs parse(const Sourced& sourced) {
  std::vector<NamedText> texts;
  texts.reserve(sourced.files.size());
  for (const SourceFile& file : sourced.files) texts.push_back({file.path, file.text});
  return parse_texts(texts);
}

constexpr std::size_t kShort = 12;  // digits of a commit, for people

// "commit 1a2b3c4d by A <a@x>: subject", or "the folder".
std::string name_of(const SourceRevision& revision) {
  if (revision.commit.empty()) return "the folder";
  return "commit " + revision.commit.substr(0, kShort) + " by " + revision.author + ": " +
         revision.subject;
}

std::optional<std::string> commit_of(const SourceRevision& revision) {
  return revision.commit.empty() ? std::nullopt : std::optional(revision.commit);
}

}  // namespace

SourceLoop::SourceLoop(std::unique_ptr<SpecSource> source, std::string where, bool git,
                       Clock& clock, Metrics& metrics, Log log, std::string only,
                       Notifier* notifier)
    : source_(std::move(source)),
      clock_(clock),
      metrics_(metrics),
      log_(std::move(log)),
      only_(std::move(only)),
      notifier_(notifier) {
  state_.where = std::move(where);
  state_.git = git;
}

template <class Change>
void SourceLoop::change(Change change) {
  const std::lock_guard lock(mutex_);
  change(state_);
}

SourceSnapshot SourceLoop::snapshot() const {
  const std::lock_guard lock(mutex_);
  return state_;
}

Specs SourceLoop::chosen(std::vector<Spec> specs, const SourceRevision& revision) {
  Specs all;
  std::vector<std::string> names;
  for (Spec& spec : specs) {
    names.push_back(*spec.name);
    if (!only_.empty() && *spec.name != only_) continue;
    if (!revision.commit.empty()) spec.revision = revision.commit;
    all.push_back(std::make_shared<const Spec>(std::move(spec)));
  }
  if (!only_.empty() && all.empty()) {
    const auto near = nearest(only_, names);
    log_(LogLevel::kError, "there is no topology " + only_ + " in " + name_of(revision) +
                               (near ? " (did you mean " + *near + "?)" : "") +
                               ": nothing is managed");
  }
  return all;
}

std::optional<Specs> SourceLoop::last_good() {
  std::optional<Sourced> sourced = source_->last_good();
  if (!sourced) return std::nullopt;
  ParsedSpecs parsed = parse(*sourced);
  if (!parsed.errors.empty()) {
    // An earlier version of gtidops accepted it.
    log_(LogLevel::kError,
         name_of(sourced->revision) +
             " was the last good one, and is not valid: " + parsed.errors.front().to_string());
    return std::nullopt;
  }
  log_(LogLevel::kInfo, "going on with what was declared last, " + name_of(sourced->revision));
  change([&](SourceSnapshot& state) {
    state.revision = state.seen_revision = commit_of(sourced->revision);
    state.author = sourced->revision.author;
    state.spec_valid = true;
  });
  judged_ = in_force_ = true;
  judged_commit_ = sourced->revision.commit;
  judged_files_ = sourced->files;
  return chosen(std::move(parsed.specs), sourced->revision);
}

void SourceLoop::stop() {
  stopping_ = true;
  source_->cancel();
}

std::optional<Specs> SourceLoop::pull(Millis deadline) {
  const double since = clock_.monotonic_us();
  auto sourced = source_->pull(deadline);
  if (stopping_) return std::nullopt;
  const double seconds = (clock_.monotonic_us() - since) / 1e6;
  const bool reached = sourced || sourced.error().reason == SourceError::Reason::kSignature;
  const bool late = !sourced && sourced.error().reason == SourceError::Reason::kTimeout;
  if (sourced)
    succeeded();
  else
    failed(sourced.error());
  // Counted last: when the metric shows the pull, the log and the API show it, too.
  if (snapshot().git)
    metrics_.git_fetched(reached ? "success" : late ? "timeout" : "failure", seconds);
  if (!sourced) return std::nullopt;
  const bool known = judged_ && judged_commit_ == sourced->revision.commit &&
                     same_files(judged_files_, sourced->files);
  return known ? std::nullopt : judge(std::move(*sourced));
}

void SourceLoop::succeeded() {
  change([&](SourceSnapshot& state) {
    state.last_success = clock_.now();
    state.error.clear();
    state.signature_rejected = false;
  });
  if (!said_.empty()) log_(LogLevel::kInfo, "the topology files can be read again");
  said_.clear();
}

void SourceLoop::failed(const SourceError& error) {
  const bool signature = error.reason == SourceError::Reason::kSignature;
  if (said_ != error.message)
    log_(LogLevel::kError,
         std::string(in_force_ ? "the last good revision stays in force: "
                               : "there is no good revision yet, so nothing is done: ") +
             error.message);
  said_ = error.message;
  change([&](SourceSnapshot& state) {
    state.error = error.message;
    state.signature_rejected = signature;
    if (!signature) return;
    state.last_success = clock_.now();
    if (error.revision) state.seen_revision = commit_of(*error.revision);
  });
  if (signature) metrics_.git_verification_failed();
}

std::optional<Specs> SourceLoop::judge(Sourced sourced) {
  ParsedSpecs parsed = parse(sourced);
  judged_ = true;
  judged_commit_ = sourced.revision.commit;
  judged_files_ = sourced.files;
  const std::string name = name_of(sourced.revision);
  std::vector<std::string> errors;
  for (const SpecError& error : parsed.errors) errors.push_back(error.to_string());
  std::string in_force = ", and there is no good revision yet";
  change([&](SourceSnapshot& state) {
    state.seen_revision = commit_of(sourced.revision);
    state.spec_valid = errors.empty();
    state.errors = errors;
    if (in_force_ && state.revision)
      in_force = fmt::format(", and not applied (commit {} stays in force)",
                             state.revision->substr(0, kShort));
    else if (in_force_)
      in_force = ", and not applied";
  });
  if (!errors.empty()) {
    for (const std::string& error : errors)
      log_(LogLevel::kError, fmt::format("{}: not valid{}: {}", name, in_force, error));
    // Sent once for each revision: judge() is called only for a new one.
    if (notifier_ != nullptr && !sourced.revision.commit.empty())
      notifier_->tell(RevisionEvent{
          {}, sourced.revision.commit, RevisionEvent::State::kFailure, errors.front()});
    return std::nullopt;
  }
  if (sourced.rewritten)
    log_(LogLevel::kWarning,
         "the branch was rewritten: what was in force is no ancestor of " + name);
  if (const Status accepted = source_->accept(sourced.revision); !accepted)
    log_(LogLevel::kError,
         "after a restart this revision may not be known: " + accepted.error().message);
  in_force_ = true;
  log_(LogLevel::kInfo,
       name + ": " +
           fmt::format("{} declared", parsed.specs.size() == 1
                                          ? "1 topology"
                                          : fmt::format("{} topologies", parsed.specs.size())));
  change([&](SourceSnapshot& state) {
    state.revision = commit_of(sourced.revision);
    state.author = sourced.revision.author;
    state.rewritten = sourced.rewritten;
  });
  return chosen(std::move(parsed.specs), sourced.revision);
}

}  // namespace gtidops
