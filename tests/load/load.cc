#include "load/load.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <thread>

namespace gtidops::load {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::microseconds;

// Between two tries while no server takes rows; between two tries of the stray; how long a server
// that lets nobody in, or hangs, is left alone; and what is called hanging.
constexpr microseconds kPause{200};
constexpr microseconds kStrayPause{2'000};
constexpr Micros kShun = 100'000;
constexpr Micros kHang = 1'000'000;
constexpr std::size_t kErrorsTold = 20;  // different ones, of each writer

constexpr unsigned kReadOnly = 1290;

// Said before anything was written: the table, the schema or the account is not there (yet).
bool surely_not_written(unsigned code) {
  constexpr std::array kCodes{kReadOnly, 1049U, 1142U, 1146U};
  return std::find(kCodes.begin(), kCodes.end(), code) != kCodes.end();
}

// Errors of the client library, and those with which a server says that the connection is over.
bool connection_over(unsigned code) {
  constexpr std::array kCodes{1053U, 1152U, 1158U, 1159U, 1160U, 1161U, 1927U, 3169U, 4031U};
  return (code >= 2000 && code < 3000) ||
         std::find(kCodes.begin(), kCodes.end(), code) != kCodes.end();
}

}  // namespace

// Hands out the times at which rows are due. A time that passed while nobody could write is not
// made up for.
class Pace {
 public:
  explicit Pace(double rate)
      : step_(rate > 0 ? std::chrono::duration_cast<Clock::duration>(
                             std::chrono::duration<double>(1 / rate))
                       : Clock::duration::zero()) {}

  Clock::time_point next() {
    if (step_ == Clock::duration::zero()) return {};
    const std::lock_guard lock(mutex_);
    const auto due = std::max(next_, Clock::now());
    next_ = due + step_;
    return due;
  }

 private:
  const Clock::duration step_;
  std::mutex mutex_;
  Clock::time_point next_;
};

// What the writers know together.
class Load::Shared {
 public:
  // What a writer has to know of one server to leave it alone.
  struct Door {
    Port port = 0;
    std::atomic<bool> being_tried{false};
    std::atomic<Micros> shunned_until{0};
  };
  static constexpr int kNowhere = -1;

  Shared(const std::vector<Port>& ports, Options chosen)
      : options(std::move(chosen)), doors(ports.size()), pace(options.rate) {
    for (std::size_t i = 0; i < ports.size(); ++i) doors[i].port = ports[i];
  }

  [[nodiscard]] Micros now() const {
    return std::chrono::duration_cast<microseconds>(Clock::now() - zero).count();
  }

  void end(const std::string& why) {
    const std::lock_guard lock(mutex_);
    if (ended) return;
    ended_at = now();
    cut_short = why;
    ended = true;
  }

  // Whether a writer has to stop; ends the load when a limit is reached.
  bool over() {
    if (ended) return true;
    if (rows >= options.max_rows) end(std::to_string(options.max_rows) + " rows were written");
    if (now() >= microseconds(options.limit).count())
      end("it ran for " + std::to_string(options.limit.count()) + " ms");
    return ended;
  }

  const Options options;
  std::vector<Door> doors;
  Pace pace;
  Clock::time_point zero = Clock::now();
  std::atomic<int> current{kNowhere};  // the door where rows are taken now
  std::atomic<Port> last_port{0};
  std::atomic<std::size_t> rows{0};
  std::atomic<bool> go{false}, ended{false};
  // Written once, before `ended` is set.
  Micros ended_at = 0;
  std::string cut_short;

 private:
  std::mutex mutex_;
};

// One thread with a connection to each server.
class Load::Writer {
 public:
  Writer(Shared& shared, unsigned index, bool stray)
      : shared_(shared),
        key_{shared.options.first_writer + index, 0},
        stray_(stray),
        turn_(index),
        sessions_(shared.doors.size()) {
    for (std::size_t door = 0; door < sessions_.size(); ++door)
      if (connect(door)) ++connected_;
    thread_ = std::thread([this] { run(); });
  }

  [[nodiscard]] unsigned connected() const { return connected_; }
  void join() {
    if (thread_.joinable()) thread_.join();
  }

  void give(Report& report) {
    report.acks.insert(report.acks.end(), acks_.begin(), acks_.end());
    report.doubtful.insert(report.doubtful.end(), doubtful_.begin(), doubtful_.end());
    for (const auto& [what, times] : errors_) report.errors[what] += times;
    report.refused += refused_;
  }

 private:
  enum class Answer { kTaken, kRefused, kDoubtful, kNotSent };

  void run() {
    while (!shared_.go && !shared_.ended) std::this_thread::sleep_for(kPause);
    while (!shared_.over()) {
      if (!stray_) sleep_until(shared_.pace.next());
      ++key_.number;
      deliver();
    }
  }

  // In slices, so that a slow pace does not hold up the end.
  void sleep_until(Clock::time_point due) {
    while (!shared_.over()) {
      const auto left = due - Clock::now();
      if (left <= Clock::duration::zero()) return;
      std::this_thread::sleep_for(std::min<Clock::duration>(left, std::chrono::milliseconds(50)));
    }
  }

  // Until the row is taken, or its key is spent.
  void deliver() {
    while (!shared_.over()) {
      if (stray_) std::this_thread::sleep_for(kStrayPause);
      const int current = shared_.current;
      const Answer answer = current != Shared::kNowhere && !stray_
                                ? send(static_cast<std::size_t>(current))
                                : try_another(current);
      if (answer == Answer::kTaken || answer == Answer::kDoubtful) return;
    }
  }

  // The next server in turn, unless somebody is trying it already.
  Answer try_another(int current) {
    std::size_t at = turn_++ % shared_.doors.size();
    if (static_cast<int>(at) == current) at = turn_++ % shared_.doors.size();
    Shared::Door& door = shared_.doors[at];
    Answer answer = Answer::kNotSent;
    if (static_cast<int>(at) != current && shared_.now() >= door.shunned_until &&
        !door.being_tried.exchange(true)) {
      answer = send(at);
      door.being_tried = false;
    }
    if (answer == Answer::kRefused || answer == Answer::kNotSent)
      std::this_thread::sleep_for(kPause);
    return answer;
  }

  Answer send(std::size_t at) {
    Shared::Door& door = shared_.doors[at];
    const Micros begin = shared_.now();
    Answer answer = Answer::kNotSent;
    if (sessions_[at] || connect(at)) answer = insert(at, door.port);
    int here = static_cast<int>(at);
    if (answer == Answer::kTaken) {
      int nowhere = Shared::kNowhere;
      shared_.current.compare_exchange_strong(nowhere, here);
      shared_.last_port = door.port;
      ++shared_.rows;
      return answer;
    }
    // One session that was killed says nothing of the server: the next row logs in again, at once.
    const bool hangs = shared_.now() - begin > kHang;
    if (answer != Answer::kDoubtful || hangs)
      shared_.current.compare_exchange_strong(here, Shared::kNowhere);
    if (answer == Answer::kNotSent || hangs) door.shunned_until = shared_.now() + kShun;
    return answer;
  }

  Answer insert(std::size_t at, Port port) {
    const std::string statement = "INSERT INTO " + shared_.options.table + " VALUES (" +
                                  std::to_string(key_.writer) + "," + std::to_string(key_.number) +
                                  "," + std::to_string(port) + ")";
    const Micros sent = shared_.now();
    try {
      sessions_[at]->sql(statement);
      acks_.push_back({key_, port, sent, shared_.now()});
      return Answer::kTaken;
    } catch (const sandbox::SqlError& error) {
      if (connection_over(error.code())) sessions_[at].reset();
      tell(error);
      if (surely_not_written(error.code())) return Answer::kRefused;
      doubtful_.push_back(key_);
      return Answer::kDoubtful;
    }
  }

  bool connect(std::size_t at) {
    try {
      sessions_[at].emplace(shared_.doors[at].port, shared_.options.login);
      return true;
    } catch (const sandbox::SqlError& error) {
      tell(error);
      return false;
    }
  }

  void tell(const sandbox::SqlError& error) {
    if (error.code() == kReadOnly) {
      ++refused_;
    } else {
      const bool room = errors_.size() < kErrorsTold || errors_.contains(error.what());
      ++errors_[room ? error.what() : "others"];
    }
  }

  Shared& shared_;
  Key key_;
  const bool stray_;
  std::size_t turn_;
  std::vector<std::optional<sandbox::Connection>> sessions_;
  unsigned connected_ = 0;
  std::vector<Ack> acks_;
  std::vector<Key> doubtful_;
  std::map<std::string, std::size_t> errors_;
  std::size_t refused_ = 0;
  std::thread thread_;
};

void prepare(Port primary, const Options& options) {
  const std::string schema = options.table.substr(0, options.table.find('.'));
  const std::string account = "'" + options.login.user + "'@'127.0.0.1'";
  sandbox::Connection root(primary, {.tls = false});
  root.sql("CREATE DATABASE IF NOT EXISTS " + schema + "; CREATE TABLE IF NOT EXISTS " +
           options.table +
           " (writer INT UNSIGNED, number INT UNSIGNED, port SMALLINT UNSIGNED NOT NULL, "
           "PRIMARY KEY (writer, number)); CREATE USER IF NOT EXISTS " +
           account + " IDENTIFIED BY '" + options.login.password + "'; GRANT SELECT, INSERT ON " +
           options.table + " TO " + account);
}

Load::Load(const std::vector<Port>& ports, Options options)
    : shared_(std::make_unique<Shared>(ports, std::move(options))) {
  unsigned connections = 0;
  const unsigned writers = shared_->options.writers;
  for (unsigned i = 0; i < writers + (shared_->options.stray ? 1 : 0); ++i) {
    writers_.push_back(std::make_unique<Writer>(*shared_, i, i == writers));
    connections += writers_.back()->connected();
  }
  if (connections == 0) {
    join();
    throw std::runtime_error("the load client could not log in anywhere");
  }
  shared_->zero = Clock::now();
  shared_->go = true;
}

Load::~Load() { join(); }

void Load::join() {
  shared_->end("");
  for (const auto& writer : writers_) writer->join();
}

void Load::mark() { marks_.push_back(shared_->now()); }

std::size_t Load::rows() const { return shared_->rows; }

Port Load::where() const { return shared_->last_port; }

bool Load::wait_rows(std::size_t more, std::chrono::milliseconds limit) const {
  const auto until = Clock::now() + limit;
  const std::size_t enough = rows() + more;
  while (rows() < enough) {
    if (shared_->ended || Clock::now() > until) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return true;
}

Report Load::stop() {
  join();
  Report report;
  report.table = shared_->options.table;
  report.cut_short = shared_->cut_short;
  for (const auto& writer : writers_) writer->give(report);
  conclude(report, marks_, shared_->ended_at);
  return report;
}

}  // namespace gtidops::load
