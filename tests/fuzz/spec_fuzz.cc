// Any bytes as a topology file: parse_specs() must end, without a crash, with errors that stand in
// the file and are safe to print, and it must take each text for the same thing twice.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "spec/parse.h"

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

bool printable(std::string_view text) {
  for (const char c : text)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) return false;
  return true;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const gtidops::ParsedSpecs parsed = gtidops::parse_specs("fuzz.yaml", text);
  require(!parsed.specs.empty() || !parsed.errors.empty());
  require(parsed.errors.size() <= 101 + parsed.specs.size());
  int line = 1;
  for (const gtidops::SpecError& error : parsed.errors) {
    require(error.at.line >= line && error.at.column >= 1);
    require(!error.message.empty() && printable(error.to_string()));
    line = error.at.line;
  }
  for (const gtidops::Spec& spec : parsed.specs)
    require(!spec.servers.empty() && spec.server(*spec.primary) != nullptr);
  require(gtidops::parse_specs("fuzz.yaml", text).errors.size() == parsed.errors.size());
  return 0;
}
