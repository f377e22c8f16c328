#include "unit/support/points.h"

namespace gtidops {

SecretRef env(const std::string& name) {
  return {SecretRef::Kind::kEnv, name, std::nullopt, 0, {}};
}

SourceTarget target() { return {"10.0.0.1", 3306, "repl", 0, {}}; }

PointReplica first_attachment() {
  PointReplica point;
  point.server = "db2";
  point.source = "db1";
  point.source_uuid = "uuid-1";
  point.target = target();
  point.password = env("REPL_PW");
  return point;
}

PointReplica moved() {
  PointReplica point = first_attachment();
  point.channel_exists = true;
  point.target.delay_seconds = 60;
  point.target.options = {
      {"SOURCE_SSL", "1"}, {"SOURCE_CONNECT_RETRY", "10"}, {"SOURCE_SSL_CA", "/it's/ca.pem"}};
  point.previous =
      SourceTarget{"10.0.0.9", 3307, "repl", 5, {{"SOURCE_SSL", "No"}, {"SOURCE_SSL_CA", ""}}};
  point.changes = {"SOURCE_HOST", "SOURCE_PORT", "SOURCE_DELAY", "SOURCE_SSL", "SOURCE_SSL_CA"};
  point.interrupts = true;
  return point;
}

PointReplica applier_alone() {
  PointReplica point = moved();
  point.changes = {"SOURCE_DELAY"};
  point.receiver_stopped = true;
  return point;
}

PointReplica both_stopped() {
  PointReplica point = moved();
  point.previous.reset();
  point.interrupts = false;
  point.applier_stopped = true;
  point.changes = {"SOURCE_AUTO_POSITION", "SOURCE_CONNECT_RETRY"};
  return point;
}

PointReplica with_another_user() {
  PointReplica point = first_attachment();
  point.channel_exists = true;
  point.previous = SourceTarget{"10.0.0.1", 3306, "o'brien", 0, {}};
  point.changes = {"SOURCE_USER", "SOURCE_PASSWORD"};
  point.interrupts = true;
  return point;
}

Texts printable(const std::vector<Statement>& statements) {
  Texts texts;
  for (const Statement& statement : statements)
    texts.push_back(statement.server + "> " + statement.printable());
  return texts;
}

}  // namespace gtidops
