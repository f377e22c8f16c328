#include "spec/rules.h"

#include <array>

namespace gtidops {
namespace {

using Rule = void (*)(const Spec&, Errors&);

constexpr std::array kRules{
    server_names_are_distinct,
    addresses_are_distinct,
    primary_exists,
    primary_can_be_primary,
    sources_exist,
    sources_form_no_cycle,
    replicas_have_a_user,
    accounts_are_distinct,
    own_accounts_are_not_declared,
    roles_exist,
    gtid_mode_has_consistency,
    tls_files_fit,
    gtid_only_has_row_format,
    semi_sync_has_replicas,
    variables_name_servers,
    server_ids_are_distinct,
    donor_exists,
    failover_has_a_candidate,
    object_paths_name_servers,
    object_paths_name_variables,
    suspension_says_whether,
};

}  // namespace

void check_rules(const Spec& spec, Errors& errors) {
  for (const Rule rule : kRules)
    if (!errors.full()) rule(spec, errors);
}

}  // namespace gtidops
