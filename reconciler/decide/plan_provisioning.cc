// The part of the plan that copies a donor into a server that cannot get what it lacks by
// replication. Only into one that holds nothing that anybody could miss: what is refused on any
// other server stays refused.
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <set>

#include "decide/copies.h"
#include "decide/draft.h"
#include "model/actions/read_only.h"

namespace gtidops {
namespace {

// CLONE wants the same series, before 8.0.37 even the same release (the manual, "Cloning Remote
// Data").
bool may_clone(const Version& donor, const Version& recipient) {
  constexpr Version kSameSeriesIsEnough{8, 0, 37};
  if (donor.major != recipient.major || donor.minor != recipient.minor) return false;
  return donor == recipient || (donor >= kSameSeriesIsEnough && recipient >= kSameSeriesIsEnough);
}

const KnownServer* known_of(const Draft& draft, const ServerState& state) {
  return draft.intent.memory.of(state.server_uuid);
}

bool is_read_only_by_then(const Draft& draft, const std::string& server, const ServerState& state) {
  return state.fenced() ||
         std::any_of(draft.plan.steps.begin(), draft.plan.steps.end(), [&](const Step& step) {
           const auto* close = std::get_if<SetReadOnly>(&step.action);
           return close != nullptr && close->server == server;
         });
}

std::string backup_trouble(const std::string& server, const ServerState& state) {
  const std::string lock = backup_lock_of(state);
  return lock.empty() ? lock : fmt::format("on {}, {}", server, lock);
}

std::string lacks_privileges(const std::string& server, const Details& details) {
  if (details.missing_copy_privileges.empty()) return {};
  return fmt::format("the account of gtidops lacks {} on {}",
                     join_names(details.missing_copy_privileges), server);
}

// Why this server may not be copied into; empty: it may.
std::string recipient_trouble(const Draft& draft, const ServerSpec& server) {
  const ServerState& state = *draft.seen.state(*server.name);
  const KnownServer* known = known_of(draft, state);
  if (!state.details || !state.details->schemas) return "its schemas cannot be read";
  if (!state.details->schemas->empty())
    return fmt::format("it holds the schema {}, and this version copies into empty servers only",
                       state.details->schemas->front().name);
  if (!draft.may_touch(*server.name)) return "no step may touch it";
  if (!state.channels.empty()) return "it has a replication channel";
  if (known != nullptr && known->was_primary) return "it once was the primary";
  if (known != nullptr && (known->wrote_unseen || !known->perhaps_primarys.empty()))
    return "it may have been the primary";
  if (state.details->dump_threads > 0) return "another server replicates from it";
  if (!state.details->prepared_xa || !state.details->prepared_xa->empty())
    return "it may hold prepared XA transactions";
  if (!state.details->clone) return "whether it was copied before cannot be read";
  if (!loads_persisted(*state.details)) return "it would not boot read-only";
  if (leaves_alone(draft.spec, *server.name, kReadOnlyObject))
    return "its super_read_only is left alone";
  if (std::string lock = backup_trouble(*server.name, state); !lock.empty()) return lock;
  return lacks_privileges(*server.name, *state.details);
}

// The others are compared with the primary: a copy of it lacks nothing that it should have.
bool lacks_what_the_primary_held(const Draft& draft, const ServerSpec& server,
                                 const ServerState& state) {
  const KnownServer* known = known_of(draft, state);
  if (known == nullptr) return false;
  KnownServer judged = *known;
  if (draft.is_primary(server)) judged.lost = judged.shrunk = {};
  return is_flawed(judged);
}

// Why nothing is copied from this server into that one; empty: it may be.
std::string donor_trouble(const Draft& draft, const ServerSpec& donor, const ServerSpec& to) {
  const ServerState* state = draft.seen.state(*donor.name);
  const ServerState& empty = *draft.seen.state(*to.name);
  if (state == nullptr) return "it cannot be seen";
  if (!draft.may_touch(*donor.name)) return "no step may touch it";
  if (!state->details || !state->details->schemas) return "its schemas cannot be read";
  if (!may_clone(state->version, empty.version))
    return fmt::format("it runs {}, and {} runs {}", state->version_text, *to.name,
                       empty.version_text);
  if (lacks_what_the_primary_held(draft, donor, *state))
    return "what it holds is not all that the primary held";
  if (state->details->clone && state->details->clone->runs()) return "it is being copied itself";
  for (const SchemaSize& schema : *state->details->schemas)
    if (!schema.not_innodb.empty())
      return fmt::format(
          "the table {}.{} is not kept by InnoDB, and CLONE would leave its rows out", schema.name,
          schema.not_innodb);
  const ServerState* source = draft.seen.state(draft.goal.source_of(to));
  if (source == nullptr) return fmt::format("{} cannot be seen", draft.goal.source_of(to));
  if (!state->gtid_executed.contains(source->gtid_purged))
    return fmt::format("{} has purged transactions that it lacks itself", draft.goal.source_of(to));
  const GtidSet own = empty.gtid_executed.of_server(empty.server_uuid);
  if (!state->executed_latest().contains(empty.gtid_executed.subtracted(own)))
    return fmt::format("it lacks transactions that {} holds", *to.name);
  const AdminSpec& there = draft.spec.admin_of(donor);
  const AdminSpec& here = draft.spec.admin_of(to);
  if (*there.user != *here.user || !(there.password == here.password))
    return fmt::format("its accounts come with the copy, and gtidops logs in to {} with another",
                       *to.name);
  if (!draft.is_primary(donor)) {
    const ServerAssessment& one = draft.assessment.of(*donor.name);
    if (will_receive_late(draft, donor)) return "it is delayed";
    if (!channel_runs(*state, *donor.name)) return "its channel does not run";
    if (!will_receive(draft, donor)) return "the primary's writes do not reach it";
    if (!one.errant || !one.errant->empty()) return "it may hold errant transactions";
  }
  if (!state->details->clone_plugin && !draft.may_set_read_only(*donor.name))
    return "its super_read_only is left alone, and the clone plugin is not loaded there";
  if (std::string lock = backup_trouble(*donor.name, *state); !lock.empty()) return lock;
  return lacks_privileges(*donor.name, *state->details);
}

// The name in the specification of the server with this address, "10.0.0.1:3306"; else the address.
std::string named(const Draft& draft, const std::string& source) {
  const std::size_t colon = source.rfind(':');
  if (colon == std::string::npos) return source;
  const std::string name =
      server_at(draft.spec, {source.substr(0, colon), std::atoi(source.c_str() + colon + 1)});
  return name.empty() ? source : name;
}

// In the order of preference: with prefer-replica, the replica that lacks least comes first.
std::vector<const ServerSpec*> donors_in_order(const Draft& draft, const ServerSpec& to) {
  const std::string& rule = *draft.spec.provisioning.donor;
  std::vector<const ServerSpec*> donors;
  for (const ServerSpec& server : draft.spec.servers) {
    if (*server.name == *to.name) continue;
    const bool primary = draft.is_primary(server);
    if (rule == "prefer-replica" || (rule == "primary" ? primary : rule == *server.name))
      donors.push_back(&server);
  }
  const auto missing = [&](const ServerSpec& server) {
    return draft.assessment.of(*server.name).missing.value_or(INT64_MAX);
  };
  std::stable_sort(donors.begin(), donors.end(), [&](const ServerSpec* a, const ServerSpec* b) {
    if (draft.is_primary(*a) != draft.is_primary(*b)) return draft.is_primary(*b);
    return missing(*a) < missing(*b);
  });
  // A donor whose copy broke off takes no other one for some minutes
  // (clone_donor_timeout_after_network_failure).
  const CloneStatus& last = *draft.seen.state(*to.name)->details->clone;
  if (last.state == CloneStatus::State::kFailed)
    std::stable_partition(donors.begin(), donors.end(), [&](const ServerSpec* donor) {
      return *donor->name != named(draft, last.source);
    });
  return donors;
}

// Why no copy is begun in this topology now; empty: one may be.
std::string no_copies_now(const Draft& draft) {
  if (*draft.spec.provisioning.method != "clone")
    return fmt::format("provisioning.method is {}", *draft.spec.provisioning.method);
  if (!draft.spec.replication.user) return "replication.user is not declared";
  if (!draft.intent.stable() || draft.change) return "the roles are being changed";
  const std::string& name = draft.goal.primary;
  const ServerState* primary = draft.seen.state(name);
  if (primary == nullptr || !draft.may_touch(name) || !primary->details)
    return fmt::format("{} may not be touched, where the account for the copy is created", name);
  if (!primary->writable() || !primary->channels.empty())
    return fmt::format("{} is not open", name);
  if (leaves_alone(draft.spec, name, fmt::format("users/{}", kCopyUser)))
    return fmt::format("the account {} is left alone", kCopyUser);
  if (!primary->details->copy_accounts)
    return fmt::format("the accounts of {} cannot be read", name);
  if (const auto& others = primary->details->other_copy_accounts; !others.empty())
    return fmt::format("somebody has created the account {} that gtidops would create for the copy",
                       quote_account(kCopyUser, others.front()));
  if (std::string lock = backup_trouble(name, *primary); !lock.empty()) return lock;
  return lacks_privileges(name, *primary->details);
}

class Provisioning {
 public:
  explicit Provisioning(Draft& draft) : draft_(draft) {}

  void run() {
    draft_.stage = Stage::kCopies;
    const std::string not_now = no_copies_now(draft_);
    for (const ServerSpec& server : draft_.spec.servers) {
      if (!is_wanted(*server.name) || is_copied(*server.name)) continue;
      std::string trouble = not_now.empty() ? recipient_trouble(draft_, server) : not_now;
      if (trouble.empty()) trouble = copy_into(server);
      if (!trouble.empty()) leave_refused(*server.name, trouble);
    }
    if (begun_ == 0) plan_drop_copy_account(draft_);
  }

 private:
  [[nodiscard]] bool is_wanted(const std::string& server) const {
    return std::any_of(draft_.curable.begin(), draft_.curable.end(),
                       [&](const Finding& one) { return one.server == server; });
  }
  [[nodiscard]] bool is_copied(const std::string& server) const {
    return std::any_of(draft_.plan.copies.begin(), draft_.plan.copies.end(),
                       [&](const CopyUnderWay& one) { return one.server == server; });
  }

  // Empty: it is planned, or waits for its turn.
  std::string copy_into(const ServerSpec& server) {
    std::vector<std::string> reasons;
    bool waits = false;
    for (const ServerSpec* donor : donors_in_order(draft_, server)) {
      const std::string trouble = donor_trouble(draft_, *donor, server);
      if (!trouble.empty()) {
        reasons.push_back(fmt::format("from {}: {}", *donor->name, trouble));
        continue;
      }
      // Error 3634: a donor can be copied into one server at a time.
      if (donors_.count(*donor->name) > 0) {
        waits = true;
        continue;
      }
      const CloneStatus& last = *draft_.seen.state(*server.name)->details->clone;
      if (last.state == CloneStatus::State::kFailed && !draft_.spec.provisioning.again)
        return fail_for_a_person(server, last);
      plan_copy(server, *donor);
      return {};
    }
    if (waits) return wait(*server.name);
    return reasons.empty() ? "no server is declared that it could be copied from"
                           : fmt::format("{}", fmt::join(reasons, "; "));
  }

  // A copy reads the whole donor. Without a person, one that failed is not tried again and again.
  std::string fail_for_a_person(const ServerSpec& server, const CloneStatus& last) {
    forget_refusals(*server.name);
    draft_.object(
        *server.name, rule::kCopyFailed,
        fmt::format("the copy from {} into it, begun at {}, failed: {}", last.source, last.began,
                    last.error),
        "see to the cause, then run gtidops apply, which begins it once more (where the daemon "
        "runs, with the daemon stopped meanwhile)");
    return {};
  }

  void plan_copy(const ServerSpec& server, const ServerSpec& donor) {
    const std::string& name = *server.name;
    const std::string why = why_copied(name);
    const auto most = static_cast<std::size_t>(*draft_.spec.provisioning.max_concurrent);
    // They share an account, whose password only the process knows that has begun them.
    if (!draft_.plan.copies.empty() || begun_ >= most) return void(wait(name));
    forget_refusals(name);
    ++begun_;
    donors_.insert(*donor.name);
    const ServerState& state = *draft_.seen.state(name);
    const ServerState& from = *draft_.seen.state(*donor.name);
    const std::string needed = fmt::format("a copy of {} into {} needs it", *donor.name, name);
    load_plugin(*donor.name, from, needed);
    load_plugin(name, state, needed);
    const SecretRef password = password_of_the_copy();
    if (begun_ == 1)
      draft_.step(
          CreateCopyAccount{draft_.goal.primary, *draft_.spec.replication.user->host, password},
          needed);
    await_account(donor);
    StartCopy copy;
    copy.server = name;
    copy.server_uuid = state.server_uuid;
    copy.donor = *donor.name;
    copy.donor_host = donor.dialled().host;
    copy.donor_port = donor.dialled().port;
    copy.tls = from.details->tls_available;
    copy.before = state.details->clone->began;
    copy.password = password;
    const auto told = [&](const Inventory& one) { return one.server == *donor.name; };
    auto& inventories = draft_.plan.inventories;
    if (std::none_of(inventories.begin(), inventories.end(), told))
      inventories.push_back({*donor.name, *from.details->schemas});
    draft_.step(std::move(copy), why);
  }

  std::string wait(const std::string& server) {
    forget_refusals(server);
    // A recipient that died in its copy, or that nothing has restarted, is over when it is seen.
    std::vector<std::string> unseen;
    for (const CopyUnderWay& copy : draft_.plan.copies)
      if (draft_.seen.state(copy.server) == nullptr) unseen.push_back(copy.server);
    draft_.warn(
        server, rule::kCopyWaits,
        fmt::format("{}; a copy into it waits until another one is over", why_copied(server)),
        unseen.empty() ? "nothing is to be done"
                       : fmt::format("{} cannot be seen since its copy was under way: start mysqld "
                                     "there, or take it out of the file",
                                     join_names(unseen)));
    return {};
  }

  void load_plugin(const std::string& server, const ServerState& state, const std::string& why) {
    const bool planned =
        std::any_of(draft_.plan.steps.begin(), draft_.plan.steps.end(), [&](const Step& step) {
          const auto* load = std::get_if<LoadClone>(&step.action);
          return load != nullptr && load->server == server;
        });
    if (!state.details->clone_plugin && !planned)
      draft_.step(LoadClone{server, is_read_only_by_then(draft_, server, state)}, why);
  }

  // The account comes by replication, server by server from the primary down to the donor.
  void await_account(const ServerSpec& donor) {
    if (draft_.is_primary(donor)) return;
    const std::string source = source_afterwards(draft_, donor);
    await_account(*draft_.spec.server(source));
    draft_.step(AwaitReplication{*donor.name, source, false},
                "the account for the copy comes there");
  }

  [[nodiscard]] SecretRef password_of_the_copy() const {
    SecretRef secret;
    secret.kind = SecretRef::Kind::kOneTime;
    secret.name = "the copies in " + *draft_.spec.name;
    return secret;
  }

  [[nodiscard]] std::string why_copied(const std::string& server) const {
    for (const Finding& one : draft_.curable)
      if (one.server == server) return fmt::format("{}: {}", one.rule, one.why);
    return {};
  }

  void forget_refusals(const std::string& server) {
    std::erase_if(draft_.plan.refusals, [&](const Finding& one) {
      return one.server == server &&
             std::find(draft_.curable.begin(), draft_.curable.end(), one) != draft_.curable.end();
    });
  }

  void leave_refused(const std::string& server, const std::string& trouble) {
    for (Finding& refusal : draft_.plan.refusals)
      if (refusal.server == server &&
          std::find(draft_.curable.begin(), draft_.curable.end(), refusal) != draft_.curable.end())
        refusal.hint += fmt::format(" (gtidops does not copy it: {})", trouble);
  }

  Draft& draft_;
  std::size_t begun_ = 0;
  std::set<std::string> donors_;  // of those that are begun
};

}  // namespace

// While a copy into a server is under way, nothing else is done to it. It restarts at the end: what
// is known of it then is that it was being copied.
void rule_copies_under_way(Draft& draft) {
  for (const ServerSpec& server : draft.spec.servers) {
    const ServerState* state = draft.seen.state(*server.name);
    if (state != nullptr && state->details && state->details->clone &&
        state->details->clone->runs()) {
      const CloneStatus& clone = *state->details->clone;
      draft.plan.copies.push_back({*server.name, named(draft, clone.source), clone.phase,
                                   clone.bytes_done, clone.bytes_total, clone.began});
    } else if (state == nullptr) {
      for (const auto& [uuid, known] : draft.intent.memory.servers)
        if (known.name == *server.name && !known.copied_from.empty())
          draft.plan.copies.push_back(
              {*server.name, named(draft, known.copied_from), "RESTART", 0, 0, ""});
    }
  }
  for (const CopyUnderWay& copy : draft.plan.copies) draft.blocked.insert(copy.server);
}

// Into a server that is not seen a copy may be under way. Planned before the proof: when the
// account is dropped, a write is read on the server that was copied, too.
void plan_drop_copy_account(Draft& draft) {
  const std::string& name = draft.goal.primary;
  const ServerState* primary = draft.seen.state(name);
  const bool all_seen =
      std::all_of(draft.spec.servers.begin(), draft.spec.servers.end(),
                  [&](const ServerSpec& one) { return draft.seen.state(*one.name) != nullptr; });
  const bool planned = std::any_of(
      draft.plan.steps.begin(), draft.plan.steps.end(),
      [](const Step& step) { return std::holds_alternative<DropCopyAccount>(step.action); });
  if (!all_seen || planned || !draft.plan.copies.empty() || !draft.may_touch(name) ||
      !primary->details || !primary->details->copy_accounts ||
      primary->details->copy_accounts->empty() || !primary->writable() ||
      !primary->channels.empty())
    return;
  draft.differs(name, fmt::format("users.{}", kCopyUser), std::nullopt,
                join_names(*primary->details->copy_accounts));
  draft.step(DropCopyAccount{name, *primary->details->copy_accounts},
             "it is there for the time of a copy");
}

void plan_provisioning(Draft& draft) {
  for (const CopyUnderWay& copy : draft.plan.copies) {
    std::erase_if(draft.plan.refusals, [&](const Finding& one) {
      return one.server == copy.server &&
             std::find(draft.curable.begin(), draft.curable.end(), one) != draft.curable.end();
    });
    for (Finding& refusal : draft.plan.refusals)
      if (refusal.server == copy.server && refusal.rule == rule::kUnreachable)
        refusal.hint = fmt::format(
            "{} was being copied into it, and mysqld restarts at the end of that: where nothing "
            "starts it again, start it by hand",
            copy.donor);
  }
  Provisioning(draft).run();
}

}  // namespace gtidops
