// Session: one server of a fleet, on a thread of its own that keeps one connection to it.
//
// The thread may block for as long as it takes: on a server that is stopped, on a name that does
// not resolve, on a command that prints a password. Whoever asks waits for as long as he likes
// (mysql/gathering.h), and then takes what is there or leaves. What was left goes on: a server in
// trouble is not met with a growing number of connections. It is waited for by one, which is at
// hand when the server comes back; a new one with each look would count as so many failed
// handshakes, for which a server refuses a host for good (max_connect_errors).
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

// How long a server that has accepted a connection is given to let us in.
inline constexpr Millis kLoginPatience{30'000};

// An idle session of one that acts is used so often: well within kActorTimeout.
inline constexpr Millis kKeepAlive{20'000};

// For the metrics.
struct ConnectionCounts {
  std::uint64_t opened = 0;
  std::map<Unreachable::Reason, std::uint64_t> errors;  // looks and statements that found no way
};

struct Outcome {
  std::optional<Unreachable> unreachable;  // nothing was read, or sent
  std::optional<ServerState> state;        // of a look
  Reply reply;                             // to a statement
};

class Session {
 public:
  // `password` is read when the first connection is made, and again when a server refuses it.
  Session(Target target, SecretRef password, std::shared_ptr<const Secret> known = nullptr);
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;
  ~Session();

  // One thing is asked at a time, and a new one takes the place of one that was not taken. An
  // unfinished one is finished first, but nobody sees what comes of it. The other host gets
  // `connect_time` to accept a connection.
  void post_look(LookRequest request, Millis connect_time, std::shared_ptr<Gathering> gathering);
  // Sent once, or not at all: a connection that is broken is opened anew before, never after.
  // With a `connection`: on that one, or not at all.
  void post_statement(Secret sql, Millis connect_time, std::shared_ptr<Gathering> gathering,
                      std::uint64_t connection = 0);
  // What came of it; nullopt when it is not finished. `leave`: then it is not wanted any more, and
  // if not even the other host's kernel answers, the connection is given up.
  std::optional<Outcome> take(bool leave);

  // How far it has come; kOpen: it has been sent, and is not answered.
  [[nodiscard]] Stage stage() const { return stage_; }
  // Has the statement that was posted last left for the server? After reset() that is final.
  [[nodiscard]] bool was_sent() const;
  // Is there something that was left, and is not finished?
  [[nodiscard]] bool is_stuck() const;
  // And is that a login which has had its time? A TLS handshake has no limit of its own.
  [[nodiscard]] bool login_is_stuck() const;
  // Gives up whatever is under way, and the connection with it.
  void reset();

  // Grows with every connection that is opened; 0: none was yet.
  [[nodiscard]] std::uint64_t connection_number() const { return connection_number_; }
  // The server's number of the connection; 0 when there is none.
  [[nodiscard]] unsigned long connection_id() const {
    return connection_id_;
  }  // NOLINT(google-runtime-int)
  // Is what was sent not even acknowledged by the other host's kernel?
  [[nodiscard]] bool is_cut_off() const;
  // Another descriptor of the connection's socket, for the caller to close; -1: there is none.
  [[nodiscard]] int duplicate_socket() const;
  // Another session on the same server, for what this one is too busy to do.
  [[nodiscard]] std::unique_ptr<Session> twin() const;

  void count_error(Unreachable::Reason reason);
  [[nodiscard]] ConnectionCounts counts() const;

 private:
  struct Job {
    std::uint64_t number = 0;
    std::optional<LookRequest> look;  // else a statement
    Secret sql;
    std::uint64_t connection = 0;  // 0: any
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

  // Of the thread alone, while it runs.
  std::shared_ptr<const Secret> password_;
  std::unique_ptr<Connection> connection_;

  std::atomic<Stage> stage_ = Stage::kSecret;
  std::atomic<unsigned long> connection_id_ = 0;  // NOLINT(google-runtime-int)
  std::atomic<std::uint64_t> connection_number_ = 0;

  mutable std::mutex mutex_;  // for all that follows
  std::condition_variable posted_;
  // While a connection is opened; a kept one needs no second descriptor.
  std::optional<Event> cancelled_;
  bool stopping_ = false, working_ = false, sent_ = false;
  std::uint64_t last_number_ = 0, wanted_ = 0;
  std::optional<Job> queued_;
  std::optional<Outcome> outcome_;
  std::shared_ptr<const Secret> shared_password_;  // for a twin
  int socket_ = -1;  // a duplicate, so that the number can't belong to another file by the time it
                     // is interrupted
  Deadline::Clock::time_point opening_since_;
  ConnectionCounts counts_;
  std::thread thread_;  // runs from the first post on
};

}  // namespace gtidops::mysql
