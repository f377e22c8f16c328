// ReplyMeter: counts what a server says, before the client library makes anything of it.
//
// Rows are fetched and weighed one by one (mysql/client_library.cc). Other things the library reads
// without a limit, and keeps: the packets of a login, and the names of an answer's columns. Also, a
// server without TLS sends its public key during the login; older versions of MariaDB Connector/C
// encrypt with it into 1024 bytes on their stack, whatever the key's size (by their source; 3.3.20,
// which Debian 12 has now, allocates what is needed). Oracle's library has no callback for what it
// reads, so there this meter counts nothing.
//
// Thread-safety: one thread at a time. Errors: trouble().
#pragma once

#include <cstddef>
#include <string>

namespace gtidops::mysql {

// A login takes some hundred bytes, and a key of 4096 bits 800.
inline constexpr std::size_t kLoginLimit = std::size_t{64} << 10U;
// For the columns the library needs up to eleven times as much memory. SHOW REPLICA STATUS takes 5
// KB.
inline constexpr std::size_t kColumnsLimit = std::size_t{1} << 20U;
// From the key's first line to its last. A text of that length holds at most 6144 bits of key: six
// bits a character.
inline constexpr std::size_t kLongestKey = 1024;

class ReplyMeter {
 public:
  enum class Trouble { kNone, kTooMuch, kLongKey };

  void begin_login();
  void end_login();
  // From now on at most `bytes` may come. What the library has read ahead was counted before.
  void allow(std::size_t bytes) { left_ = bytes; }

  // For bytes that the library has read and not yet looked at. False: the library must get no more;
  // a key that is too long has then been made unreadable in them.
  bool take(char* bytes, std::size_t count);

  [[nodiscard]] Trouble trouble() const { return trouble_; }

 private:
  [[nodiscard]] bool has_long_key();

  std::size_t left_ = 0;
  bool logging_in_ = false;
  std::string said_;      // during the login
  std::size_t from_ = 0;  // no key that is too long begins before this
  Trouble trouble_ = Trouble::kNone;
};

}  // namespace gtidops::mysql
