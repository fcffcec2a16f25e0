#!/bin/sh
# Pictures out to a partner and labels back: labels.sh LAKE PARTNER ENRICHED.jsonl [OPTION...]. The records of the
# enriched datastreams choose the drives, options of av-label-export their pictures. What the partner returns lies in
# LAKE/returns/PARTNER, a folder a return; what is wrong with one is told, and the others are imported. Run it as often
# as you like: what was exported or imported before is skipped.
set -eu
lake=$1
partner=$2
records=$3
shift 3
returns=$lake/returns/$partner
mkdir -p "$returns"

av-label-export --lake "$lake" --partner "$partner" --copy "$@" <"$records" |
  jq -r 'select(.type == "datastream") | [.status, .rows, .path] | @tsv'

status=0
for return in "$returns"/*; do
  [ -e "$return" ] || continue
  av-label-export --lake "$lake" --import "$return" |
    jq -r 'if .type == "finding" then [.severity, .code, .pointer, .msg] else [.status, .rows, .path] end | @tsv' || status=1
done
exit $status
