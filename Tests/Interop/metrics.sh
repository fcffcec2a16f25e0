#!/bin/bash
# The metrics file of av-ingest, while it runs and at each way to end, and the alerts, by Prometheus' promtool.
#   metrics.sh BIN
set -euo pipefail
bin=$(realpath "$1")
cd "$(dirname "$0")/../.."
if ! command -v promtool >/dev/null; then
  echo "metrics: promtool is not installed (Debian package prometheus): SKIPPED" >&2
  exit 0
fi
promtool check rules examples/prometheus/*.yml >/dev/null
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
lake=$scratch/lake
"$bin/av-meta" init --lake "$lake" >/dev/null
"$bin/sample-drive" --seconds 1 -o "$lake/landing/m1" >/dev/null
ingest() { "$bin/av-ingest" --lake "$lake" -q --metrics-file "$scratch/$1.prom" "${@:2}" >/dev/null 2>&1; }
check() { # name, wanted exit code, found exit code
  [ "$2" = "$3" ] || { echo "metrics: $1 ended with $3, not $2" >&2; exit 1; }
  promtool check metrics <"$scratch/$1.prom"
  grep -qx "av_last_exit_code{verb=\"av-ingest\"} $2" "$scratch/$1.prom"
}
run() { # name, wanted exit code, options
  local code=0
  ingest "$1" "${@:3}" </dev/null || code=$?
  check "$1" "$2" "$code"
}
run late 6 --landing --max-runtime 0s
mkfifo "$scratch/records"
{ "$bin/av-validate" -q --lake "$lake" --landing; sleep 4; } >"$scratch/records" &
ingest running -j1 --expect-duration 1s <"$scratch/records" &
first=$!
sleep 3
promtool check metrics <"$scratch/running.prom"
grep -qx 'av_run_overdue{verb="av-ingest"} 1' "$scratch/running.prom"
run busy 5 --landing
wait $first
check running 0 0
run nothing 0 --landing
sed -i "s/\"run.start\"/\"run.begin\"/" "$lake"/lineage/*.jsonl
run integrity 7 --landing
[ "$(find "$scratch" -maxdepth 1 -name '*.prom.*' | wc -l)" = 0 ]
echo "metrics: promtool finds no fault with 5 files and the alerts"
