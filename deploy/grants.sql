-- The account that gtidops logs in with, with what it needs and no more. Replace <HOST> and <PASSWORD>. README.md says where to
-- run it: on the primary, from which it comes to the replicas; or on each server, while they do not replicate yet.
--
-- Whether it goes into the binary log: on a primary it must, or no replica gets it. On a server that is new, or follows another
-- one, it must not: it would be a transaction that exists only there (an errant transaction). So: only where nobody is followed,
-- and where somebody follows, or there is data.
SET SESSION sql_log_bin = @@SESSION.sql_log_bin
  AND NOT EXISTS (SELECT 1 FROM performance_schema.replication_connection_configuration WHERE host <> '')
  AND (EXISTS (SELECT 1 FROM performance_schema.threads WHERE processlist_command LIKE 'Binlog Dump%')
       OR EXISTS (SELECT 1 FROM information_schema.schemata
                  WHERE schema_name NOT IN ('mysql', 'sys', 'information_schema', 'performance_schema')));
CREATE USER IF NOT EXISTS 'gtidops'@'<HOST>' IDENTIFIED BY '<PASSWORD>';
-- SHOW REPLICA STATUS, SHOW BINARY LOGS; to count schemas and their sizes (SHOW VIEW shows that tables are there, not what is
-- in them); the replication user's own privilege, to hand it on.
GRANT REPLICATION CLIENT, REPLICATION SLAVE, CREATE USER, PROCESS, SHOW DATABASES, SHOW VIEW ON *.* TO 'gtidops'@'<HOST>' WITH GRANT OPTION;
-- CHANGE REPLICATION SOURCE TO, START and STOP REPLICA; RESET REPLICA ALL on a new primary.
GRANT RELOAD ON *.* TO 'gtidops'@'<HOST>';
GRANT REPLICATION_SLAVE_ADMIN ON *.* TO 'gtidops'@'<HOST>';
-- super_read_only, gtid_mode, server_id; made persistent. To write while read_only is on, and log in when all is full.
GRANT SYSTEM_VARIABLES_ADMIN, PERSIST_RO_VARIABLES_ADMIN, CONNECTION_ADMIN ON *.* TO 'gtidops'@'<HOST>';
-- XA RECOVER: what is prepared can be committed on a primary that was made super_read_only, so roles change only when there
-- is nothing.
GRANT XA_RECOVER_ADMIN ON *.* TO 'gtidops'@'<HOST>';
-- What is persisted, which accounts there are.
GRANT SELECT ON performance_schema.* TO 'gtidops'@'<HOST>';
GRANT SELECT ON mysql.* TO 'gtidops'@'<HOST>';
-- INSTALL PLUGIN; only where replication.semiSync is declared, or for copies by CLONE, and the plugins are not loaded yet.
GRANT INSERT ON mysql.plugin TO 'gtidops'@'<HOST>';
-- Copies by CLONE (provisioning.method: clone): to load the plugin (the line above), to begin a copy, and to hand BACKUP_ADMIN
-- on to the account that reads the donor. Leave these two lines out where nothing is to be copied.
GRANT CLONE_ADMIN ON *.* TO 'gtidops'@'<HOST>';
GRANT BACKUP_ADMIN ON *.* TO 'gtidops'@'<HOST>' WITH GRANT OPTION;
-- Only where events are scheduled: to let them run on a new primary, under the definers that they have. SYSTEM_USER, because
-- a definer may have it. Before 8.2 it is SET_USER_ID in place of SET_ANY_DEFINER. Leave these two lines out otherwise.
-- Without the second one gtidops says which events to enable by hand; without the first it says that it cannot see them.
GRANT EVENT ON *.* TO 'gtidops'@'<HOST>';
/*!80200 GRANT SET_ANY_DEFINER, SYSTEM_USER ON *.* TO 'gtidops'@'<HOST>' */;
-- The heartbeat.
GRANT CREATE, SELECT, INSERT, UPDATE ON gtidops.* TO 'gtidops'@'<HOST>';
-- To see a trigger that somebody has put on the heartbeat's table; without it gtidops does not know of it, and writes.
GRANT TRIGGER ON gtidops.* TO 'gtidops'@'<HOST>';
