#!/usr/bin/env python3
"""PCD files that av-extract writes, parsed with numpy, bit for bit.

Crafted clouds.bag: `truth` of sensor_expected.json. Every PointCloud2 topic of the sample drive, and of any public bag
that has one: the message as rosbags decodes it and numpy reads its bytes.
"""
import json
import os

import numpy
import pyarrow.parquet

import sensors
from interop import Interop, counted

interop = Interop("clouds")


def same(found, wanted, name):
    """What is the difference of two fields, by their bits; None where there is none."""
    if found.dtype != wanted.dtype or found.shape != wanted.shape:
        return f"{name}: {found.shape} of {found.dtype}, should be {wanted.shape} of {wanted.dtype}"
    return None if found.tobytes() == wanted.tobytes() else f"{name}: values differ"


def index_rows(folder, stream):
    return pyarrow.parquet.read_table(os.path.join(folder, stream["paths"][0], "index.parquet")).to_pylist()


def crafted():
    bag = os.path.join(interop.shared, "rosbag-crafted", "clouds.bag")
    with open(os.path.join(interop.shared, "rosbag-crafted", "sensor_expected.json")) as file:
        expected = json.load(file)["clouds"]
    code, folder, report, errors = interop.extract(bag)
    if report is None:
        interop.failed(f"clouds.bag: exit {code}: {errors.strip()[:200]}")
        return
    streams = {stream["channel"]: stream for stream in report["streams"]}
    messages = sensors.messages(bag, list(expected))
    problems, points = [], 0
    for topic, truth in expected.items():
        rows = index_rows(folder, streams[topic])
        found = []
        if len(rows) != 1 or rows[0]["file"] is None:
            problems.append(f"{topic}: no file: {rows[0]['note'] if rows else 'no row'}")
            continue
        row = rows[0]
        width, height, fields = sensors.pcd(os.path.join(folder, row["file"]))
        if not truth["bad"] and (width, height) != (truth["width"], truth["height"]):
            found.append(f"{width} x {height}, should be {truth['width']} x {truth['height']}")
        if width * height != truth.get("whole_points", truth["points"]):
            found.append(f"{width * height} points")
        if list(fields) != list(truth["truth"]):
            found.append(f"fields {list(fields)}, should be {list(truth['truth'])}")
        types = {field.name: sensors.KINDS.get(field.datatype) for field in messages[topic][0][1].fields}
        for name, values in truth["truth"].items():
            if name not in fields:
                continue
            kind = numpy.dtype("<" + types[name])
            wanted = numpy.array([numpy.nan if value is None else value for value in values], dtype=kind)
            wanted = wanted.reshape(len(values), -1) if len(values) else wanted.reshape(0, fields[name].shape[1])
            both_nan = numpy.isnan(wanted) if kind.kind == "f" else None
            mine = fields[name]
            if both_nan is not None and mine.shape == wanted.shape and mine.dtype == wanted.dtype:
                if not numpy.array_equal(numpy.isnan(mine), both_nan):
                    found.append(f"{name}: NaN elsewhere")
                mine, wanted = numpy.where(both_nan, 0, mine), numpy.where(both_nan, 0, wanted)
            if text := same(mine, wanted.astype(kind), name):
                found.append(text)
        if (truth["bad"] or truth.get("skipped_fields")) and not row["note"]:
            found.append("the index does not say what is wrong")
        for name in truth.get("skipped_fields", []):
            if name not in (row["note"] or ""):
                found.append(f"field {name} is not named in the note")
        points += width * height
        problems += [f"{topic}: {text}" for text in found]
    interop.judge(f"crafted clouds = sensor_expected.json, by numpy: {counted(len(expected), 'cloud')}, "
                  f"{counted(points, 'point')}", problems)


def recorded(bag):
    """Clouds of a bag that rosbags opens: fields, values and organisation; None where it has none."""
    code, folder, report, errors = interop.extract(bag)
    if report is None:
        return [f"exit {code}: {errors.strip()[:200]}"], 0, 0
    streams = [stream for stream in report["streams"] if stream["type"] == "sensor_msgs/PointCloud2"]
    messages = sensors.messages(bag, [stream["channel"] for stream in streams]) if streams else {}
    problems, clouds, points = [], 0, 0
    for stream in streams:
        rows = index_rows(folder, stream)
        wanted = messages.get(stream["channel"], [])
        if len(rows) != len(wanted):
            problems.append(f"{stream['channel']}: {len(rows)} rows, should be {len(wanted)}")
        for row, (time, message) in zip(rows, wanted):
            width, height, fields = sensors.pcd(os.path.join(folder, row["file"]))
            truth = sensors.points(message)
            found = []
            if row["log_ns"] != time or (width, height) != (message.width, message.height):
                found.append("time or size is not the message's")
            if list(fields) != [name.replace(" ", "_") for name in truth]:
                found.append(f"fields {list(fields)}, should be {list(truth)}")
            found += [text for name, values in truth.items() if name in fields
                      if (text := same(fields[name], values, name))]
            problems += [f"{row['file']}: {text}" for text in found]
            clouds += 1
            points += width * height
    return problems, clouds, points


def main():
    drive = interop.drive()
    if drive is None:
        interop.skipped("the sample drive: sample-drive is not built")
    for bag in drive or []:
        problems, clouds, points = recorded(bag)
        interop.judge(f"{os.path.basename(bag)}: {counted(clouds, 'cloud')}, {counted(points, 'point')} "
                      "= the messages by rosbags and numpy", problems)
    if interop.shared is None:
        interop.skipped("crafted clouds: no shared data (AV_SHARED_DATA)")
    else:
        crafted()
    interop.end()


main()
