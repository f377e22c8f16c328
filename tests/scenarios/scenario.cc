#include "scenarios/scenario.h"

#include <algorithm>
#include <fstream>
#include <map>
#include <sstream>
#include <stdexcept>

#include "decide/planner.h"
#include "scenarios/effects.h"
#include "scenarios/words.h"
#include "spec/parse.h"
#include "unit/support/fleet_builder.h"

namespace gtidops::testing {
namespace {

struct Sections {
  std::map<std::string, std::string> topology{
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
  std::map<std::string, std::string> seen;  // server -> its phrases
  std::string established;
  std::string role_change, brake;  // "switching db1 db2", "committed db1 db2 db1:1-100"; "db1 0"
  std::string lifted;
  std::string secret;  // "missing WHY", "bad WHY": of the replication user's password
  std::vector<std::string> known;
  bool show_sql = false;
};

bool indented(const std::string& line) { return line.substr(0, 2) == "  "; }

// "  key: rest" -> key, when the line begins one.
std::string key_of(const std::string& line) {
  if (!indented(line) || line.size() < 3 || line[2] == ' ' || line[2] == '-') return {};
  return line.substr(2, line.find(':') - 2);
}

Sections read_sections(const std::string& given) {
  Sections sections;
  std::istringstream lines(given);
  std::string section;
  std::string key;
  for (std::string line; std::getline(lines, line);) {
    if (line.empty() || line.front() == '#') continue;
    if (!indented(line)) {
      section = line;
      key.clear();
      if (line.substr(0, 19) == "intent established ") sections.established = line.substr(19);
      for (const char* phase : {"intent switching ", "intent unsure ", "intent committed "})
        if (line.rfind(phase, 0) == 0) sections.role_change = line.substr(7);
      if (line.rfind("intent brake ", 0) == 0) sections.brake = line.substr(13);
      if (line.rfind("intent lifted ", 0) == 0) sections.lifted = line.substr(14);
      if (line.rfind("intent known ", 0) == 0) sections.known.push_back(line.substr(13));
      if (line.rfind("secret ", 0) == 0) sections.secret = line.substr(7);
      if (line == "show sql") sections.show_sql = true;
      continue;
    }
    const std::string begins = key_of(line);
    if (!begins.empty()) key = begins;
    if (key.empty()) throw std::invalid_argument("what is this about: " + line);
    if (section == "topology") {
      std::string& text = sections.topology[key];
      text = (begins.empty() ? text : std::string()) + line + "\n";
      if (line == "  " + key + ": none") text.clear();  // take a default away
    } else if (section == "seen") {
      sections.seen[key] += (begins.empty() ? line : line.substr(line.find(':') + 1)) + "\n";
    } else {
      throw std::invalid_argument("no section " + section);
    }
  }
  return sections;
}

Spec read_spec(const Sections& sections) {
  std::string yaml =
      "apiVersion: gtidops/v1alpha1\nkind: Topology\nmetadata: {name: orders}\nspec:\n";
  for (const auto& [key, text] : sections.topology) yaml += text;
  ParsedSpecs parsed = parse_specs("orders.yaml", yaml);
  if (!parsed.errors.empty())
    throw std::invalid_argument(parsed.errors.front().to_string() + "\n" + yaml);
  return std::move(parsed.specs.front());
}

bool says(const std::vector<Phrase>& phrases, const std::string& word) {
  return std::any_of(phrases.begin(), phrases.end(),
                     [&](const Phrase& phrase) { return phrase.front() == word; });
}

// "unsure" is switching, where the commit may have been lost with the machine.
void remember(const Sections& sections, Intent& intent) {
  if (!sections.role_change.empty()) {
    std::istringstream words(sections.role_change);
    std::string phase;
    std::string frozen_at;
    words >> phase >> intent.from >> intent.to >> frozen_at;
    intent.phase = phase == "committed" ? Intent::Phase::kCommitted : Intent::Phase::kSwitching;
    intent.may_have_committed = phase == "unsure";
    intent.from_uuid = FleetBuilder::uuid_of(intent.from);
    intent.to_uuid = FleetBuilder::uuid_of(intent.to);
    intent.frozen_at = FleetBuilder::gtids(frozen_at);
  }
  if (!sections.lifted.empty()) intent.lifted = {sections.lifted};
  if (!sections.brake.empty()) {
    const std::size_t space = sections.brake.find(' ');
    intent.brake = Intent::Brake{sections.brake.substr(0, space),
                                 std::stoll(sections.brake.substr(space + 1))};
  }
}

// UUID NAME EXECUTED, then "lost SET", "filter TEXT", "primary" as they come.
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
    else if (!(words >> value) || (word != "lost" && word != "filter"))
      throw std::invalid_argument("what is remembered of a server: " + text);
    if (word == "lost") known.lost = FleetBuilder::gtids(value);
    if (word == "filter") known.filters.insert(value);
  }
  intent.memory.servers[FleetBuilder::uuid_of(uuid)] = known;
}

void observe(const Sections& sections, Scenario& scenario) {
  FleetBuilder fleet;
  for (const ServerSpec& server : scenario.spec.servers) fleet.server(*server.name);
  fleet.edit_spec([&](Spec& spec) { spec = scenario.spec; });
  for (const auto& [name, text] : sections.seen)
    if (scenario.spec.server(name) == nullptr) throw std::invalid_argument("no server " + name);
  for (const ServerSpec& server : scenario.spec.servers) {
    fleet.server(*server.name);
    if (*server.name == *scenario.spec.primary) fleet.primary();
    const auto said = sections.seen.find(*server.name);
    const auto phrases =
        said == sections.seen.end() ? std::vector<Phrase>{} : read_phrases(said->second);
    const bool channel = !says(phrases, "fresh") && !says(phrases, "no_channel");
    if (channel && server.delay->count() > 0) fleet.observed_delay(server.delay->count() / 1000);
    for (const Phrase& phrase : phrases) say(fleet, phrase);
  }
  scenario.seen = fleet.observation();
  if (const std::string& secret = sections.secret; !secret.empty())
    scenario.seen.replication_secret =
        SecretTrouble{secret.rfind("missing ", 0) == 0, secret.substr(secret.find(' ') + 1)};
  if (!sections.established.empty())
    scenario.intent.established_primary_uuid = FleetBuilder::uuid_of(sections.established);
  remember(sections, scenario.intent);
  for (const std::string& text : sections.known) remember_server(text, scenario.intent);
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

}  // namespace

std::vector<std::filesystem::path> scenario_files() {
  std::vector<std::filesystem::path> files;
  for (const auto& entry :
       std::filesystem::directory_iterator(GTIDOPS_SOURCE_DIR "/tests/scenarios"))
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
  const std::size_t expect = text.find(kExpect);
  if (expect == std::string::npos) throw std::invalid_argument("there is no line: expect");
  Scenario scenario;
  scenario.given = text.substr(0, expect + 1);
  scenario.expected = text.substr(expect + kExpect.size());
  const Sections sections = read_sections(scenario.given);
  scenario.show_sql = sections.show_sql;
  scenario.spec = read_spec(sections);
  observe(sections, scenario);
  return scenario;
}

std::string outcome_text(const Scenario& scenario) {
  const Plan plan = make_plan(scenario.spec, scenario.seen, scenario.intent);
  const std::string text =
      plan_text(plan, scenario.show_sql) +
      convergence_text(converge(scenario.spec, scenario.seen, scenario.intent));
  return with_names(text, scenario.spec);
}

void rewrite(const std::filesystem::path& file, const Scenario& scenario,
             const std::string& outcome) {
  std::ofstream(file) << scenario.given << "expect\n" << outcome;
}

}  // namespace gtidops::testing
