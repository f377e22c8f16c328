// A client with several connections that writes rows into whichever server takes them, and
// remembers every row that was acknowledged: what an application sees of a role change.
//
//   load::prepare(db1.port());
//   load::Load load({db1.port(), db2.port()}, {.rate = 400});
//   ... let it run for a while ...
//   load.mark();
//   ... the switch ...
//   const load::Report report = load.stop();
//   EXPECT_LT(report.gap().ms(), report.noise().ms() + 15);
//   EXPECT_TRUE(load::verify(report, {db1.port(), db2.port()}).good());     // verify.h
//
// A row is (writer, number, port of the server that it was sent to); (writer, number) is the
// primary key. A row that was refused with "read only" was surely not written and is sent again
// under the same key, to the next server; a row whose connection broke may be there or not, and its
// key is never used again.
//
// How a writer finds the primary: all write where the last row was acknowledged. When that server
// refuses or is gone, they try one server after the other, each server by one writer at a time (so
// that a server that hangs holds up one writer only, and the search costs the servers little),
// until one takes its row. One more writer, the stray, does nothing but try the *other* servers,
// all the time: it is what finds two writable servers, since a client that is content with its
// server would not.
//
// Thread-safety: one thread calls mark() and stop(). Errors: sandbox::SqlError from prepare();
// std::runtime_error from the constructor when no server could be reached. Bounded in time and
// rows.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "load/report.h"
#include "sandbox/client.h"

namespace gtidops::load {

struct Options {
  std::string table = "load_client.written";
  // Must not have SUPER or CONNECTION_ADMIN, as no application should: they write where read_only
  // is on.
  sandbox::Login login = {.user = "load_client", .tls = false, .timeout_seconds = 2};
  unsigned writers = 4;
  // The writers are numbered from here. A second load on the same table needs other numbers;
  // writers + 1 are used.
  std::uint32_t first_writer = 1;
  double rate = 0;    // rows a second, of all writers together; 0: as fast as they can
  bool stray = true;  // see above
  std::chrono::milliseconds limit = std::chrono::seconds(60);  // then it ends by itself
  std::size_t max_rows = 1'000'000;                            // and so it does here
};

// Makes the table and the account, through replication, on the server that is writable now.
void prepare(Port primary, const Options& options = {});

class Load {
 public:
  // Connects to all servers; the load has begun when this returns.
  explicit Load(const std::vector<Port>& ports, Options options = {});
  Load(const Load&) = delete;
  Load& operator=(const Load&) = delete;
  ~Load();  // ends the load

  // A new window of the report begins now.
  void mark();
  // Rows that were acknowledged up to now, and the servers' number of the last one (0: none yet).
  [[nodiscard]] std::size_t rows() const;
  [[nodiscard]] Port where() const;
  // Waits until more rows than that were acknowledged; false: not within that time.
  [[nodiscard]] bool wait_rows(std::size_t more, std::chrono::milliseconds limit) const;
  // REQUIRES: not called before.
  Report stop();

 private:
  class Shared;
  class Writer;
  void join();

  std::unique_ptr<Shared> shared_;
  std::vector<std::unique_ptr<Writer>> writers_;
  std::vector<Micros> marks_;
};

}  // namespace gtidops::load
