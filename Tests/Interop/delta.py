#!/usr/bin/env python3
"""Delta tables that delta-append writes, against deltalake (delta-rs), polars, DuckDB and Spark: the same rows, tables
that several engines append to, races of many writers, and a writer killed at every system call.

AV_DELTA_COMMITS says how many commits the race has (1,000 unless told), AV_DELTA_KILLS at how many calls of each kind
the writer is killed (all unless told).
"""
import datetime
import json
import os
import shutil
import subprocess
import sys
import threading
import time

import deltalake
import duckdb
import polars
import pyarrow
import pyarrow.parquet

from interop import Interop

KINDS = ["stop", "hard_brake", "lane-change.left", "u_turn"]
COLUMNS = ["id", "type", "value", "name", "ts", "ok", "small", "single", "tags", "place"]
EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
SCHEMA = pyarrow.schema([
    ("id", pyarrow.int64()), ("type", pyarrow.string()), ("value", pyarrow.float64()), ("name", pyarrow.string()),
    ("ts", pyarrow.timestamp("us", "UTC")), ("ok", pyarrow.bool_()), ("small", pyarrow.int16()),
    ("single", pyarrow.float32()), ("tags", pyarrow.list_(pyarrow.string())),
    ("place", pyarrow.struct([("x", pyarrow.float64()), ("label", pyarrow.string())]))])


def row(i):
    """What delta-append writes for an identifier, stated once more."""
    there = i % 7 != 0
    return (i, KINDS[i % 4], i / 4 if there else None, f"scene {i} ä🚗" if there else None,
            EPOCH + datetime.timedelta(microseconds=1_700_000_000_000_000 + i * 1_000_001), i % 2 == 0, i % 251,
            i % 1000 / 8, [f"{i}-{k}" for k in range(i % 3)], {"x": float(i), "label": f"p{i % 5}"})


def table_of(ids):
    return pyarrow.Table.from_pylist([dict(zip(COLUMNS, row(i))) for i in ids], schema=SCHEMA)


def tuples(dictionaries):
    return sorted((tuple(d[name] for name in COLUMNS) for d in dictionaries), key=lambda found: found[0])


def differences(name, found, ids):
    """How rows differ from those of some identifiers, each once."""
    wanted = [row(i) for i in sorted(ids)]
    if found == wanted:
        return []
    numbers = [r[0] for r in found]
    twice = len(numbers) - len(set(numbers))
    lost = set(ids) - set(numbers)
    changed = [(a, b) for a, b in zip(found, wanted) if a != b][:2]
    return [f"{name}: {len(found)} rows of {len(wanted)}, {len(lost)} lost, {twice} twice; {changed}"]


interop = None


def append(table, *arguments):
    code, out, errors = interop.run("delta-append", "--table", table, *map(str, arguments))
    if code != 0:
        raise RuntimeError(f"delta-append ended with {code}: {errors.strip()[:300]}")
    return [json.loads(line) for line in out.splitlines()]


def ours(table):
    """All rows as our reader has them, with the partition's value of their file."""
    rows = []
    for file in append(table, "--list"):
        for found in pyarrow.parquet.ParquetFile(os.path.join(table, file["path"])).read().to_pylist():
            rows.append(found | file["partition"])
    shown = sorted(found["id"] for found in append(table, "--show"))
    if shown != sorted(found["id"] for found in rows):
        raise RuntimeError("--show and --list differ")
    return tuples(rows)


def theirs(table):
    return tuples(deltalake.DeltaTable(table).to_pyarrow_table().to_pylist())


def compare(table, ids, ids_of_us=True):
    problems = differences("deltalake", theirs(table), ids)
    problems += differences("polars", tuples(polars.read_delta(table).to_dicts()), ids)
    if ids_of_us:
        problems += differences("ours", ours(table), ids)
    return problems


def check_readers(scratch):
    table = os.path.join(scratch, "readers")
    os.makedirs(table)
    for codec in ["zstd", "gzip", "lz4", "none"]:
        start = 1000 * ["zstd", "gzip", "lz4", "none"].index(codec)
        append(table, "--rows", 500, "--commits", 2, "--start", start, "--compression", codec, "--application", codec)
    again = append(table, "--rows", 500, "--commits", 2, "--application", "zstd")
    ids = range(4000)
    problems = [] if [line["version"] for line in again] == [None, None] else [f"a retry committed: {again}"]
    problems += compare(table, ids)
    # Files are pruned by partition values and statistics: what is left must be the same.
    frame = polars.scan_delta(table)
    questions = {
        "type": (polars.col("type") == "lane-change.left", lambda r: r[1] == "lane-change.left"),
        "value": (polars.col("value") > 700.25, lambda r: r[2] is not None and r[2] > 700.25),
        "null": (polars.col("value").is_null(), lambda r: r[2] is None),
        "name": (polars.col("name") >= "scene 999", lambda r: r[3] is not None and r[3] >= "scene 999"),
        "ts": (polars.col("ts") >= row(3000)[4], lambda r: r[4] >= row(3000)[4]),
        "zero": (polars.col("single") == 0.0, lambda r: r[7] == 0.0)}
    for name, (question, answer) in questions.items():
        found, wanted = frame.filter(question).collect().height, sum(answer(row(i)) for i in ids)
        if found != wanted:
            problems.append(f"polars: {name}: {found} rows, wanted {wanted}")
    filters = {"id": (">", 2900), "value": ("<=", 30.0), "type": ("=", "stop")}
    for name, (operator, value) in filters.items():
        found = deltalake.DeltaTable(table).to_pyarrow_table(filters=[(name, operator, value)]).num_rows
        place = COLUMNS.index(name)
        test = {">": lambda a: a > value, "<=": lambda a: a <= value, "=": lambda a: a == value}[operator]
        wanted = sum(row(i)[place] is not None and test(row(i)[place]) for i in ids)
        if found != wanted:
            problems.append(f"deltalake: {name} {operator} {value}: {found} rows, wanted {wanted}")
    interop.judge(f"{len(ids)} rows of 4 codecs by deltalake, polars, {len(questions) + len(filters)} predicates", problems)
    check_duckdb(table, ids)
    check_spark(table, ids)


def check_duckdb(table, ids):
    connection = duckdb.connect()
    try:
        connection.execute("LOAD delta")
        count = connection.execute(f"SELECT count(*) FROM delta_scan('{table}')").fetchone()[0]
        interop.judge("delta_scan of DuckDB", [] if count == len(ids) else [f"{count} rows"])
    except duckdb.Error:
        interop.skipped("delta_scan: DuckDB's delta extension is not installed; its Parquet reader follows")
    files = [os.path.join(table, file["path"]) for file in append(table, "--list")]
    found = connection.execute(
        "SELECT count(*), sum(id), sum(value), count(name), sum(small), count(DISTINCT type) "
        "FROM read_parquet($1, hive_partitioning = true)", [files]).fetchone()
    rows = [row(i) for i in ids]
    wanted = (len(rows), sum(ids), sum(r[2] or 0 for r in rows), sum(r[3] is not None for r in rows),
              sum(r[6] for r in rows), 4)
    interop.judge(f"{len(files)} files by DuckDB", [] if found == wanted else [f"{found}, wanted {wanted}"])


def check_spark(table, ids):
    if not shutil.which("java"):
        return interop.skipped("Spark: no java")
    try:
        from pyspark.sql import SparkSession, functions
    except ImportError:
        return interop.skipped("Spark: no pyspark")
    spark = (SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false")
             .config("spark.sql.session.timeZone", "UTC").getOrCreate())
    spark.sparkContext.setLogLevel("ERROR")
    files = [os.path.join(table, file["path"]) for file in append(table, "--list")]
    frame = spark.read.option("basePath", table).parquet(*files)
    found = frame.agg(functions.count("*"), functions.sum("id"), functions.sum("value"), functions.count("name"),
                      functions.sum("small"), functions.countDistinct("type"),
                      functions.sum(functions.size("tags"))).collect()[0]
    rows = [row(i) for i in ids]
    wanted = (len(rows), sum(ids), sum(r[2] or 0 for r in rows), sum(r[3] is not None for r in rows),
              sum(r[6] for r in rows), 4, sum(len(r[8]) for r in rows))
    problems = [] if tuple(found) == wanted else [f"{tuple(found)}, wanted {wanted}"]
    # A checkpoint's nested columns and maps too.
    race = os.path.join(os.path.dirname(table), "race", "_delta_log")
    checkpoints = sorted(name for name in os.listdir(race) if name.endswith(".checkpoint.parquet")) \
        if os.path.isdir(race) else []
    if checkpoints:
        actions = spark.read.parquet(os.path.join(race, checkpoints[-1]))
        adds = actions.where("add.path is not null").select("add.path", "add.partitionValues").collect()
        plain = [a for a in pyarrow.parquet.read_table(os.path.join(race, checkpoints[-1])).to_pylist() if a["add"]]
        if sorted((a.path, tuple(a.partitionValues.items())) for a in adds) != sorted(
                (a["add"]["path"], tuple(a["add"]["partitionValues"])) for a in plain):
            problems.append("a checkpoint's files differ from pyarrow's")
    spark.stop()
    interop.judge(f"{len(files)} files and {len(checkpoints[-1:])} checkpoint by Spark", problems)


def check_exchange(scratch):
    """Tables that deltalake and we both write to."""
    table = os.path.join(scratch, "exchange")
    os.makedirs(table)
    append(table, "--rows", 50, "--commits", 3, "--application", "a")
    deltalake.write_deltalake(table, table_of(range(150, 200)), mode="append")
    problems = [f"after their append: {p}" for p in compare(table, range(200))]
    delta = deltalake.DeltaTable(table)
    delta.create_checkpoint()
    append(table, "--rows", 50, "--start", 200, "--application", "b")
    problems += [f"after their checkpoint: {p}" for p in compare(table, range(250))]
    # Their checkpoint stands for the versions before it.
    log = os.path.join(table, "_delta_log")
    checkpoint = max(int(name[:20]) for name in os.listdir(log) if name.endswith(".checkpoint.parquet"))
    for name in os.listdir(log):
        if name.endswith(".json") and int(name[:20]) <= checkpoint:
            os.remove(os.path.join(log, name))
    again = append(table, "--rows", 50, "--commits", 3, "--application", "a")
    if [line["version"] for line in again] != [None] * 3:
        problems.append(f"transactions were lost with the checkpoint: {again}")
    append(table, "--rows", 50, "--start", 250, "--application", "c")
    problems += [f"after a cleaned log: {p}" for p in compare(table, range(300))]
    deltalake.DeltaTable(table).optimize.compact()
    append(table, "--rows", 50, "--start", 300, "--application", "d")
    problems += [f"after a compaction: {p}" for p in compare(table, range(350))]
    interop.judge("deltalake appends, checkpoints, cleans, compacts, and we go on", problems)

    table = os.path.join(scratch, "theirs")
    deltalake.write_deltalake(table, table_of(range(100)), partition_by=["type"])
    append(table, "--rows", 100, "--start", 100, "--application", "a")
    problems = [f"a table of theirs: {p}" for p in compare(table, range(200))]
    deltalake.DeltaTable(table).delete("id < 60")
    problems += [f"after a DELETE: {p}" for p in compare(table, range(60, 200))]
    append(table, "--rows", 60, "--start", 0, "--application", "b")
    problems += [f"and rows again: {p}" for p in compare(table, range(200))]
    interop.judge("a table that deltalake made, and deleted from", problems)

    table = os.path.join(scratch, "flat")
    os.makedirs(table)
    append(table, "--rows", 100, "--commits", 2, "--flat")
    interop.judge("a table without partitions", compare(table, range(200)))


def check_race(scratch):
    """Four writers at once, one of them deltalake."""
    commits = int(os.environ.get("AV_DELTA_COMMITS", "1000")) // 4
    table = os.path.join(scratch, "race")
    os.makedirs(table)
    append(table, "--rows", 4, "--start", 4_000_000, "--application", "first")
    problems, retries = [], [0]

    def our_writer(number):
        try:
            lines = append(table, "--rows", 4, "--commits", commits, "--start", number * 1_000_000,
                           "--application", f"writer-{number}")
            if len({line["version"] for line in lines}) != commits:
                problems.append(f"writer {number} made {len(lines)} commits")
        except Exception as error:  # a thread's error would be lost
            problems.append(f"writer {number}: {error}")

    def their_writer():
        for commit in range(commits):
            data = table_of(range(3_000_000 + commit * 4, 3_000_000 + commit * 4 + 4))
            for attempt in range(1000):
                try:
                    deltalake.write_deltalake(table, data, mode="append")
                    break
                except deltalake.exceptions.CommitFailedError:
                    retries[0] += 1
            else:
                problems.append("deltalake gave up")

    start = time.time()
    threads = [threading.Thread(target=our_writer, args=[number]) for number in range(3)]
    threads.append(threading.Thread(target=their_writer))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seconds = time.time() - start
    ids = [4_000_000 + k for k in range(4)] + [w * 1_000_000 + k for w in range(4) for k in range(4 * commits)]
    versions = sorted(int(name[:20]) for name in os.listdir(os.path.join(table, "_delta_log"))
                      if len(name) == 25 and name.endswith(".json"))
    if versions != list(range(4 * commits + 2)):
        problems.append(f"{len(versions)} versions, wanted {4 * commits + 2}")
    problems += compare(table, ids)
    checkpoints = [name for name in os.listdir(os.path.join(table, "_delta_log")) if ".checkpoint." in name]
    if commits >= 50 and not checkpoints:
        problems.append("no checkpoint was written")
    # What others make of our checkpoints when nothing else is left.
    for name in sorted(checkpoints)[-1:]:
        copy = os.path.join(scratch, "cleaned")
        shutil.copytree(table, copy)
        for file in os.listdir(os.path.join(copy, "_delta_log")):
            if file.endswith(".json") and int(file[:20]) <= int(name[:20]):
                os.remove(os.path.join(copy, "_delta_log", file))
        problems += [f"by checkpoint {name}: {p}" for p in compare(copy, ids)]
    interop.judge(f"{4 * commits} commits of 4 writers in {seconds:.0f} s, {len(checkpoints)} checkpoints, deltalake "
                  f"refused {retries[0]} times", problems)


def verify(table, counts):
    """For the sweep: all of a commit or nothing, and every file of the log there; ends with a sentence when not."""
    files, log = {}, os.path.join(table, "_delta_log")
    names = sorted(name for name in os.listdir(log) if name.endswith(".json") and not name.startswith(".")) \
        if os.path.isdir(log) else []
    for version, name in enumerate(names):
        if name != f"{version:020}.json":
            sys.exit(f"version {version} is {name}")
        for line in open(os.path.join(log, name)).read().splitlines():
            action = json.loads(line)
            if "add" in action:
                files[action["add"]["path"]] = action["add"]["size"]
    ids = []
    for path, size in files.items():
        if os.path.getsize(os.path.join(table, path)) != size:
            sys.exit(f"{path} has another size")
        ids += pyarrow.parquet.ParquetFile(os.path.join(table, path)).read(["id"])["id"].to_pylist()
    if sorted(ids) not in [list(range(count)) for count in counts]:
        sys.exit(f"rows {sorted(ids)}")


def check_kills(scratch):
    sweep = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "Faults", "sweep.sh")
    base, table = os.path.join(scratch, "base"), os.path.join(scratch, "killed")
    os.makedirs(base)
    append(base, "--rows", 20, "--application", "before")
    me = f"{sys.executable} {os.path.abspath(__file__)} verify {table}"
    for what, setup, before in [("a commit", f"cp -r {base} {table}", 20), ("a table's first", f"mkdir {table}", 0)]:
        done = subprocess.run(
            [sweep, "--setup", f"rm -rf {table}; {setup}", "--match", table, "--check", f"{me} {before} {before + 20}",
             "--final", f"{me} {before + 20}", "--max", os.environ.get("AV_DELTA_KILLS", "0"), "--",
             interop.tool("delta-append"), "--table", table, "--rows", "20", "--start", str(before), "--application",
             "killed"], capture_output=True, text=True, timeout=1200)
        if done.returncode == 77:
            return interop.skipped("kills: no strace")
        summary = (done.stdout.strip().splitlines() or ["nothing was said"])[-1]
        interop.judge(f"{what}, killed at each system call: {summary}",
                      [] if done.returncode == 0 else (done.stdout + done.stderr).splitlines()[-10:])


if __name__ == "__main__":
    if sys.argv[1] == "verify":
        verify(sys.argv[2], [int(count) for count in sys.argv[3:]])
        sys.exit(0)
    interop = Interop("delta")
    if not os.path.exists(interop.tool("delta-append")):
        interop.skipped("delta-append is not built")
        interop.end()
    place = os.path.join(interop.scratch, "delta")
    os.makedirs(place, exist_ok=True)
    for check in [check_race, check_readers, check_exchange, check_kills]:
        try:
            check(place)
        except Exception as error:
            interop.failed(f"{check.__name__}: {type(error).__name__}: {error}")
    interop.end()
