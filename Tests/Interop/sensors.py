"""Readings of sensor messages with numpy alone, by the message definitions and the manual's rules."""
import hashlib
import struct
import zlib

import numpy
from rosbags.rosbag1 import Reader
from rosbags.typesys import Stores, get_types_from_msg, get_typestore


def sha256(path):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def messages(bag, topics):
    """Topic → [(record time, message)] in file order, decoded by rosbags with the bag's own definitions."""
    store, found, places = get_typestore(Stores.LATEST), {}, {}
    builtin = {name: store.fielddefs[name] for name in ["builtin_interfaces/msg/Time", "builtin_interfaces/msg/Duration"]}
    store = get_typestore(Stores.EMPTY)
    store.register(builtin)
    with Reader(bag) as reader:
        wanted = [connection for connection in reader.connections if connection.topic in topics]
        for connection in wanted:
            store.register(get_types_from_msg(connection.msgdef.data, connection.msgtype))
        for connection in wanted:
            entries = reader.indexes[connection.id]
            for entry, (_, time, raw) in zip(entries, reader.messages([connection]), strict=True):
                message = store.deserialize_ros1(raw, connection.msgtype)
                places.setdefault(connection.topic, []).append((entry.chunk_pos, entry.offset, time, message))
    for topic, rows in places.items():
        found[topic] = [(row[2], row[3]) for row in sorted(rows, key=lambda row: row[:2])]
    return found


def png16(data):
    """Samples of a PNG of 16-bit colour, not interlaced, by the PNG specification."""
    place, packed = 8, b""
    while place < len(data):
        length, kind = struct.unpack(">I4s", data[place:place + 8])
        body = data[place + 8:place + 8 + length]
        if zlib.crc32(kind + body) != struct.unpack(">I", data[place + 8 + length:place + 12 + length])[0]:
            raise ValueError(f"CRC of {kind}")
        if kind == b"IHDR":
            width, height, bits, colour, _, _, interlaced = struct.unpack(">IIBBBBB", body)
        packed += body if kind == b"IDAT" else b""
        place += 12 + length
    channels = {0: 1, 2: 3, 4: 2, 6: 4}[colour]
    if bits != 16 or interlaced:
        raise ValueError("not 16 bits, or interlaced")
    stride, pixel = width * channels * 2, channels * 2
    rows, before = zlib.decompress(packed), bytearray(stride)
    if len(rows) != height * (stride + 1):
        raise ValueError("too many or too few rows")
    samples = bytearray()
    for row in range(height):
        kind, line = rows[row * (stride + 1)], bytearray(rows[row * (stride + 1) + 1:(row + 1) * (stride + 1)])
        for index in range(stride):
            left = line[index - pixel] if index >= pixel else 0
            corner = before[index - pixel] if index >= pixel else 0
            line[index] = (line[index] + [0, left, before[index], (left + before[index]) // 2,
                                          paeth(left, before[index], corner)][kind]) & 255
        samples += line
        before = line
    return numpy.frombuffer(bytes(samples), ">u2").astype(numpy.uint16).reshape(height, width, channels)


def paeth(left, above, corner):
    guess = left + above - corner
    near = [abs(guess - left), abs(guess - above), abs(guess - corner)]
    return [left, above, corner][near.index(min(near))]


def rgb(encoding, width, height, samples):
    """YUV as red, green and blue: BT.601, limited range, in floating point."""
    if encoding.startswith("nv"):
        size = width * height
        luma = numpy.frombuffer(samples[:size], "u1").reshape(height, width).astype(float)
        half = encoding != "nv24"
        pairs = numpy.frombuffer(samples[size:], "u1")
        pairs = pairs.reshape(height // 2, width // 2, 2) if half else pairs.reshape(height, width, 2)
        if half:
            pairs = pairs.repeat(2, axis=0).repeat(2, axis=1)
        first, second = pairs[:, :, 0].astype(float), pairs[:, :, 1].astype(float)
        blue, red = (second, first) if encoding == "nv21" else (first, second)
    else:
        quads = numpy.frombuffer(samples, "u1").reshape(height, width // 2, 4).astype(float)
        order = [1, 3, 0, 2] if encoding in ["yuv422", "uyvy"] else [0, 2, 1, 3]  # Y0 Y1 U V
        luma = quads[:, :, order[:2]].reshape(height, width)
        blue = quads[:, :, order[2]].repeat(2, axis=1)
        red = quads[:, :, order[3]].repeat(2, axis=1)
    level, blue, red = 1.164 * (luma - 16), blue - 128, red - 128
    values = numpy.stack([level + 1.596 * red, level - 0.813 * red - 0.391 * blue, level + 2.018 * blue], axis=2)
    return numpy.clip(numpy.rint(values), 0, 255).astype(numpy.uint8)


def unpadded(message):
    """The rows of an image message without what is between them."""
    data = bytes(message.data)
    sizes = {"mono8": 1, "8UC1": 1, "mono16": 2, "16UC1": 2, "rgb8": 3, "bgr8": 3, "8UC3": 3, "rgba8": 4, "bgra8": 4}
    size = message.width * (sizes.get(message.encoding) or (2 if message.encoding.endswith("16") else 1))
    return b"".join(data[row * message.step:row * message.step + size] for row in range(message.height))


KINDS = {1: "i1", 2: "u1", 3: "i2", 4: "u2", 5: "i4", 6: "u4", 7: "f4", 8: "f8"}


def points(message):
    """Fields of a PointCloud2 by name, each little-endian, points × count, as numpy reads them where they lie."""
    order, data = (">" if message.is_bigendian else "<"), bytes(message.data)
    found = {}
    for field in message.fields:
        count = max(1, field.count)
        layout = numpy.dtype({"names": ["v"], "formats": [f"({count},){order}{KINDS[field.datatype]}"],
                              "offsets": [field.offset], "itemsize": message.point_step})
        rows = [numpy.frombuffer(data, layout, message.width, row * message.row_step)["v"]
                for row in range(message.height)]
        values = numpy.concatenate(rows) if rows else numpy.zeros((0, count))
        found[field.name] = values.astype("<" + KINDS[field.datatype])
    return found


def pcd(path):
    """(width, height, fields) of a binary PCD 0.7 file, fields in order, points × count."""
    with open(path, "rb") as file:
        data = file.read()
    head, place = {}, 0
    while "DATA" not in head:
        end = data.index(b"\n", place)
        words = data[place:end].decode().split()
        place = end + 1
        if words[0] != "#":
            head[words[0]] = words[1:]
    wanted = ["VERSION", "FIELDS", "SIZE", "TYPE", "COUNT", "WIDTH", "HEIGHT", "VIEWPOINT", "POINTS", "DATA"]
    if list(head) != wanted or head["VERSION"] != ["0.7"] or head["DATA"] != ["binary"]:
        raise ValueError(f"header {head}")
    width, height = int(head["WIDTH"][0]), int(head["HEIGHT"][0])
    names = head["FIELDS"]
    formats = [f"({count},)<{kind.lower()}{size}" for kind, size, count in zip(head["TYPE"], head["SIZE"], head["COUNT"])]
    layout = numpy.dtype({"names": names, "formats": formats})
    if int(head["POINTS"][0]) != width * height or len(data) - place != layout.itemsize * width * height:
        raise ValueError(f"{len(data) - place} bytes for {width} x {height} points of {layout.itemsize} bytes")
    values = numpy.frombuffer(data, layout, width * height, place)
    return width, height, {name: values[name] for name in names}
