// ReplicationSecret: is the replication user's declared password the one that the channels have,
// and the one that the primary takes?
//
// The server computes a digest of each channel's password, with a new salt each time, and the
// digests are compared: no password travels, and a log of statements holds only the salt. For the
// primary, a login is tried from here. It is repeated only when the account or the declared
// password has changed, and never tried where failed logins would lock the account.
//
// Thread-safety: one thread at a time. Errors: what cannot be told is nullopt, or an empty digest.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "model/secret_ref.h"
#include "mysql/look_task.h"
#include "mysql/session.h"
#include "system/secret.h"

namespace gtidops::mysql {

class ReplicationSecret {
 public:
  // `login`: the primary, as the replication user.
  ReplicationSecret(Target login, std::string host, SecretRef ref)
      : login_(std::move(login)), host_(std::move(host)), ref_(std::move(ref)) {}

  // Sets `request.secret`; leaves it when the password cannot be read or compared.
  void add_to(LookRequest& request, Deadline deadline);
  // Does the primary accept the declared password? `primary`: a session of the administrator there.
  std::optional<bool> accepted(Session& primary, Millis deadline);
  // The TLS that the account demanded when accepted() looked: "", ANY, X509, SPECIFIED.
  [[nodiscard]] const std::string& demands() const { return demands_; }
  // Would failed logins have locked the account then?
  [[nodiscard]] bool failures_lock() const { return failures_lock_; }

 private:
  std::optional<bool> log_in(bool tell_refusals, Millis deadline);

  const Target login_;
  const std::string host_;
  const SecretRef ref_;
  std::shared_ptr<const Secret> secret_;
  Deadline again_after_ = Deadline(Deadline::Clock::time_point{});
  // The last login that was answered: its password, and the state of the account.
  std::shared_ptr<const Secret> tried_;
  std::string tried_against_;
  std::string demands_;
  bool failures_lock_ = false;
  std::optional<bool> verdict_;
};

}  // namespace gtidops::mysql
