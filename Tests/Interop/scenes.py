"""What av-scenes finds: operators over time against rtamt, scenes against the truth of simulated drives with clean and with
noisy signals, and its tables as pyarrow, polars and DuckDB read them.

scenes.py BIN SCRATCH; AV_SCENES_FORMULAS sets how many random formulas are compared (1,000), AV_SCENES_DRIVES and
AV_SCENES_SECONDS how many drives are scored and how long they are (2 of 120 s); AV_SCENES_REPORT a file for the table.
"""
import json
import math
import os
import random
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor

import duckdb
import numpy
import polars
import pyarrow
import pyarrow.parquet
import rtamt

from interop import Interop

FORMULAS = int(os.environ.get("AV_SCENES_FORMULAS", "1000"))
DRIVES = int(os.environ.get("AV_SCENES_DRIVES", "2"))
SECONDS = int(os.environ.get("AV_SCENES_SECONDS", "120"))
EPOCH = 1_700_000_000_000_000_000
S = 1_000_000_000
SIGNALS = """{ signals: {
  speed_mps: {col: "can/can_rx.VehicleDynamics__VehicleSpeed", unit: "km/h"},
  yaw_rate_radps: {col: "can/can_rx.VehicleDynamics__YawRate", unit: "deg/s"} } }"""
NAMES = ["x", "y", "z"]


# Formulas: the text for us, the text for rtamt, and how far they look back and ahead.

def atom(rng):
    name, sign, value = rng.choice(NAMES), rng.choice(["<", ">", "<=", ">="]), round(rng.uniform(-3, 3), 2)
    if rng.random() < 0.3:
        other = rng.choice(NAMES)
        return f"{name} - {other} {sign} {value}", f"(({name} - {other}) {sign} {value})", 0, 0
    return f"{name} {sign} {value}", f"({name} {sign} {value})", 0, 0


def formula(rng, depth):
    if depth == 0:
        return atom(rng)
    kind = rng.choice(["and", "or", "not", "always", "eventually", "historically", "once", "until"])
    ours, theirs, back, ahead = formula(rng, depth - 1)
    if kind == "not":
        return f"not ({ours})", f"(not ({theirs}))", back, ahead
    if kind in ("and", "or"):
        ours2, theirs2, back2, ahead2 = formula(rng, depth - 1)
        return f"({ours}) {kind} ({ours2})", f"(({theirs}) {kind} ({theirs2}))", max(back, back2), max(ahead, ahead2)
    low = rng.randrange(0, 4)
    high = low + rng.randrange(0, 6)
    if kind == "until":
        ours2, theirs2, back2, ahead2 = formula(rng, depth - 1)
        return (f"until[{low},{high}]({ours}, {ours2})", f"(({theirs}) until[{low},{high}] ({theirs2}))",
                max(back, back2), max(ahead, ahead2) + high)
    more = (0, high) if kind in ("always", "eventually") else (high, 0)
    return f"{kind}[{low},{high}]({ours})", f"({kind}[{low},{high}]({theirs}))", back + more[0], ahead + more[1]


def theirs(text, signals):
    spec = rtamt.StlDiscreteTimeSpecification()
    for name in NAMES:
        spec.declare_var(name, "float")
    spec.spec = text
    spec.parse()
    rows = len(signals["x"])
    result = spec.evaluate({"time": list(range(rows)), **{name: list(signals[name]) for name in NAMES}})
    return numpy.array([value for _, value in result])


def operators(check):
    """Rows are a second apart; each formula is a rule, whose scenes are where it is true."""
    rng, rows, wrong, compared, margins = random.Random(7), 80, [], 0, 0
    for batch in range(math.ceil(FORMULAS / 100)):
        generator = numpy.random.default_rng(batch)
        signals = {name: numpy.round(generator.uniform(-4, 4, rows), 3) for name in NAMES}
        folder = os.path.join(check.scratch, "scenes", f"formulas{batch}")
        shutil.rmtree(folder, ignore_errors=True)
        os.makedirs(folder)
        times = EPOCH + S * numpy.arange(rows)
        pyarrow.parquet.write_table(pyarrow.table({"t_ns": times, **signals}), os.path.join(folder, "f.parquet"))
        formulas = [formula(rng, rng.randrange(0, 4)) for _ in range(min(100, FORMULAS - 100 * batch))]
        with open(os.path.join(folder, "rules.json5"), "w") as file:
            json.dump({"rules": [{"id": f"f{n}", "version": "1", "type": "f", "enter": f[0]} for n, f in enumerate(formulas)]}, file)
        code, out, errors = check.run("av-scenes", os.path.join(folder, "f.parquet"), "-r", os.path.join(folder, "rules.json5"))
        if code != 0:
            raise RuntimeError(f"av-scenes ended with {code}: {errors[:300]}")
        scenes = {}
        for line in out.splitlines():
            scene = json.loads(line)
            scenes.setdefault(scene["rule_id"], []).append(scene)
        for number, (ours, text, back, ahead) in enumerate(formulas):
            robustness = theirs(text, signals)
            found = numpy.zeros(rows, bool)
            for scene in scenes.get(f"f{number}", []):
                start, end = (int(scene[key]) - EPOCH for key in ("start_ns", "end_ns"))
                first, last = start // S, min(rows, -(-end // S))
                found[first:last] = True
                if first >= back and last <= rows - ahead - 1 and scene["margin"] is not None:
                    margins += 1
                    if abs(scene["margin"] - robustness[first:last].max()) > 1e-9:
                        wrong.append(f"{ours}: margin {scene['margin']}, rtamt {robustness[first:last].max()}")
            # Where a value is exactly at its limit, < and <= are true and not, and the margin is 0.
            inside = [row for row in range(back, rows - ahead - 1) if abs(robustness[row]) > 1e-9]
            compared += len(inside)
            for row in inside:
                if found[row] != (robustness[row] > 0):
                    wrong.append(f"{ours} in row {row}: {found[row]}, rtamt {robustness[row]}")
                    break
    check.judge(f"{FORMULAS} formulas are true where rtamt says so: {compared} rows, {margins} margins", wrong)


# Drives.

def drive(check, seed):
    folder = os.path.join(check.scratch, "scenes", f"drive{seed}")
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)

    def run(tool, *arguments):
        code, _, errors = check.run(tool, *arguments)
        if code != 0:
            raise RuntimeError(f"{tool} of seed {seed} ended with {code}: {errors.strip()[:300]}")

    def at(name):
        return os.path.join(folder, name)

    run("sample-drive", "--seconds", str(SECONDS), "--seed", str(seed), "-o", at("m"), "--truth", at("truth.json"), "--detections", at("det.jsonl"))
    with open(at("det.jsonl")) as file:
        detections = file.read().replace('"camera/front"', '"camera/camera_front_image_raw"')
    with open(at("det.jsonl"), "w") as file:
        file.write(detections)
    with open(at("e.json5"), "w") as file:
        file.write(SIGNALS)
    run("av-extract", at("m/drive.bag"), "--dbc", at("m/vehicle.dbc"), "--topic", "/camera/front/image_raw", "--topic", "/imu/data",
        "--topic", "/gps/fix", "--topic", "/can/rx", "-q", "-o", at("drive"))
    run("av-sync", "-q", at("drive"), "--rate", "10Hz", "-o", at("synced"))
    run("av-enrich", "-q", at("synced"), "--drive", at("drive"), "--objects", at("det.jsonl"), "--boxes", "xyxy", "-c", at("e.json5"), "-o", at("enriched"))
    shutil.rmtree(at("m"))
    shutil.rmtree(at("drive"))
    return folder


def disturbed(folder, name, seed):
    """The samples with noise of sensors, or with streams that drop out."""
    target = os.path.join(folder, name)
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(os.path.join(folder, "enriched"), target)
    path = os.path.join(target, "enriched.parquet")
    table, rng = pyarrow.parquet.read_table(path), numpy.random.default_rng(seed)

    def change(column, function):
        nonlocal table
        values = table.column(column).to_numpy(zero_copy_only=False).astype(float)
        values = function(values)
        table = table.set_column(table.column_names.index(column), column, pyarrow.array(values, from_pandas=True))

    if name == "noisy":
        change("ax_mps2", lambda v: v + rng.normal(0, 0.3, len(v)))
        change("yaw_rate_radps", lambda v: v + numpy.radians(rng.normal(0, 0.2, len(v))))
        change("speed_mps", lambda v: numpy.maximum(0, v + rng.normal(0, 0.05, len(v))))
    else:
        rows = table.num_rows
        holes = numpy.zeros(rows, bool)
        # A third of a second is missing every ten seconds, somewhere.
        for start in range(0, rows - 100, 100):
            begin = start + int(rng.integers(0, 90))
            holes[begin:begin + 3] = True
        for column in ("ax_mps2", "yaw_rate_radps", "speed_mps"):
            change(column, lambda v: numpy.where(holes, numpy.nan, v))
    pyarrow.parquet.write_table(table, path)
    return target


def score(check, folder, samples):
    code, out, errors = check.run("av-scenes", os.path.join(folder, samples), "--score", os.path.join(folder, "truth.json"))
    if code != 0:
        raise RuntimeError(f"av-scenes --score ended with {code}: {errors[:300]}")
    return [json.loads(line) for line in out.splitlines()]


def drives(check):
    seeds = [9001 + n for n in range(DRIVES)]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        folders = list(pool.map(lambda seed: drive(check, seed), seeds))
    lines = ["| signals | type | true | found | matched | precision | recall | onset median ms | onset p95 ms |", "|---|---|---|---|---|---|---|---|---|"]
    low = []
    for samples in ("enriched", "noisy", "dropped"):
        types = {}
        for seed, folder in zip(seeds, folders):
            if samples != "enriched":
                disturbed(folder, samples, seed)
            for record in score(check, folder, samples):
                types.setdefault(record["scene"], []).append(record)
        for name, records in sorted(types.items()):
            truth, found, matched = (sum(r[key] for r in records) for key in ("truth", "found", "matched"))
            if truth == 0:
                continue
            onsets = [r["onset_ms"] for r in records if r["onset_ms"]]
            precision, recall = matched / found if found else 0.0, matched / truth
            median = numpy.median([o["median"] for o in onsets]) if onsets else float("nan")
            worst = max((o["p95"] for o in onsets), default=float("nan"))
            lines.append(f"| {samples} | {name} | {truth} | {found} | {matched} | {precision:.3f} | {recall:.3f} | {median:.0f} | {worst:.0f} |")
            if samples == "enriched" and not (precision >= 0.95 and recall >= 0.95 and worst < 300):
                low.append(lines[-1])
    print("\n".join(lines))
    report = os.environ.get("AV_SCENES_REPORT")
    if report:
        with open(report, "w") as file:
            file.write("\n".join(lines) + "\n")
    check.judge(f"scenes of {DRIVES} drives of {SECONDS} s are found: precision and recall 0.95, onsets within 0.3 s", low)
    return folders


def tables(check, folder):
    target = os.path.join(folder, "scenes")
    shutil.rmtree(target, ignore_errors=True)
    code, out, errors = check.run("av-scenes", os.path.join(folder, "enriched"), "-o", target)
    records = [json.loads(line) for line in out.splitlines()]
    scenes = [record for record in records if record["type"] == "scene"]
    path = os.path.join(target, "scenes.parquet")
    rows = pyarrow.parquet.read_table(path).to_pylist()
    frame = polars.read_parquet(path).to_dicts()
    duck = duckdb.sql(f"select scene_id, start_ns, actors, params from '{path}' order by start_ns, rule_id, scene_id").fetchall()
    same = len(scenes) == len(rows) == len(frame) == len(duck) > 0
    for scene, row, other in zip(scenes, rows, frame):
        same = same and scene["scene_id"] == row["scene_id"] == other["scene_id"] and scene["scene"] == row["type"]
        same = same and int(scene["start_ns"]) == row["start_ns"] and json.loads(row["params"]) == scene["params"]
        same = same and scene["actors"] == row["actors"] == other["actors"] and scene.get("lat") == row["lat"]
        same = same and row["start_ts"].timestamp() == int(scene["start_ns"]) // 1000 / 1e6
    check.judge(f"{len(scenes)} records say what pyarrow, polars and DuckDB read", [] if code == 0 and same else [errors[:300] or "they differ"])


def main():
    check = Interop("scenes")
    operators(check)
    if os.path.exists(check.tool("sample-drive")):
        tables(check, drives(check)[0])
    else:
        check.skipped("drives: sample-drive is not built")
    check.end()


main()
