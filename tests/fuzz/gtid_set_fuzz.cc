// Any bytes either are refused with a message, or are a set that prints to a text that reads back
// as the same set.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "model/gtid_set.h"

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto set = gtidops::GtidSet::parse(text);
  if (!set) {
    require(!set.error().message.empty());
    return 0;
  }
  const std::string printed = set->to_string();
  const auto again = gtidops::GtidSet::parse(printed);
  require(again && *again == *set && again->to_string() == printed);
  require(set->empty() == printed.empty() && set->empty() == (set->count() == 0));

  // The two halves of the input against the whole.
  const auto left = gtidops::GtidSet::parse(text.substr(0, size / 2));
  if (!left) return 0;
  const auto both = left->intersected(*set);
  require(set->contains(both) && left->contains(both) && both.empty() != left->intersects(*set));
  require(left->subtracted(*set).united(both) == *left);
  require(left->united(*set).subtracted(*left) == set->subtracted(*left));
  return 0;
}
