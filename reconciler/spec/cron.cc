#include "spec/cron.h"

#include <vector>

#include "model/cron.h"
#include "spec/wording.h"

namespace gtidops {

std::optional<std::string> check_cron(std::string_view text) {
  std::vector<std::string_view> fields;
  for (const std::string_view word : split(text, ' '))
    if (!word.empty()) fields.push_back(word);
  if (fields.size() != kCronFields.size())
    return show(text) +
           " is no schedule: write five fields, minute hour day month weekday, like \"0 8 * * "
           "1-5\"";
  for (std::size_t i = 0; i < kCronFields.size(); ++i) {
    const CronField& field = kCronFields.at(i);
    if (!parse_cron_field(fields[i], field))
      return show(fields[i]) + " is no " + std::string(field.name) +
             " of a schedule: " + std::to_string(field.least) + " to " +
             std::to_string(field.most) + ", *, ranges a-b, lists a,b, steps */n";
  }
  return std::nullopt;
}

}  // namespace gtidops
