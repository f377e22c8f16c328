#include "mysql/owned_gtids.h"

#include <algorithm>

namespace gtidops::mysql {

std::string without_owners(std::string_view text) {
  constexpr std::size_t kUuid = 36;  // characters
  std::string set;
  while (!text.empty()) {
    const std::size_t begin = std::min(text.find('#'), text.size());
    set += text.substr(0, begin);
    text.remove_prefix(begin);
    // Owners "#54", perhaps followed by the next UUID, which ends right before the next colon.
    const std::size_t end = text.find(':');
    const std::string_view behind = text.substr(0, end);
    const bool uuid = end != std::string_view::npos && behind.size() > kUuid &&
                      behind.find('-') != std::string_view::npos;
    const std::string_view owners = behind.substr(0, behind.size() - (uuid ? kUuid : 0));
    if (owners.find_first_not_of("#0123456789") != std::string_view::npos) return std::string(text);
    if (uuid) set.append(",").append(behind.substr(owners.size()));
    text.remove_prefix(behind.size());
  }
  return set;
}

}  // namespace gtidops::mysql
