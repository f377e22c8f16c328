#include "spec/names.h"
#include "spec/sections.h"

namespace gtidops {
namespace {

const Section<FailoverSpec>& detection_section() {
  static const Section<FailoverSpec> keys{
      {value("interval", &FailoverSpec::interval, duration(Millis{1})),
       value("failures", &FailoverSpec::failures, integer(1, 1000)),
       value("replicasMustAgree", &FailoverSpec::replicas_must_agree, Read<bool>(read_boolean))},
      {}};
  return keys;
}

}  // namespace

const Section<ProvisioningSpec>& provisioning_section() {
  const Read<OnExistingData> on_existing = one_of<OnExistingData>(
      {"refuse", "overwrite"}, {OnExistingData::kRefuse, OnExistingData::kOverwrite});
  static const Section<ProvisioningSpec> keys{
      {value("method", &ProvisioningSpec::method, text_that(check_provisioning_method)),
       value("donor", &ProvisioningSpec::donor, text_that(check_name)),
       value("onExistingData", &ProvisioningSpec::on_existing_data, on_existing),
       value("maxConcurrent", &ProvisioningSpec::max_concurrent, integer(1, 1000)),
       value("timeout", &ProvisioningSpec::timeout, duration(Millis{1}))},
      {}};
  return keys;
}

const Section<SwitchoverSpec>& switchover_section() {
  const Read<LongTransactions> long_transactions = one_of<LongTransactions>(
      {"kill", "wait", "refuse"},
      {LongTransactions::kKill, LongTransactions::kWait, LongTransactions::kRefuse});
  static const Section<SwitchoverSpec> keys{
      {value("maxLag", &SwitchoverSpec::max_lag, duration(Millis{0})),
       value("catchUpTimeout", &SwitchoverSpec::catch_up_timeout, duration(Millis{1})),
       value("drainTimeout", &SwitchoverSpec::drain_timeout, duration(Millis{0})),
       value("longTransactions", &SwitchoverSpec::long_transactions, long_transactions)},
      {}};
  return keys;
}

const Section<FailoverSpec>& failover_section() {
  const Read<FailoverMode> mode = one_of<FailoverMode>(
      {"manual", "automatic"}, {FailoverMode::kManual, FailoverMode::kAutomatic});
  const Read<Afterwards> afterwards =
      one_of<Afterwards>({"hold", "commit"}, {Afterwards::kHold, Afterwards::kCommit});
  static const Section<FailoverSpec> keys{
      {value("mode", &FailoverSpec::mode, mode), group("detection", detection_section),
       value("maxLostTransactions", &FailoverSpec::max_lost_transactions, big_integer(0)),
       value("minInterval", &FailoverSpec::min_interval, duration(Millis{0})),
       value("afterwards", &FailoverSpec::afterwards, afterwards)},
      {}};
  return keys;
}

}  // namespace gtidops
