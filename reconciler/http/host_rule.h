// HostRule: is the Host header of a request one of our own names?
//
// A page of a stranger's can make a browser ask a name whose address it changes to ours meanwhile
// (DNS rebinding): the browser then takes our answers for the stranger's own, and lets his script
// read them. Such a request names a host that is not ours. Taken are: every literal IP address
// (nobody can rebind one), localhost, the machine's own name, the name that we listen on, and the
// host of `externalUrl`.
//
// Thread-safety: a constant value. Errors: none; what is no host is not allowed.
#pragma once

#include <set>
#include <string>
#include <string_view>

namespace gtidops {

class HostRule {
 public:
  // The names, without ports; an empty one is passed over.
  explicit HostRule(const std::set<std::string>& names);
  // `host`: the header's value, perhaps with a port.
  [[nodiscard]] bool allows(std::string_view host) const;

 private:
  std::set<std::string> names_{"localhost"};
};

// The machine's own name, as it calls itself; empty when it cannot be told.
std::string own_host_name();

}  // namespace gtidops
