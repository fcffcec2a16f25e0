#!/usr/bin/env python3
"""Reads what sample-drive writes with the Python package rosbags and compares it with the drive's truth.

    Tests/Interop/sample_drive.py path/to/sample-drive [--seconds 20] [--seed 1]

Every message of every topic is decoded, for each compression; counts, stamps, images, clouds, CAN signals (decoded here
from vehicle.dbc), tracks and fixes must be as the truth says. Defects are read too. Exit 1 on a difference.
"""
import argparse, collections, hashlib, io, json, math, re, struct, subprocess, sys, tempfile, zlib
from pathlib import Path

import numpy
from rosbags.rosbag1 import Reader
from rosbags.typesys import Stores, get_types_from_msg, get_typestore

failures = []


def check(condition, text):
    if not condition:
        failures.append(text)
        print("FAILED", text)


def drive(tool, folder, *arguments):
    folder.mkdir(parents=True)
    subprocess.run([tool, "-o", str(folder / "m"), "--truth", str(folder / "truth.json"),
                    "--detections", str(folder / "detections.jsonl"), *arguments], check=True)
    return folder / "m" / "drive.bag", json.loads((folder / "truth.json").read_text())


def messages(path):
    """Topic → [(record time, stamp, message)], all decoded by the definitions in the bag."""
    found, store = collections.defaultdict(list), get_typestore(Stores.EMPTY)
    with Reader(path) as bag:
        for connection in bag.connections:
            store.register(get_types_from_msg(connection.msgdef.data, connection.msgtype))
        for connection in bag.connections:
            found[connection.topic]
        for connection, time, data in bag.messages():
            message = store.deserialize_ros1(data, connection.msgtype)
            header = getattr(message, "header", None)
            stamp = header.stamp.sec * 10**9 + header.stamp.nanosec if header else None
            found[connection.topic].append((time, stamp, message))
    return found


class Database:
    """As much of DBC as vehicle.dbc has, written without looking at the writer."""
    def __init__(self, text):
        self.messages, name = {}, None
        for line in text.splitlines():
            if found := re.match(r"BO_ (\d+) (\w+): (\d+) \w+", line):
                name = found[2]
                number = int(found[1])
                self.messages[(number & 0x1FFFFFFF, bool(number >> 31))] = (name, signals := [])
            elif found := re.match(r' SG_ (\w+)( M| m\d+)? : (\d+)\|(\d+)@([01])([+-]) \(([^,]+),([^)]+)\)', line):
                signals.append((found[1], (found[2] or "").strip(), int(found[3]), int(found[4]), found[5] == "1",
                                found[6] == "-", float(found[7]), float(found[8])))

    def decode(self, frame):
        entry = self.messages.get((frame.id, bool(frame.is_extended)))
        if entry is None: return None, {}
        data, values, page = bytes(frame.data), {}, None
        for name, selection, start, length, intel, signed, factor, offset in entry[1]:
            if intel: raw = int.from_bytes(data, "little") >> start & (1 << length) - 1
            else:
                first = 8 * (start // 8) + 7 - start % 8
                raw = int.from_bytes(data, "big") >> 64 - first - length & (1 << length) - 1
            if signed and raw >> length - 1: raw -= 1 << length
            if selection == "M": page = raw
            elif selection and int(selection[1:]) != page: continue
            values[name] = raw * factor + offset
        return entry[0], values


def near(value, wanted, tolerance, text): check(abs(value - wanted) <= tolerance, f"{text}: {value} is not {wanted}")


def ego(truth, stamp):
    """The way at a time, linear between its points."""
    rows = truth["trajectory"]
    place = (stamp - int(truth["start_ns"])) / 1e8
    index = min(max(int(place), 0), len(rows) - 2)
    one, other, part = rows[index], rows[index + 1], place - index
    return {key: one[key] + (other[key] - one[key]) * part for key in one if key != "t_ns"}


def png(data):
    """Height, width and whether the rows of an 8-bit RGB PNG unpack."""
    place, packed, size = 8, b"", None
    while place < len(data):
        length, kind = struct.unpack(">I4s", data[place:place + 8])
        body = data[place + 8:place + 8 + length]
        check(zlib.crc32(kind + body) == struct.unpack(">I", data[place + 8 + length:place + 12 + length])[0], "PNG CRC")
        if kind == b"IHDR": size = struct.unpack(">II", body[:8])
        if kind == b"IDAT": packed += body
        place += 12 + length
    check(len(zlib.decompress(packed)) == size[1] * (1 + 3 * size[0]), "PNG rows")
    return size


def compare(path, truth):
    found = messages(path)
    start, end = int(truth["start_ns"]), int(truth["end_ns"])
    for stream in truth["streams"]:
        rows = found[stream["topic"]]
        check(len(rows) == stream["messages"], f"{stream['topic']}: {len(rows)} messages, {stream['messages']} true")
        stamps = [stamp for _, stamp, _ in rows if stamp is not None]
        if stamps:
            check(min(stamps) == int(stream["first_stamp_ns"]), f"{stream['topic']}: first stamp")
            check(max(stamps) == int(stream["last_stamp_ns"]), f"{stream['topic']}: last stamp")
            check(all(start <= stamp < end for stamp in stamps), f"{stream['topic']}: stamps within the drive")
            check(all(0 < time - stamp < 120e6 for time, stamp, _ in rows), f"{stream['topic']}: latency")
            check([m.header.seq for _, _, m in rows] == list(range(len(rows))), f"{stream['topic']}: seq")
        if stream["hz"] and truth["seconds"] >= 2:
            near(len(rows) / truth["seconds"], stream["hz"], stream["hz"] * 0.01 + 0.1, f"{stream['topic']}: rate")

    for _, _, image in found["/camera/front/image_raw"]:
        check((image.width, image.height, image.encoding, image.step, len(image.data)) == (320, 180, "bgr8", 960, 172800), "front")
    for _, _, image in found["/camera/bayer/image_raw"]:
        check((image.width, image.height, image.encoding, len(image.data)) == (160, 90, "bayer_rggb8", 14400), "bayer")
    for _, _, image in found["/camera/side/image/compressed"]: check(png(bytes(image.data)) == (160, 90), "side")

    for _, _, cloud in found["/lidar/top/points"]:
        check([(f.name, f.offset, f.datatype, f.count) for f in cloud.fields] == [
            ("x", 0, 7, 1), ("y", 4, 7, 1), ("z", 8, 7, 1), ("intensity", 16, 7, 1), ("ring", 20, 4, 1), ("time", 24, 7, 1)], "fields")
        points = numpy.frombuffer(bytes(cloud.data), numpy.dtype({
            "names": ["x", "y", "z", "ring", "time"], "formats": ["<f4", "<f4", "<f4", "<u2", "<f4"],
            "offsets": [0, 4, 8, 20, 24], "itemsize": cloud.point_step}))
        check(len(points) == cloud.width and 1500 < len(points) < 5000, f"{len(points)} points")
        check(points["z"].min() > -2.0 and points["ring"].max() < 16 and 0 <= points["time"].min() and points["time"].max() < 0.1, "points")

    heading = speed = None
    for _, stamp, imu in found["/imu/data"]:
        now = ego(truth, stamp)
        near(imu.angular_velocity.z, now["yaw_rate_radps"], 0.03, "yaw rate")
        near(imu.linear_acceleration.x, now["ax_mps2"], 0.5, "acceleration")
        near(imu.linear_acceleration.z, 9.80665, 0.3, "gravity")
        heading = (now["heading_rad"] if heading is None else heading + imu.angular_velocity.z / 100)
        speed = (now["speed_mps"] if speed is None else speed + imu.linear_acceleration.x / 100)
    near(heading, ego(truth, stamp)["heading_rad"], 0.002 * truth["seconds"] ** 0.5 + 0.02, "integrated yaw rate")
    near(speed, ego(truth, stamp)["speed_mps"], 0.02 * truth["seconds"] ** 0.5 + 0.1, "integrated acceleration")
    for _, stamp, fix in found["/gps/fix"]:
        now = ego(truth, stamp)
        north = (fix.latitude - now["latitude"]) * 111_200
        east = (fix.longitude - now["longitude"]) * 111_320 * math.cos(math.radians(fix.latitude))
        # The antenna is 0.6 m before the rear axle.
        near(east, 0.6 * math.cos(now["heading_rad"]), 0.35, "east of the fix")
        near(north, 0.6 * math.sin(now["heading_rad"]), 0.35, "north of the fix")
    for _, stamp, odometry in found["/odom"]: near(odometry.twist.twist.linear.x, ego(truth, stamp)["speed_mps"], 0.02, "odometry")

    database, unknown, seen, counters = Database((path.parent / "vehicle.dbc").read_text()), collections.Counter(), set(), {}
    for _, stamp, frame in found["/can/rx"]:
        name, values = database.decode(frame)
        if name is None: unknown[frame.id] += 1; continue
        seen |= {f"{name}.{signal}" for signal in values}
        now = ego(truth, stamp)
        if name == "VehicleDynamics":
            near(values["VehicleSpeed"] / 3.6, now["speed_mps"], 0.02, "speed on the bus")
            near(math.radians(values["YawRate"]), now["yaw_rate_radps"], 0.02, "yaw rate on the bus")
            near(values["LateralAcceleration"], now["ay_mps2"], 0.1, "lateral acceleration on the bus")
        if name == "WheelSpeeds": near((values["WheelSpeedRearLeft"] + values["WheelSpeedRearRight"]) / 7.2, now["speed_mps"], 0.02, "wheels")
        if name == "Steering" and now["speed_mps"] > 3:
            wheel = math.radians(values["SteeringAngle"]) / truth["vehicle"]["steering_ratio"]
            near(math.tan(wheel) * now["speed_mps"] / truth["vehicle"]["wheelbase_m"], now["yaw_rate_radps"], 0.02, "steering")
        if name == "CruiseControl": near(values["WheelBasedSpeed"] / 3.6, now["speed_mps"], 0.02, "speed with an extended identifier")
        if "Counter" in values:
            check((counters.setdefault(name, values["Counter"])) == values["Counter"], f"{name}: counter")
            counters[name] = (values["Counter"] + 1) % 16
    check(set(unknown) == {0x7DF}, f"ids without message: {dict(unknown)}")
    described = {f"{name}.{signal[0]}" for name, signals in database.messages.values() for signal in signals if signal[1] != "M"}
    check(seen | {"Status.Page"} == described | {"Status.Page"}, f"signals never sent: {described - seen}")

    static = found["/tf_static"][0][2].transforms
    check({t.child_frame_id for t in static} >= {"lidar_top", "camera_front", "imu", "gps"}, "mounting")
    return {topic: [time for time, _, _ in rows] for topic, rows in found.items()}


def events(truth):
    found = collections.Counter(event["type"] for event in truth["events"])
    for kind in "hard_brake stop standstill lane_change_left turn_left cut_in pedestrian pedestrian_crossing cyclist".split():
        check(found[kind] >= 1, f"no {kind}")
    for event in truth["events"]:
        first, last = int(event["start_ns"]), int(event["end_ns"])
        check(int(truth["start_ns"]) <= first < last <= int(truth["end_ns"]), f"times of {event}")
        rows = [row for row in truth["trajectory"] if first <= int(row["t_ns"]) < last]
        if event["type"] == "hard_brake": check(min(row["ax_mps2"] for row in rows) < -4, "hard_brake")
        if event["type"] == "standstill": check(max(row["speed_mps"] for row in rows) < 0.8, "standstill")
        if event["type"].startswith("turn_"): check(all(abs(row["yaw_rate_radps"]) > 0.05 for row in rows), "turn")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tool")
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    common = ["--seconds", str(options.seconds), "--seed", str(options.seed)]
    with tempfile.TemporaryDirectory() as scratch:
        scratch, times = Path(scratch), []
        for compression in ["none", "lz4", "bz2"]:
            path, truth = drive(options.tool, scratch / compression, *common, "--compression", compression)
            times.append(compare(path, truth))
            if options.seconds >= 20: events(truth)
            manifest = json.loads((path.parent / "manifest.json").read_text())
            for file in manifest["files"]:
                data = (path.parent / file["path"]).read_bytes()
                check(len(data) == file["bytes"] and hashlib.sha256(data).hexdigest() == file["sha256"], f"manifest: {file['path']}")
            lines = [json.loads(line) for line in (scratch / compression / "detections.jsonl").read_text().splitlines()]
            check(len(lines) == len(times[-1]["/camera/front/image_raw"]), "a line of detections a frame")
            print(compression, path.stat().st_size, "bytes,", sum(map(len, times[-1].values())), "messages")
        check(times[0] == times[1] == times[2], "the same record times whatever the compression")
        path, truth = drive(options.tool, scratch / "defects", "--seconds", "2", "--defect", "dropout:can:0.5-1",
                            "--defect", "offset:imu:30", "--defect", "drift:/gps/fix:-500")
        found = messages(path)
        for stream in truth["streams"]: check(len(found[stream["topic"]]) == stream["messages"], f"defects: {stream['name']}")
        check(found["/imu/data"][0][1] == int(truth["start_ns"]) + 31_000_000, "offset")
        check(found["/gps/fix"][-1][1] == int(truth["start_ns"]) + 1_900_000_000 - 950_000, "drift")
        for defect in ["unclosed", "truncate:100000"]:
            path, truth = drive(options.tool, scratch / defect.replace(":", "_"), "--seconds", "2", "--defect", defect)
            try: messages(path)
            except Exception: continue
            check(False, f"{defect}: a strict reader must refuse it")
    print("FAILED" if failures else "ok", len(failures), "differences")
    sys.exit(1 if failures else 0)


if __name__ == "__main__": main()
