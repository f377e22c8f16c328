#include "scenarios/scenario.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <sstream>
#include <stdexcept>
#include <string_view>
#include <variant>

#include "decide/planner.h"
#include "decide/remember.h"
#include "scenarios/effects.h"
#include "scenarios/words.h"
#include "spec/parse.h"
#include "unit/support/fleet_builder.h"

namespace gtidops::testing {
namespace {

// The parts of `spec`, by their keys.
using Topology = std::map<std::string, std::string>;

Topology usual_topology() {
  return {
      {"primary", "  primary: db1\n"},
      {"servers",
       "  servers:\n"
       "    - {name: db1, address: \"10.0.0.1:3306\"}\n"
       "    - {name: db2, address: \"10.0.0.2:3306\"}\n"
       "    - {name: db3, address: \"10.0.0.3:3306\"}\n"},
      {"admin", "  admin: {user: gtidops, passwordFrom: {env: ADMIN_PW}}\n"},
      {"replication",
       "  replication:\n    user: {name: repl, host: \"10.0.%\", passwordFrom: {env: REPL_PW}}\n"},
  };
}

bool indented(const std::string& line) { return line.substr(0, 2) == "  "; }

// "  key: rest" -> key, when the line begins one.
std::string key_of(const std::string& line) {
  if (!indented(line) || line.size() < 3 || line[2] == ' ' || line[2] == '-') return {};
  return line.substr(2, line.find(':') - 2);
}

Spec read_spec(const Topology& topology) {
  std::string yaml =
      "apiVersion: gtidops/v1alpha1\nkind: Topology\nmetadata: {name: orders}\nspec:\n";
  for (const auto& [key, text] : topology) yaml += text;
  ParsedSpecs parsed = parse_specs("orders.yaml", yaml);
  if (!parsed.errors.empty())
    throw std::invalid_argument(parsed.errors.front().to_string() + "\n" + yaml);
  return std::move(parsed.specs.front());
}

bool begins(const std::string& line, std::string_view word) {
  return line.substr(0, word.size()) == word;
}

// "next": nobody did anything. "next carried out". "next after 2 steps".
void read_next(const std::string& line, Chapter& chapter) {
  constexpr std::string_view kAfter = "next after ";
  if (line == "next carried out") {
    chapter.before = Chapter::Before::kCarriedOut;
  } else if (begins(line, kAfter)) {
    chapter.before = Chapter::Before::kSomeSteps;
    chapter.steps = std::stoul(line.substr(kAfter.size()));
  } else if (line != "next") {
    throw std::invalid_argument("no section " + line);
  }
}

// A line that stands for itself.
void read_line(const std::string& line, Chapter& chapter) {
  if (begins(line, "intent "))
    chapter.intent.push_back(line.substr(7));
  else if (begins(line, "secret "))
    chapter.secret = line.substr(7);
  else if (line == "show sql")
    chapter.show_sql = true;
  else if (line != "topology" && line != "seen")
    read_next(line, chapter);
}

// `topology`: as in the chapter before; what this one says replaces it.
Chapter read_chapter(const std::string& given, Topology& topology) {
  Chapter chapter;
  chapter.given = given;
  std::map<std::string, std::string> seen;
  std::istringstream lines(given);
  std::string section;
  std::string key;
  for (std::string line; std::getline(lines, line);) {
    if (line.empty() || line.front() == '#') continue;
    if (!indented(line)) {
      section = line;
      key.clear();
      read_line(line, chapter);
      continue;
    }
    const std::string begun = key_of(line);
    if (!begun.empty()) key = begun;
    if (key.empty()) throw std::invalid_argument("what is this about: " + line);
    if (section == "topology") {
      std::string& text = topology[key];
      text = (begun.empty() ? text : std::string()) + line + "\n";
      if (line == "  " + key + ": none") text.clear();  // take a default away
    } else if (section == "seen") {
      seen[key] += (begun.empty() ? line : line.substr(line.find(':') + 1)) + "\n";
    } else {
      throw std::invalid_argument("no section " + section);
    }
  }
  for (const auto& [server, text] : seen) chapter.seen[server] = read_phrases(text);
  chapter.spec = read_spec(topology);
  return chapter;
}

bool says(const std::vector<Phrase>& phrases, const std::string& word) {
  return std::any_of(phrases.begin(), phrases.end(),
                     [&](const Phrase& phrase) { return phrase.front() == word; });
}

// When all looks of a story are taken (FleetBuilder).
Moment looked_at() { return FleetBuilder().observation().taken_at; }

// PHASE FROM TO [FROZEN AT]; "unsure" is switching, where the commit may have been lost with the
// machine.
void remember_role_change(const std::string& text, Intent& intent) {
  std::istringstream words(text);
  std::string phase;
  std::string frozen_at;
  words >> phase >> intent.from >> intent.to >> frozen_at;
  intent.phase = phase == "committed" ? Intent::Phase::kCommitted : Intent::Phase::kSwitching;
  intent.may_have_committed = phase == "unsure";
  intent.from_uuid = FleetBuilder::uuid_of(intent.from);
  intent.to_uuid = FleetBuilder::uuid_of(intent.to);
  intent.frozen_at = FleetBuilder::gtids(frozen_at);
  // A moment ago, unless the story says otherwise.
  intent.frozen_since = looked_at() - Millis{1'000};
}

// UUID NAME EXECUTED, then "lost SET", "judged-while-away SET", "filter TEXT", "primary" as they
// come.
void remember_server(const std::string& text, Intent& intent) {
  std::istringstream words(text);
  std::string uuid;
  std::string executed;
  KnownServer known;
  words >> uuid >> known.name >> executed;
  known.executed = FleetBuilder::gtids(executed);
  for (std::string word; words >> word;) {
    std::string value;
    if (word == "primary")
      known.was_primary = true;
    else if (!(words >> value) ||
             (word != "lost" && word != "filter" && word != "judged-while-away"))
      throw std::invalid_argument("what is remembered of a server: " + text);
    if (word == "lost") known.lost = FleetBuilder::gtids(value);
    if (word == "judged-while-away") known.perhaps_renumbered = FleetBuilder::gtids(value);
    if (word == "filter") known.filters.insert(value);
  }
  intent.memory.servers[FleetBuilder::uuid_of(uuid)] = known;
}

void remember(const std::string& text, Intent& intent) {
  const std::size_t space = text.find(' ');
  const std::string what = text.substr(0, space);
  const std::string rest = space == std::string::npos ? std::string() : text.substr(space + 1);
  if (what == "established") {
    intent.established_primary_uuid = FleetBuilder::uuid_of(rest);
  } else if (what == "switching" || what == "unsure" || what == "committed") {
    remember_role_change(text, intent);
  } else if (what == "long-ago") {
    intent.frozen_since = looked_at() - Millis{600'000};
  } else if (what == "super-read-only-off") {
    intent.super_read_only_off = {rest};
  } else if (what == "throttle") {
    const std::size_t number = rest.find(' ');
    intent.throttle =
        Intent::CommitThrottle{rest.substr(0, number), std::stoll(rest.substr(number + 1))};
  } else if (what == "known") {
    remember_server(rest, intent);
  } else {
    throw std::invalid_argument("what is remembered: " + text);
  }
}

std::string value(const std::optional<std::string>& text) { return text ? *text : "nothing"; }

std::string findings_text(const char* what, const std::vector<Finding>& findings) {
  std::string text;
  for (const Finding& finding : findings)
    text += std::string(what) + " " + (finding.server.empty() ? "the topology" : finding.server) +
            ", " + finding.rule + ": " + finding.why + "\n  hint: " + finding.hint + "\n";
  return text;
}

std::string plan_text(const Plan& plan, bool show_sql) {
  std::string text = plan.synced() ? "synced\n" : "";
  for (const Difference& difference : plan.differences)
    text += "difference " + difference.server + " " + difference.path + ": " +
            value(difference.observed) + " -> " + value(difference.desired) + "\n";
  for (const Step& step : plan.steps) {
    text += "step " + std::to_string(step.id) + " " + std::string(name_of(step.action)) + " on " +
            server_of(step.action) + " (" + std::string(risk_name(step.risk)) + "): " + step.why +
            "\n";
    if (!show_sql) continue;
    for (const Statement& statement : plan.statements_of(step))
      text += "  " + statement.server + "> " + statement.printable() + "\n";
  }
  text += findings_text("refusal", plan.refusals);
  text += findings_text("warning", plan.warnings);
  for (const CopyUnderWay& copy : plan.copies)
    text += fmt::format("copy {} into {}: {}, {} of {} bytes\n", copy.donor, copy.server,
                        copy.phase, copy.bytes_done, copy.bytes_total);
  for (const Inventory& inventory : plan.inventories) {
    text += "inventory " + inventory.server + ":";
    for (const SchemaSize& schema : inventory.schemas) text += " " + schema.name;
    text += "\n";
  }
  return text;
}

std::string convergence_text(const Convergence& run) {
  std::string text;
  for (const std::string& broken : run.broken) text += "broken " + broken + "\n";
  if (run.passes == 0) return text;
  const std::string passes =
      run.passes == 1 ? "then: " : "then, after " + std::to_string(run.passes) + " passes: ";
  if (run.left.synced()) return text + passes + "synced\n";
  return text + passes + std::to_string(run.left.steps.size()) + " steps, " +
         std::to_string(run.left.differences.size()) + " differences and " +
         std::to_string(run.left.refusals.size()) + " refusals are left\n";
}

// UUIDs that stand for a server's name are shown as the name.
std::string with_names(std::string text, const Spec& spec) {
  std::vector<std::string> names{"stranger", "old"};
  for (const ServerSpec& server : spec.servers) names.push_back(*server.name);
  for (const std::string& name : names) {
    const std::string uuid = FleetBuilder::uuid_of(name);
    for (std::size_t at = text.find(uuid); at != std::string::npos;
         at = text.find(uuid, at + name.size()))
      text.replace(at, uuid.size(), name);
  }
  return text;
}

// The servers between two chapters. `looks`: as they were seen last; `hidden`: what those were that
// could not be seen.
struct World {
  std::map<std::string, ServerLook> looks;
  std::map<std::string, ServerState> hidden;
  Intent intent;

  void keep(const Observation& seen) {
    for (const auto& [name, look] : seen.servers) looks[name] = look;
  }
  [[nodiscard]] const ServerState* state(const std::string& server) const {
    const auto look = looks.find(server);
    if (look != looks.end())
      if (const auto* state = std::get_if<ServerState>(&look->second)) return state;
    const auto away = hidden.find(server);
    return away == hidden.end() ? nullptr : &away->second;
  }
};

// What was said in this chapter of a server, on what it was.
void tell(const World& world, const Chapter& chapter, const ServerSpec& server,
          FleetBuilder& fleet) {
  const std::string& name = *server.name;
  fleet.server(name);
  if (name == *chapter.spec.primary) fleet.primary();
  const auto said = chapter.seen.find(name);
  const auto phrases = said == chapter.seen.end() ? std::vector<Phrase>{} : said->second;
  const ServerState* was = world.state(name);
  if (was != nullptr) fleet.begins_as(*was);
  const auto look = world.looks.find(name);
  if (look != world.looks.end() && !says(phrases, "reachable"))
    if (const auto* away = std::get_if<Unreachable>(&look->second))
      fleet.unreachable(away->reason, away->message);
  const bool channel = was == nullptr && !says(phrases, "fresh") && !says(phrases, "no_channel");
  if (channel && server.delay->count() > 0) fleet.observed_delay(server.delay->count() / 1000);
  for (const Phrase& phrase : phrases)
    if (phrase.front() != "reachable") say(fleet, phrase);
}

Played observe(const Chapter& chapter, World& world) {
  FleetBuilder fleet;
  for (const ServerSpec& server : chapter.spec.servers) fleet.server(*server.name);
  fleet.edit_spec([&](Spec& spec) { spec = chapter.spec; });
  for (const auto& [name, phrases] : chapter.seen)
    if (chapter.spec.server(name) == nullptr) throw std::invalid_argument("no server " + name);
  for (const ServerSpec& server : chapter.spec.servers) tell(world, chapter, server, fleet);
  for (const std::string& text : chapter.intent) remember(text, world.intent);
  Played played{chapter.spec, fleet.observation(), world.intent, {}};
  if (const std::string& secret = chapter.secret; !secret.empty())
    played.seen.replication_secret =
        SecretTrouble{begins(secret, "missing "), secret.substr(secret.find(' ') + 1)};
  for (const auto& [name, look] : world.looks) {
    const auto now = played.seen.servers.find(name);
    if (now == played.seen.servers.end() || std::holds_alternative<ServerState>(now->second))
      continue;
    if (const ServerState* was = world.state(name)) world.hidden[name] = *was;
  }
  world.keep(played.seen);
  return played;
}

// What became of a plan, as the next chapter says.
void go_on(const Chapter& next, const Played& played, const Plan& plan, const Convergence& ended,
           World& world) {
  Convergence run;
  run.seen = played.seen;
  run.intent = played.intent;
  // reconcile() writes down what a look shows before it acts on it.
  run.intent.memory = remembered(played.spec, run.seen, run.intent);
  if (next.before == Chapter::Before::kSomeSteps) {
    if (next.steps > plan.steps.size())
      throw std::invalid_argument(fmt::format("the plan has {} steps", plan.steps.size()));
    carry_out(played.spec, plan, next.steps, run);
  } else if (next.before == Chapter::Before::kNothingDone) {
    run.intent = intent_after_look(played.spec, run.seen, run.intent);
  }
  const Convergence& carried = next.before == Chapter::Before::kCarriedOut ? ended : run;
  world.keep(carried.seen);
  world.intent = carried.intent;
}

}  // namespace

std::vector<std::filesystem::path> scenario_files() {
  std::vector<std::filesystem::path> files;
  for (const auto& entry :
       std::filesystem::recursive_directory_iterator(GTIDOPS_SOURCE_DIR "/tests/scenarios"))
    if (entry.path().extension() == ".txt") files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  return files;
}

Scenario read_scenario(const std::filesystem::path& file) {
  std::ifstream in(file);
  std::ostringstream all;
  all << in.rdbuf();
  if (!in) throw std::invalid_argument("cannot be read: " + file.string());
  const std::string text = all.str();
  const std::string kExpect = "\nexpect\n";
  const std::string kNext = "\nnext";
  Scenario scenario;
  Topology topology = usual_topology();
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t expect = text.find(kExpect, at);
    if (expect == std::string::npos) throw std::invalid_argument("there is no line: expect");
    const std::size_t next = text.find(kNext, expect);
    const std::size_t end = next == std::string::npos ? text.size() : next + 1;
    Chapter chapter = read_chapter(text.substr(at, expect + 1 - at), topology);
    chapter.expected = text.substr(expect + kExpect.size(), end - expect - kExpect.size());
    if (begins(chapter.given, "next") != !scenario.chapters.empty())
      throw std::invalid_argument("a later chapter begins with: next");
    scenario.chapters.push_back(std::move(chapter));
    at = end;
  }
  return scenario;
}

std::vector<Played> play(const Scenario& scenario) {
  std::vector<Played> all;
  World world;
  for (std::size_t i = 0; i < scenario.chapters.size(); ++i) {
    const Chapter& chapter = scenario.chapters[i];
    Played played = observe(chapter, world);
    const Plan plan = make_plan(played.spec, played.seen, played.intent);
    const Convergence ended = converge(played.spec, played.seen, played.intent);
    played.outcome =
        with_names(plan_text(plan, chapter.show_sql) + convergence_text(ended), played.spec);
    if (i + 1 < scenario.chapters.size())
      go_on(scenario.chapters[i + 1], played, plan, ended, world);
    all.push_back(std::move(played));
  }
  return all;
}

void rewrite(const std::filesystem::path& file, const Scenario& scenario,
             const std::vector<Played>& played) {
  std::ofstream out(file);
  for (std::size_t i = 0; i < played.size(); ++i)
    out << scenario.chapters.at(i).given << "expect\n" << played[i].outcome;
}

}  // namespace gtidops::testing
