#!/usr/bin/env python3
"""`av-meta find frames` and `find labels` on a lake that the tools made, against lineage/*.jsonl and the tables as pyarrow
reads them: 150 random searches (AV_FIND_SEED, AV_FIND_QUERIES), and every order that --sort knows.
"""
import json
import os
import random
import re
import shutil
import subprocess
from collections import Counter

import pyarrow.parquet as pq

import find
from find import gen_lake, inside, nanoseconds, overlaps
from interop import Interop

interop = Interop("find_frames")
SEED = int(os.environ.get("AV_FIND_SEED", "7"))
QUERIES = int(os.environ.get("AV_FIND_QUERIES", "150"))
SIGNALS = {"signals": {
    "speed_mps": {"col": "can/can.VehicleDynamics__VehicleSpeed", "unit": "km/h"},
    "yaw_rate_radps": {"col": "can/can.VehicleDynamics__YawRate", "unit": "deg/s"},
    "brake": {"col": "can/can.Brake__BrakePedal", "unit": "%"}, "indicator": {"col": "can/can.Body__Indicator.text"},
    "gear": {"col": "can/can.Powertrain__Gear.text"}}}
NUMBERS = ["speed_mps", "yaw_rate_radps", "brake", "heading_deg", "num_pedestrians", "num_objects", "seq", "note__value", "temp_c"]
TEXTS = ["light", "gear", "indicator", "note__word", "station"]


# A lake: four drives; the first is synchronized three times, the third has nothing but frames, the last has lost them.
class Maker:
    def __init__(self, folder):
        self.folder, self.lake = folder, folder + "/lake"
        shutil.rmtree(folder, ignore_errors=True)
        os.makedirs(folder)
        self("av-meta", "init")

    def __call__(self, tool, *arguments, records=None):
        """The records that a tool prints, given some."""
        lines = None if records is None else "".join(json.dumps(record) + "\n" for record in records).encode()
        done = subprocess.run([interop.tool(tool), *arguments, "--lake", self.lake], input=lines, capture_output=True, timeout=300)
        if done.returncode not in (0, 1):
            raise SystemExit(f"{tool} {' '.join(arguments)} ended with {done.returncode}: {done.stderr.decode()[:300]}")
        return [record for record in map(json.loads, done.stdout.splitlines()) if tool == "av-meta" or record["type"] == "datastream"]

    def path(self, name, value=None):
        if value is not None:
            with open(f"{self.folder}/{name}", "w") as file: json.dump(value, file)
        return f"{self.folder}/{name}"

    def drive(self, number, seconds):
        place, found = f"{self.lake}/landing/drive-{number}", self.path(f"detections-{number}.jsonl")
        own = ["--seconds", str(seconds), "--seed", str(number), "--vin", f"AVFIND00000000{number % 3}"]
        interop.run("sample-drive", *own, "--detections", found, "-o", place)
        shutil.copy(place + "/vehicle.dbc", self.folder)
        rewrite(found, '"camera/front"', '"camera/camera_front"')
        return found

    def returned(self, exported, change, *more):
        """Labels of an export that come back changed."""
        with open(f"{self.lake}/{exported['path']}/coco.json") as file: coco = json.load(file)
        change(coco)
        self("av-label-export", "--import", self.path("returned.json", coco), *more)


def rewrite(path, old, new):
    with open(path) as file: text = file.read().replace(old, new)
    with open(path, "w") as file: file.write(text)


def add(coco, images, category, count):
    known = {own["name"]: own["id"] for own in coco["categories"]}
    if category not in known:
        known[category] = 100 + len(known)
        coco["categories"].append({"id": known[category], "name": category})
    for image in images:
        for index in range(count):
            number, x = 10_000 + len(coco["annotations"]), 3 + 31 * index + len(category)
            coco["annotations"].append({"id": number, "image_id": image["id"], "category_id": known[category], "bbox": [x, 5, 20, 30], "area": 600,
                                        "iscrowd": 0, "segmentation": [[x, 5, x + 20, 5, x + 20, 35, x, 35]]})


def make(folder):
    make = Maker(folder)
    detections = [make.drive(number, seconds) for number, seconds in [(1, 8), (2, 8), (3, 5), (4, 2)]]
    config, join = make.path("enrich.json5", SIGNALS), make.path("notes.csv")
    extracted = make("av-extract", "--dbc", make.path("vehicle.dbc"), records=make("av-ingest", "--landing"))
    extracted.sort(key=lambda record: record["start"])
    synchronized = [make("av-sync", *more, records=[record])[0] for record, more in zip(extracted, [[], [], ["-t", "camera/*", "-t", "lidar/*"], []])]
    begin = nanoseconds(extracted[0]["start"])
    with open(join, "w") as file: file.write("t_ns,value,word\n" + "".join(f"{begin + n * 400_000_000},{n % 5},{'ab'[n % 2]}\n" for n in range(16)))
    plain = make("av-enrich", "-c", config, records=synchronized[:3])
    make("av-scenes", records=plain)
    coarse = make("av-sync", "--rate", "5Hz", records=extracted[:1])
    again = make("av-sync", "--policy", "latest", "--tolerance", "300ms", records=extracted[:1])
    seen = [make("av-enrich", "-c", config, "--objects", objects, "--boxes", "xyxy", *more, records=[stream])[0] for objects, stream, more in [
        (detections[0], synchronized[0], []), (detections[1], synchronized[1], []), (detections[0], coarse[0], ["--join", f"note={join}"]),
        (detections[0], coarse[0], ["--min-score", "0.9"])]]
    make("av-scenes", "--only", "stop,hard_brake", records=seen[2:3])
    exports = [make("av-label-export", "--stream", "camera/*front", "--rate", rate, "--partner", "acme", records=[stream])[0]
               for stream, rate in [(seen[0], "2Hz"), (seen[1], "3Hz"), (seen[2], "1Hz")]]
    def half(coco):
        coco["annotations"] = [own for own in coco["annotations"] if own["image_id"] % 2]
        add(coco, coco["images"][::3], "scooter", 2)
        add(coco, coco["images"][::2], "pedestrian", 3)
    for exported in exports: make.returned(exported, half)
    make.returned(exports[0], lambda coco: add(coco, coco["images"][5:8], "cyclist", 2))
    make.returned(exports[1], lambda coco: add(coco, coco["images"][2:5], "cyclist", 2), "--supersede")
    first, second = extracted[0]["measurement"], extracted[1]["measurement"]
    at = lambda record, seconds: gen_lake.text(nanoseconds(record["start"]) + int(seconds * 1e9))
    for words in [
        (first, "weather=rain"), (second, "weather=sun", "--source", "driver"), (second, "weather=rain", "--from", at(extracted[1], 2), "--to", at(extracted[1], 4.011)),
        (first, "road=city", "--from", at(extracted[0], 3.111)), (first, "road=rural", "--to", at(extracted[0], 3.111)),
        (first, "road=tunnel", "--source", "rule", "--from", at(extracted[0], 1), "--to", at(extracted[0], 2)), (second, "quality=bad"), (second, "quality="),
        (coarse[0]["id"], "quality=good"), (again[0]["id"], "quality=good", "--from", at(extracted[0], 4), "--to", at(extracted[0], 5)),
        (synchronized[2]["id"], "weather=fog"), (synchronized[1]["id"], "road=city", "--to", at(extracted[1], 1))]:
        make("av-meta", "tag", *words)
    rewrite(make.lake + "/lake.json5", '  retention: { "*"', '  retention: { extracted: { keep: "0d", then: "delete" }, "*"')
    make("av-meta", "lifecycle", "--apply", extracted[3]["id"])
    return make.lake


class Fold(find.Fold):
    """The log, and what the tables say of frames."""

    def take(self, time, event):
        if event["event"] != "tag": return super().take(time, event)
        target = event["target"]
        subject = self.streams[target["datastream"]] if "datastream" in target else self.measurement(target["measurement"])
        key, stretch = (event["key"], event.get("source")), (nanoseconds(event.get("start")), nanoseconds(event.get("end")))
        subject["tags"] = [tag for tag in subject["tags"] if tag[:2] != key or event["value"] is not None and tag[3:] != stretch]
        if event["value"] is not None: subject["tags"].append((*key, event["value"], *stretch))

    def __init__(self, lake):
        super().__init__(lake)
        whole = [stream for _, stream in sorted(self.streams.items()) if stream["state"] == "COMPLETED"]
        self.synchronized = [s for s in whole if s["zone"] == "synchronized" and all(self.streams[p]["state"] != "DELETED" for p in s["parents"])]
        self.enriched = [s for s in whole if s["zone"] == "enriched"]
        self.labeled = [s for s in whole if s["zone"] == "labeled"]
        for stream in self.synchronized:
            stream["frames"] = [row for row in self.rows(stream, "sample_data") if row["status"] == "ok" and row["sample_id"] is not None
                                and row["t_ns"] is not None and row["source_path"] and not row["source_path"].endswith(".parquet")]
        for stream in self.enriched: stream["samples"], stream["objects"] = self.rows(stream, "enriched"), self.rows(stream, "objects")
        for stream in self.labeled: stream["objects"] = self.rows(stream, "labels")
        self.counts = []
        for stream in self.enriched + self.labeled:
            counts, samples = Counter(), {}
            for row in stream["objects"] or []:
                key = (row["class"], row.get("class_group"))
                counts[key] += 1
                samples.setdefault(key, set()).add(row["sample_id"])
            self.counts += [{"stream": stream, "class": key[0], "group": key[1], "count": count, "frames": len(samples[key])} for key, count in counts.items()]

    def rows(self, stream, name):
        path = f"{self.lake}/{stream['path']}/{name}.parquet"
        return pq.read_table(path).to_pylist() if os.path.exists(path) else None

    def vin(self, measurement):
        return self.measurements[measurement]["facts"].get("vin")


def condition(r, rows):
    """What a condition says, and a function of a row: 1 true, 0 false, 0.5 not known."""
    kind = r.random()
    if kind < 0.3:
        (text, one), (more, other) = condition(r, rows), condition(r, rows)
        if r.random() < 0.5: return f"({text}) and ({more})", lambda row: min(one(row), other(row))
        return f"({text}) or ({more})", lambda row: max(one(row), other(row))
    if kind < 0.4:
        text, one = condition(r, rows)
        return f"not ({text})", lambda row: 1 - one(row)
    if kind < 0.6:
        name, sign = r.choice(TEXTS), r.choice(["=", "!="])
        wanted = r.choice([row.get(name) for row in rows if row.get(name)] or ["night"])
        if r.random() < 0.2: wanted = r.choice(["night", "none at all"])
        return f"{name} {sign} '{wanted}'", verdict(name, lambda value: (value == wanted) == (sign == "="))
    name, sign = r.choice(NUMBERS), r.choice(["<", ">", "<=", ">=", "=", "!="])
    known = [row[name] for row in rows if row.get(name) is not None and abs(row[name]) > 1e-3] or [1]
    wanted, unit, factor = r.choice(known), "", 1
    if r.random() < 0.3: wanted = round(wanted, 2)
    if name == "speed_mps" and r.random() < 0.3: wanted, unit, factor = round(wanted * 3.6) + 0.123, "km/h", 1 / 3.6
    test = {"<": float.__lt__, ">": float.__gt__, "<=": float.__le__, ">=": float.__ge__, "=": float.__eq__, "!=": float.__ne__}[sign]
    return f"{name} {sign} {wanted}{unit}", verdict(name, lambda value: test(float(value), wanted * factor))


def verdict(name, test):  # KeyError where there is no such column
    return lambda row: 0.5 if row[name] is None else float(test(row[name]))


def during(start, end, time):  # an instant lasts a nanosecond
    return (start is None or start <= time) and (end is None or time < max(end, end if start is None else start + 1))


def glob(text):
    """One of the few patterns that are asked for."""
    return re.compile(re.escape(text).replace(r"\*\*", ".*").replace(r"\*", "[^/]*")).fullmatch


class Search:
    """A random search of frames, around one of them."""

    def __init__(self, fold, r):
        self.fold, self.args = fold, []
        stream = r.choice(fold.synchronized)
        frame = r.choice(stream["frames"]) if r.random() < 0.6 else r.choice([min, max])(stream["frames"], key=lambda row: row["t_ns"])
        near = [s for s in fold.enriched if stream["id"] in s["parents"]]
        rows = [row for s in near or fold.enriched for row in s["samples"]]
        vins, ids = sorted({fold.vin(m) for m in fold.measurements}), sorted(fold.measurements)
        types = sorted({scene["type"] for scene in fold.scenes}) + ["nothing"]
        self.vins = self.pick(r, "--vin", 0.15, lambda: r.choice([*vins, "AVFIND*", "*1", "VIN"]))
        self.ids = self.pick(r, "--measurement", 0.15, lambda: r.choice([stream["measurement"], r.choice(ids)[:r.choice([2, 8, 12])], r.choice(ids)[:8].upper()]))
        topics = ["camera/**", "*/camera_*", "lidar/*", "camera/camera_front", "*", "!lidar/*", "!**/*_side", "**"]
        self.topics = self.pick(r, "--topic", 0.3, lambda: r.choice(topics))
        self.types = self.pick(r, "--scene", 0.25, lambda: r.choice(types))
        tags = ["weather", "weather=rain", "weather=fog", "road=city", "road", "road=tunnel", "quality=good", "quality", "event", "route"]
        self.tags = self.pick(r, "--tag", 0.25, lambda: r.choice(tags))
        classes = ["car", "vehicle", "pedestrian", "cyclist", "unknown", "car>=2", "vehicle>=2", "pedestrian>=3", "unknown>=2", "cyclist>=2", "truck"]
        self.classes = [(own.split(">=")[0], int(own.partition(">=")[2] or 1)) for own in self.pick(r, "--class", 0.4, lambda: r.choice(classes))]
        self.conditions = []
        for _ in range(r.choice([0, 0, 1, 1, 2])):
            text, test = condition(r, rows)
            self.conditions.append(test)
            self.args += ["--where", text]
        self.areas = []
        for kind in ["--bbox", "--near", "--geohash"]:
            if r.random() > 0.12: continue
            place, reach = r.choice([row for row in rows if row["lat"] is not None]), r.choice([1e-5, 1e-4, 3e-4, 3e-2])
            lat, lon = round(place["lat"], 6), round(place["lon"], 6)
            box, metres = [round(v, 6) for v in (lon - reach, lat - reach, lon + reach, lat + reach)], round(reach * 111_000, 1)
            self.areas.append({"--bbox": (kind, ",".join(map(str, box)), box), "--near": (kind, f"{lat},{lon},{metres}m", (lat, lon, metres)),
                               "--geohash": (kind, find.geohash(lat, lon, r.choice([4, 7, 8])))}[kind])
            self.args += self.areas[-1][:2]
        edge = lambda: frame["t_ns"] + r.choice([0, 1, -1, 6_000_000, -6_000_000, r.randrange(-3 * 10**9, 3 * 10**9)])
        self.since, self.until = (edge() if r.random() < 0.25 else None for _ in range(2))
        if self.since is not None and self.until is not None and self.until <= self.since: self.until = self.since + 1
        for name, time in [("--since", self.since), ("--until", self.until)]:
            if time is not None: self.args += [name, gen_lake.text(time)]
        self.limit = r.choice([None, None, 1, 7, 60])
        self.form = "path" if r.random() < 0.15 else "jsonl"

    def pick(self, r, name, chance, value):
        values = [value() for _ in range(r.choice([1, 2]))] if r.random() < chance else []
        for own in values: self.args += [name, own]
        return values

    def wanted(self):
        found = {}
        # The newest comes first, and what is there already stays.
        for stream in sorted(self.fold.synchronized, key=lambda s: (s["changed"], s["id"]), reverse=True):
            measurement, vin = stream["measurement"], self.fold.vin(stream["measurement"])
            if self.vins and not any(glob(own.replace("*", "**"))(vin) for own in self.vins): continue
            if self.ids and not any(measurement.startswith(own.lower()) for own in self.ids): continue
            sources = self.sources(stream)
            for row in stream["frames"]:
                if (measurement, row["source_path"]) in found or not self.meets(stream, row): continue
                objects = next((counts for counts in (source(row["sample_id"], row["stream"]) for source in sources) if counts is not None), None)
                if objects is None: continue
                found[measurement, row["source_path"]] = (row["source_path"], row["t_ns"], row["stream"], row["sample_id"], measurement, vin, stream["id"], objects)
        return list(found.values())

    def meets(self, stream, row):
        time = row["t_ns"]
        if self.since is not None and time < self.since or self.until is not None and time >= self.until: return False
        taken, left = [own for own in self.topics if own[0] != "!"], [own[1:] for own in self.topics if own[0] == "!"]
        if taken and not any(glob(own)(row["stream"]) for own in taken) or any(glob(own)(row["stream"]) for own in left): return False
        if self.types and not any(s["type"] in self.types and during(s["start_ns"], s["end_ns"], time)
                                  for s in self.fold.by_measurement.get(stream["measurement"], [])): return False
        tags = self.fold.measurements[stream["measurement"]]["tags"] + stream["tags"]
        return all(any(tag[0] == own.split("=")[0] and own in (tag[0], f"{tag[0]}={tag[2]}") and during(tag[3], tag[4], time) for tag in tags)
                   for own in self.tags)

    def sources(self, stream):
        """Functions that say of a sample and stream how often the classes are there; None where it is not one of those."""
        if not (self.classes or self.conditions or self.areas): return [lambda sample, name: ()]
        children, sources, anywhere = [s for s in self.fold.enriched if stream["id"] in s["parents"]], [], set()
        for child in children:
            good = {row["sample_id"] for row in child["samples"] if self.holds(row)}
            anywhere |= good
            if not self.classes: sources.append(lambda sample, name, good=good: () if sample in good else None)
            elif child["objects"] is not None: sources.append(self.counting(child, good))
        for own in self.fold.labeled if self.classes else []:
            if own["measurement"] == stream["measurement"]:
                sources.append(self.counting(own, anywhere if self.conditions or self.areas else None))
        return sources

    def holds(self, row):
        try:
            if any([test(row) < 1 for test in self.conditions]): return False
        except KeyError: return False
        return all(row["lat"] is not None and inside(area, row["lat"], row["lon"]) for area in self.areas)

    def counting(self, stream, good):
        counts = Counter()
        for row in stream["objects"]:
            for name in {row["class"], row.get("class_group")}: counts[row["sample_id"], row["stream"], name] += 1
        def source(sample, name):
            if good is not None and sample not in good: return None
            own = [(wanted, counts[sample, name, wanted], least) for wanted, least in self.classes]
            return tuple(sorted({(wanted, count) for wanted, count, _ in own})) if all(count >= least for _, count, least in own) else None
        return source

    def found(self, lake, limit):
        more = ["--limit", str(limit)] if limit else []
        lines = ask(lake, "frames", *self.args, *more, "--format", self.form)
        if self.form == "path": return lines
        return [(r["path"], nanoseconds(r["t"]), r["stream"], r["sample_id"], r["measurement"], r.get("vin"), r["datastream"],
                 tuple(sorted(r.get("objects", {}).items()))) for r in map(parse, lines)]


def parse(line):
    def unique(pairs):
        if len(dict(pairs)) < len(pairs): raise ValueError(f"a member is there twice: {pairs}")
        return dict(pairs)
    return json.loads(line, object_pairs_hook=unique)


def ask(lake, *arguments):
    done = subprocess.run([interop.tool("av-meta"), "find", *arguments, "--lake", lake], capture_output=True, timeout=300)
    if done.returncode: raise ValueError(f"exit {done.returncode}: {done.stderr.decode()[:200]}")
    return done.stdout.decode().splitlines()


def frames(fold, lake, r):
    problems, results = [], 0
    for _ in range(QUERIES):
        search = next(own for own in iter(lambda: Search(fold, r), None) if own.args or r.random() < 0.1)
        wanted = [row[0] for row in search.wanted()] if search.form == "path" else search.wanted()
        results += len(wanted)
        line = f"find frames {' '.join(repr(own) if ' ' in own else own for own in search.args)}"
        try: found, first = search.found(lake, None), search.found(lake, search.limit) if search.limit else []
        except ValueError as error:
            problems.append(f"{line}: {error}")
            continue
        missing, extra = Counter(wanted) - Counter(found), Counter(found) - Counter(wanted)
        if missing or extra:
            problems.append(f"{line}: wanted {len(wanted)}, found {len(found)}; missing {list(missing)[:1]}, too many {list(extra)[:1]}")
        elif search.limit and first != found[:search.limit]: problems.append(f"{line} --limit {search.limit}: other frames than the first of all")
    interop.judge(f"{QUERIES} random searches of frames: {results} results", problems)


def labels(fold, lake, r):
    problems, results, queries = [], 0, max(1, QUERIES // 3)
    for _ in range(queries):
        args, key, limit = [], r.choice(["start", "end", "id"]), r.choice([None, None, 1, 4])
        def pick(name, values, chance):
            own = r.choice(values) if r.random() < chance else None
            if own is not None: args.extend([name, own])
            return own
        classes = [pick("--class", ["car", "vehicle", "pedestrian>=20", "unknown", "cyclist>=2", "car>=100"], 0.5), pick("--class", ["vehicle", "car>=3"], 0.1)]
        zone, kind = pick("--zone", ["enriched", "labeled", "raw"], 0.3), pick("--kind", ["label", "enrichment"], 0.3)
        vin = pick("--vin", ["AVFIND000000001", "AVFIND000000002", "AVFIND*"], 0.3)
        fits = lambda own, name: name.split(">=")[0] in (own["class"], own["group"]) and own["count"] >= int(name.partition(">=")[2] or 1)
        wanted = [own for own in fold.counts if all(fits(own, name) for name in classes if name) and zone in (None, own["stream"]["zone"])
                  and kind in (None, own["stream"]["kind"]) and (vin is None or glob(vin)(fold.vin(own["stream"]["measurement"])))]
        order = {"start": lambda s: s["from"], "end": lambda s: s["till"], "id": lambda s: s["id"]}[key]
        back = r.random() < 0.5
        wanted.sort(key=lambda own: (order(own["stream"]), own["stream"]["id"], own["class"], own["group"] or ""), reverse=back)
        wanted = [(own["stream"]["id"], own["class"], own["group"], own["count"], own["frames"]) for own in wanted][:limit]
        args += ["--sort", "-" * back + key] + (["--limit", str(limit)] if limit else [])
        results += len(wanted)
        found = [(own["datastream"], own["class"], own.get("class_group"), own["count"], own["frames"]) for own in map(parse, ask(lake, "labels", *args))]
        if wanted != found: problems.append(f"find labels {' '.join(args)}: wanted {wanted[:3]}, found {found[:3]}")
    interop.judge(f"{queries} random searches of labels: {results} results", problems)


def orders(fold, lake, r):
    facts = lambda m, name: nanoseconds(m["facts"].get(name))
    kinds = {
        "measurements": (list(fold.measurements.values()), lambda m: m["id"], {
            "start": lambda m: facts(m, "start"), "end": lambda m: facts(m, "end"), "id": lambda m: m["id"], "vin": lambda m: m["facts"].get("vin")}),
        "streams": (list(fold.streams.values()), lambda s: s["id"], {
            "start": lambda s: s["from"], "end": lambda s: s["till"], "id": lambda s: s["id"], "bytes": lambda s: s.get("bytes"), "changed": lambda s: s["changed"]}),
        "scenes": (fold.scenes, lambda s: s["scene_id"], {"start": lambda s: s["start_ns"], "end": lambda s: s["end_ns"], "id": lambda s: s["scene_id"]})}
    problems, count = [], 0
    for kind, (things, id, keys) in kinds.items():
        for key in ["start", "end", "id", "vin", "bytes", "changed"]:
            for sort, back in [(key, False), ("-" + key, True)]:
                since = r.choice([None, fold.scenes[len(fold.scenes) // 2]["start_ns"]])
                limit, count = r.choice([None, 3, 100]), count + 1
                args = [kind, "--sort", sort] + (["--limit", str(limit)] if limit else []) + (["--since", gen_lake.text(since)] if since else [])
                if key not in keys:
                    code = subprocess.run([interop.tool("av-meta"), "find", *args, "--lake", lake], capture_output=True).returncode
                    if code != 2: problems.append(f"find {' '.join(args)}: ended with {code}")
                    continue
                # What is not known comes before all that is.
                order = sorted(things, key=lambda own: (keys[key](own) is not None, keys[key](own) or 0, id(own)), reverse=back)
                wanted = [id(own) for own in order if overlaps(kinds[kind][2]["start"](own), kinds[kind][2]["end"](own), since, None)][:limit]
                found = [own["scene_id" if kind == "scenes" else "id"] for own in map(parse, ask(lake, *args))]
                if wanted != found: problems.append(f"find {' '.join(args)}: wanted {len(wanted)}: {wanted[:3]}, found {len(found)}: {found[:3]}")
    interop.judge(f"{count} orders of measurements, streams and scenes", problems)


def main():
    lake = make(os.path.join(interop.scratch, "find_frames"))
    fold, r = Fold(lake), random.Random(SEED)
    for check in [frames, labels, orders]: check(fold, lake, r)


if __name__ == "__main__":
    main()
    interop.end()
