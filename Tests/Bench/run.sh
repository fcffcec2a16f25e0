#!/bin/bash
# Speed and memory beside other readers and the floors: run.sh BIN. Writes RESULTS.md; every figure is of this one run.
#   seconds=20 small=1000000 large=220 runs=3 mdf=200 frames=4000000 ; large=0 leaves out the 4 GB bag, mdf_large=0 the MDF4 file of 3 GB
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
bin=$(cd "$1" && pwd)
data=${AV_BENCH_DATA:-$here/../../.build/bench}
venv=${AV_VENV:-$here/../../.build/interop}
seconds=${seconds:-20} small=${small:-1000000} large=${large:-220} runs=${runs:-3}
mdf=${mdf:-200} frames=${frames:-4000000} mdf_large=${mdf_large:-3000}
mkdir -p "$data"
if [ ! -x "$venv/bin/python" ]; then
  python3 -m venv "$venv"
  "$venv/bin/pip" install -q -r "$here/../Interop/requirements.txt"
fi
python=$venv/bin/python

generate() { # file, arguments
  [ -e "$data/$1" ] || "$python" "$here/gen_bags.py" "$data" "${@:2}" >&2
}
generate av_none.bag --seconds "$seconds" --compression none,lz4,bz2
generate "can_$small.bag" --seconds 0 --small "$small"
rows=$data/rows.jsonl
: >"$rows"
measure() { "$python" "$here/bench_bags.py" --python "$python" --runs "$runs" "$@" >>"$rows" || true; }

inspect="av-meta inspect=$bin/av-meta inspect {}"
scan="every message walked (inspect --deep)=$bin/av-meta inspect --deep {}"
export OUT=$data/out
extract="av-extract everything=$bin/av-extract {} -f -o $OUT"
way="the Python way=rm -rf $OUT.py && $python $here/python_way.py {} $OUT.py"
for bag in none lz4; do
  measure "$data/av_$bag.bag" --tool "$inspect" --tool "$scan" --tool "$extract" --tool "$way" --skip "python3-rosbag decoded,freq"
done
runs=1 measure "$data/av_bz2.bag" --tool "$inspect" --tool "$scan" --tool "$extract" --tool "$way" --skip "python3-rosbag,freq,rosbags raw,rosbags open,pbzip2,way"
measure "$data/can_$small.bag" --tool "$inspect" --tool "$scan" --tool "$extract" --skip "python3-rosbag decoded,freq"
if [ "$large" -gt 0 ]; then
  mkdir -p "$data/large"
  [ -e "$data/large/av_none.bag" ] || "$python" "$here/gen_bags.py" "$data/large" --seconds "$large" --compression none >&2
  runs=1 measure "$data/large/av_none.bag" --tool "$inspect" --tool "$scan" --tool "$extract" --only "tool,cat,librosbag,rosbag info"
fi
rm -rf "$OUT" "$OUT.py"
# What is measured by hand stays.
kept=$(sed -n '/^## A lake of/,$p' "$here/RESULTS.md")
"$python" "$here/table.py" "$rows" "make bench" >"$here/RESULTS.md"
"$python" "$here/bench_ingest.py" "$bin" --work "$data/ingest" --runs "$runs" >>"$here/RESULTS.md"
"$python" "$here/gen_mdf.py" "$data/mdf4" --mb "$mdf" --frames "$frames" --large "$mdf_large"
"$python" "$here/bench_mdf.py" "$bin" "$data/mdf4" --runs "$runs" >>"$here/RESULTS.md"
[ -z "$kept" ] || printf '%s\n' "$kept" >>"$here/RESULTS.md"
cat "$here/RESULTS.md"
