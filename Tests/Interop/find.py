#!/usr/bin/env python3
"""`av-meta find` on a lake of several writers, against a fold of the log written here: 200 random searches, asked while
the log grows line by line and host by host, and once more of an index that was made anew.
"""
import glob
import json
import math
import os
import random
import re
import shutil
import subprocess
import sys

import pyarrow.parquet as pq

from interop import Interop

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "Bench"))
import gen_lake  # noqa: E402

interop = Interop("find")
SEED = int(os.environ.get("AV_FIND_SEED", "7"))
QUERIES = int(os.environ.get("AV_FIND_QUERIES", "200"))
RADIUS = 6_371_008.8


def nanoseconds(text):
    if text is None: return None
    from calendar import timegm
    from time import strptime
    return timegm(strptime(text[:19], "%Y-%m-%dT%H:%M:%S")) * 10**9 + int(text[20:29])


class Fold:
    """What the log says, by a reading of the log's description and nothing else."""

    def __init__(self, lake):
        self.lake = lake
        events = []
        for path in glob.glob(lake + "/lineage/*.jsonl"):
            with open(path, "rb") as file:
                for line in file.read().split(b"\n")[:-1]:
                    event = json.loads(line)
                    events.append((nanoseconds(event["time"]), os.path.basename(path)[:-6], event["seq"], event))
        events.sort(key=lambda item: item[:3])
        self.measurements, self.streams, self.runs = {}, {}, {}
        for time, _, _, event in events:
            self.take(time, event)
        for stream in self.streams.values():
            owner = self.measurements[stream["measurement"]]
            whole = stream.get("start") is not None and stream.get("end") is not None
            stream["from"], stream["till"] = (
                (stream["start"], stream["end"]) if whole
                else (nanoseconds(owner["facts"].get("start")), nanoseconds(owner["facts"].get("end"))))
        self.scenes = []
        for stream in self.streams.values():
            if stream["zone"] != "scenes" or stream["state"] != "COMPLETED": continue
            path = os.path.join(lake, stream["path"], "scenes.parquet")
            if not os.path.exists(path): continue
            for row in pq.read_table(path).select(["scene_id", "type", "start_ns", "end_ns", "lat", "lon"]).to_pylist():
                self.scenes.append({**row, "stream": stream, "measurement": stream["measurement"]})
        self.by_measurement = {}
        for scene in self.scenes: self.by_measurement.setdefault(scene["measurement"], []).append(scene)

    def measurement(self, id):
        return self.measurements.setdefault(
            id, {"id": id, "facts": {}, "files": {}, "tags": [], "notes": [], "streams": [], "parked": None})

    def take(self, time, event):
        name, m, d = event["event"], event.get("measurement"), event.get("datastream")
        if name.startswith("run."):
            run = self.runs.setdefault(event["run"], {"id": event["run"], "start": None, "end": None, "outcome": None})
            if name == "run.start": run["start"] = time
            if name == "run.end": run["end"], run["outcome"] = time, event["outcome"]
        elif name == "measurement.created":
            found = self.measurement(m)
            if not found["facts"]:
                found["facts"] = {k: v for k, v in event.items()
                                  if k not in ("v", "id", "seq", "time", "run", "event", "prev")}
        elif name == "measurement.updated": self.measurement(m)["facts"].update(event["set"])
        elif name == "file.facts": self.measurement(m)["files"][event["path"]] = event
        elif name == "error.parked": self.measurement(m)["parked"] = time
        elif name == "error.resolved": self.measurement(m)["parked"] = None
        elif name == "landing.cleared": self.measurement(m)
        elif name == "datastream.created":
            self.streams[d] = {**event, "id": d, "state": "CREATED", "tags": [], "notes": [], "rows": None}
            self.measurement(m)["streams"].append(d)
        elif name == "datastream.state":
            stream = self.streams[d]
            if stream["state"] != event["from"]: return
            stream["state"], stream["changed"] = event["to"], time
            if event["to"] in ("COPY_COMPLETE", "COMPLETED", "FAILED"):
                stream["start"], stream["end"] = nanoseconds(event.get("start")), nanoseconds(event.get("end"))
                stream["rows"], stream["bytes"] = event.get("rows"), event.get("bytes")
            if event["to"] == "COPY_COMPLETE": self.measurement(stream["measurement"])["parked"] = None
        elif name in ("tag", "note"):
            target = event["target"]
            subject = self.streams.get(target["datastream"]) if "datastream" in target else self.measurement(target["measurement"])
            if subject is None: return
            if name == "note": return subject["notes"].append(event["text"])
            key = (event["key"], event.get("source"))
            value = event["value"]
            subject["tags"] = [tag for tag in subject["tags"] if tag[:2] != key]
            if value is not None: subject["tags"].append((*key, value))


def overlaps(start, end, since, until):
    if start is None: return since is None and until is None
    end = max(start if end is None else end, start + 1)
    return (until is None or start < until) and (since is None or end > since)


def has_tag(subject, wanted):
    key, _, value = wanted.partition("=")
    return any(tag[0] == key and (not value or tag[2] == value) for tag in subject["tags"])


def body(fold, subject):
    """The words of a measurement or datastream."""
    texts = [f"{tag[0]} {tag[2]}" for tag in subject["tags"]] + subject["notes"]
    if "files" in subject:
        texts += [value for key, value in subject["facts"].items() if isinstance(value, str) and key not in
                  ("measurement", "vin", "region", "start", "end", "manifest", "files")]
        for facts in subject["files"].values(): texts += topics(fold, facts)
    return {word.lower() for text in texts for word in re.findall(r"[^\W_]+", text)}


def topics(fold, facts):
    channels = facts.get("channels") or []
    if isinstance(channels, dict):
        with open(f"{fold.lake}/lineage/blobs/{channels['blob'][7:]}.json") as file: channels = json.load(file)
    return [channel["name"] for channel in channels]


def inside(area, lat, lon):
    kind = area[0]
    if lat is None: return False
    if kind == "--bbox":
        west, south, east, north = area[2]
        return south <= lat <= north and west <= lon <= east
    if kind == "--geohash": return geohash(lat, lon, len(area[1])) == area[1]
    if kind == "--near":
        north, east, metres = area[2]
        a, b, c = math.radians(lat), math.radians(north), math.radians(lon - east)
        h = math.sin((a - b) / 2) ** 2 + math.cos(a) * math.cos(b) * math.sin(c / 2) ** 2
        return 2 * RADIUS * math.asin(min(1, math.sqrt(h))) <= metres
    found, ring = False, area[2]
    for (x1, y1), (x2, y2) in zip(ring, ring[1:] + ring[:1]):
        if (y1 > lat) != (y2 > lat) and lon < x1 + (lat - y1) / (y2 - y1) * (x2 - x1): found = not found
    return found


def geohash(lat, lon, length):
    alphabet, low, high, out = "0123456789bcdefghjkmnpqrstuvwxyz", [-180, -90], [180, 90], ""
    bit = digit = 0
    while len(out) < length:
        axis, value = bit % 2, (lon, lat)[bit % 2]
        middle = (low[axis] + high[axis]) / 2
        upper = value >= middle
        (low if upper else high)[axis] = middle
        digit, bit = digit << 1 | upper, bit + 1
        if bit % 5 == 0: out, digit = out + alphabet[digit], 0
    return out


class Search:
    """A random search: the words of the command, and what it should find."""

    def __init__(self, fold, r, scratch):
        self.fold = fold
        self.kind = r.choice(["measurements", "streams", "files", "scenes", "runs", "errors", "scenes", "streams"])
        self.options, self.args = {}, []
        if self.kind == "runs":
            self.pick(r, "--state", lambda: r.choice(["done", "partial"]), 0.6)
        else:
            self.pick(r, "--vin", lambda: [f"VIN{r.randrange(997):06d}", f"VIN0000{r.randrange(100):02d}", "VIN00001*"][r.randrange(3)], 0.3)
            self.pick(r, "--region", lambda: r.choice(["eu", "us", "ap", "none"]), 0.2)
            self.pick(r, "--text", lambda: r.choice(["rain", "lens", "rain night", "lidar points", "weat*", "A3", "reviewer", "bad"]), 0.15)
            self.pick(r, "--tag", lambda: r.choice(["weather=rain", "road", "weather", "quality=bad", "road=city", "campaign"]), 0.25)
            self.pick(r, "--format-of", lambda: r.choice(["rosbag", "mdf4", "tdms"]), 0.1)
            self.pick(r, "--topic", lambda: r.choice(["/lidar/**", "/radar/front/objects", "/nothing"]), 0.1)
            self.pick(r, "--scene", lambda: r.choice(gen_lake.TYPES), 0.35)
        if self.kind not in ("runs", "errors"):
            self.pick(r, "--zone", lambda: r.choice(["raw", "extracted", "scenes", "enriched"]), 0.2)
            self.pick(r, "--state", lambda: r.choice(["COMPLETED", "FAILED", "COPY_COMPLETE", "SUPERSEDED"]), 0.2)
            self.pick(r, "--kind", lambda: r.choice(["can", "sync", "raw", "scenes"]), 0.1)
            self.area(r, scratch)
        self.since = self.until = None
        last = max((m["facts"].get("end") and nanoseconds(m["facts"]["end"]) or 0 for m in fold.measurements.values()), default=0)
        if r.random() < 0.35:
            self.since = gen_lake.EPOCH + r.randrange(max(1, last - gen_lake.EPOCH))
            self.args += ["--since", gen_lake.text(self.since)]
        if r.random() < 0.35:
            self.until = (self.since or gen_lake.EPOCH) + r.randrange(1, max(2, last - gen_lake.EPOCH))
            self.args += ["--until", gen_lake.text(self.until)]
        self.descending = self.kind != "errors" and r.random() < 0.2
        if self.descending: self.args += ["--sort", "-start"]
        self.limit = r.choice([None, None, 1, 10, 100])
        if self.limit: self.args += ["--limit", str(self.limit)]

    def pick(self, r, name, value, chance):
        if r.random() < chance:
            values = [value()] if name in ("--text", "--tag") or r.random() < 0.7 else [value(), value()]
            self.options[name] = values
            for own in values: self.args += [name, own]

    def area(self, r, scratch):
        self.where = None
        if r.random() > 0.3 or not self.fold.scenes: return
        scene = r.choice(self.fold.scenes)
        lat, lon = (scene["lat"] or 48.1), (scene["lon"] or 11.5)
        kind, reach = r.choice(["--bbox", "--near", "--geohash", "--polygon"]), r.choice([0.002, 0.02, 0.3])
        if kind == "--bbox":
            box = [round(v, 5) for v in (lon - reach, lat - reach, lon + reach, lat + reach)]
            self.where = (kind, ",".join(map(str, box)), box)
        elif kind == "--near":
            metres = round(reach * 111_000)
            self.where = (kind, f"{lat:.6f},{lon:.6f},{metres}m", (float(f"{lat:.6f}"), float(f"{lon:.6f}"), metres))
        elif kind == "--geohash":
            self.where = (kind, geohash(lat, lon, r.choice([3, 5, 6])))
        else:
            ring = [(lon + reach * math.cos(a) * r.uniform(0.5, 1), lat + reach * math.sin(a) * r.uniform(0.5, 1))
                    for a in [0.3, 1.5, 2.6, 4.0, 5.2]]
            path = os.path.join(scratch, "area.geojson")
            with open(path, "w") as file: json.dump({"type": "Polygon", "coordinates": [[*ring, ring[0]]]}, file)
            self.where = (kind, path, ring)
        self.args += [self.where[0], self.where[1]]

    def chosen(self, m):
        """Whether a measurement meets what is asked of measurements."""
        o, fold = self.options, self.fold
        own = [fold.streams[d] for d in m["streams"]]
        if "--vin" in o and not any(vin == m["facts"].get("vin") or vin.endswith("*") and m["facts"].get("vin", "").startswith(vin[:-1]) for vin in o["--vin"]): return False
        if "--region" in o and m["facts"].get("region") not in o["--region"]: return False
        if "--text" in o:
            words = [re.findall(r"[^\W_]+|\*", word.lower()) for word in o["--text"][0].split()]
            def meets(subject):
                known = body(fold, subject)
                return all(any(w.startswith(word[0]) for w in known) if word[-1] == "*" else word[0] in known for word in words)
            if not any(meets(subject) for subject in [m, *own]): return False
        if self.kind != "files" and "--format-of" in o and not any(f.get("format") in o["--format-of"] for f in m["files"].values()): return False
        if self.kind != "files" and "--topic" in o and not any(self.topic(f) for f in m["files"].values()): return False
        if self.kind != "scenes" and "--scene" in o and not any(s["type"] in o["--scene"] for s in fold.by_measurement.get(m["id"], [])): return False
        if self.kind != "streams" and "--tag" in o and not all(has_tag(m, tag) for tag in o["--tag"]): return False
        if self.kind not in ("scenes", "errors") and self.where and not any(
                inside(self.where, s["lat"], s["lon"]) and overlaps(s["start_ns"], s["end_ns"], self.since, self.until)
                for s in fold.by_measurement.get(m["id"], [])): return False
        if self.kind in ("measurements", "files") and any(k in o for k in ("--zone", "--kind", "--state")) and not any(self.stream(s) for s in own): return False
        return True

    def stream(self, s):
        return all(s[key[2:]] in self.options[key] for key in ("--zone", "--kind", "--state") if key in self.options)

    def topic(self, facts):
        return any(name in self.options["--topic"] or "/lidar/**" in self.options["--topic"] and name.startswith("/lidar/")
                   for name in topics(self.fold, facts))

    def wanted(self):
        fold, o, found = self.fold, self.options, []
        good = {m["id"] for m in fold.measurements.values() if self.kind == "runs" or self.chosen(m)}
        if self.kind == "measurements":
            for m in fold.measurements.values():
                start, end = nanoseconds(m["facts"].get("start")), nanoseconds(m["facts"].get("end"))
                if m["id"] in good and overlaps(start, end, self.since, self.until): found.append((start or 0, m["id"], m["id"]))
        elif self.kind == "streams":
            for s in fold.streams.values():
                m = fold.measurements[s["measurement"]]
                if m["id"] in good and self.stream(s) and overlaps(s["from"], s["till"], self.since, self.until) and all(
                        has_tag(s, tag) or has_tag(m, tag) for tag in o.get("--tag", [])):
                    found.append((s["from"] or 0, s["id"], (s["id"], s["state"], s["rows"], s["path"])))
        elif self.kind == "files":
            for m in fold.measurements.values():
                start = nanoseconds(m["facts"].get("start"))
                for path, f in m["files"].items():
                    if m["id"] in good and overlaps(nanoseconds(f.get("start")), nanoseconds(f.get("end")), self.since, self.until) \
                            and overlaps(start, nanoseconds(m["facts"].get("end")), self.since, self.until) \
                            and ("--format-of" not in o or f.get("format") in o["--format-of"]) and ("--topic" not in o or self.topic(f)):
                        found.append((start or 0, m["id"], (m["id"], path)))
        elif self.kind == "scenes":
            for s in fold.scenes:
                if s["measurement"] in good and self.stream(s["stream"]) and ("--scene" not in o or s["type"] in o["--scene"]) \
                        and overlaps(s["start_ns"], s["end_ns"], self.since, self.until) and (not self.where or inside(self.where, s["lat"], s["lon"])):
                    found.append((s["start_ns"], s["scene_id"], (s["scene_id"], s["type"])))
        elif self.kind == "runs":
            for run in fold.runs.values():
                if (self.until is None or run["start"] < self.until) and (self.since is None or run["end"] is None or run["end"] > self.since) \
                        and ("--state" not in o or run["outcome"] in o["--state"]):
                    found.append((run["start"], run["id"], run["id"]))
        else:
            for m in fold.measurements.values():
                if m["parked"] and m["id"] in good and (self.since is None or m["parked"] >= self.since) and (self.until is None or m["parked"] < self.until):
                    found.append((m["parked"], f"error/{m['id']}", m["id"]))
        found.sort(key=lambda item: item[:2], reverse=self.descending)
        return [item[2] for item in found][:self.limit]

    def found(self, lake):
        done = subprocess.run([interop.tool("av-meta"), "find", self.kind, "--lake", lake, *self.args], capture_output=True, timeout=600)
        if done.returncode: return f"exit {done.returncode}: {done.stderr.decode()[:200]}"
        records = [json.loads(line) for line in done.stdout.splitlines()]
        if self.kind == "streams": return [(r["id"], r["state"], r.get("rows"), r["path"]) for r in records]
        if self.kind == "files": return [(r["measurement"], r["file"]) for r in records]
        if self.kind == "scenes": return [(r["scene_id"], r["scene"]) for r in records]
        return [r["measurement" if self.kind == "errors" else "id"] for r in records]


def main():
    whole, lake = os.path.join(interop.scratch, "find", "whole"), os.path.join(interop.scratch, "find", "lake")
    for folder in (whole, lake): shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(whole)
    gen_lake.generate(whole, measurements=300, streams=7, scenes=20, writers=3, seed=SEED, messy=True)
    shutil.copytree(whole, lake, ignore=shutil.ignore_patterns("*.jsonl"))
    logs = {}
    for path in sorted(glob.glob(whole + "/lineage/*.jsonl")):
        with open(path, "rb") as file: logs[os.path.basename(path)] = file.read().splitlines(keepends=True)
    r = random.Random(SEED)
    done, results, problems, asked = dict.fromkeys(logs, 0), 0, [], []
    steps = 20
    for step in range(1, steps + 1):
        # Hosts are ahead of each other: lines come late, and datastreams before their measurements' tags.
        for name, lines in logs.items():
            end = len(lines) if step == steps else min(len(lines), max(done[name] + 1, len(lines) * step // steps + r.randrange(-200, 200)))
            with open(f"{lake}/lineage/{name}", "ab") as file: file.writelines(lines[done[name]:max(done[name], end)])
            done[name] = max(done[name], end)
        fold = Fold(lake)
        count = QUERIES // (2 * steps) if step < steps else QUERIES - len(asked)
        for _ in range(count):
            search = Search(fold, r, os.path.join(interop.scratch, "find"))
            asked.append(search)
            wanted, found = search.wanted(), search.found(lake)
            results += len(wanted)
            if wanted != found: problems.append((search, wanted, found))
    report(problems, results, len(asked), "while the log grows")
    os.remove(lake + "/lineage/index.sqlite")
    again = []
    for search in [search for search in asked if search.fold is fold]:
        wanted, found = search.wanted(), search.found(lake)
        if wanted != found and search.args.count("--polygon") == 0: again.append((search, wanted, found))
    report(again, sum(1 for s in asked if s.fold is fold), len(asked), "made anew")


def report(problems, results, count, what):
    lines = []
    for search, wanted, found in problems:
        line = f"find {search.kind} {' '.join(search.args)}: wanted {len(wanted)}, found "
        if isinstance(found, list):
            missing, extra = [w for w in wanted if w not in found][:2], [f for f in found if f not in wanted][:2]
            line += f"{len(found)}; missing {missing}, too many {extra}"
        else:
            line += found
        lines.append(line)
    interop.judge(f"{count} random searches {what}: {results} results", lines)


if __name__ == "__main__":
    main()
    interop.end()
