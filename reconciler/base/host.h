// canonical_host: one text for all the spellings of one host, since what people write in a file and
// what a server has kept (SOURCE_HOST stays as it was typed) are compared.
//
// Thread-safety: pure functions. Errors: none.
#pragma once

#include <string>
#include <string_view>

namespace gtidops {

// A name in lower case; an IPv6 address as RFC 5952 has it; an IPv4 address as four decimal
// numbers, also when it was written as the resolver takes it besides (127.1, 0x7f.1) or as an IPv6
// address
// (::ffff:10.0.0.1). A name is never resolved: localhost and 127.0.0.1 are two hosts.
std::string canonical_host(std::string_view host);

// Do both say the same host?
bool same_host(std::string_view a, std::string_view b);

}  // namespace gtidops
