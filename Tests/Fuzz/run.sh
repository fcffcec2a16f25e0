#!/bin/sh
# Tests/Fuzz/run.sh SECONDS [TARGET...]
#
# Builds the fuzzer, replays corpus/ and failures/ of each target, then fuzzes each for SECONDS (0: replay only).
# An input that is found to fail is kept in failures/TARGET/, and the exit is 1. What else was learned stays in
# .build/fuzz/corpus and is where the next run goes on. AV_FUZZ_RUNS=N ends each target after N executions instead.
# Lists of targets, limits and inputs are words; none has blanks.
# shellcheck disable=SC2086
set -eu

all="bag mdf4 tdms formula definition json records configuration text glob codec image metadata cloud lineage manifest dbc parquet osm enrich find scenes delta coco openlabel"
seconds=${1:?usage: Tests/Fuzz/run.sh SECONDS [TARGET...]}
shift
[ $# -gt 0 ] || set -- $all

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
build=$root/.build/fuzz
fuzz=$build/release/fuzz

command -v swiftc >/dev/null || {
  echo "fuzz: there is no swiftc" >&2
  exit 1
}
# The runtime that the compiler should bring is the only thing a machine may lack.
runtime=$(dirname "$(readlink -f "$(command -v swiftc)")")/../lib/clang
if ! find -L "$runtime" -name 'libclang_rt.fuzzer*' 2>/dev/null | grep -q .; then
  echo "fuzz: SKIPPED, nothing was tested: this Swift toolchain has no libFuzzer runtime (libclang_rt.fuzzer)" >&2
  exit 0
fi

log=$(mktemp)
AV_FUZZ_SCRATCH=$(mktemp -d /dev/shm/av-fuzz-XXXXXX)
trap 'rm -rf "$log" "$AV_FUZZ_SCRATCH"' EXIT
trap 'exit 130' INT TERM
export AV_FUZZ_SCRATCH AV_FUZZ_TARGET

# Not `--sanitize fuzzer --sanitize address`: SwiftPM passes them in any order, and only where the fuzzer is last does
# the compiler (6.3.1) instrument for coverage.
if ! AV_FUZZ=1 nice swift build --package-path "$root" --scratch-path "$build" -c release --product fuzz \
  --sanitize fuzzer -Xswiftc -sanitize=address,fuzzer >"$log" 2>&1; then
  cat "$log" >&2
  echo "fuzz: the fuzzer does not build" >&2
  exit 1
fi

# The crash handler of Swift would stay behind and hold the pipe. One processor: readers then start no threads.
export SWIFT_BACKTRACE=enable=no ASAN_OPTIONS=malloc_context_size=4:quarantine_size_mb=8
limits="-rss_limit_mb=2048 -malloc_limit_mb=600 -timeout=10 -print_final_stats=1"
run() { nice taskset -c "${AV_FUZZ_CPU:-0}" "$fuzz" $limits "$@" >"$log" 2>&1; }

status=0
for target in "$@"; do
  AV_FUZZ_TARGET=$target
  kept=$here/failures/$target
  fail() {
    status=1
    grep -E 'invariant|ERROR|SUMMARY|Fatal|swift:[0-9]' "$log" | head -12 >&2 || tail -5 "$log" >&2
    echo "fuzz: $target FAILED; again with" >&2
    echo "  SWIFT_BACKTRACE=enable=no AV_FUZZ_SCRATCH=\$(mktemp -d) AV_FUZZ_TARGET=$target .build/fuzz/release/fuzz $1" >&2
  }

  inputs=$(find "$here/corpus/$target" "$kept" -type f 2>/dev/null || true)
  if ! run $inputs; then
    last=$(sed -n 's/^Running: //p' "$log" | tail -1)
    fail "${last#"$root"/}"
    continue
  fi
  if ! grep -q 'INFO: Loaded .* counters' "$log"; then
    echo "fuzz: the fuzzer was built without coverage, and would find nothing" >&2
    exit 1
  fi
  count=$(echo "$inputs" | grep -c . || true)
  if [ "$seconds" -eq 0 ]; then
    echo "fuzz: $target: $count inputs replayed"
    continue
  fi

  learned=$build/corpus/$target
  mkdir -p "$learned" "$kept"
  dictionary=$here/dictionaries/$target.dict
  [ -f "$dictionary" ] && dictionary=-dict=$dictionary || dictionary=
  if ! run $dictionary -max_len=8192 -max_total_time="$seconds" -runs="${AV_FUZZ_RUNS:--1}" \
    -artifact_prefix="$kept/" "$learned" "$here/corpus/$target"; then
    found=$(sed -n 's/.*Test unit written to //p' "$log" | tail -1)
    fail "${found#"$root"/}"
    continue
  fi
  rmdir "$kept" 2>/dev/null || true
  executions=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
  peak=$(sed -n 's/^stat::peak_rss_mb: *//p' "$log")
  echo "fuzz: $target: $count inputs replayed, $executions executions, peak $peak MB"
done
exit $status
