"""What av-sync joins and matches, against pandas' merge_asof, numpy and plain statements of the algorithms in Python;
and the clocks that it estimates on simulated drives, against the truth.

sync.py BIN SCRATCH; AV_SYNC_SETS sets how many random sets of streams ApproximateTime is compared on (1,000), and
AV_SYNC_DRIVES how many drives of 15 minutes are scored (8).
"""
import json
import os
import shutil
import statistics
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy
import pandas
import pyarrow
import pyarrow.parquet

from interop import Interop, counted

SETS = int(os.environ.get("AV_SYNC_SETS", "1000"))
DRIVES = int(os.environ.get("AV_SYNC_DRIVES", "8"))
EPOCH = 1_700_000_000_000_000_000
MS = 1_000_000
TIMES = [("t_ns", pyarrow.int64()), ("log_ns", pyarrow.int64())]


def table(folder, name, times, columns=None):
    """A stream as av-extract leaves it, with the columns that av-sync looks at."""
    path = os.path.join(folder, name + ".parquet")
    os.makedirs(os.path.dirname(path), exist_ok=True)
    arrays = {"t_ns": pyarrow.array(times, pyarrow.int64()), "log_ns": pyarrow.array(times, pyarrow.int64())}
    for key, values in (columns or {}).items():
        arrays[key] = pyarrow.array(values)
    pyarrow.parquet.write_table(pyarrow.table(arrays), path, row_group_size=97)


def run(check, name, arguments, config=None):
    """Folder of the result; an error is a failure of its own."""
    source, target = os.path.join(check.scratch, "sync", name), os.path.join(check.scratch, "sync", name + ".out")
    shutil.rmtree(target, ignore_errors=True)
    more = []
    if config is not None:
        with open(source + ".json5", "w") as file:
            json.dump(config, file)
        more = ["-c", source + ".json5"]
    code, _, errors = check.run("av-sync", source, "-o", target, *more, *arguments)
    if code != 0:
        raise RuntimeError(f"{name}: av-sync ended with {code}: {errors.strip()[:300]}")
    return target


def made(check, name):
    folder = os.path.join(check.scratch, "sync", name)
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    return folder


def read(folder, name):
    """Integers stay integers where some are missing: a double cannot hold a time."""
    return pyarrow.parquet.read_table(os.path.join(folder, name + ".parquet")).to_pandas(integer_object_nulls=True)


# Joins


def wild_times(random, count):
    """Sorted, with gaps, with several rows of one time, and some on whole milliseconds so that there are ties."""
    steps = random.choice([0, 1, 2, 3, 10, 11, 150], size=count, p=[0.1, 0.1, 0.2, 0.2, 0.2, 0.15, 0.05])
    return EPOCH + numpy.cumsum(steps) * MS


def joins(check, seed):
    random = numpy.random.default_rng(seed)
    folder = made(check, "joins")
    references = numpy.unique(wild_times(random, 400))
    table(folder, "lidar/top", references)
    times = wild_times(random, int(random.integers(2, 500)))
    values = {
        "hold": random.integers(-1000, 1000, len(times)), "near": random.integers(-1000, 1000, len(times)),
        "next": random.integers(-1000, 1000, len(times)), "line": random.normal(size=len(times)),
    }
    values["line"][random.random(len(times)) < 0.05] = numpy.nan
    table(folder, "can/a", times, values)
    gap = int(random.choice([5, 12, 40])) * MS
    rules = {"hold": "previous", "near": "nearest", "next": "next", "line": "linear"}
    limits = {"max_gap": f"{gap}ns", "max_age": f"{gap}ns", "policies": rules}
    wide = read(run(check, "joins", ["--wide"], {"streams": {"can/a": limits}}), "wide")
    left = pandas.DataFrame({"t": references})
    right = pandas.DataFrame({"t": times, "row": numpy.arange(len(times)), **values})

    def as_of(direction, tolerance=None):
        return pandas.merge_asof(left, right, on="t", direction=direction, tolerance=tolerance)

    problems = []

    def compare(column, wanted):
        found = numpy.array([numpy.nan if v is None else v for v in wide["can_a__" + column]], dtype=float)
        differing = ~(numpy.isclose(found, wanted, rtol=1e-12, atol=1e-12) | (numpy.isnan(found) & numpy.isnan(wanted)))
        for place in numpy.nonzero(differing)[0]:
            problems.append(f"seed {seed} {column} row {place}: {found[place]}, should be {wanted[place]}")

    if list(wide["t_ns"]) != list(references):
        return [f"seed {seed}: the samples are not the reference's messages"]
    compare("hold", as_of("backward", gap)["hold"].to_numpy(dtype=float))
    compare("next", as_of("forward", gap)["next"].to_numpy(dtype=float))
    before, after = as_of("backward"), as_of("forward")
    # Inside the stream, and not in a gap; at a row there is none.
    first = times[before["row"].fillna(0).astype(int)]
    second = times[after["row"].fillna(0).astype(int)]
    inside = before["row"].notna() & after["row"].notna() & ((second - first <= gap) | (first == references))
    near = as_of("nearest")["near"].to_numpy(dtype=float)
    compare("near", numpy.where(inside, near, numpy.nan))
    line = numpy.interp((references - EPOCH).astype(float), (times - EPOCH).astype(float), values["line"])
    # numpy takes the value of a row that is hit, and of its neighbours' line otherwise, as is wanted.
    compare("line", numpy.where(inside, line, numpy.nan))
    return problems


# Matching


def mutual(times, references, tolerance):
    """By the definition: each is the other's nearest; of equals the first."""
    if len(times) == 0:
        return [None] * len(references)
    away = numpy.abs(times[None, :] - references[:, None])
    best, back = away.argmin(axis=1), away.argmin(axis=0)
    return [
        int(times[m]) if away[r, m] <= tolerance and back[m] == r else None for r, m in enumerate(best)]


def nearest(check, seed):
    random = numpy.random.default_rng(seed)
    folder = made(check, "nearest")
    references = numpy.unique(wild_times(random, int(random.integers(1, 300))))
    cameras = {name: wild_times(random, int(random.integers(1, 300))) for name in ["camera/a", "camera/b"]}
    table(folder, "lidar/top", references)
    for name, times in cameras.items():
        # A digest each, so that equal times are no duplicates.
        path = os.path.join(folder, name)
        os.makedirs(path)
        table(path, "index", times, {"sha256": [f"{name}{row}" for row in range(len(times))]})
    tolerance = int(random.choice([1, 3, 20])) * MS
    reuse = bool(random.random() < 0.3)
    config = {"streams": {"camera/*": {"tolerance": f"{tolerance}ns", "phase": 0, "reuse": reuse}}}
    out = run(check, "nearest", ["--reference", "lidar/top"], config)
    data = read(out, "sample_data")
    problems = []
    for name, times in cameras.items():
        own = data[(data["stream"] == name) & data["seq"].notna()].sort_values("seq")
        own = own.astype(object).where(own.notna(), None)
        found = [t if status == "ok" else None for t, status in zip(own["t_ns"], own["status"])]
        if reuse:
            joined = pandas.merge_asof(
                pandas.DataFrame({"t": references}), pandas.DataFrame({"t": times, "m": numpy.arange(len(times))}), on="t",
                direction="nearest", tolerance=tolerance)
            wanted = [None if numpy.isnan(m) else int(times[int(m)]) for m in joined["m"]]
        else:
            wanted = mutual(times, references, tolerance)
        if found != wanted:
            place = next(i for i, pair in enumerate(zip(found, wanted)) if pair[0] != pair[1])
            problems.append(f"seed {seed} {name} sample {place}: {found[place]}, should be {wanted[place]}")
        messages = data[(data["stream"] == name) & data["source_row"].notna()]
        if not reuse and sorted(messages["source_row"]) != list(range(len(times))):
            problems.append(f"seed {seed} {name}: {len(messages)} rows for {len(times)} messages")
    return problems


# ApproximateTime


class Synchronizer:
    """message_filters' ApproximateTime policy, message by message as a node runs it."""

    def __init__(self, count, penalty=0.1, interval=float("inf")):
        self.deques, self.past = [[] for _ in range(count)], [[] for _ in range(count)]
        self.penalty, self.interval = penalty, interval
        self.pivot, self.candidate, self.sets = None, None, []

    def add(self, stream, time):
        self.deques[stream].append(time)
        if len(self.deques[stream]) == 1 and all(self.deques):
            self.process()

    def finish(self):
        while self.pivot is not None:
            self.publish()
            self.process()

    def earliest(self, heads):
        return min(range(len(heads)), key=lambda i: (heads[i], i))

    def latest(self, heads):
        return max(range(len(heads)), key=lambda i: (heads[i], i))

    def longer(self, one, other):
        return one * (1 + self.penalty) >= other

    def make(self):
        self.candidate = [queue[0] for queue in self.deques]
        self.past = [[] for _ in self.deques]

    def move(self, stream):
        self.past[stream].append(self.deques[stream].pop(0))

    def publish(self):
        self.sets.append(tuple(self.candidate))
        self.candidate, self.pivot = None, None
        for stream in range(len(self.deques)):
            self.deques[stream] = (self.past[stream] + self.deques[stream])[1:]
            self.past[stream] = []

    def process(self):
        while all(self.deques):
            heads = [queue[0] for queue in self.deques]
            start, end = self.earliest(heads), self.latest(heads)
            first, last = heads[start], heads[end]
            if self.pivot is None:
                if last - first > self.interval:
                    self.deques[start].pop(0)
                    continue
                self.make()
                self.bounds = (first, last)
                self.pivot, self.pivot_time = end, last
                self.move(start)
            elif self.longer(last - self.bounds[1], first - self.bounds[0]):
                self.move(start)
            else:
                self.make()
                self.bounds = (first, last)
                self.move(start)
            if start == self.pivot or self.longer(last - self.bounds[1], self.pivot_time - self.bounds[0]):
                self.publish()
            elif not all(self.deques):
                self.ahead()

    def ahead(self):
        moved = [0] * len(self.deques)
        while True:
            heads = [
                queue[0] if queue else max(past[-1], self.pivot_time) for queue, past in zip(self.deques, self.past)]
            start, end = self.earliest(heads), self.latest(heads)
            if self.longer(heads[end] - self.bounds[1], self.pivot_time - self.bounds[0]):
                return self.publish()
            if self.longer(heads[end] - self.bounds[1], heads[start] - self.bounds[0]):
                self.move(start)
                moved[start] += 1
                continue
            for stream, count in enumerate(moved):
                for _ in range(count):
                    self.deques[stream].insert(0, self.past[stream].pop())
            return


def approximate(check, seed):
    random = numpy.random.default_rng(seed)
    name = f"approximate{seed}"
    folder = made(check, name)
    streams = []
    for index in range(int(random.integers(2, 6))):
        period, phase = int(random.integers(20, 200)), int(random.integers(0, 200))
        jitter = int(random.integers(1, period + 1))
        count = int(random.integers(0, 60))
        own = sorted(phase + k * period + int(random.integers(0, jitter)) for k in range(count))
        own = sorted(set(own))
        # Dropped messages.
        streams.append([t for t in own if random.random() > 0.1])
    for index, own in enumerate(streams):
        table(folder, f"radar/{index}", [EPOCH + t * MS for t in own])
    interval = int(random.choice([0, 30, 100])) or None
    arguments = ["--policy", "approximate"] + (["--max-interval", f"{interval}ms"] if interval else [])
    out = run(check, name, arguments)
    data = read(out, "sample_data")
    used = data[data["status"] == "ok"].astype({"seq": "int64", "t_ns": "int64"}).sort_values(["seq", "stream"])
    found = [tuple((group["t_ns"] - EPOCH) // MS) for _, group in used.groupby("seq")]
    shutil.rmtree(folder)
    shutil.rmtree(out)
    synchronizer = Synchronizer(len(streams), interval=interval or float("inf"))
    for time, stream in sorted((t, i) for i, own in enumerate(streams) for t in own):
        synchronizer.add(stream, time)
    synchronizer.finish()
    return [] if found == synchronizer.sets else [f"seed {seed}: {found[:3]}…, should be {synchronizer.sets[:3]}…"]


# Clocks

OTHERS = ["camera/front", "camera/bayer", "camera/side", "lidar/top", "radar/front", "gps", "odom", "tf", "diagnostics"]


def clocks(check, seed, offset, drift, more=()):
    """The report's clock of the bus, on a simulated drive of 15 minutes whose bus has a clock of its own."""
    place = made(check, f"drive{seed}")
    defects = [f"dropout:{name}:0-9999" for name in OTHERS]
    if offset or drift:
        defects += [f"offset:can:{offset * 1e3}", f"drift:can:{drift}"]
    arguments = [word for defect in defects for word in ("--defect", defect)]
    steps = [
        ["sample-drive", "--seconds", "900", "--seed", str(seed), "-o", f"{place}/m", *arguments, *more],
        ["av-extract", f"{place}/m/drive.bag", "--dbc", f"{place}/m/vehicle.dbc", "-o", f"{place}/e"],
        ["av-sync", f"{place}/e", "-o", f"{place}/s", "--rate", "10Hz", "--estimate-clocks"],
    ]
    for step in steps:
        code, _, errors = check.run(step[0], *step[1:], timeout=900)
        if code != 0:
            raise RuntimeError(f"{step[0]} ended with {code}: {errors.strip()[:300]}")
    with open(f"{place}/s/sync_report.json") as file:
        report = json.load(file)
    shutil.rmtree(place)
    found = [s["clock"] for s in report["streams"] if s["stream"].endswith("VehicleDynamics")]
    return found[0]


def scored(check):
    random = numpy.random.default_rng(20261126)
    cases = [(5000 + i, random.uniform(-0.4, 0.4), random.uniform(-80, 80)) for i in range(DRIVES)]
    offsets, drifts, problems = [], [], []
    for seed, offset, drift in cases:
        clock = clocks(check, seed, offset, drift)
        if not clock["observable"]:
            problems.append(f"seed {seed}: refused: {clock['reason']}")
            continue
        offsets.append(abs(clock["offset_ms"] - offset * 1e3))
        drifts.append(abs(clock["drift_ppm"] - drift))
    if offsets:
        middle, most, parts = statistics.median(offsets), max(offsets), max(drifts)
        if middle >= 1 or most >= 3 or parts > 3:
            problems.append(f"offsets {middle:.2f} / {most:.2f} ms, drift {parts:.2f} ppm")
        what = f"median {middle:.2f} and at most {most:.2f} ms, drift at most {parts:.2f} ppm"
        check.judge(f"clock of a bus at 50 Hz on {counted(DRIVES, 'drive')}: {what}", problems)
    straight = []
    for seed in range(6000, 6000 + max(2, DRIVES // 2)):
        clock = clocks(check, seed, 0.2, 30, ["--route", "straight"])
        if clock["observable"] or clock["offset_ms"] is not None:
            straight.append(f"seed {seed}: {clock}")
    check.judge("on straight drives it refuses", straight)


def main():
    check = Interop("sync")
    seeds = range(1, 101)
    check.judge(
        f"previous, next, nearest and linear as pandas and numpy have them, {counted(len(seeds), 'random stream')}",
        [problem for seed in seeds for problem in joins(check, seed)])
    check.judge(
        f"mutual nearest by trying every pair, and with reuse as pandas, {counted(len(seeds), 'random set')}",
        [problem for seed in seeds for problem in nearest(check, seed)])
    with ThreadPoolExecutor(2) as pool:
        problems = [p for found in pool.map(lambda seed: approximate(check, seed), range(1, SETS + 1)) for p in found]
    check.judge(f"ApproximateTime message by message, {counted(SETS, 'random set')} of streams", problems)
    if os.path.exists(check.tool("sample-drive")):
        scored(check)
    else:
        check.skipped("clocks: sample-drive is not built")
    check.end()


main()
