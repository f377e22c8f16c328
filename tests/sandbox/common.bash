# shellcheck shell=bash disable=SC2034
# common.bash: what mysql-sandbox, supervise and janitor share. Bytes, not characters: LC_ALL=C.
#
# The folder of a server, SANDBOX/NAME/:
#   data/       the data directory (or the file data-dir names it, when it lies in memory)
#   error.log   mysqld's; console.log: what else it and its supervisor said
#   root        the MySQL to run, as get-mysql printed it
#   my.cnf      its options; may be edited while it is stopped
#   port, socket
#   supervisor, mysqld   "PID START-TIME" of the process
#   run         "COUNT OFFSET": mysqld was started COUNT times; where in error.log the last start begins
#   exit        the exit status of the last mysqld; absent while it runs
export LC_ALL=C

# A process is named by its number and its start time: numbers come back, the pair does not.
# process_start PID: sets REPLY; false when there is no such process (a zombie is none).
process_start() {
  local stat fields
  { IFS= read -r stat <"/proc/$1/stat"; } 2>/dev/null || return 1
  read -ra fields <<<"${stat##*) }" # the name in parentheses may hold anything
  [ "${fields[0]}" != Z ] && [ "${fields[0]}" != X ] || return 1
  REPLY=${fields[19]} STATE=${fields[0]}
}

# record PID FILE: so that `alive FILE` finds it.
record() {
  process_start "$1" || return 1
  echo "$1 $REPLY" >"$2.new" && mv "$2.new" "$2"
}

# alive FILE: the recorded process is still there; sets PID and STATE (a letter of /proc/PID/stat).
alive() {
  local start
  { read -r PID start <"$1"; } 2>/dev/null || return 1
  process_start "$PID" && [ "$REPLY" = "$start" ]
}

# end_process SIGNAL FILE: signals the recorded process, never a stranger that got its number.
end_process() {
  if alive "$2"; then kill "-$1" "$PID" 2>/dev/null || true; fi
}

# nap SECONDS: sleeps without a process of its own.
nap() {
  [ -n "${nap_fd:-}" ] || exec {nap_fd}<> <(:)
  read -r -t "$1" -u "$nap_fd" || true
}

# close_inherited: whoever started us may hold files, sockets and locks that must not live as long as
# a process of ours does.
close_inherited() {
  local fd
  for fd in /proc/self/fd/*; do
    fd=${fd##*/}
    # 255 is bash's own: the script it reads.
    if ((fd > 2 && fd != 255)); then eval "exec $fd>&-"; fi
  done
}

# ---------------------------------------------------------------- ports
# Below the ports that the kernel hands out, so that no outgoing connection sits on them. A stopped
# server keeps its port: the folder `ports` says who has it.
ports=/tmp/gtidops-ports.$UID

port_is_free() {
  local hex line
  printf -v hex ':%04X ' "$1"
  while read -r line; do
    # Local address, remote address, state 0A: somebody listens.
    [[ $line != *"$hex"*' 0A '* ]] || return 1
  done < <(cat /proc/net/tcp /proc/net/tcp6 2>/dev/null)
}

# take_port FOLDER: sets REPLY to a port that nobody listens on and no other server has.
take_port() {
  local port owner try lock
  mkdir -p "$ports"
  exec {lock}>"$ports/lock"
  flock "$lock"
  for ((try = 0; try < 1000; try++)); do
    port=$((20000 + RANDOM % 12000))
    if { IFS= read -r owner <"$ports/$port"; } 2>/dev/null && [ -d "$owner" ]; then continue; fi
    port_is_free "$port" || continue
    echo "$1" >"$ports/$port"
    exec {lock}>&-
    REPLY=$port
    return
  done
  exec {lock}>&-
  echo "no free port found" >&2
  return 1
}

give_port_back() {
  local owner
  if { IFS= read -r owner <"$ports/$1"; } 2>/dev/null && [ "$owner" = "$2" ]; then rm -f "$ports/$1"; fi
}
