// digest_of: the SHA-256 digest that identifies a document by its content.
//
// Thread-safety: a pure function. Errors: none.
#pragma once

#include <string>
#include <string_view>

namespace gtidops {

// "sha256:" and 64 hexadecimal digits.
std::string digest_of(std::string_view bytes);

}  // namespace gtidops
