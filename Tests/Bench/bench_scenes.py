"""Scenes by all rules that come with av-scenes, beside a polars script of the rules that one can say in it in a few lines.

bench_scenes.py BIN SCRATCH [HOURS]: one file an hour at 100 Hz (36 columns, 360,000 rows), 10 hours unless told; then all
of them as one file, for memory. CPU seconds are user and system together; the floor reads the columns alone (pyarrow).
"""
import os
import sys

import numpy
import pyarrow
import pyarrow.parquet

import measured

IS_CHILD = sys.argv[1] == "--child"
BIN, SCRATCH = (os.path.abspath(path) for path in sys.argv[1:3])
HOURS = int(sys.argv[3]) if len(sys.argv) > 3 and not IS_CHILD else 10
RATE, EPOCH = 100, 1_700_000_000_000_000_000
ROWS = 3600 * RATE
# What the script looks at; a rule is a condition that begins, one that ends, seconds at least, and seconds that are bridged.
RULES = [
    ("hard_brake", "ax_mps2", lambda c: c <= -3.0, lambda c: c > -1.5, 0.3, 0.5),
    ("emergency_brake", "ax_mps2", lambda c: c <= -6.0, lambda c: c > -3.0, 0.2, 0.5),
    ("hard_accel", "ax_mps2", lambda c: c >= 2.5, lambda c: c < 1.2, 0.5, 0.5),
    ("high_jerk", "jerk_mps3", lambda c: c.abs() >= 8.37, lambda c: c.abs() < 4, 0.1, 0.3),
    ("sharp_turn", "ay_mps2", lambda c: c.abs() >= 4, lambda c: c.abs() < 2.5, 0.3, 0.5),
    ("standstill", "speed_mps", lambda c: c < 0.3, lambda c: c >= 0.8, 1, 1),
    ("turn_left", "yaw_rate_radps", lambda c: c >= 0.05236, lambda c: c < 0.05236, 1, 1),
    ("turn_right", "yaw_rate_radps", lambda c: c <= -0.05236, lambda c: c > -0.05236, 1, 1),
    ("low_ttc", "ttc_s", lambda c: c < 1.5, lambda c: c > 3, 0.2, 0.5),
    ("tailgating", "thw_s", lambda c: c < 0.9, lambda c: c > 1.2, 1, 1),
    ("pedestrian", "num_pedestrians", lambda c: c >= 1, lambda c: c < 1, 0.5, 1),
    ("cyclist", "num_cyclists", lambda c: c >= 1, lambda c: c < 1, 0.5, 1),
    ("speeding", "speed_over_limit_mps", lambda c: c > 2.8, lambda c: c < 1.4, 3, 2),
]
SCRIPT = "polars"


def smooth(rng, rows, scale, seconds):
    """Noise that changes over some seconds."""
    knots = rng.normal(0, scale, int(rows / RATE / seconds) + 3)
    return numpy.interp(numpy.arange(rows), numpy.arange(len(knots)) * seconds * RATE, knots)


def hour(path, number, rows=ROWS):
    rng = numpy.random.default_rng(number)
    times = EPOCH + (number * ROWS + numpy.arange(rows)) * (1_000_000_000 // RATE)
    speed = numpy.maximum(0, 12 + smooth(rng, rows, 7, 15))
    flags = lambda share: rng.random(rows // 500 + 1).repeat(500)[:rows] < share
    columns = {
        "t_ns": times, "seq": numpy.arange(rows), "lat": 48 + numpy.cumsum(speed) * 1e-9, "lon": 9 + numpy.cumsum(speed) * 1e-9,
        "speed_mps": speed, "ax_mps2": smooth(rng, rows, 1.5, 1.5), "ay_mps2": smooth(rng, rows, 1.5, 2),
        "yaw_rate_radps": smooth(rng, rows, 0.06, 2), "jerk_mps3": smooth(rng, rows, 3, 0.5),
        "nearest_in_path_m": numpy.abs(smooth(rng, rows, 40, 5)), "thw_s": numpy.abs(smooth(rng, rows, 3, 5)),
        "ttc_s": numpy.abs(smooth(rng, rows, 8, 3)), "objects_age_s": numpy.zeros(rows),
        "num_pedestrians": flags(0.1).astype(numpy.int32), "num_cyclists": flags(0.05).astype(numpy.int32),
        "num_vehicles": rng.integers(0, 12, rows // 100 + 1).repeat(100)[:rows].astype(numpy.int32),
        "num_traffic_lights": flags(0.1).astype(numpy.int32), "num_traffic_signs": flags(0.1).astype(numpy.int32),
        "speed_over_limit_mps": smooth(rng, rows, 2, 20), "speed_limit_kph": numpy.full(rows, 50.0),
        "dist_to_signal_m": numpy.abs(smooth(rng, rows, 100, 20)), "dist_to_stop_m": numpy.abs(smooth(rng, rows, 100, 20)),
        "dist_to_crossing_m": numpy.abs(smooth(rng, rows, 100, 20)), "intersection": flags(0.02), "tunnel": flags(0.02),
        "bridge": flags(0.02), "gnss_ok": ~flags(0.01), "low_sun_glare": flags(0.02), "temp_c": numpy.full(rows, 8.0),
        "precip_mm_h": numpy.zeros(rows), "visibility_m": numpy.full(rows, 9000.0),
    }
    words = {"condition": "fair", "light": "day", "road_class": "primary", "gear": "D", "nearest_in_path_class": "car"}
    table = {name: pyarrow.array(values) for name, values in columns.items()}
    for name, word in words.items():
        table[name] = pyarrow.DictionaryArray.from_arrays(numpy.zeros(rows, numpy.int32), [word]).cast(pyarrow.string())
    return pyarrow.table(table)


def script(paths):
    import polars

    for path in paths:
        frame = polars.scan_parquet(path)
        found = {}
        states = frame.select(
            "t_ns", *[
                polars.when(begin(polars.col(column))).then(1).when(end(polars.col(column))).then(0).otherwise(None)
                .forward_fill().fill_null(0).cast(polars.Int8).alias(name)
                for name, column, begin, end, _, _ in RULES])
        states = states.collect()
        for name, _, _, _, least, gap in RULES:
            runs = states.select("t_ns", name).with_columns(run=polars.col(name).rle_id()).group_by("run", maintain_order=True).agg(
                polars.col(name).first().alias("on"), polars.col("t_ns").first().alias("start"))
            runs = runs.with_columns(end=polars.col("start").shift(-1).fill_null(states["t_ns"][-1])).filter(polars.col("on") == 1)
            # Bridged where the next begins soon.
            runs = runs.with_columns(group=(polars.col("start") - polars.col("end").shift(1) > int(gap * 1e9)).fill_null(True).cum_sum())
            scenes = runs.group_by("group").agg(polars.col("start").min(), polars.col("end").max())
            found[name] = scenes.filter(polars.col("end") - polars.col("start") >= int(least * 1e9)).height


def floor(paths):
    for path in paths:
        pyarrow.parquet.read_table(path, columns=sorted({rule[1] for rule in RULES} | {"t_ns"}))


def total(commands):
    uses = [measured.best(command, 1) for command in commands]
    return measured.Use(sum(use.wall for use in uses), sum(use.cpu for use in uses), max(use.peak for use in uses), 0)


def main():
    os.makedirs(SCRATCH, exist_ok=True)
    paths = []
    for number in range(HOURS):
        path = os.path.join(SCRATCH, f"hour{number:03d}.parquet")
        if not os.path.exists(path):
            pyarrow.parquet.write_table(hour(path, number), path, compression="zstd")
        paths.append(path)
    whole = os.path.join(SCRATCH, f"whole{HOURS}.parquet")
    if not os.path.exists(whole):
        writer = None
        for path in paths:
            table = pyarrow.parquet.read_table(path)
            writer = writer or pyarrow.parquet.ParquetWriter(whole, table.schema, compression="zstd")
            writer.write_table(table)
        writer.close()
    tool, own = os.path.join(BIN, "av-scenes"), [",".join(rule[0] for rule in RULES)]
    me = [sys.executable, os.path.abspath(__file__), "--child"]
    rows = [
        ("av-scenes, all rules, -j1", total([tool, path, "-q", "-j", "1"] for path in paths)),
        ("av-scenes, all rules, -j2", total([tool, path, "-q", "-j", "2"] for path in paths)),
        ("av-scenes, the script's 13 rules, -j1", total([tool, path, "-q", "-j", "1", "--only", *own] for path in paths)),
        ("polars, 13 rules", total([[*me, "script", *paths]])),
        ("floor: pyarrow reads the 11 columns", total([[*me, "floor", *paths]])),
        (f"av-scenes, all rules, {HOURS} hours in one file, -j2", total([[tool, whole, "-q", "-j", "2"]])),
    ]
    print(f"{HOURS} hours at {RATE} Hz, {HOURS * ROWS:,} rows\n\n| | CPU s | wall s | MiB |\n|---|---|---|---|")
    for name, use in rows:
        print(f"| {name} | {use.cpu:.1f} | {use.wall:.1f} | {use.peak:.0f} |")


if IS_CHILD:
    {"script": script, "floor": floor}[sys.argv[2]](sys.argv[3:])
else:
    main()
