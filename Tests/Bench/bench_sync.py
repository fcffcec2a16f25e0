"""A drive of one hour synchronised by av-sync and by the same work in pandas and polars: bench_sync.py BIN [--work FOLDER].

Eight streams: two cameras and a lidar at 10 Hz, an IMU and three CAN messages at 100 Hz with 8 to 10 values, GNSS at 10 Hz.
The samples are the lidar's; frames are matched to the nearest, values are put on the line between neighbours, and samples,
sample data and the wide table are written. The peers do less: no reasons, links, statistics, nor mutual pairs.
"""
import argparse
import os
import shutil
import sys
import uuid

import numpy
import pyarrow
import pyarrow.parquet

import measured

EPOCH, MS = 1_700_000_000_000_000_000, 1_000_000
FRAMES = {"lidar/top": (100, 0), "camera/front": (100, 48), "camera/rear": (100, 31)}
STATES = {"imu/main": (10, 10), "can/a": (10, 8), "can/b": (10, 8), "can/c": (10, 8), "gps/fix": (100, 3)}
NAMESPACE = uuid.UUID("84c48e80-1758-5a7d-be96-80b10363ba27")


def generate(folder, seconds):
    random = numpy.random.default_rng(1)
    for name, (period, phase) in FRAMES.items():
        count = seconds * 1000 // period
        times = EPOCH + (numpy.arange(count) * period + phase) * MS + random.integers(0, 2 * MS, count)
        files = [f"{name}/{t}.png" for t in times]
        write(f"{folder}/{name}/index.parquet", times, {"file": files, "sha256": [f"{t:064x}" for t in times]})
    for name, (period, columns) in STATES.items():
        count = seconds * 1000 // period
        times = EPOCH + numpy.arange(count) * period * MS + random.integers(0, 2 * MS, count)
        write(f"{folder}/{name}.parquet", times, {f"v{k}": random.normal(size=count).cumsum() for k in range(columns)})


def write(path, times, columns):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    table = {"t_ns": times, "log_ns": times + 3 * MS, "stamp_ns": times, **columns}
    pyarrow.parquet.write_table(pyarrow.table(table), path, compression="zstd", row_group_size=1 << 16)


def ids(times):
    measurement = "210b1ba7-9184-4840-a1c8-ebf397b7c686"
    return [str(uuid.uuid5(NAMESPACE, f'sample:["{measurement}","{t}"]')) for t in times]


def with_pandas(folder, out):
    import pandas
    read = lambda path: pandas.read_parquet(path)
    reference = read(f"{folder}/lidar/top/index.parquet").sort_values("t_ns")
    samples = pandas.DataFrame({"sample_id": ids(reference["t_ns"]), "t_ns": reference["t_ns"].to_numpy()})
    parts = []
    for name in FRAMES:
        table = read(f"{folder}/{name}/index.parquet").sort_values("t_ns")
        lag = 0
        if name != "lidar/top":
            near = pandas.merge_asof(samples[["t_ns"]], table[["t_ns"]].rename(columns={"t_ns": "t"}), left_on="t_ns",
                                     right_on="t", direction="nearest")
            lag = int((near["t"] - near["t_ns"]).median())
        table = table.rename(columns={"t_ns": "t"})
        table["e"] = table["t"] - lag
        part = pandas.merge_asof(samples, table, left_on="t_ns", right_on="e", direction="nearest", tolerance=50 * MS)
        parts.append(part.assign(stream=name, dt_ns=part["t"] - part["t_ns"]))
    wide = samples.copy()
    instants = (samples["t_ns"].to_numpy() - EPOCH).astype(float)
    for name in STATES:
        table = read(f"{folder}/{name}.parquet").sort_values("t_ns")
        times = table["t_ns"].to_numpy()
        after = numpy.searchsorted(times, samples["t_ns"].to_numpy(), side="right").clip(1, len(times) - 1)
        inside = (samples["t_ns"] >= times[0]) & (samples["t_ns"] <= times[-1])
        inside &= times[after] - times[after - 1] <= 2.5 * numpy.median(numpy.diff(times))
        for column in table.columns.difference(["t_ns", "log_ns", "stamp_ns"]):
            line = numpy.interp(instants, (times - EPOCH).astype(float), table[column].to_numpy())
            wide[f"{name.replace('/', '_')}__{column}"] = numpy.where(inside, line, numpy.nan)
        part = samples.assign(stream=name, t=times[after - 1])
        parts.append(part.assign(dt_ns=part["t"] - part["t_ns"]))
    os.makedirs(out)
    samples.to_parquet(f"{out}/samples.parquet", compression="zstd")
    pandas.concat(parts).to_parquet(f"{out}/sample_data.parquet", compression="zstd")
    wide.to_parquet(f"{out}/wide.parquet", compression="zstd")


def with_polars(folder, out):
    import polars
    reference = polars.read_parquet(f"{folder}/lidar/top/index.parquet").sort("t_ns")
    samples = polars.DataFrame({"sample_id": ids(reference["t_ns"].to_list()), "t_ns": reference["t_ns"]})
    samples = samples.set_sorted("t_ns")
    parts = []
    for name in FRAMES:
        table = polars.read_parquet(f"{folder}/{name}/index.parquet").sort("t_ns").rename({"t_ns": "t"})
        lag = 0
        if name != "lidar/top":
            near = samples.join_asof(table.select("t"), left_on="t_ns", right_on="t", strategy="nearest", coalesce=False)
            lag = int((near["t"] - near["t_ns"]).median())
        table = table.with_columns(e=polars.col("t") - lag)
        part = samples.join_asof(table, left_on="t_ns", right_on="e", strategy="nearest", tolerance=50 * MS)
        parts.append(part.with_columns(stream=polars.lit(name), dt_ns=polars.col("t") - polars.col("t_ns")))
    wide = samples
    for name in STATES:
        table = polars.read_parquet(f"{folder}/{name}.parquet").sort("t_ns")
        values = [c for c in table.columns if c not in ("t_ns", "log_ns", "stamp_ns")]
        before = table.select(["t_ns", *values]).with_columns(t0=polars.col("t_ns"))
        after = table.select(["t_ns", *values]).with_columns(t1=polars.col("t_ns"))
        gap = 2.5 * table["t_ns"].diff().median()
        both = samples.join_asof(before, on="t_ns", strategy="backward").join_asof(
            after, on="t_ns", strategy="forward", suffix="_1")
        span = polars.col("t1") - polars.col("t0")
        weight = polars.when(span > 0).then((polars.col("t_ns") - polars.col("t0")) / span).otherwise(0)
        wide = wide.with_columns(both.select([
            polars.when(span <= gap).then(polars.col(c) + (polars.col(c + "_1") - polars.col(c)) * weight)
            .alias(f"{name.replace('/', '_')}__{c}") for c in values]))
        parts.append(both.select("sample_id", "t_ns", polars.col("t0").alias("t")).with_columns(
            stream=polars.lit(name), dt_ns=polars.col("t") - polars.col("t_ns")))
    os.makedirs(out)
    samples.write_parquet(f"{out}/samples.parquet", compression="zstd")
    polars.concat(parts, how="diagonal").write_parquet(f"{out}/sample_data.parquet", compression="zstd")
    wide.write_parquet(f"{out}/wide.parquet", compression="zstd")


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("bin")
    arguments.add_argument("--work", default="bench-sync")
    arguments.add_argument("--seconds", type=int, default=3600)
    arguments.add_argument("--runs", type=int, default=3)
    arguments.add_argument("--peer")
    given = arguments.parse_args()
    folder, out = f"{given.work}/drive{given.seconds}", f"{given.work}/out"
    shutil.rmtree(out, ignore_errors=True)
    if given.peer:
        return {"pandas": with_pandas, "polars": with_polars}[given.peer](folder, out)
    if not os.path.exists(folder):
        generate(folder, given.seconds)
    own = [f"{given.bin}/av-sync", folder, "-f", "-o", out, "--wide"]
    peer = lambda name: [sys.executable, __file__, given.bin, "--work", given.work, "--seconds", str(given.seconds), "--peer", name]
    jobs = [("av-sync", own), ("av-sync -j1", own + ["-j", "1"]), ("av-sync, html and clocks", own + ["--report", "html", "--estimate-clocks"]),
            ("pandas", peer("pandas")), ("polars", peer("polars"))]
    rows = {name: measured.best(command, given.runs) for name, command in jobs if not shutil.rmtree(out, ignore_errors=True)}
    print(f"\n## One hour of eight streams on one time line\n\n`bench_sync.py BIN`, {given.seconds} s of drive.\n")
    print("| job | seconds | CPU s | peak MB | |\n|---|---:|---:|---:|---|")
    for name, (seconds, cpu, memory, _) in rows.items():
        note = f"{rows['pandas'][0] / seconds:.1f} × pandas, {rows['polars'][0] / seconds:.1f} × polars" if name.startswith("av-") else ""
        print(f"| {name} | {seconds:.2f} | {cpu:.2f} | {memory:.0f} | {note} |")


main()
