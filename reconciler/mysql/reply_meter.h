// ReplyMeter: what a server says, counted before the client library makes anything of it.
//
// Rows are taken one by one, and weighed then (mysql/client_library.cc). Before them the library
// reads what it needs, without an end, and keeps it: the packets of a login, and how the columns of
// an answer are called. And a server that has no TLS sends its public key, as part of the login;
// older versions of MariaDB Connector/C encrypt with it into 1024 bytes on their stack, whatever
// the key's size (by their source; 3.3.20, which Debian 12 has now, allots what is needed).
// Oracle's library calls nobody for what it reads, so that there this meter counts nothing.
//
// Thread-safety: one thread at a time. Errors: trouble().
#pragma once

#include <cstddef>
#include <string>

namespace gtidops::mysql {

// A login takes some hundred bytes, and a key of 4096 bits 800.
inline constexpr std::size_t kLoginLimit = std::size_t{64} << 10U;
// In memory the library makes up to eleven times as much of it. SHOW REPLICA STATUS takes 5 KB.
inline constexpr std::size_t kColumnsLimit = std::size_t{1} << 20U;
// From its first line to its last. What is not longer cannot be a key of more than 6144 bits: at
// most six bits a character.
inline constexpr std::size_t kLongestKey = 1024;

class ReplyMeter {
 public:
  enum class Trouble { kNone, kTooMuch, kLongKey };

  void begin_login();
  void end_login();
  // From now on so much may come; a library may have read ahead what came before.
  void allow(std::size_t bytes) { left_ = bytes; }

  // The library has read this, and not looked at it yet. False: it must get no more; and a key that
  // is too long is not one any more.
  bool take(char* bytes, std::size_t count);

  [[nodiscard]] Trouble trouble() const { return trouble_; }

 private:
  [[nodiscard]] bool has_long_key();

  std::size_t left_ = 0;
  bool logging_in_ = false;
  std::string said_;      // in the login
  std::size_t from_ = 0;  // before this there is no key, but for those that were short enough
  Trouble trouble_ = Trouble::kNone;
};

}  // namespace gtidops::mysql
