#!/bin/bash
# Kills av-ingest at every k-th system call that touches the lake, and checks what is left, then what a rerun makes of it.
#
# usage: ingest_kill.sh [BIN] [MAX]     tools (default .build/debug), points per system call (default 4, 0 for all)
#
# At any instant: every file of the manifest is somewhere as a whole (I1), COPY_COMPLETE means that raw and archive have
# it (I2), nothing half has a final name (I3), the log's chain holds (I7). After a plain rerun: as if nothing had
# happened (I4), one raw datastream (I5). Exit: 0 none violated, 1 violations, 77 skipped (strace is missing).
set -u
bin=$(cd "${1:-.build/debug}" && pwd) || exit 2
max=${2:-4}
command -v strace >/dev/null || { echo "ingest_kill: strace is not installed: skipped" >&2; exit 77; }
work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT
strace -o /dev/null true 2>/dev/null || { echo "ingest_kill: tracing is not permitted: skipped" >&2; exit 77; }
lake=$work/lake new=$work/new
calls=openat,openat2,read,pread64,write,fallocate,fsync,fdatasync,close,renameat2,unlinkat,mkdirat,fchmod,utimensat,flock

"$bin/av-meta" init --lake "$new" >/dev/null || exit 2
mkdir "$new/landing/m1" "$new/landing/m1/deep"
printf 'alpha\n' >"$new/landing/m1/a.bin"
head -c 3000000 /dev/zero | tr '\0' 'x' >"$new/landing/m1/deep/b.bin"
file() { # path: its entry in the manifest
  printf '{"path":"%s","bytes":%s,"sha256":"%s"}' "$1" "$(wc -c <"$new/landing/m1/$1")" \
    "$(sha256sum <"$new/landing/m1/$1" | cut -c1-64)"
}
printf '{"schema":"av.manifest/1","measurement":"210b1ba7-9184-4840-a1c8-ebf397b7c686","vin":"KA1",%s[%s,%s]}\n' \
  '"start":"2022-09-30T08:36:40Z","files":' "$(file a.bin)" "$(file deep/b.bin)" >"$new/landing/m1/manifest.json"
names=$(cd "$new/landing/m1" && find . -type f | sort)
(cd "$new/landing/m1" && find . -type f -exec sha256sum {} +) | sort >"$work/sums"

bad=0 points=0
violation() { bad=$((bad + 1)); printf 'VIOLATION %s: %s\n' "$point" "$*"; }
# The folders of raw and archive in which a measurement is whole or half; what begins with a dot is nobody's yet.
published() { find "$lake/raw" "$lake/archive" -name '.*' -prune -o -name manifest.json -print | sed 's|/manifest.json$||'; }
state() { cat "$lake"/lineage/*.jsonl 2>/dev/null | sed -n 's/.*"datastream.state".*"to":"\([A-Z_]*\)".*/\1/p' | tail -1; }
invariants() {
  local folder hex path count=0
  while read -r hex path; do
    find "$lake/landing" "$lake/raw" "$lake/archive" "$lake/error" -name '.*' -prune -o -type f -name "${path##*/}" \
      -exec sha256sum {} + | grep "^$hex" >/dev/null || violation "I1: $path is lost"
  done <"$work/sums"
  for folder in $(published); do
    count=$((count + 1))
    [ "$(cd "$folder" && find . -type f | sort)" = "$names" ] || violation "I3: $folder is half"
    (cd "$folder" && sha256sum --quiet -c "$work/sums" >/dev/null 2>&1) || violation "I2: $folder differs"
  done
  [ "$(state)" != COPY_COMPLETE ] || [ "$count" = 2 ] || violation "I2: COPY_COMPLETE with $count copies"
  [ "$(state)" = COPY_COMPLETE ] || (cd "$lake/landing/m1" && sha256sum --quiet -c "$work/sums" >/dev/null 2>&1) ||
    violation "landing was touched before COPY_COMPLETE"
}
converged() {
  [ -z "$(ls "$lake/landing")" ] || violation "I4: landing has $(cd "$lake/landing" && echo ./*/*)"
  [ "$(published | wc -l)" = 2 ] || violation "I5: $(published | wc -l) folders"
  [ -z "$(find "$lake" -name '.av-*' -o -path '*/leases/*' ! -name .now)" ] || violation "I4: leftovers"
  grep -qh '"landing.cleared"' "$lake"/lineage/*.jsonl || violation "I4: landing.cleared is not recorded"
  "$bin/av-meta" verify --lake "$lake" --level hash >"$work/verify" || violation "I7: $(tail -1 "$work/verify")"
}
fresh() { rm -rf "$lake" && cp -a "$new" "$lake"; }

# One undisturbed run tells how often each call touches the lake.
fresh
point=undisturbed
strace -f -y -o "$work/trace" -e trace="$calls" "$bin/av-ingest" --lake "$lake" -j1 </dev/null >/dev/null || violation "exit $?"
invariants
converged
awk -v lake="$lake" '{
  call = $2; sub(/\(.*/, "", call); if (call !~ /^[a-z0-9]+$/) next
  n[call]++; if (index($0, lake)) print call, n[call]
}' "$work/trace" >"$work/all"
# Of each call at most so many points, evenly spread, the last among them.
awk -v max="$max" '{ list[$1] = list[$1] " " $2; count[$1]++ } END {
  for (call in list) { n = split(list[call], k, " "); m = (max == 0 || n < max) ? n : max
    for (i = 1; i <= m; i++) print call, k[int(i * n / m)] } }' "$work/all" | sort >"$work/points"
while read -r call k; do
  points=$((points + 1)) point="kill at $call#$k"
  fresh
  # The shell's own word about a killed command is of no interest.
  { strace -f -o /dev/null -e trace="$call" -e inject="$call:signal=KILL:when=$k" \
    "$bin/av-ingest" --lake "$lake" -j1 </dev/null >/dev/null 2>&1; } 2>/dev/null
  invariants
  "$bin/av-ingest" --lake "$lake" -j1 </dev/null >"$work/stdout" 2>"$work/stderr"
  code=$?
  [ $code = 0 ] || violation "I4: the rerun exits $code: $(head -1 "$work/stderr")"
  invariants
  converged
done <"$work/points"
echo "ingest_kill: points=$points violations=$bad"
[ $bad = 0 ]
