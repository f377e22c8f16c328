// canonical_host: one text for all spellings of a host. It makes a host in a topology file
// comparable with what a server shows (SOURCE_HOST stays as it was typed).
//
// Thread-safety: pure functions. Errors: none.
#pragma once

#include <string>
#include <string_view>

namespace gtidops {

// A name in lower case; an IPv6 address as in RFC 5952; an IPv4 address as four decimal numbers,
// even if it was written in another form that the resolver accepts (127.1, 0x7f.1) or as an IPv6
// address (::ffff:10.0.0.1). A name is never resolved: localhost and 127.0.0.1 are two hosts.
std::string canonical_host(std::string_view host);

// Do both texts name the same host?
bool same_host(std::string_view a, std::string_view b);

}  // namespace gtidops
