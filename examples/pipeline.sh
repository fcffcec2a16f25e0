#!/bin/sh
# Landing to extracted, with jq in the middle: pipeline.sh LAKE VIN [OPTION...]. Only drives of one vehicle are
# extracted, with the options of av-extract that are given (--dbc vehicle.dbc); the records of every step are kept
# beside, so that each can be run again by itself.
set -eu
lake=$1
vin=$2
shift 2
log=$lake/pipeline
mkdir -p "$log"

av-validate --lake "$lake" --landing --level deep |
  tee "$log/validation.jsonl" |
  av-ingest --lake "$lake" |
  tee "$log/raw.jsonl" |
  jq -c --arg vin "$vin" 'select(.type == "datastream" and .vin == $vin)' |
  av-extract --lake "$lake" "$@" >"$log/extracted.jsonl"

jq -r '[.vin, .state, .rows, .files] | @tsv' "$log/extracted.jsonl"
