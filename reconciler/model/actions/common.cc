#include "model/actions/common.h"

#include <fmt/format.h>

namespace gtidops {

std::string for_channel(const std::string& name) {
  return fmt::format(" FOR CHANNEL {}", quote_string(name));
}

std::string of_channel(const std::string& name) {
  return name.empty() ? std::string() : fmt::format(" (channel {})", name);
}

}  // namespace gtidops
