# shellcheck shell=bash disable=SC2154
# Sourced by sweep.sh and errno_sweep.sh: lists the points at which a command can be disturbed.
# A point is (system call, k): the k-th time that any one thread of the command enters that call.

say() { printf '%s\n' "$*" >&2; }
usage_error() { say "${0##*/}: $*"; say "try '${0##*/} --help'"; exit 2; }
help_text() { sed -n '2,/^$/s/^# \{0,1\}//p' "$0"; }

# skip REASON: a test that cannot run says so and exits 77, never 0.
skip() { say "${0##*/}: SKIPPED: $*"; exit 77; }

require_strace() {
  command -v strace >/dev/null || skip "strace is not installed"
  strace -qq -o /dev/null true 2>/dev/null || skip "strace may not trace here (ptrace is not permitted)"
}

# optional NAMES: `a,b` -> `?a,?b`, so that a call which this architecture lacks is no error.
optional() { printf '%s' "$1" | sed 's/[^,]\{1,\}/?&/g'; }

# run_shell COMMAND: a --setup, --check or --final command, quiet unless it fails.
run_shell() { sh -c "$1" >"$work/shell" 2>&1; }

# traced OPTIONS... -- COMMAND...: the command under strace and a time limit; output in $work/stdout, $work/stderr.
traced() { timeout -k 5 "$limit" strace -f -qq "$@" </dev/null >"$work/stdout" 2>"$work/stderr"; }

# list_points CALLS MATCH COMMAND...: runs the command undisturbed and writes "call k" lines to $work/points.
list_points() {
  local calls=$1 match=$2
  shift 2
  [ -z "$setup" ] || run_shell "$setup" || { cat "$work/shell" >&2; usage_error "--setup failed"; }
  traced -y -s 200 -o "$work/base" -e trace="$(optional "$calls")" -- "$@"
  local status=$?
  [ $status = "$expect" ] || { cat "$work/stderr" >&2; usage_error "undisturbed, the command exits $status, not $expect"; }
  # Of each call every N-th point, and of those at most max, spread evenly with the last among them.
  awk -v match_="$match" -v every="$every" -v max="$max" '
    $2 ~ /^[a-z0-9_]+\(/ {
      call = substr($2, 1, index($2, "(") - 1)
      k = ++seen[$1 " " call]
      if (match_ != "" && $0 !~ match_) next
      if (done[call " " k]++) next
      if (seq[call]++ % every == 0) points[call] = points[call] " " k
    }
    END {
      for (call in points) {
        n = split(points[call], list, " "); m = (max == 0 || n < max) ? n : max
        for (i = 1; i <= m; i++) print call, list[int(i * n / m)]
      }
    }' "$work/base" | sort >"$work/points"
  [ -s "$work/points" ] || usage_error "no system call matches"
}

# is_trap STATUS: dying of a signal that means a bug (ILL, TRAP, ABRT, BUS, FPE, SEGV).
is_trap() { case $1 in 132|133|134|135|136|139) return 0 ;; *) return 1 ;; esac; }

violation() { bad=$((bad + 1)); printf 'VIOLATION %s\n' "$1"; [ ! -s "$work/shell" ] || sed 's/^/    /' "$work/shell"; }

# rerun COMMAND...: the command once more, undisturbed; then it must have converged, as $final tells.
rerun() {
  [ -n "$final" ] || return 0
  : >"$work/shell"
  timeout -k 5 "$limit" "$@" </dev/null >"$work/stdout" 2>"$work/stderr"; FAULT_STATUS=$?
  if [ $FAULT_STATUS != "$expect" ]; then
    cp "$work/stderr" "$work/shell"; violation "$point: the rerun exits $FAULT_STATUS, not $expect (I4)"
  else
    run_shell "$final" || violation "$point: not converged after a rerun (I4)"
  fi
}
