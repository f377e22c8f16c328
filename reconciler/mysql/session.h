// Session: one server of a fleet, on a thread of its own that keeps one connection to it.
//
// The thread may block for as long as it takes: on a server that is stopped, on a name that does
// not resolve, on a command that prints a password. The caller waits as long as it likes
// (mysql/gathering.h), and then takes the outcome or leaves. What was left goes on, so a server in
// trouble does not get a growing number of connections: one connection waits for it, and is at hand
// when it comes back. A new one for each look would count as a failed handshake, and after
// max_connect_errors of them the server blocks this host for good.
//
// Thread-safety: post_*(), take() and reset() by one thread at a time; counts() by any. Errors: in
// the outcome.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

#include "model/secret_ref.h"
#include "mysql/connection.h"
#include "mysql/gathering.h"
#include "mysql/look_task.h"
#include "system/event.h"

namespace gtidops::mysql {

// How long a server that has accepted a connection may take to finish the login.
inline constexpr Millis kLoginPatience{30'000};

// How often an idle acting session is used, so that it does not reach kActorTimeout.
inline constexpr Millis kKeepAlive{20'000};

// For the metrics.
struct ConnectionCounts {
  std::uint64_t opened = 0;
  std::map<Unreachable::Reason, std::uint64_t> errors;  // failed looks, unsent statements
};

struct Outcome {
  std::optional<Unreachable> unreachable;  // nothing was read, or sent
  std::optional<ServerState> state;        // of a look
  Reply reply;                             // to a statement
};

class Session {
 public:
  // `password` is read for the first connection, and again when a server refuses it.
  Session(Target target, SecretRef password, std::shared_ptr<const Secret> known = nullptr);
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;
  ~Session();

  // One job at a time: a new one replaces one whose outcome was not taken. A job that is under way
  // is finished first, but its outcome is dropped. The other host gets `connect_time` to accept a
  // connection.
  void post_look(LookRequest request, Millis connect_time, std::shared_ptr<Gathering> gathering);
  // The statement is sent at most once: a broken connection is replaced before that, never
  // afterwards. With a `connection`, it is sent on that one or not at all.
  void post_statement(Secret sql, Millis connect_time, std::shared_ptr<Gathering> gathering,
                      std::uint64_t connection = 0);
  // The outcome; nullopt: it is not there yet. With `leave` the caller then gives the job up; if
  // not even the other host's kernel answers, the connection is given up, too.
  std::optional<Outcome> take(bool leave);

  // How far the job has come; kOpen: it was sent, and is not answered.
  [[nodiscard]] Stage stage() const { return stage_; }
  // Has the statement posted last been sent to the server? After reset() the answer is final.
  [[nodiscard]] bool was_sent() const;
  // Is a job that was given up still running?
  [[nodiscard]] bool is_stuck() const;
  // Is that job a login that has lasted longer than kLoginPatience? A TLS handshake has no limit.
  [[nodiscard]] bool login_is_stuck() const;
  // Gives up whatever is under way, and the connection with it.
  void reset();

  // Grows with every connection that is opened; 0: none was yet.
  [[nodiscard]] std::uint64_t connection_number() const { return connection_number_; }
  // The server's number of the connection; 0 when there is none.
  [[nodiscard]] unsigned long connection_id() const {
    return connection_id_;
  }  // NOLINT(google-runtime-int)
  // Has the other host's kernel not even acknowledged what was sent?
  [[nodiscard]] bool is_cut_off() const;
  // A duplicate of the connection's socket, for the caller to close; -1: there is none.
  [[nodiscard]] int duplicate_socket() const;
  // Another session on the same server, for use while this one is busy.
  [[nodiscard]] std::unique_ptr<Session> twin() const { return twin(target_.actor); }
  [[nodiscard]] std::unique_ptr<Session> twin(const Actor& actor) const;
  [[nodiscard]] const Actor& actor() const { return target_.actor; }

  void count_error(Unreachable::Reason reason);
  [[nodiscard]] ConnectionCounts counts() const;

 private:
  struct Job {
    std::uint64_t number = 0;
    std::optional<LookRequest> look;  // else a statement
    Secret sql;
    std::uint64_t connection = 0;  // 0: any connection
    Millis connect_time{};
    std::shared_ptr<Gathering> gathering;
  };

  void post(Job job);
  void serve();
  void keep_alive(std::unique_lock<std::mutex>& lock);
  Outcome work(const Job& job);
  Outcome look(const Job& job);
  Outcome statement(const Job& job);
  bool is_wanted(const Job& job) const;
  bool may_send(const Job& job);
  std::optional<Unreachable> make_fit(Millis connect_time, bool& opened_now);
  std::optional<Unreachable> open(Millis connect_time);
  std::optional<Unreachable> log_in(Millis connect_time, int cancelled);
  void close();
  void keep_socket(int socket);
  void stop();

  const Target target_;
  const SecretRef password_ref_;

  // Only the thread uses these while it runs.
  std::shared_ptr<const Secret> password_;
  std::unique_ptr<Connection> connection_;

  std::atomic<Stage> stage_ = Stage::kSecret;
  std::atomic<unsigned long> connection_id_ = 0;  // NOLINT(google-runtime-int)
  std::atomic<std::uint64_t> connection_number_ = 0;

  mutable std::mutex mutex_;  // for all that follows
  std::condition_variable posted_;
  // Exists while a connection is opened; a kept connection needs no second descriptor.
  std::optional<Event> cancelled_;
  bool stopping_ = false, working_ = false, sent_ = false;
  std::uint64_t last_number_ = 0, wanted_ = 0;
  std::optional<Job> queued_;
  std::optional<Outcome> outcome_;
  std::shared_ptr<const Secret> shared_password_;  // for a twin
  int socket_ = -1;  // a duplicate: its number cannot belong to another file when it is interrupted
  Deadline::Clock::time_point opening_since_;
  ConnectionCounts counts_;
  std::thread thread_;  // runs from the first post on
};

}  // namespace gtidops::mysql
