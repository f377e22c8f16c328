// rules: the names of the rules that refuse or warn. Plan, log, API and the table in deploy/README
// use the same names. A finding about a server variable has the variable's name instead.
//
// A refusal of history-shrunk, filtered-once or primary-identity lasts until a person acknowledges
// it, or the server is provisioned anew.
//
// Thread-safety: constants. Errors: none.
#pragma once

namespace gtidops::rule {

inline constexpr const char* kAnotherMayBeWritable = "another-may-be-writable";
inline constexpr const char* kApplierError = "applier-error";
inline constexpr const char* kBackupLock = "backup-lock";
inline constexpr const char* kBinlogFilter = "binlog-filter";
inline constexpr const char* kCandidateConnections = "candidate-connections";
inline constexpr const char* kCandidateDelayed = "candidate-delayed";
inline constexpr const char* kCandidateDiffers = "candidate-differs";
inline constexpr const char* kCandidateLag = "candidate-lag";
inline constexpr const char* kCandidateNotReplicating = "candidate-not-replicating";
inline constexpr const char* kCandidateOffline = "candidate-offline";
inline constexpr const char* kCandidateRoles = "candidate-roles";
inline constexpr const char* kCandidateSecureTransport = "candidate-secure-transport";
inline constexpr const char* kCandidateTransactionReadOnly = "candidate-transaction-read-only";
inline constexpr const char* kCandidateWithoutTls = "candidate-without-tls";
inline constexpr const char* kConnectionFailover = "connection-failover";
inline constexpr const char* kCopyFailed = "copy-failed";
inline constexpr const char* kCopyWaits = "copy-waits";
inline constexpr const char* kDataMissing = "data-missing";
inline constexpr const char* kDuplicateServerId = "duplicate-server-id";
inline constexpr const char* kDuplicateServerUuid = "duplicate-server-uuid";
inline constexpr const char* kEmptyPassword = "empty-password";
inline constexpr const char* kErrantTransactions = "errant-transactions";
inline constexpr const char* kEventsDisabled = "events-disabled";
inline constexpr const char* kEventsUnknown = "events-unknown";
inline constexpr const char* kExistingData = "existing-data";
inline constexpr const char* kFilteredOnce = "filtered-once";
inline constexpr const char* kFetchesFirst = "fetches-first";
inline constexpr const char* kForeignSource = "foreign-source";
inline constexpr const char* kGapInHistory = "gap-in-history";
inline constexpr const char* kGroupReplication = "group-replication";
inline constexpr const char* kGtidMigration = "gtid-migration";
inline constexpr const char* kHeartbeatTable = "heartbeat-table";
inline constexpr const char* kHistoryBeforeGtid = "history-before-gtid";
inline constexpr const char* kHistoryShrunk = "history-shrunk";
inline constexpr const char* kIgnored = "ignored";
inline constexpr const char* kInFlight = "in-flight";
inline constexpr const char* kLogBin = "log-bin";
inline constexpr const char* kLogReplicaUpdates = "log-replica-updates";
inline constexpr const char* kLongTransactions = "long-transactions";
inline constexpr const char* kMaintenance = "maintenance";
inline constexpr const char* kMaintenanceOver = "maintenance-over";
inline constexpr const char* kNoReplicaCanFollow = "no-replica-can-follow";
inline constexpr const char* kNotInForce = "not-in-force";
inline constexpr const char* kNotYetSupported = "not-yet-supported";
inline constexpr const char* kObserveMode = "observe-mode";
inline constexpr const char* kOptionNotShown = "option-not-shown";
inline constexpr const char* kOptionsNotProven = "options-not-proven";
inline constexpr const char* kPasswordUnprotected = "password-unprotected";
inline constexpr const char* kPerformanceSchema = "performance-schema";
inline constexpr const char* kPersistedDiffers = "persisted-differs";
inline constexpr const char* kPersistedGlobalsLoad = "persisted-globals-load";
inline constexpr const char* kPreparedXa = "prepared-xa";
inline constexpr const char* kPrimaryBehind = "primary-behind";
inline constexpr const char* kPrimaryChange = "primary-change";
inline constexpr const char* kPrimaryDiverged = "primary-diverged";
inline constexpr const char* kPrimaryIdentity = "primary-identity";
inline constexpr const char* kPrivileges = "privileges";
inline constexpr const char* kProtected = "protected";
inline constexpr const char* kRelayLogDamaged = "relay-log-damaged";
inline constexpr const char* kReplicationFilter = "replication-filter";
inline constexpr const char* kReplicationPassword = "replication-password";
inline constexpr const char* kReplicationSecret = "replication-secret";
inline constexpr const char* kReplicationUser = "replication-user";
inline constexpr const char* kReplicationUserElsewhere = "replication-user-elsewhere";
inline constexpr const char* kReplicationUserLocked = "replication-user-locked";
inline constexpr const char* kSameServerTwice = "same-server-twice";
inline constexpr const char* kSemiSyncFellBack = "semi-sync-fell-back";
inline constexpr const char* kSemiSyncTooFew = "semi-sync-too-few";
inline constexpr const char* kSemiSyncUndeclared = "semi-sync-undeclared";
inline constexpr const char* kSemiSyncWaitNoReplica = "semi-sync-wait-no-replica";
inline constexpr const char* kSemiSyncWaitPoint = "semi-sync-wait-point";
inline constexpr const char* kSourceIdentity = "source-identity";
inline constexpr const char* kSourceNotReady = "source-not-ready";
inline constexpr const char* kSourceOutOfSight = "source-out-of-sight";
inline constexpr const char* kSourceWantsTls = "source-wants-tls";
inline constexpr const char* kStrayChannel = "stray-channel";
inline constexpr const char* kSuspended = "suspended";
inline constexpr const char* kSwitchOvertaken = "switch-overtaken";
inline constexpr const char* kSwitchUndecided = "switch-undecided";
inline constexpr const char* kTwoWritableServers = "two-writable-servers";
inline constexpr const char* kUnappliedRelayLog = "unapplied-relay-log";
inline constexpr const char* kUnreachable = "unreachable";
inline constexpr const char* kUnrecoverable = "unrecoverable";
inline constexpr const char* kVersionOrder = "version-order";
inline constexpr const char* kVersionTooOld = "version-too-old";
inline constexpr const char* kWindow = "window";

}  // namespace gtidops::rule
