// *_section: the keys of every map of a topology file. Each group has its own .cc file. Together
// they define the format of the file.
//
// Thread-safety: built on first use, constant from then on. Errors: none.
#pragma once

#include "model/spec.h"
#include "spec/section.h"

namespace gtidops {

const Section<Spec>& document_section();  // section_document.cc

const Section<SecretRef>&
login_secret_section();  // section_accounts.cc: a password that gtidops only uses
const Section<SecretRef>& managed_secret_section();  // one that gtidops sets
// The host of an account as MySQL keeps it: in lower case.
std::optional<std::string> read_account_host(const Cursor& at, Errors& errors);
const Section<AdminSpec>& admin_section();
const Section<UserSpec>& user_section();
const Section<RoleSpec>& role_section();

const Section<ServerSpec>& server_section();  // section_servers.cc

const Section<TlsSpec>& tls_section();  // section_replication.cc
const Section<GtidSpec>& gtid_section();
const Section<ReplicationSpec>& replication_section();

const Section<VariablesSpec>& variables_section();  // section_variables.cc

const Section<ProvisioningSpec>& provisioning_section();  // section_policies.cc
const Section<SwitchoverSpec>& switchover_section();
const Section<FailoverSpec>& failover_section();

const Section<ReconcileSpec>& reconcile_section();  // section_reconcile.cc
const Section<SuspendSpec>& suspend_section();

}  // namespace gtidops
