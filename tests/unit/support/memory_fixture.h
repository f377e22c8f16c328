// What tests of the memory have in common: three servers that are looked at again and again.
//
// Thread-safety: one thread. Errors: none.
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "decide/planner.h"
#include "decide/remember.h"
#include "execute/run_memory.h"
#include "unit/support/fleet_builder.h"

namespace gtidops::testing {

class MemoryTest : public ::testing::Test {
 protected:
  MemoryTest() {
    fleet_.server("db1").server("db2").server("db3");
    intent_.established_primary_uuid = uuid("db1");
  }
  static std::string uuid(const std::string& name) { return FleetBuilder::uuid_of(name); }

  // Looks, so long after the first look. Must what it adds be forced to the disk?
  bool look(Millis after = Millis{0}) {
    Observation seen = fleet_.observation();
    seen.taken_at += after;
    const Intent before = intent_;
    intent_ = intent_after_look(fleet_.spec(), seen, intent_);
    return intent_ != before && !merely_grew(before, intent_, seen.taken_at);
  }
  [[nodiscard]] const KnownServer& known(const std::string& name) const {
    return intent_.memory.servers.at(uuid(name));
  }
  [[nodiscard]] std::string lost(const std::string& name) const {
    return known(name).lost.to_string();
  }
  [[nodiscard]] std::string rules() {
    std::string all;
    for (const Finding& one : make_plan(fleet_.spec(), fleet_.observation(), intent_).refusals)
      all += one.server + ":" + one.rule + " ";
    return all;
  }
  Result<Intent> say(const std::string& server, const std::string& rule) {
    Acknowledgement asked;
    asked.server = server;
    asked.rule = rule;
    asked.reason = "looked at";
    asked.user = "ada";
    asked.host = "ops1";
    return acknowledge(fleet_.spec(), fleet_.observation(), intent_, asked);
  }

  FleetBuilder fleet_;
  Intent intent_;
};

}  // namespace gtidops::testing
