#include "report/what_moved.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <tuple>

#include "base/words.h"
#include "report/plan_json.h"
#include "report/style.h"

namespace gtidops {
namespace {

using Json = nlohmann::json;

// The parts of a plan that are compared. Both plans are read from JSON, so that the conversion
// cannot make a difference.
struct Differs {
  std::string server, path;
  std::optional<std::string> desired, observed;
};
struct Does {
  int id = 0;
  std::string label;  // "point_replica on db2"
  std::string risk;
  std::vector<std::string> sql;
};
struct Facts {
  std::string digest;
  std::vector<Differs> differences;
  std::vector<Does> steps;
  std::vector<std::string> refusals;  // "db3: errant-transactions"
};

// --- Reading. It throws nlohmann's exceptions for members that are missing or of another type.

std::optional<std::string> optional_text(const Json& value) {
  if (value.is_null()) return std::nullopt;
  return value.get<std::string>();
}

Does read_step(const Json& json) {
  Does step;
  step.id = json.at("id").get<int>();
  step.label = json.at("action").get<std::string>() + " on " + json.at("server").get<std::string>();
  step.risk = json.at("risk").get<std::string>();
  step.sql = json.at("sql").get<std::vector<std::string>>();
  return step;
}

Facts read_facts(const Json& json) {
  Facts facts;
  facts.digest = json.at("spec").at("digest").get<std::string>();
  for (const Json& one : json.at("differences"))
    facts.differences.push_back(
        {one.at("server").get<std::string>(), one.at("path").get<std::string>(),
         optional_text(one.at("desired")), optional_text(one.at("observed"))});
  for (const Json& one : json.at("steps")) facts.steps.push_back(read_step(one));
  for (const Json& one : json.at("refusals")) {
    const std::string server = one.at("server").get<std::string>();
    facts.refusals.push_back((server.empty() ? "the topology" : server) + ": " +
                             one.at("rule").get<std::string>());
  }
  return facts;
}

Json read_plans(std::string_view text) {
  const Json json = Json::parse(text);
  const std::string version = json.at("format_version").get<std::string>();
  if (version.substr(0, 2) != "1.")
    throw std::invalid_argument("format_version is " + version + ", not 1.x");
  return json.at("plans");
}

// --- Comparing.

class Comparison {
 public:
  std::vector<std::string> compare(const Facts& saved, const Facts& fresh) {
    if (saved.digest != fresh.digest)
      say("the specification: its digest was " + short_hash(saved.digest) + ", is " +
          short_hash(fresh.digest));
    compare_differences(saved.differences, fresh.differences);
    compare_steps(saved.steps, fresh.steps);
    compare_refusals(saved.refusals, fresh.refusals);
    return std::move(lines_);
  }

 private:
  void say(const std::string& line) { lines_.push_back(printable(line)); }

  static std::string shown(const std::optional<std::string>& value) {
    if (!value) return "nothing";
    return value->empty() ? "''" : *value;
  }

  void compare_differences(const std::vector<Differs>& saved, const std::vector<Differs>& fresh) {
    // The same path may have more than one difference.
    const auto key = [](const Differs& d) { return std::tie(d.server, d.path); };
    const auto pair = match(saved, fresh, key);
    for (std::size_t i = 0; i < saved.size(); ++i) {
      const Differs& was = saved[i];
      const std::string what = where(was) + was.path;
      if (!pair[i]) {
        say(what + " does not differ any more");
        continue;
      }
      const Differs& is = fresh[*pair[i]];
      if (was.observed != is.observed)
        say(what + " was " + shown(was.observed) + ", is " + shown(is.observed));
      if (was.desired != is.desired)
        say(what + " was to be " + shown(was.desired) + ", shall be " + shown(is.desired));
    }
    for (const std::size_t i : unmatched(pair, fresh.size())) {
      const Differs& is = fresh[i];
      say(where(is) + is.path + " differs now: it is " + shown(is.observed) + ", shall be " +
          shown(is.desired));
    }
  }

  void compare_steps(const std::vector<Does>& saved, const std::vector<Does>& fresh) {
    const auto pair = match(saved, fresh, [](const Does& step) { return step.label; });
    const std::size_t before = lines_.size();
    for (std::size_t i = 0; i < saved.size(); ++i) {
      const std::string what = "step " + std::to_string(saved[i].id) + ", " + saved[i].label;
      if (!pair[i]) {
        say(what + ", is not to be done any more");
        continue;
      }
      const Does& is = fresh[*pair[i]];
      if (saved[i].risk != is.risk) say(what + ": it was " + saved[i].risk + ", is " + is.risk);
      if (saved[i].sql != is.sql) say(what + ": " + other_statements(saved[i].sql, is.sql));
    }
    for (const std::size_t i : unmatched(pair, fresh.size()))
      say("a further step is to be done: " + fresh[i].label);
    const bool moved = !std::is_sorted(pair.begin(), pair.end());
    if (lines_.size() == before && moved) say("the steps come in another order");
  }

  void compare_refusals(const std::vector<std::string>& saved,
                        const std::vector<std::string>& fresh) {
    const auto pair = match(saved, fresh, [](const std::string& refusal) { return refusal; });
    for (std::size_t i = 0; i < saved.size(); ++i)
      if (!pair[i]) say(saved[i] + " is not refused any more");
    for (const std::size_t i : unmatched(pair, fresh.size())) say(fresh[i] + " is refused now");
  }

  static std::string where(const Differs& one) {
    return one.server.empty() ? "" : one.server + ": ";
  }

  static std::string other_statements(const std::vector<std::string>& was,
                                      const std::vector<std::string>& is) {
    if (was.size() != is.size())
      return "it had " + counted(static_cast<std::int64_t>(was.size()), "statement") + ", has " +
             std::to_string(is.size());
    const auto [old_one, new_one] = std::mismatch(was.begin(), was.end(), is.begin());
    return "its statement was " + *old_one + "; is " + *new_one;
  }

  // For each of `saved`, the index of the element of `fresh` with the same key. When a key occurs
  // more than once, the first goes with the first, the second with the second.
  template <class T, class Key>
  static std::vector<std::optional<std::size_t>> match(const std::vector<T>& saved,
                                                       const std::vector<T>& fresh, Key key) {
    std::vector<bool> taken(fresh.size(), false);
    std::vector<std::optional<std::size_t>> pair(saved.size());
    for (std::size_t i = 0; i < saved.size(); ++i) {
      for (std::size_t j = 0; j < fresh.size() && !pair[i]; ++j)
        if (!taken[j] && key(fresh[j]) == key(saved[i])) pair[i] = j;
      if (pair[i]) taken[*pair[i]] = true;
    }
    return pair;
  }

  static std::vector<std::size_t> unmatched(const std::vector<std::optional<std::size_t>>& pair,
                                            std::size_t size) {
    std::vector<std::size_t> left;
    for (std::size_t j = 0; j < size; ++j)
      if (std::find(pair.begin(), pair.end(), std::optional(j)) == pair.end()) left.push_back(j);
    return left;
  }

  std::vector<std::string> lines_;
};

std::string unreadable(const std::exception& error) {
  std::string what = error.what();
  // nlohmann's messages begin with "[json.exception.parse_error.101] ", which does not help a user.
  if (what.rfind("[json.", 0) == 0) what.erase(0, what.find("] ") + 2);
  return printable("the saved plan cannot be read: " + what);
}

}  // namespace

std::vector<std::string> what_moved(std::string_view saved, const Plan& fresh) {
  try {
    const Json plans = read_plans(saved);
    const Json* same = nullptr;
    for (const Json& plan : plans)
      if (plan.at("topology").get<std::string>() == fresh.topology) {
        if (same != nullptr) return {"the saved plan holds " + fresh.topology + " twice"};
        same = &plan;
      }
    if (same == nullptr)
      return {printable("the saved plan holds no plan for the topology " + fresh.topology)};
    const Json now = read_plans(plans_json({{&fresh, nullptr, nullptr}}));
    return Comparison().compare(read_facts(*same), read_facts(now.at(0)));
  } catch (const std::exception& error) {
    return {unreadable(error)};
  }
}

Result<std::vector<std::string>> topologies_of(std::string_view saved) {
  try {
    std::vector<std::string> names;
    for (const Json& plan : read_plans(saved))
      names.push_back(plan.at("topology").get<std::string>());
    return names;
  } catch (const std::exception& error) {
    return fail(ErrorCode::kInvalid, unreadable(error));
  }
}

}  // namespace gtidops
