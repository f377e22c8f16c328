#include "state/checked_line.h"

#include <zlib.h>

#include <array>
#include <cstdio>

namespace gtidops {
namespace {

using Json = nlohmann::json;

// JSON strings are UTF-8. Other bytes, which a server's error text may hold, are replaced and do
// not make the write fail.
std::string print(const Json& value) {
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string checksum(std::string_view text) {
  const auto sum =
      crc32(0, reinterpret_cast<const Bytef*>(text.data()), static_cast<uInt>(text.size()));
  std::array<char, 9> digits{};
  (void)std::snprintf(digits.data(), digits.size(), "%08lx", sum);
  return digits.data();
}

}  // namespace

std::string write_checked_line(const Json& value) {
  const std::string text = print(value);
  return R"({"crc32":")" + checksum(text) + R"(","value":)" + text + "}\n";
}

std::optional<Json> read_checked_line(std::string_view line) {
  const Json whole = Json::parse(line, nullptr, false);
  if (!whole.is_object() || !whole.contains("value") || !whole.contains("crc32"))
    return std::nullopt;
  const Json& sum = whole["crc32"];
  const Json& value = whole["value"];
  if (!sum.is_string() || sum.get<std::string>() != checksum(print(value))) return std::nullopt;
  return value;
}

}  // namespace gtidops
