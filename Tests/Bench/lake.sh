#!/bin/bash
# A lake of many small measurements: how long ingest takes to make it, and to find that there is nothing to do.
#   lake.sh BIN [MEASUREMENTS] [FOLDER]      FOLDER stays, and is used again when it is there
set -euo pipefail
bin=$(realpath "$1")
count=${2:-10000}
folder=${3:-}
if [ -z "$folder" ]; then
  folder=$(mktemp -d)
  trap 'rm -rf "$folder"' EXIT
fi
mkdir -p "$folder"
cd "$folder"
timed() { # label, command
  TIMEFORMAT="$1	%R s, of these %U user and %S system"
  time "${@:2}"
}
quiet() { "$@" >/dev/null </dev/null; }

if [ ! -d lake ]; then
  "$bin/av-meta" init --lake lake >/dev/null
  python3 - "$count" <<'PYTHON'
import hashlib, json, os, sys, uuid

for number in range(int(sys.argv[1])):
    folder = f"lake/landing/m{number:06}"
    os.makedirs(folder)
    data = f"measurement {number}\n".encode()
    open(f"{folder}/a.bin", "wb").write(data)
    manifest = {
        "schema": "av.manifest/1", "measurement": str(uuid.uuid5(uuid.NAMESPACE_OID, str(number))),
        "vin": f"VIN{number % 100:05}", "start": "2026-01-01T00:00:00Z", "end": "2026-01-01T00:01:00Z",
        "region": "eu", "driver": "d-1",
        "files": [{"path": "a.bin", "bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}],
    }
    json.dump(manifest, open(f"{folder}/manifest.json", "w"))
PYTHON
  sync
  timed "ingest of $count new" quiet "$bin/av-ingest" --lake lake --landing -q
fi
if [ ! -s records.jsonl ]; then
  # What av-validate said of each before it was taken.
  "$bin/av-meta" log --lake lake --event measurement.created </dev/null |
    jq -c '{schema:"av.validation/1",type:"validation",path:.source,verdict:"good",level:"hash",
      measurement:.measurement,manifest:.manifest}' >records.jsonl
fi
echo "log: $(cat lake/lineage/*.jsonl | wc -lc)"
for round in 1 2 3; do timed "rerun $round, empty landing" quiet "$bin/av-ingest" --lake lake --landing -q; done
records() { "$bin/av-ingest" --lake lake -q <records.jsonl >/dev/null; }
for round in 1 2 3; do timed "rerun $round, $count records" records; done
operands() { jq -r .path records.jsonl | "$bin/av-ingest" --lake lake -q --files-from - >/dev/null; }
timed "rerun, $count names" operands
