#!/usr/bin/env python3
"""How long the index of a large lake takes to make and to follow, and each kind of search: the table for RESULTS.md.

    bench_find.py BIN LAKE [--measurements 100000] [--keep]     LAKE is made by gen_lake.py where it is not there
"""
import argparse
import glob
import os
import random
import subprocess
import sys

import gen_lake
import measured

SEARCHES = [
    ("measurements of a vehicle", "measurements --vin VIN000007"),
    ("measurements, a tag", "measurements --tag weather=rain --limit 100"),
    ("measurements, a word", "measurements --text construction --limit 100"),
    ("measurements with a type of scene", "measurements --scene u_turn --limit 100"),
    ("measurements of a month within 5 km of a place",
     "measurements --since 2022-03-01T00:00:00Z --until 2022-04-01T00:00:00Z --near 48.1372,11.5755,5km --limit 100"),
    ("streams of a zone and state", "streams --zone extracted --state FAILED --limit 100"),
    ("streams with a rare tag", "streams --tag campaign=c3"),
    ("files of a format", "files --format-of mdf4 --limit 100"),
    ("files with a topic", "files --topic /lidar/** --limit 100"),
    ("frames with pedestrians", "frames --class pedestrian --limit 100"),
    ("frames with pedestrians at night, faster than 20 m/s",
     "frames --class pedestrian --where|light = 'night' and speed_mps > 20 --limit 100"),
    ("frames of a vehicle", "frames --vin VIN000007 --limit 100"),
    ("scenes of a type", "scenes --scene hard_brake --limit 100"),
    ("scenes of a type and vehicle", "scenes --scene hard_brake --vin VIN000007 --limit 100"),
    ("scenes within a kilometre", "scenes --near 48.1372,11.5755,1km --limit 100"),
    ("scenes of two types on a day",
     "scenes --scene u_turn --scene cut_in --since 2022-05-01T00:00:00Z --until 2022-05-02T00:00:00Z"),
    ("labels of a class", "labels --class pedestrian --limit 100"),
    ("runs of an outcome", "runs --state partial --limit 100"),
    ("errors", "errors --limit 100"),
]

DUCKDB = {
    "measurements of a vehicle":
        "SELECT DISTINCT measurement FROM log WHERE event = 'measurement.created' AND vin = 'VIN000007'",
    "measurements, a tag":
        """SELECT measurement FROM (SELECT target.measurement AS measurement, source,
           arg_max(coalesce(value, ''), (time, writer, seq)) AS value
           FROM log WHERE event = 'tag' AND key = 'weather' AND target.measurement IS NOT NULL GROUP BY ALL)
           WHERE value = 'rain' ORDER BY 1 LIMIT 100""",
    "streams of a zone and state":
        """SELECT c.datastream FROM (SELECT datastream FROM log WHERE event = 'datastream.created' AND zone = 'extracted') c
           JOIN (SELECT datastream, arg_max("to", (time, writer, seq)) AS state FROM log
           WHERE event = 'datastream.state' GROUP BY 1) s USING (datastream) WHERE state = 'FAILED' ORDER BY 1 LIMIT 100""",
    "runs of an outcome": "SELECT run FROM log WHERE event = 'run.end' AND outcome = 'partial' ORDER BY 1 LIMIT 100",
}
LOG = """CREATE VIEW log AS SELECT *, filename AS writer FROM read_json('{}/lineage/*.jsonl', format='newline_delimited',
filename=true, maximum_object_size=1048576, columns={{time: 'VARCHAR', seq: 'BIGINT', run: 'VARCHAR', event: 'VARCHAR',
measurement: 'VARCHAR', vin: 'VARCHAR', datastream: 'VARCHAR', zone: 'VARCHAR', "to": 'VARCHAR', outcome: 'VARCHAR',
target: 'STRUCT(measurement VARCHAR, datastream VARCHAR)', key: 'VARCHAR', value: 'VARCHAR', source: 'VARCHAR'}})"""


def words(search):
    """Split at blanks; what follows a bar up to the next option is one word."""
    head, _, tail = search.partition("|")
    if not tail:
        return head.split()
    condition, _, rest = tail.partition(" --")
    return head.split() + [condition] + ("--" + rest).split()


def append(lake, count):
    """Events of a new writer: tags of measurements that are there."""
    log = os.path.join(lake, "lineage")
    number = len(glob.glob(log + "/*.jsonl"))
    with open(sorted(glob.glob(log + "/host-00.jsonl"))[0], "rb") as file:
        known = [line.split(b'"measurement":"')[1][:36].decode() for line in file.readlines(20_000_000)
                 if b'"event":"measurement.created"' in line]
    writer = gen_lake.Writer(log, f"host-{number + 10}", random.Random(number))
    now = 4_000_000_000_000_000_000
    writer.open(now)
    run = f"0192f0c1-2d3e-7abc-8def-{number:012x}"
    writer.add(now, run, "run.start", ',"tool":"av-meta","version":"0.1.0","args":["tag"],"host":"desk","pid":1,"user":"ann"')
    for index in range(count):
        writer.add(now, run, "tag", f',"target":{{"measurement":"{known[index % len(known)]}"}},"key":"k{index}",'
                                    f'"value":"v","source":"user"')
    writer.close()


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("bin")
    parser.add_argument("lake")
    parser.add_argument("--measurements", type=int, default=100_000)
    parser.add_argument("--keep", action="store_true", help="do not make the index anew")
    given = parser.parse_args()
    if not os.path.exists(given.lake):
        gen_lake.generate(given.lake, given.measurements, streams=11, scenes=51, frames=300, messy=True)
    find = [os.path.join(given.bin, "av-meta"), "find", "--lake", given.lake, "--json"]
    logs = glob.glob(given.lake + "/lineage/*.jsonl")
    events = sum(int(subprocess.check_output(["wc", "-l", path]).split()[0]) for path in logs)
    print(f"{events:,} events in {len(logs)} logs of {sum(map(os.path.getsize, logs)) / 1e9:.1f} GB; load when it began "
          f"{os.getloadavg()[0]:.1f}.\n")
    print("| job | wall s | CPU s | peak MB |\n|---|---:|---:|---:|")
    index = os.path.join(given.lake, "lineage/index.sqlite")
    if os.path.exists(index) and not given.keep:
        os.remove(index)

    def row(name, use):
        print(f"| {name} | {use.wall:.2f} | {use.cpu:.2f} | {use.peak:.0f} |", flush=True)
    if not given.keep:
        row("index made anew", measured.best(find + ["measurements", "--limit", "1"], 1))
    append(given.lake, 1000)
    row("1,002 new events followed, and a search", measured.best(find + ["measurements", "--limit", "1"], 1))

    print("\n| search | results | wall s | CPU s | DuckDB over the log, wall s | CPU s |\n|---|---:|---:|---:|---:|---:|")
    for name, search in SEARCHES:
        command = find + words(search)
        found = subprocess.run(command, stdout=subprocess.PIPE, check=False).stdout.count(b"\n")
        use = measured.best(command, 3)
        peer = ""
        if name in DUCKDB:
            sql = f"import duckdb; duckdb.execute('SET enable_progress_bar = false'); "\
                  f"duckdb.execute({LOG.format(given.lake)!r}); print(len(duckdb.execute({DUCKDB[name]!r}).fetchall()))"
            other = measured.best([sys.executable, "-c", sql], 2)
            count = int(subprocess.check_output([sys.executable, "-c", sql]))
            peer = f"{other.wall:.2f} | {other.cpu:.2f}" + ("" if count == found else f" (found {count})")
        print(f"| {name} | {found} | {use.wall:.3f} | {use.cpu:.3f} | {peer or ' | '} |", flush=True)


if __name__ == "__main__":
    main()
