#!/bin/bash
# Checks what the tools read and write against implementations that are not ours; README.md says which.
#
#   Tests/Interop/run.sh BIN VENV [check ...]
#
# BIN   folder of the tools: .build/release
# VENV  Python environment, made here when it is missing or requirements.txt changed
# Real and crafted recordings are read from $AV_SHARED_DATA, or ../shared/data beside the repository; checks that need
# them are skipped where they are absent. Exit 1 when a check failed.
set -uo pipefail

usage() { sed -n 's/^# \{0,1\}//p' "$0" | sed -n '2,9p' >&2; exit 2; }
[ $# -ge 2 ] || usage
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
bin=$(cd "$1" 2>/dev/null && pwd) || { echo "no folder $1" >&2; exit 2; }
for tool in av-extract av-meta; do
  [ -x "$bin/$tool" ] || { echo "no $tool in $1: make release" >&2; exit 2; }
done
venv=$2
shift 2
checks=("$@")
# Joined by plus signs: one after another in one folder, where the later ones find what the earlier ones extracted.
[ ${#checks[@]} -gt 0 ] || checks=(parquet_matrix inspection+bags+images+clouds+damage+parquet_readers delta find find_frames scenes mdf4
  mdf4bus tdms canbus lineage bagit_verdicts sample_drive metrics parquet_read map sync enrich projections labels)

if [ ! -x "$venv/bin/python" ] || ! cmp -s "$here/requirements.txt" "$venv/requirements.txt"; then
  python3 -m venv "$venv" || { echo "no virtual environment: apt-get install python3-venv" >&2; exit 1; }
  "$venv/bin/pip" install --quiet --disable-pip-version-check -r "$here/requirements.txt" || exit 1
  cp "$here/requirements.txt" "$venv/requirements.txt"
fi
python=$(cd "$venv/bin" && pwd)/python

everything=$(mktemp -d)
trap 'rm -rf "$everything"' EXIT
trap 'exit 130' INT TERM
note() { printf '%s\n' "$1" | tee -a "$results"; }

# A script prints a line a check; one that ends early has failed, whatever it printed before.
check() { # name, script and arguments
  local name=$1 code before
  shift
  before=$(grep -c '^FAIL' "$results")
  "$python" "$@" 2>"$scratch/errors" | tee -a "$results"
  code=${PIPESTATUS[0]}
  if [ "$code" -ne 0 ] && [ "$(grep -c '^FAIL' "$results")" -eq "$before" ]; then
    note "FAIL $name: ended with $code"
    tail -5 "$scratch/errors" >&2
  fi
}

# The scripts that have a manner of their own: their last line is their result.
foreign() { # name, script and arguments
  local name=$1 last
  shift
  if "$python" "$@" >"$scratch/output" 2>"$scratch/errors"; then
    last=$(grep -v '^skipped' "$scratch/output" | paste -sd ';' | sed 's/;/; /g')
    note "pass $name: $last"
  else
    note "FAIL $name"
    tail -20 "$scratch/output" "$scratch/errors"
  fi
  sed -n "s/^skipped/skip $name:/p" "$scratch/output" | tee -a "$results"
}

# The files are written by a test, since no tool writes tables of every kind.
matrix() {
  local files=$scratch/matrix readers=(pyarrow duckdb polars)
  if ! command -v java >/dev/null; then
    note "skip parquet_matrix: Spark: no java"
  else
    readers+=(spark spark-rows)
  fi
  if ! (cd "$root" && swift build --build-tests && AV_PARQUET_OUT="$files" swift test --skip-build \
    --disable-xctest --filter matrixFiles) >"$scratch/output" 2>&1; then
    note "FAIL parquet_matrix: the files could not be made"
    tail -20 "$scratch/output"
    return
  fi
  foreign parquet_matrix "$here/parquet_matrix.py" "$files" "${readers[@]}"
}

# No tool lists a map, so tests do it.
map() {
  local files=$scratch/map
  mkdir -p "$files"
  if ! "$python" "$here/map.py" prepare "$files" >"$scratch/output" 2>&1 || ! (cd "$root" && swift build --build-tests &&
    AV_MAP_INTEROP="$files" swift test --skip-build --disable-xctest --filter MapInteropTests) >"$scratch/output" 2>&1; then
    note "FAIL map: the lists could not be made"
    tail -20 "$scratch/output"
    return
  fi
  foreign map "$here/map.py" compare "$files"
}

run_check() { # name
  local last
  case $1 in
  parquet_matrix) matrix ;;
  map) map ;;
  metrics)
    if ! command -v promtool >/dev/null; then
      note "skip metrics: no promtool (Debian package prometheus)"
    elif last=$("$here/metrics.sh" "$bin" 2>"$scratch/errors"); then
      note "pass $last"
    else
      note "FAIL metrics"
      tail -5 "$scratch/errors" >&2
    fi
    ;;
  sample_drive)
    if [ -x "$bin/sample-drive" ]; then
      foreign sample_drive "$here/sample_drive.py" "$bin/sample-drive"
    else
      note "skip sample_drive: sample-drive is not built"
    fi
    ;;
  *) check "$1" "$here/$1.py" "$bin" "$scratch" ;;
  esac
}

# As many at once as there are processors; what a check prints is kept together.
start=$SECONDS
for name in "${checks[@]}"; do
  while [ "$(jobs -rp | wc -l)" -ge "$(nproc)" ]; do wait -n; done
  {
    began=$SECONDS scratch=$everything/$name results=$everything/$name.results
    mkdir -p "$scratch"
    : >"$results"
    for one in ${name//+/ }; do run_check "$one"; done >"$everything/$name.log" 2>&1
    flock "$everything" cat "$everything/$name.log"
    echo "$name: $((SECONDS - began)) s" >&2
    rm -rf "$scratch"
  } &
done
wait
cat "$everything"/*.results >"$everything/all"
passed=$(grep -c '^pass' "$everything/all")
failed=$(grep -c '^FAIL' "$everything/all")
skipped=$(grep -c '^skip' "$everything/all")
line="$passed passed, $failed failed"
[ "$skipped" -eq 0 ] || line+=", $skipped skipped"
echo "$line"
# Once more, where whoever sees only the end of the output finds them.
grep -h '^FAIL' "$everything/all"
echo "in $((SECONDS - start)) s" >&2
[ "$failed" -eq 0 ]
