#include "report/json_parts.h"

#include <nlohmann/json.hpp>

namespace gtidops {

using Json = nlohmann::ordered_json;

Json json_of(const std::vector<Difference>& differences) {
  Json list = Json::array();
  for (const Difference& one : differences)
    list.push_back({{"server", one.server},
                    {"path", one.path},
                    {"desired", text_or_null(one.desired)},
                    {"observed", text_or_null(one.observed)}});
  return list;
}

Json json_of(const std::vector<Finding>& findings) {
  Json list = Json::array();
  for (const Finding& one : findings)
    list.push_back(
        {{"server", one.server}, {"rule", one.rule}, {"why", one.why}, {"hint", one.hint}});
  return list;
}

Json text_or_null(const std::optional<std::string>& text) {
  return text ? Json(*text) : Json(nullptr);
}

Json number_or_null(std::optional<std::int64_t> number) {
  return number ? Json(*number) : Json(nullptr);
}

Json filled_or_null(const std::string& text) { return text.empty() ? Json(nullptr) : Json(text); }

std::string print_json(const Json& value) {
  return value.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace gtidops
