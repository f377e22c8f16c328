// gzip: an answer as a client may have it that says Accept-Encoding: gzip.
//
// Thread-safety: pure. Errors: nullopt when zlib has no memory: the answer then goes out as it is.
#pragma once

#include <optional>
#include <string>

namespace gtidops {

std::optional<std::string> gzip(const std::string& text);

}  // namespace gtidops
