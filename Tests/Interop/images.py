#!/usr/bin/env python3
"""Pictures that av-extract writes, opened with pillow and numpy, against the samples that were put into the messages.

Crafted images.bag: `pixels_hex` of sensor_expected.json (samples as in the message), reordered here by the rules of
the manual: blue and red swapped where the encoding says so, 16 bits to the order of the file, YUV by BT.601.
The sample drive: what rosbags and numpy make of each message.
"""
import collections
import io
import json
import os
import re

import numpy
import PIL.Image
import pyarrow.parquet
from importlib.metadata import version

import sensors
from interop import Interop, Notes, counted

interop = Interop("images")
notes = Notes()
INDEX = ["t_ns", "ts", "time_source", "log_ns", "pub_ns", "stamp_ns", "source_file", "source_container",
         "source_offset", "file", "bytes", "sha256", "frame_id", "note"]
PICTURE = {"mono8": (1, 1), "mono16": (1, 2), "rgb8": (3, 1), "bgr8": (3, 1), "rgba8": (4, 1), "bgra8": (4, 1),
           "rgb16": (3, 2), "bgr16": (3, 2), "rgba16": (4, 2), "bgra16": (4, 2), "8UC1": (1, 1), "8UC3": (3, 1),
           "8UC4": (4, 1), "16UC1": (1, 2), "16UC3": (3, 2), "16UC4": (4, 2)}


def opened(path):
    """Samples of a PNG as height × width × channels. Pillow has no 16-bit colour, so those are unpacked here."""
    with open(path, "rb") as file:
        data = file.read()
    with PIL.Image.open(io.BytesIO(data)) as image:
        image.load()
        bits, colour = data[24], data[25]
        if bits == 8 or colour == 0:
            samples = numpy.asarray(image)
            samples = samples.astype(numpy.uint16) if bits == 16 else samples
        else:
            samples = sensors.png16(data)
    return samples.reshape(samples.shape[0], samples.shape[1], -1)


def wanted_picture(encoding, width, height, big_endian, samples):
    """What the file must hold: samples, or (samples, tolerance) of what is computed; None for what stays as it is."""
    bayer = re.fullmatch(r"bayer_(rggb|bggr|gbrg|grbg)(8|16)", encoding)
    channels, size = (1, int(bayer[2]) // 8) if bayer else PICTURE.get(encoding, (0, 0))
    if channels:
        order = ">" if big_endian else "<"
        values = numpy.frombuffer(samples, f"{order}u{size}").astype(f"u{size}").reshape(height, width, channels)
        if encoding.startswith("bgr") or encoding in ["8UC3", "8UC4", "16UC3", "16UC4"]:
            values = values[:, :, [2, 1, 0, 3][:channels]]
        return values, 0
    if encoding in ["yuv422", "uyvy", "yuv422_yuy2", "yuyv", "nv21", "nv12", "nv24"]:
        return sensors.rgb(encoding, width, height, samples), 1
    return None


def wanted_array(encoding, width, height, big_endian, samples):
    found = re.fullmatch(r"(8|16|32|64)([USF])C?(\d*)", encoding)
    if not found:
        return None
    kind = {"U": "u", "S": "i", "F": "f"}[found[2]] + str(int(found[1]) // 8)
    values = numpy.frombuffer(samples, (">" if big_endian else "<") + kind)
    return values.astype("<" + kind).reshape(height, width, int(found[3] or 1))


def check_picture(path, encoding, width, height, big_endian, samples):
    """What is wrong with the file of one image whose samples are known."""
    kind = path.rsplit(".", 1)[1]
    if (wanted := wanted_picture(encoding, width, height, big_endian, samples)) is not None:
        if kind != "png":
            return [f"a {kind}, should be a PNG"]
        found = opened(path)
        if found.shape != wanted[0].shape or found.dtype != wanted[0].dtype:
            return [f"{found.shape} of {found.dtype}, should be {wanted[0].shape} of {wanted[0].dtype}"]
        off = numpy.abs(found.astype(numpy.int64) - wanted[0].astype(numpy.int64)).max()
        return [f"a sample is off by {off}"] if off > wanted[1] else []
    if (wanted := wanted_array(encoding, width, height, big_endian, samples)) is not None:
        if kind != "npy":
            return [f"a {kind}, should be an NPY"]
        found = numpy.load(path)
        if found.dtype != wanted.dtype or found.shape != wanted.shape:
            return [f"{found.shape} of {found.dtype}, should be {wanted.shape} of {wanted.dtype}"]
        return [] if found.tobytes() == wanted.tobytes() else ["samples differ"]
    return [] if kind == "bin" else [f"a {kind}, should be a .bin"]


def index_of(folder, stream):
    """The index table, with what is wrong with its columns and with the files it names."""
    table = pyarrow.parquet.read_table(os.path.join(folder, stream["paths"][0], "index.parquet"))
    problems = []
    if table.column_names[:len(INDEX)] != INDEX:
        problems.append(f"columns of the index: {table.column_names}")
    rows = table.to_pylist()
    for row in rows:
        if row["file"] is None:
            continue
        path = os.path.join(folder, row["file"])
        if os.path.getsize(path) != row["bytes"] or sensors.sha256(path) != row["sha256"]:
            problems.append(f"{row['file']}: bytes or sha256 of the index are not the file's")
    files = {row["file"] for row in rows if row["file"]}
    there = {os.path.join(stream["paths"][0], name) for name in os.listdir(os.path.join(folder, stream["paths"][0]))}
    if there - {os.path.join(stream["paths"][0], "index.parquet")} != files:
        problems.append("files in the folder are not those of the index")
    return rows, problems


def check_bad(row, stream, why):
    problems = []
    if row["file"] is not None:
        problems.append(f"a file was written of a bad image ({why})")
    if not row["note"]:
        problems.append("the index does not say what is wrong")
    if stream.get("failed", {}).get("count") != 1:
        problems.append("the report does not count it")
    return problems


def crafted():
    bag = os.path.join(interop.shared, "rosbag-crafted", "images.bag")
    with open(os.path.join(interop.shared, "rosbag-crafted", "sensor_expected.json")) as file:
        expected = json.load(file)
    code, folder, report, errors = interop.extract(bag)
    if report is None:
        interop.failed(f"images.bag: exit {code}: {errors.strip()[:200]}")
        return
    streams = {stream["channel"]: stream for stream in report["streams"]}
    problems, kinds = [], collections.Counter()
    if code != 3:
        problems.append(f"exit {code}, should be 3: some images are bad")
    for topic, truth in expected["images"].items():
        rows, found = index_of(folder, streams[topic])
        row = rows[0]
        if truth.get("bad"):
            found += check_bad(row, streams[topic], truth["why"])
            kinds["bad"] += 1
        else:
            facts = {key: row[key] for key in ["width", "height", "encoding", "step"]}
            if facts != {key: truth[key] for key in facts}:
                found.append(f"the index says {facts}")
            pattern = re.fullmatch(r"bayer_(\w{4})(8|16)", truth["encoding"])
            if row["bayer"] != (pattern[1] if pattern else None):
                found.append(f"bayer pattern {row['bayer']}")
            path = os.path.join(folder, row["file"])
            kinds[path.rsplit(".", 1)[1]] += 1
            found += check_picture(path, truth["encoding"], truth["width"], truth["height"], truth["is_bigendian"],
                                   bytes.fromhex(truth["pixels_hex"]))
        problems += [f"{topic}: {text}" for text in found]
    interop.judge(
        f"crafted images = sensor_expected.json, by pillow {version('pillow')} and numpy {version('numpy')}: "
        + ", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items())), problems)
    compressed(bag, folder, streams, expected["compressed"])


def compressed(bag, folder, streams, expected):
    problems, kinds = [], collections.Counter()
    messages = sensors.messages(bag, list(expected))
    for topic, truth in expected.items():
        rows, found = index_of(folder, streams[topic])
        row, data = rows[0], bytes(messages[topic][0][1].data)
        if truth.get("bad"):
            found += check_bad(row, streams[topic], truth["why"])
            kinds["bad"] += 1
        elif row["file"].endswith(".npy"):
            depth = numpy.load(os.path.join(folder, row["file"])).reshape(-1)
            wanted = numpy.array([numpy.nan if value is None else value for value in truth["depth_m"]], numpy.float32)
            none = numpy.isnan(wanted)
            if depth.dtype != numpy.float32 or not numpy.array_equal(depth[~none].view("i4"), wanted[~none].view("i4")):
                found.append(f"depth {depth}, should be {wanted}")
            if not (numpy.isnan(depth[none]) | (depth[none] == 0)).all():
                found.append(f"no depth is {depth[none]}")
            kinds["depth in metres"] += 1
        else:
            with open(os.path.join(folder, row["file"]), "rb") as file:
                written = file.read()
            if truth["png_at"] == 0 and written != data:
                found.append("bytes are not those of the message")
            if not row["file"].endswith("." + truth["kind"]):
                found.append(f"{row['file']} is named wrong, it is {truth['kind']}")
            samples = opened(os.path.join(folder, row["file"])).reshape(-1).tolist()
            if samples != truth["samples"]:
                found.append("samples differ")
            kinds["as recorded" if truth["png_at"] == 0 else "depth"] += 1
        problems += [f"{topic}: {text}" for text in found]
    interop.judge("crafted compressed images: "
                  + ", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items())), problems)


def recorded(bag):
    """Every image of a bag, against the message as rosbags decodes it."""
    code, folder, report, errors = interop.extract(bag)
    short = os.path.basename(bag)
    if report is None:
        interop.failed(f"{short}: exit {code}: {errors.strip()[:200]}")
        return
    streams = [stream for stream in report["streams"]
               if stream["type"] in ["sensor_msgs/Image", "sensor_msgs/CompressedImage"]]
    messages = sensors.messages(bag, [stream["channel"] for stream in streams])
    problems, count = [], 0
    for stream in streams:
        rows, found = index_of(folder, stream)
        if len(rows) != len(messages[stream["channel"]]):
            found.append(f"{len(rows)} rows, should be {len(messages[stream['channel']])}")
        for row, (time, message) in zip(rows, messages[stream["channel"]]):
            stamp = message.header.stamp.sec * 1_000_000_000 + message.header.stamp.nanosec
            if (row["log_ns"], row["stamp_ns"], row["frame_id"]) != (time, stamp, message.header.frame_id):
                found.append(f"{row['file']}: times or frame are not the message's")
            path = os.path.join(folder, row["file"])
            if stream["type"] == "sensor_msgs/CompressedImage":
                with open(path, "rb") as file:
                    if file.read() != bytes(message.data):
                        found.append(f"{row['file']}: bytes are not those of the message")
                with PIL.Image.open(path) as image:
                    image.load()
            else:
                samples = sensors.unpadded(message)
                found += [f"{row['file']}: {text}" for text in check_picture(
                    path, message.encoding, message.width, message.height, message.is_bigendian, samples)]
            count += 1
        problems += [f"{stream['channel']}: {text}" for text in found]
    interop.judge(f"{short}: {counted(count, 'image')} on {counted(len(streams), 'topic')} = the messages by rosbags",
                  problems)


def main():
    drive = interop.drive()
    if drive is None:
        interop.skipped("the sample drive: sample-drive is not built")
    for bag in drive or []:
        recorded(bag)
    if interop.shared is None:
        interop.skipped("crafted images: no shared data (AV_SHARED_DATA)")
    else:
        crafted()
    interop.notes(notes)
    interop.end()


main()
