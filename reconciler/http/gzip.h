// gzip: compresses an answer for a client that sends Accept-Encoding: gzip.
//
// Thread-safety: pure. Errors: nullopt when zlib has no memory; the answer is then sent
// uncompressed.
#pragma once

#include <optional>
#include <string>

namespace gtidops {

std::optional<std::string> gzip(const std::string& text);

}  // namespace gtidops
