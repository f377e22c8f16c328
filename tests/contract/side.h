// Side: one of the two that must agree: two simulated servers, or two real ones. The same
// statements are run on both, and what they answer is compared as text.
//
// Answers: "ok", rows as "a|b; c|d", "error 1290", "lost" when the connection was killed, "waits"
// when there is none yet. server_uuids read uuid1 and uuid2, addresses address1 and address2.
//
// Thread-safety: one thread at a time. Errors: UnknownStatement of the simulated server.
#pragma once

#include <memory>
#include <string>

#include "ports/clock.h"
#include "ports/fleet.h"

namespace gtidops::contract {

class Side {
 public:
  Side() = default;
  Side(const Side&) = delete;
  Side& operator=(const Side&) = delete;
  virtual ~Side() = default;

  // On db1 (0) or db2 (1), in the session of that name, which is opened when it is new. The session
  // "app" may write, and has no administrator's privileges.
  virtual std::string run(int server, const std::string& session, const std::string& sql) = 0;
  // The same without waiting; end() waits for so long.
  virtual void begin(int server, const std::string& session, const std::string& sql) = 0;
  virtual std::string end(int server, const std::string& session, Millis patience) = 0;
  // Of the connection, for KILL.
  virtual std::string id_of(int server, const std::string& session) = 0;
  virtual void rest(Millis time) = 0;
  virtual void kill(int server) = 0;
  virtual void start(int server) = 0;
  // Of the binary logs, all that can be.
  virtual void purge(int server) = 0;
  virtual void use_semi_sync() = 0;
  virtual std::string host(int server) = 0;
  virtual int port(int server) = 0;
  virtual std::string uuid(int server) = 0;
  virtual Fleet& fleet() = 0;
  virtual Clock& clock() = 0;

  // "ro=1/1 executed=uuid1:1-3 purged= channel=address1 On/On 0/0 auto=1 from=uuid1 retrieved=..."
  std::string look(int server);
  // Looks until that is in it; the last look.
  std::string look_until(int server, const std::string& text);
  // Makes db2 (or the other one) a replica of the other one, up to CHANGE; the answer to that.
  std::string point(const std::string& password = "pw", int replica = 1);
  // With uuid1 and the like in place of what differs.
  std::string plain(std::string text);
};

std::unique_ptr<Side> simulated_side();
std::unique_ptr<Side> real_side();

}  // namespace gtidops::contract
