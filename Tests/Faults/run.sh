#!/bin/bash
# Injects faults into the tools and checks, independently of them, that no drive is lost and no claim is false.
#
# usage: run.sh [BIN] [MAX] [NAME...]   tools (default .build/release), points per system call and sweep (default 3, 0 for
#                                       all), and which parts: kill errno power back order short index scenarios (default: all)
#
# Prints how many points of each fault ran. Exit: 0 no violation, 1 violations. What cannot run here is told as SKIPPED.
# Parts are called by their names, with commands that are words; $MNT is for the shells of the sweep.
# shellcheck disable=SC2317,SC2091,SC2016
set -u
here=$(cd "$(dirname "$0")" && pwd)
bin=$(cd "${1:-.build/release}" && pwd) || exit 2
max=${2:-3}
parts="${*:3}"
parts=${parts:-kill errno power back order short index scenarios}
venv=$here/../../.build/faults-venv
export SWIFT_BACKTRACE=enable=no
work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM

python=python3
if [ ! -x "$venv/bin/python" ]; then python3 -m venv "$venv" && "$venv/bin/pip" -q install mfusepy==3.1.1; fi
[ ! -x "$venv/bin/python" ] || python=$venv/bin/python

# Each part has a lake of its own below a path without blanks.
place() { mkdir -p "$work/$1" && printf '%s/lake' "$work/$1"; }
make() { printf 'python3 %s/lake.py make %s %s %s' "$here" "$1" "$bin" "${2:-fresh}"; }
check() { printf 'python3 %s/lake.py check %s %s' "$here" "$1" "${2:-}"; }

kill_part() {
  local lake; lake=$(place kill)
  "$here/sweep.sh" --max "$max" --match "$lake" --setup "$(make "$lake")" --check "$(check "$lake")" \
    --final "$(check "$lake" --final)" -- "$bin/av-ingest" --lake "$lake" -j1
}
errno_part() {
  local lake; lake=$(place errno)
  # Whatever failed, a rerun has to converge; what was parked for good is taken back by --retry, which the check runs.
  "$here/errno_sweep.sh" --max "$max" --match "$lake" --setup "$(make "$lake")" --check "$(check "$lake")" \
    --final "$bin/av-ingest --lake $lake --retry </dev/null >/dev/null && $bin/av-ingest --lake $lake </dev/null && $(check "$lake" --final)" \
    -- "$bin/av-ingest" --lake "$lake" -j1
}
power_part() {
  "$here/powerloss_sweep.py" --max "$max" --match lake --setup "$(make '$MNT/lake')" --check "$(check '$MNT/lake')" \
    --final "$(check '$MNT/lake' --final)" -- "$bin/av-ingest" --lake '{}/lake' -j1
}
# The ways out of raw and back: a rule, hydrate, retry.
back_part() {
  local lake status=0
  lake=$(place kept)
  FAULT_OTHER=1 "$here/sweep.sh" --max "$max" --match "$lake" --setup "$(make "$lake" kept)" --check "$(check "$lake")" \
    --final "$(check "$lake" --archived)" -- "$bin/av-meta" lifecycle --lake "$lake" --apply | sed 's/^/lifecycle: /'
  [ "${PIPESTATUS[0]}" = 0 ] || status=1
  lake=$(place archived)
  "$here/sweep.sh" --max "$max" --match "$lake" --setup "$(make "$lake" archived)" --check "$(check "$lake")" \
    --final "$(check "$lake" --final)" -- "$bin/av-ingest" --lake "$lake" -j1 --hydrate 210b --hydrate 310b | sed 's/^/hydrate: /'
  [ "${PIPESTATUS[0]}" = 0 ] || status=1
  lake=$(place parked)
  # What a killed retry brought back to landing is ingested by a plain run.
  "$here/sweep.sh" --max "$max" --match "$lake" --setup "$(make "$lake" parked)" --check "$(check "$lake")" \
    --final "$bin/av-ingest --lake $lake </dev/null >/dev/null && $(check "$lake" --final)" \
    -- "$bin/av-ingest" --lake "$lake" -j1 --retry | sed 's/^/retry: /'
  [ "${PIPESTATUS[0]}" = 0 ] || status=1
  return "$status"
}
# The index: killed as it follows the log behind a tag, as it is made anew, and asked while others write.
index_part() {
  local lake status=0 index="python3 $here/index.py"
  lake=$(place index)
  "$here/sweep.sh" --max "$max" --match "$lake" --setup "$index make $lake $bin" --check "$index check $lake $bin" \
    -- "$bin/av-meta" tag --lake "$lake" "$($index make "$lake" "$bin"; $index id "$lake" "$bin")" k=v | sed 's/^/index: /'
  [ "${PIPESTATUS[0]}" = 0 ] || status=1
  "$here/sweep.sh" --max "$max" --match "$lake" --setup "$index make $lake $bin && rm $lake/lineage/index.sqlite" \
    --check "$index check $lake $bin" -- "$bin/av-meta" find measurements --lake "$lake" | sed 's/^/index made anew: /'
  [ "${PIPESTATUS[0]}" = 0 ] || status=1
  $index crowd "$lake" "$bin" "$([ "$max" = 0 ] && echo 60 || echo 15)" || status=1
  return "$status"
}
order_part() {
  local lake; lake=$(place order)
  $(make "$lake") && "$here/order_linter.py" --require 2 -- "$bin/av-ingest" --lake "$lake" -j1 </dev/null | tail -n 20
  return "${PIPESTATUS[0]}"
}
short_part() {
  local lake every points=0 bad=0; lake=$(place short)
  cc -shared -fPIC -O2 -o "$work/shortwrite.so" "$here/shortwrite.c" -ldl || return 77
  for every in "1 0" "2 5" "3 2" "0 3"; do
    $(make "$lake")
    SHORT_EVERY=${every% *} EINTR_EVERY=${every#* } LD_PRELOAD=$work/shortwrite.so \
      "$bin/av-ingest" --lake "$lake" </dev/null >"$work/short.out" 2>"$work/short.err"
    FAULT_STATUS=$? FAULT_STDOUT=$work/short.out FAULT_STDERR=$work/short.err $(check "$lake" --final) ||
      { bad=$((bad + 1)); echo "VIOLATION short writes and EINTR every $every"; cat "$work/short.err"; }
    points=$((points + 1))
  done
  echo "short writes and EINTR: points=$points violations=$bad"
  [ "$bad" = 0 ]
}
scenarios_part() {
  local full=''; [ "$max" != 0 ] || full=--full
  # shellcheck disable=SC2086 # an option or nothing
  "$python" "$here/faults.py" --bin "$bin" $full
}

status=0
# The longest first; as many at once as there are processors, each with its output kept together.
run_part() { "${1}_part" >"$work/$1.log" 2>&1; echo $? >"$work/$1.status"; }
jobs=$(nproc)
for part in $parts; do
  while [ "$(jobs -rp | wc -l)" -ge "$jobs" ]; do wait -n; done
  run_part "$part" &
done
wait
for part in $parts; do
  code=$(cat "$work/$part.status")
  cat "$work/$part.log"
  case $code in
    0) ;;
    77) echo "SKIPPED $part" ;;
    *) echo "FAILED $part ($code)"; status=1 ;;
  esac
done
# Once more, where whoever sees only the end of the output finds them.
for part in $parts; do grep -h VIOLATION "$work/$part.log"; done
exit $status
