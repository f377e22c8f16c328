#include "mysql/session.h"

#include <fcntl.h>
#include <unistd.h>

#include <exception>
#include <utility>

#include "system/quiet_thread.h"
#include "system/socket_wait.h"

namespace gtidops::mysql {

using Reason = Unreachable::Reason;

Session::Session(Target target, SecretRef password, std::shared_ptr<const Secret> known)
    : target_(std::move(target)),
      password_ref_(std::move(password)),
      password_(known),
      shared_password_(std::move(known)) {}

Session::~Session() { stop(); }

// ---------------------------------------------------------------- the side of the caller

void Session::post_look(LookRequest request, Millis connect_time,
                        std::shared_ptr<Gathering> gathering) {
  Job job;
  job.look = std::move(request);
  job.connect_time = connect_time;
  job.gathering = std::move(gathering);
  post(std::move(job));
}

void Session::post_statement(Secret sql, Millis connect_time, std::shared_ptr<Gathering> gathering,
                             std::uint64_t connection) {
  Job job;
  job.sql = std::move(sql);
  job.connection = connection;
  job.connect_time = connect_time;
  job.gathering = std::move(gathering);
  post(std::move(job));
}

void Session::post(Job job) {
  {
    const std::lock_guard lock(mutex_);
    job.number = ++last_number_;
    wanted_ = job.number;
    sent_ = false;
    outcome_.reset();
    queued_ = std::move(job);
  }
  if (thread_.joinable())
    posted_.notify_one();
  else
    thread_ = quiet_thread([this] { serve(); });
}

std::optional<Outcome> Session::take(bool leave) {
  const std::lock_guard lock(mutex_);
  std::optional<Outcome> outcome = std::exchange(outcome_, std::nullopt);
  if (outcome || !leave) return outcome;
  wanted_ = 0;
  queued_.reset();
  // The other host's kernel acknowledges nothing: waiting for TCP's next try would gain nothing.
  if (stage_ == Stage::kOpen && socket_ >= 0 && is_unacknowledged(socket_))
    interrupt_socket(socket_);
  return std::nullopt;
}

bool Session::was_sent() const {
  const std::lock_guard lock(mutex_);
  return sent_;
}

bool Session::is_stuck() const {
  const std::lock_guard lock(mutex_);
  return working_ && wanted_ == 0;
}

bool Session::login_is_stuck() const {
  const std::lock_guard lock(mutex_);
  return working_ && wanted_ == 0 && stage_ == Stage::kLogin &&
         Deadline::Clock::now() - opening_since_ > kLoginPatience;
}

bool Session::is_cut_off() const {
  const std::lock_guard lock(mutex_);
  return socket_ < 0 || is_unacknowledged(socket_);
}

std::unique_ptr<Session> Session::twin(const Actor& actor) const {
  Target target = target_;
  target.actor = actor;
  const std::lock_guard lock(mutex_);
  return std::make_unique<Session>(std::move(target), password_ref_, shared_password_);
}

void Session::reset() {
  stop();
  const std::lock_guard lock(mutex_);
  stopping_ = false;
  wanted_ = 0;
}

void Session::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    queued_.reset();
    outcome_.reset();
    if (cancelled_) cancelled_->set();
    interrupt_socket(working_ ? socket_ : -1);  // an idle connection says goodbye
    posted_.notify_one();
  }
  if (thread_.joinable()) thread_.join();
  thread_ = {};
}

void Session::count_error(Unreachable::Reason reason) {
  const std::lock_guard lock(mutex_);
  ++counts_.errors[reason];
}

ConnectionCounts Session::counts() const {
  const std::lock_guard lock(mutex_);
  return counts_;
}

// ---------------------------------------------------------------- the thread

void Session::serve() {
  std::unique_lock lock(mutex_);
  for (;;) {
    const auto called = [this] { return stopping_ || queued_; };
    if (!target_.actor.acts()) posted_.wait(lock, called);
    if (!posted_.wait_for(lock, kKeepAlive, called)) {
      keep_alive(lock);
      continue;
    }
    if (stopping_) break;
    const Job job = *std::exchange(queued_, std::nullopt);
    working_ = true;
    lock.unlock();
    Outcome outcome = work(job);
    lock.lock();
    working_ = false;
    if (job.number == wanted_) outcome_ = std::move(outcome);
    lock.unlock();
    job.gathering->arrive();
    lock.lock();
  }
  lock.unlock();
  close();
  end_library_thread();
}

// Without a statement the server would end the session at its wait_timeout, and the right to act
// that it holds would be lost.
void Session::keep_alive(std::unique_lock<std::mutex>& lock) {
  if (!connection_) return;
  working_ = true;
  lock.unlock();
  if (!connection_->is_fit() || connection_->ask("DO 0").lost) close();
  lock.lock();
  working_ = false;
}

Outcome Session::work(const Job& job) {
  try {
    return job.look ? look(job) : statement(job);
  } catch (const std::exception& problem) {  // no memory, no descriptor
    close();
    Outcome outcome;
    outcome.unreachable = Unreachable{Reason::kOther, problem.what()};
    return outcome;
  }
}

bool Session::is_wanted(const Job& job) const {
  const std::lock_guard lock(mutex_);
  return !stopping_ && job.number == wanted_;
}

// A statement that nobody waits for any more must not be sent.
bool Session::may_send(const Job& job) {
  const std::lock_guard lock(mutex_);
  sent_ = !stopping_ && job.number == wanted_;
  return sent_;
}

Outcome Session::look(const Job& job) {
  Outcome outcome;
  bool opened_now = false;
  for (;;) {
    outcome.unreachable = make_fit(job.connect_time, opened_now);
    if (outcome.unreachable || !is_wanted(job)) return outcome;
    LookTask task(*job.look, connection_->server_version());
    Reply reply;
    std::optional<Moment> looked_at;
    for (std::string sql = task.next(); !sql.empty() && !reply.lost; sql = task.next()) {
      reply = connection_->ask(sql);
      if (!looked_at)
        looked_at = std::chrono::time_point_cast<Millis>(std::chrono::system_clock::now());
      if (!reply.lost) task.accept(std::exchange(reply, {}));
    }
    if (!reply.lost) {
      ServerLook result = task.take_result();
      if (auto* why = std::get_if<Unreachable>(&result)) outcome.unreachable = std::move(*why);
      if (auto* state = std::get_if<ServerState>(&result)) {
        state->looked_at = *looked_at;
        if (state->details) state->details->connection_encrypted = connection_->encrypted();
        outcome.state = std::move(*state);
      }
      return outcome;
    }
    close();
    // A kept connection may be gone because the server was restarted: that is no news, and the look
    // is repeated on a new one. A new connection that breaks is an error.
    if (opened_now || !is_wanted(job)) {
      outcome.unreachable = classify_look(*reply.error, "the server's state");
      return outcome;
    }
  }
}

Outcome Session::statement(const Job& job) {
  Outcome outcome;
  bool opened_now = false;
  outcome.unreachable = make_fit(job.connect_time, opened_now);
  if (!outcome.unreachable && job.connection != 0 && job.connection != connection_number_)
    outcome.unreachable =
        Unreachable{Reason::kOther, "the connection that holds the right to act is gone"};
  if (outcome.unreachable || !may_send(job)) return outcome;
  outcome.reply = connection_->ask(job.sql.reveal());
  if (outcome.reply.lost) close();
  return outcome;
}

std::optional<Unreachable> Session::make_fit(Millis connect_time, bool& opened_now) {
  if (connection_ && connection_->is_fit()) return std::nullopt;
  close();
  opened_now = true;
  const bool known = password_ != nullptr;
  auto failure = open(connect_time);
  if (!failure || failure->reason != Reason::kAccessDenied) return failure;
  // The password may have been changed since it was read.
  password_ = nullptr;
  return known ? open(connect_time) : failure;
}

std::optional<Unreachable> Session::open(Millis connect_time) {
  stage_ = Stage::kSecret;
  int cancelled = -1;
  {
    const std::lock_guard lock(mutex_);
    if (stopping_) return Unreachable{Reason::kOther, "the connection was given up"};
    opening_since_ = Deadline::Clock::now();
    cancelled = cancelled_.emplace().descriptor();
  }
  auto failure = log_in(connect_time, cancelled);
  const std::lock_guard lock(mutex_);
  cancelled_.reset();
  return failure;
}

std::optional<Unreachable> Session::log_in(Millis connect_time, int cancelled) {
  if (!password_) {
    auto secret = read_secret(password_ref_, Deadline::after(kSecretCommandTime), cancelled);
    if (!secret)
      return Unreachable{Reason::kSecret,
                         "the admin password can't be read: " + secret.error().message};
    password_ = std::make_shared<const Secret>(std::move(*secret));
  }
  const LoginLimits limits{Deadline::after(connect_time),
                           Deadline::after(std::max(connect_time, kLoginPatience)), cancelled,
                           &stage_, [this](int socket) { keep_socket(socket); }};
  auto opened = Connection::open(target_, *password_, limits);
  if (!opened) {
    close();
    return std::move(opened.error());
  }
  connection_ = *std::move(opened);
  connection_id_ = connection_->id();
  ++connection_number_;
  const std::lock_guard lock(mutex_);
  shared_password_ = password_;
  ++counts_.opened;
  return std::nullopt;
}

void Session::close() {
  connection_id_ = 0;
  keep_socket(-1);
  connection_.reset();
}

int Session::duplicate_socket() const {
  const std::lock_guard lock(mutex_);
  return socket_ < 0 ? -1 : ::fcntl(socket_, F_DUPFD_CLOEXEC, 0);
}

void Session::keep_socket(int socket) {
  const std::lock_guard lock(mutex_);
  if (socket_ >= 0) ::close(socket_);
  socket_ = socket < 0 ? -1 : ::fcntl(socket, F_DUPFD_CLOEXEC, 0);
}

}  // namespace gtidops::mysql
