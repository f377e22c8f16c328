#include "sim/trace.h"

#include <array>
#include <cstdio>

namespace gtidops::sim {

void Trace::add(std::int64_t now, std::string_view who, const std::string& what) {
  constexpr std::size_t kLongest = 400;
  std::array<char, 64> begin{};
  std::snprintf(begin.data(), begin.size(), "%12.6f  %-11.*s ", static_cast<double>(now) / 1e6,
                static_cast<int>(who.size()), who.data());
  text_ += begin.data();
  text_ += what.size() <= kLongest ? what : what.substr(0, kLongest) + "...";
  text_ += '\n';
}

}  // namespace gtidops::sim
