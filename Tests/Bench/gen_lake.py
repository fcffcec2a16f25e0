#!/usr/bin/env python3
"""A lake as a fleet leaves it: its log with a right chain, and scenes.parquet files; no recordings.

    gen_lake.py FOLDER --measurements 100000 [--streams 10] [--scenes 50] [--frames 0] [--writers 4] [--seed 1] [--messy]

The same arguments give the same bytes. The first --frames drives have tables of samples, with what was around them. --messy adds what a fold has to get right: tags that are changed and removed,
notes, failed and repeated work, superseded datastreams, measurements in the error zone, scenes without a place.
"""
import argparse
import hashlib
import json
import os
import random
import time

EPOCH = 1_640_995_200_000_000_000  # 2022-01-01
TYPES = ["hard_brake", "stop", "standstill", "turn_left", "turn_right", "lane_change_left", "cut_in", "pedestrian",
         "following", "night", "rain", "u_turn"]
WEIGHTS = [8, 12, 14, 12, 12, 10, 4, 8, 14, 3, 2, 1]
CITIES = [(48.1372, 11.5755), (52.52, 13.405), (40.7128, -74.006), (35.6762, 139.6503), (-33.8688, 151.2093)]
TOPICS = [["/camera/front/image_raw", "/camera/rear/image_raw", "/imu/data", "/gps/fix", "/can/frames"],
          ["/camera/front/image_raw", "/lidar/top/points", "/imu/data", "/gps/fix"],
          ["/radar/front/objects", "/imu/data", "/gps/fix", "/tf"]]
DERIVED = [("extracted", "sensors", "extract"), ("extracted", "can", "extract"), ("synchronized", "sync", "sync"),
           ("enriched", "enrichment", "enrich"), ("scenes", "scenes", "scenes")]


def text(ns):
    seconds, rest = divmod(ns, 1_000_000_000)
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds)) + f".{rest:09d}Z"


class Writer:
    """The log of one host; a line is bytes, chained to the one before."""

    def __init__(self, folder, name, random):
        self.file = open(os.path.join(folder, name + ".jsonl"), "ab", buffering=1 << 20)
        self.name, self.random, self.seq, self.prev, self.time = name, random, 0, "", 0
        self.number = 0

    def add(self, now, run, event, fields):
        """One event; `fields` is JSON text of its own keys with a comma before, or nothing."""
        self.time = max(now, self.time + 1)
        self.number += 1
        head = self.time // 1_000_000
        entry = (f"{head >> 16:08x}-{head & 0xffff:04x}-7{self.random.getrandbits(12):03x}-"
                 f"{0x8000 | self.random.getrandbits(14):04x}-{self.random.getrandbits(48):012x}")
        who = f',"run":"{run}"' if run else ""
        line = (f'{{"v":1,"id":"{entry}","seq":{self.seq},"time":"{text(self.time)}"{who},"event":"{event}"{fields}'
                f',"prev":"{self.prev}"}}').encode()
        self.prev = hashlib.sha256(line).hexdigest()
        self.seq += 1
        self.file.write(line + b"\n")

    def open(self, now):
        self.add(now, None, "writer.open",
                 f',"writer":"{self.name}","boot":"00000000","tool":"av-ingest","version":"0.1.0","format":1')

    def close(self):
        self.file.close()


class Fleet:
    def __init__(self, folder, options):
        self.folder, self.options = folder, options
        self.random = random.Random(options.seed)
        log = os.path.join(folder, "lineage")
        os.makedirs(os.path.join(log, "blobs"), exist_ok=True)
        with open(os.path.join(folder, "lake.json5"), "w") as file:
            file.write('{schema: "av.lake/1", name: "synthetic"}\n')
        self.blobs = []
        for topics in TOPICS:
            body = json.dumps([{"name": name, "messages": 1000} for name in topics], separators=(",", ":")).encode()
            digest = hashlib.sha256(body).hexdigest()
            with open(os.path.join(log, "blobs", digest + ".json"), "wb") as file:
                file.write(body)
            self.blobs.append(f'{{"blob":"sha256:{digest}","count":{len(topics)}}}')
        self.writers = [Writer(log, f"host-{number:02d}", self.random) for number in range(options.writers)]
        for writer in self.writers:
            writer.open(EPOCH)
        self.made = 0

    def id(self, version=5):
        bits = self.random.getrandbits(128)
        t = f"{bits:032x}"
        return f"{t[:8]}-{t[8:12]}-{version}{t[13:16]}-{0x8000 | bits & 0x3fff:04x}-{t[20:]}"

    def make(self):
        step = 50
        for first in range(0, self.options.measurements, step):
            drives = [self.drive(number) for number in range(first, min(first + step, self.options.measurements))]
            # What happens in one stage of many drives lies together, as it does in a fleet.
            for stage in range(1 + len(DERIVED)):
                for drive in drives:
                    self.stage(drive, stage)
            for drive in drives:
                self.tags(drive)
        for writer in self.writers:
            writer.close()

    def drive(self, number):
        r = self.random
        start = EPOCH + number * 600_000_000_000 + r.randrange(600) * 1_000_000_000
        m = self.id()
        vin = f"VIN{number % 997:06d}"
        day = time.strftime("%Y/%m/%d", time.gmtime(start // 1_000_000_000))
        return {"number": number, "id": m, "vin": vin, "start": start, "end": start + r.randrange(60, 1800) * 10**9,
                "region": ["eu", "us", "ap"][number % 3], "place": f"{day}/{vin}/{m}", "raw": None, "streams": [],
                "host": self.writers[number // 50 % len(self.writers)], "city": CITIES[number % len(CITIES)]}

    def stage(self, drive, stage):
        r, log, m = self.random, drive["host"], drive["id"]
        now = drive["end"] + (stage + 1) * 300_000_000_000
        if stage == 0:
            drive["samples"] = [self.id() for _ in range(300)] if drive["number"] < self.options.frames else []
        run = self.id(7)
        tool = ["av-ingest", "av-extract", "av-extract", "av-sync", "av-enrich", "av-scenes"][stage]
        log.add(now, run, "run.start",
                f',"tool":"{tool}","version":"0.1.0","config":"c1f7","args":["--lake","lake"],"host":"{log.name}","pid":{r.randrange(99999)},"user":"ops"')
        if stage == 0:
            notes = f',"notes":"{r.choice(["rain, night", "dry and sunny", "snow on the road", "construction site"])}"'
            log.add(now, run, "measurement.created",
                    f',"measurement":"{m}","vin":"{drive["vin"]}","start":"{text(drive["start"])}","end":"{text(drive["end"])}","region":"{drive["region"]}","manifest":"sha256:{hashlib.sha256(m.encode()).hexdigest()}","files":1{notes if drive["number"] % 4 == 0 else ""}')
            log.add(now, run, "file.facts",
                    f',"measurement":"{m}","path":"drive.{"bag" if drive["number"] % 5 else "mf4"}","bytes":{r.randrange(10**10)},"format":"{"rosbag" if drive["number"] % 5 else "mdf4"}","start":"{text(drive["start"])}","end":"{text(drive["end"])}","messages":{r.randrange(10**6)},"channels":{self.blobs[drive["number"] % 3]},"verdict":"ok"')
            drive["raw"] = self.stream(drive, log, now, run, "raw", "raw", "ingest", [])
            log.add(now, run, "landing.cleared", f',"measurement":"{m}","files":1,"bytes":1000,"left":[]')
            if self.options.messy and drive["number"] % 17 == 3:
                log.add(now, run, "error.parked",
                        f',"measurement":"{m}","path":"error/{m}/{run}","op":"copy","code":"AV-IO-003","attempts":1')
        else:
            zone, kind, name = DERIVED[stage - 1]
            # All that is asked for beyond one a stage is of the first.
            count = max(1, self.options.streams - len(DERIVED)) if stage == 1 else 1
            for _ in range(count):
                made = self.stream(drive, log, now, run, zone, kind, name, [drive.get(zone, drive["raw"])])
            if zone == "synchronized":
                drive["enriched"] = made
        if not (self.options.messy and r.random() < 0.05):
            log.add(now + 10**9, run, "run.end",
                    f',"outcome":"{"done" if r.random() < 0.95 else "partial"}","exit":0,"items":{{"done":1}},"seconds":{r.randrange(100)}.5')

    def stream(self, drive, log, now, run, zone, kind, stage, parents):
        r, d, m = self.random, self.id(), drive["id"]
        path = f"{zone}/{drive['place']}/{d}"
        drive["streams"].append((d, zone))
        own = ",".join(f'"{parent}"' for parent in parents)
        log.add(now, run, "datastream.created",
                f',"datastream":"{d}","measurement":"{m}","zone":"{zone}","kind":"{kind}","path":"{path}","parents":[{own}],"stage":"{stage}","config":"c1f7","output_version":1')
        working, whole = ("START_COPY", "COPY_COMPLETE") if zone == "raw" else ("PROCESSING", "COMPLETED")
        move = f',"datastream":"{d}","from":"%s","to":"%s"%s'
        log.add(now, run, "datastream.state", move % ("CREATED", working, ""))
        if r.random() < 0.02:
            log.add(now, run, "datastream.state", move % (working, "FAILED", ',"error":{"code":"AV-IO-003","msg":"no space","retryable":true}'))
            if r.random() < 0.5:
                return d
            log.add(now, run, "datastream.state", move % ("FAILED", working, ""))
        if zone == "scenes":
            self.scenes(drive, d, path)
        if zone in ("synchronized", "enriched") and drive["samples"]:
            self.frames(drive, zone, path)
        facts = f',"rows":{r.randrange(10**6)},"files":3,"bytes":{r.randrange(10**9)},"digest":"sha256:{r.getrandbits(256):064x}"'
        if zone != "raw":
            facts = f',"start":"{text(drive["start"])}","end":"{text(drive["end"] - r.randrange(10**9))}"' + facts
        log.add(now, run, "datastream.state", move % (working, whole, facts))
        if zone == "scenes":
            log.add(now, run, "scene.summary", f',"datastream":"{d}","types":{{"stop":1}},"rules":"sha256:0d","skipped":[]')
        if self.options.messy and zone != "raw" and r.random() < 0.05:
            log.add(now + 10**9, run, "datastream.state", move % (whole, r.choice(["SUPERSEDED", "ARCHIVED", "DELETED"]), ""))
        return d

    def tags(self, drive):
        r, m = self.random, drive["id"]
        # People tag elsewhere than the drive was ingested.
        log = self.writers[(drive["number"] // 50 + 1) % len(self.writers)]
        now, run = drive["end"] + 4_000_000_000_000, self.id(7)
        log.add(now, run, "run.start", ',"tool":"av-meta","version":"0.1.0","args":["tag"],"host":"desk","pid":1,"user":"ann"')

        def tag(target, key, value, source="driver"):
            value = "null" if value is None else f'"{value}"'
            log.add(now, run, "tag", f',"target":{target},"key":"{key}","value":{value},"source":"{source}"')
        mine = f'{{"measurement":"{m}"}}'
        tag(mine, "weather", r.choice(["rain", "dry", "snow", "fog"]))
        tag(mine, "road", r.choice(["city", "motorway", "rural"]))
        if drive["number"] % 500 == 7:
            tag(mine, "campaign", f"c{drive['number'] // 500}")
        if self.options.messy:
            if r.random() < 0.3:
                tag(mine, "weather", r.choice(["rain", None, "hail"]))
            if r.random() < 0.3:
                log.add(now, run, "note", f',"target":{mine},"text":"{r.choice(["lens was dirty", "heavy traffic", "good light"])}","source":"ann"')
            d, _ = r.choice(drive["streams"])
            tag(f'{{"datastream":"{d}"}}', "quality", r.choice(["good", "bad"]), "reviewer")
            if r.random() < 0.1:
                log.add(now, run, "measurement.updated", f',"measurement":"{m}","set":{{"route":"A{r.randrange(1, 10)}","end":"{text(drive["end"] + 10**9)}"}}')
            if r.random() < 0.03:
                log.add(now, run, "error.resolved", f',"measurement":"{m}","how":"retried","by":"ops"')
        log.add(now + 10**9, run, "run.end", ',"outcome":"done","exit":0,"items":{"done":1},"seconds":0.1')

    def frames(self, drive, zone, path):
        r, samples = self.random, drive["samples"]
        times = [drive["start"] + number * 100_000_000 for number in range(len(samples))]
        numbers = list(range(len(samples)))
        if zone == "synchronized":
            self.write(path, "sample_data", {
                "sample_id": samples, "seq": numbers, "stream": ["camera/front"] * len(samples), "t_ns": times,
                "status": ["ok"] * len(samples),
                "source_path": [f"extracted/{drive['place']}/camera/front/{time}.jpg" for time in times]})
            return
        self.write(path, "enriched", {
            "sample_id": samples, "t_ns": times, "lat": [drive["city"][0]] * len(samples),
            "lon": [drive["city"][1]] * len(samples), "speed_mps": [r.random() * 40 for _ in samples],
            "light": [("day", "night")[drive["number"] % 2]] * len(samples)})
        classes = [r.choice(["car", "car", "pedestrian", "bicycle"]) for _ in samples]
        groups = {"car": "vehicle", "pedestrian": "person", "bicycle": "cycle"}
        self.write(path, "objects", {
            "sample_id": samples, "t_ns": times, "stream": ["camera/front"] * len(samples), "class": classes,
            "class_group": [groups[name] for name in classes]})

    def write(self, path, name, columns):
        import pyarrow as pa
        import pyarrow.parquet as pq
        folder = os.path.join(self.folder, path)
        os.makedirs(folder, exist_ok=True)
        pq.write_table(pa.table(columns), os.path.join(folder, name + ".parquet"), compression="zstd")

    def scenes(self, drive, d, path):
        import pyarrow as pa
        r, n = self.random, self.options.scenes
        span = drive["end"] - drive["start"]
        starts = sorted(drive["start"] + int(r.random() * span) for _ in range(n))
        ends = [start + int(r.random() * 20e9) for start in starts]
        types = r.choices(TYPES, WEIGHTS, k=n)
        lat, lon = drive["city"][0] + r.gauss(0, 0.1), drive["city"][1] + r.gauss(0, 0.1)
        lats, lons = [], []
        for _ in range(n):
            lat, lon = lat + r.gauss(0, 0.002), lon + r.gauss(0, 0.002)
            missing = self.options.messy and r.random() < 0.05
            lats.append(None if missing else lat)
            lons.append(None if missing else lon)
        us = [start // 1000 for start in starts]
        stamp = pa.timestamp("us", tz="UTC")
        table = {
            "scene_id": [self.id() for _ in range(n)], "measurement_id": [drive["id"]] * n, "datastream_id": [d] * n,
            "vin": [drive["vin"]] * n, "type": types, "layer": ["ego"] * n, "start_ns": starts, "end_ns": ends,
            "start_ts": pa.array(us, stamp), "end_ts": pa.array([end // 1000 for end in ends], stamp),
            "duration_s": [(end - start) / 1e9 for start, end in zip(starts, ends)], "params": ["{}"] * n,
            "margin": [r.random() for _ in range(n)], "confidence": [1.0] * n,
            "actors": pa.array([[] for _ in range(n)], pa.list_(pa.string())), "lat": pa.array(lats, pa.float64()),
            "lon": pa.array(lons, pa.float64()), "rule_id": types, "rule_version": ["1"] * n,
            "tags": pa.array([[] for _ in range(n)], pa.list_(pa.string()))}
        self.write(path, "scenes", table)
        self.made += n


def generate(folder, measurements, streams=10, scenes=50, frames=0, writers=4, seed=1, messy=False):
    options = argparse.Namespace(
        measurements=measurements, streams=streams, scenes=scenes, frames=frames, writers=writers, seed=seed, messy=messy)
    fleet = Fleet(folder, options)
    fleet.make()
    return fleet


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder")
    parser.add_argument("--measurements", type=int, default=100_000)
    parser.add_argument("--streams", type=int, default=10, help="datastreams of a measurement")
    parser.add_argument("--scenes", type=int, default=50, help="scenes of a measurement")
    parser.add_argument("--frames", type=int, default=0, help="drives with tables of samples")
    parser.add_argument("--writers", type=int, default=4)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--messy", action="store_true")
    own = parser.parse_args()
    made = generate(**vars(own))
    print(f"{own.measurements} measurements, {made.made} scenes, {sum(w.seq for w in made.writers)} events")
