// check_rules: checks what must hold between the values of one topology. Each rule is one function.
// A rule skips values that could not be read, because they already have an error.
//
// Thread-safety: as Errors. Errors: are added to `errors`.
#pragma once

#include "model/spec.h"
#include "spec/errors.h"

namespace gtidops {

// All of the rules below.
void check_rules(const Spec& spec, Errors& errors);

// rules_servers.cc
void server_names_are_distinct(const Spec& spec, Errors& errors);
void addresses_are_distinct(const Spec& spec, Errors& errors);
void primary_exists(const Spec& spec, Errors& errors);
void primary_can_be_primary(const Spec& spec, Errors& errors);
void sources_exist(const Spec& spec, Errors& errors);
void sources_form_no_cycle(const Spec& spec, Errors& errors);

// rules_accounts.cc
void replicas_have_a_user(const Spec& spec, Errors& errors);
void accounts_are_distinct(const Spec& spec, Errors& errors);
void own_accounts_are_not_declared(const Spec& spec, Errors& errors);
void roles_exist(const Spec& spec, Errors& errors);

// rules_settings.cc
void gtid_mode_has_consistency(const Spec& spec, Errors& errors);
void tls_files_fit(const Spec& spec, Errors& errors);
void gtid_only_has_row_format(const Spec& spec, Errors& errors);
void semi_sync_has_replicas(const Spec& spec, Errors& errors);
void variables_name_servers(const Spec& spec, Errors& errors);
void server_ids_are_distinct(const Spec& spec, Errors& errors);
void donor_exists(const Spec& spec, Errors& errors);
void failover_has_a_candidate(const Spec& spec, Errors& errors);
void object_paths_name_servers(const Spec& spec, Errors& errors);
void object_paths_name_variables(const Spec& spec, Errors& errors);
void suspension_says_whether(const Spec& spec, Errors& errors);

// Shared by the rules: server_path(2, "source") is "spec.servers[2].source".
std::string server_path(std::size_t index, std::string_view key = {});
// Were the names of all servers read? If not, a name that is not found may belong to a server whose
// own name has an error.
bool knows_all_servers(const Spec& spec);
std::vector<std::string> server_names(const Spec& spec);
// `there is no server "db9"; did you mean "db1"?`
std::string no_such_server(const Spec& spec, std::string_view name);

}  // namespace gtidops
