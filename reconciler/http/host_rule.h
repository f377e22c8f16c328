// HostRule: is the Host header of a request one of our own names?
//
// It protects against DNS rebinding: a foreign web page makes a browser ask a host name whose
// address is changed to ours meanwhile. The browser takes our answers for those of the foreign
// site, and lets the page's script read them. The Host header of such a request is not ours.
// Allowed are: every literal IP address (it cannot be rebound), localhost, the machine's own name,
// the name that we listen on, and the host of `externalUrl`.
//
// Thread-safety: a constant value. Errors: none; a text that is no host is not allowed.
#pragma once

#include <set>
#include <string>
#include <string_view>

namespace gtidops {

class HostRule {
 public:
  // The names, without ports; an empty one is ignored.
  explicit HostRule(const std::set<std::string>& names);
  // `host`: the header's value, perhaps with a port.
  [[nodiscard]] bool allows(std::string_view host) const;

 private:
  std::set<std::string> names_{"localhost"};
};

// The machine's host name; empty when it cannot be read.
std::string own_host_name();

}  // namespace gtidops
