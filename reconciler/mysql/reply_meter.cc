#include "mysql/reply_meter.h"

#include <algorithm>
#include <string_view>
#include <utility>

namespace gtidops::mysql {
namespace {

// Both stand at the beginning of a line; OpenSSL looks for them nowhere else.
constexpr std::string_view kBegin = "-----BEGIN";
constexpr std::string_view kEnd = "\n-----END";

}  // namespace

void ReplyMeter::begin_login() {
  logging_in_ = true;
  allow(kLoginLimit);
}

void ReplyMeter::end_login() {
  logging_in_ = false;
  std::exchange(said_, {});
}

bool ReplyMeter::take(char* bytes, std::size_t count) {
  if (trouble_ == Trouble::kNone && count > left_) trouble_ = Trouble::kTooMuch;
  left_ -= std::min(count, left_);
  if (logging_in_ && trouble_ == Trouble::kNone) {
    said_.append(bytes, count);
    if (has_long_key()) trouble_ = Trouble::kLongKey;
  }
  // The last line of a long key is in these bytes or yet to come. Without dashes OpenSSL does not
  // see it, so the library gets no such key.
  if (logging_in_ && trouble_ != Trouble::kNone) std::replace(bytes, bytes + count, '-', ' ');
  return trouble_ == Trouble::kNone;
}

bool ReplyMeter::has_long_key() {
  for (;;) {
    const std::size_t begin = said_.find(kBegin, from_);
    if (begin == std::string::npos) {
      // The bytes may end in the middle of kBegin.
      from_ = std::max(from_, said_.size() - std::min(said_.size(), kBegin.size()));
      return false;
    }
    from_ = begin;
    const std::size_t end = said_.find(kEnd, begin);
    if (std::min(end, said_.size()) - begin > kLongestKey) return true;
    if (end == std::string::npos) return false;
    from_ = end + kEnd.size();
  }
}

}  // namespace gtidops::mysql
