"""Random frames of every public database, decoded by av-extract out of a bag, against cantools: value by value.

canbus.py BIN SCRATCH [NAME...]; AV_CAN_FRAMES sets how many frames a database gets (100,000 unless told).
"""
import contextlib
import glob
import io
import json
import os
import shutil
import struct
import sys

import cantools
import numpy
import pyarrow.parquet
from rosbags.rosbag1 import Writer

from interop import Interop, Notes, counted

FRAMES = int(os.environ.get("AV_CAN_FRAMES", "100000"))
DEFINITION = """std_msgs/Header header
uint32 id
bool is_extended
bool is_error
uint8 len
uint8[] data
================================================================================
MSG: std_msgs/Header
uint32 seq
time stamp
string frame_id
"""


def load(path):
    """cantools' database, or None and why not; strict first. It takes all files as Windows-1252 unless told."""
    with open(path, "rb") as file:
        try:
            file.read().decode()
            encoding = "utf-8"
        except UnicodeDecodeError:
            encoding = "cp1252"
    for strict in [True, False]:
        try:
            with contextlib.redirect_stderr(io.StringIO()):
                return cantools.database.load_file(path, encoding=encoding, strict=strict), "strict" if strict else "not strict", None
        except Exception as error:
            reason = f"{type(error).__name__}: {str(error).splitlines()[0][:150] if str(error) else ''}"
    return None, None, reason


def write(path, frames):
    """A bag of `ros2_socketcan_msgs/FdFrame`: frame i has the stamp i."""
    with Writer(path) as bag:
        connection = bag.add_connection(
            "/can", "ros2_socketcan_msgs/msg/FdFrame", msgdef=DEFINITION, md5sum="0" * 32)
        for index, (id, extended, data) in enumerate(frames):
            head = struct.pack("<IIII", index, 1 + index // 1000000000, index % 1000000000, 0)
            raw = head + struct.pack("<I??BI", id, extended, False, len(data), len(data)) + data
            bag.write(connection, 1_000_000_000 + index, raw)


def make(database, count, seed):
    """Random data of full length for every message that has some; frames of ids with a message only."""
    generator = numpy.random.default_rng(seed)
    messages = [message for message in database.messages if 0 < message.length <= 64]
    if not messages:
        return []
    chosen = generator.integers(0, len(messages), count)
    noise = generator.bytes(64 * count)
    frames, choices = [], {one: selectors(message) for one, message in enumerate(messages)}
    for index, one in enumerate(chosen):
        message, data = messages[one], noise[64 * index:64 * index + messages[one].length]
        # Three of four frames with multiplexors have values that some signal waits for.
        if choices[one] and index % 4:
            data = select(choices[one], bytearray(data), generator)
        frames.append((message.frame_id, message.is_extended_frame, bytes(data)))
    return frames


def selectors(message):
    """Each multiplexor, with the lists of values that its signals wait for."""
    found = []
    for selector in message.signals:
        if selector.is_multiplexer:
            waiting = [ids for ids in (s.multiplexer_ids for s in message.signals
                                       if s.multiplexer_signal == selector.name) if ids]
            if waiting:
                found.append((selector, waiting))
    return found


def select(choices, data, generator):
    """Sets each multiplexor to a value that a signal waits for, bit by bit."""
    for selector, waiting in choices:
        ids = waiting[generator.integers(0, len(waiting))]
        value, place = ids[generator.integers(0, len(ids))], selector.start
        intel = selector.byte_order == "little_endian"
        for step in range(selector.length):
            bit = value >> (step if intel else selector.length - 1 - step) & 1
            data[place // 8] = data[place // 8] & ~(1 << place % 8) | bit << place % 8
            place = place + 1 if intel else place + 15 if place % 8 == 0 else place - 1
    return data


def same(ours, theirs):
    """Equal as numbers, and for doubles by their bits but for the NaN's."""
    if ours is None or theirs is None:
        return ours is theirs
    if isinstance(ours, float) or isinstance(theirs, float):
        if ours != ours or theirs != theirs:
            return ours != ours and theirs != theirs
        return float(ours) == float(theirs)
    return ours == theirs


def compare(name, database, frames, folder, problems, notes):
    """Values that were compared."""
    tables = {}
    for path in glob.glob(os.path.join(glob.escape(folder), "can", "*.parquet")):
        table = pyarrow.parquet.read_table(path)
        id = table.schema.metadata[b"avtools.can.id"].decode()
        columns = {column: table[column].to_pylist() for column in table.column_names if column not in TIMES}
        key = (int(id, 16), len(id) == 8)
        tables[key] = dict(zip(table["log_ns"].to_pylist(), range(table.num_rows))), columns
    values = 0
    for index, (id, extended, data) in enumerate(frames):
        message = message_of(database, id, extended)
        place, columns = tables.get((id, extended), ({}, {}))
        row = place.get(1_000_000_000 + index)
        if row is None:
            problems.append(f"{name}: frame {index} of {message.name} is in no table")
            continue
        error = None
        try:
            theirs = message.decode(data, decode_choices=False, scaling=True, allow_truncated=True)
        except Exception as failure:
            error = failure
            # It gives up the whole frame; what is there in any case is checked bit by bit.
            notes[f"{type(error).__name__} of cantools (unknown selector, or a signal behind the frame's end); we decode the rest"] += 1
            theirs = {s.name: scaled(s, data) for s in message.signals if not s.multiplexer_ids}
        for signal in message.signals:
            column = columns.get(signal.name)
            if column is None:
                problems.append(f"{name}: {message.name}.{signal.name} has no column")
                continue
            ours, other = column[row], theirs.get(signal.name)
            if error is not None and signal.multiplexer_ids:
                continue
            values += 1
            if same(ours, other):
                continue
            if known(signal, message, data, ours, other, notes):
                continue
            if len(problems) < 200:
                problems.append(f"{name}: {message.name}.{signal.name} of {data.hex()}: {ours!r}, cantools {other!r}")
    return values


def message_of(database, id, extended):
    """By id and kind of identifier: cantools looks up by the number alone."""
    key = (id, extended)
    cache = database.__dict__.setdefault("_by_key", {(m.frame_id, m.is_extended_frame): m for m in database.messages})
    return cache[key]


def scaled(signal, data):
    """The physical value, bit by bit by the numbering of databases."""
    value, place, intel = 0, signal.start, signal.byte_order == "little_endian"
    for step in range(signal.length):
        if place // 8 >= len(data):
            return None
        bit = data[place // 8] >> place % 8 & 1
        value |= bit << (step if intel else signal.length - 1 - step)
        place = place + 1 if intel else place + 15 if place % 8 == 0 else place - 1
    if signal.is_float:
        value = struct.unpack(">f" if signal.length == 32 else ">d", value.to_bytes(signal.length // 8, "big"))[0]
    elif signal.is_signed and value >> (signal.length - 1):
        value -= 1 << signal.length
    return signal.conversion.raw_to_scaled(value, decode_choices=False)


def known(signal, message, data, ours, other, notes):
    """Differences that are decided."""
    names = {one.name for one in message.signals}
    if other is None and signal.multiplexer_signal and signal.multiplexer_signal not in names:
        if same(ours, scaled(signal, data)):
            notes["a multiplexor with a long name: cantools loses the signals that it selects"] += 1
            return True
    is_text = signal.length > 64
    if is_text:
        notes["signals over 64 bits: cantools gives a number, we the bytes in hexadecimal"] += 1
        return True
    if isinstance(other, int) and isinstance(ours, float) and float(other) == ours:
        notes["integers beyond 64 bits: cantools computes without limit, we in double"] += 1
        return True
    return False


TIMES = {"t_ns", "ts", "time_source", "log_ns", "pub_ns", "stamp_ns", "source_file", "source_container",
         "source_offset", "sa", "da"}


def main():
    interop = Interop("canbus")
    wanted = sys.argv[3:]
    folder = os.path.join(interop.shared or "", "dbc")
    paths = sorted(glob.glob(os.path.join(folder, "*.[dD][bB][cC]"))) if interop.shared else []
    if not paths:
        interop.skipped("the public databases are absent")
        interop.end()
    place = os.path.join(interop.scratch, "can")
    settings = os.path.join(interop.scratch, "can.json5")
    problems, notes, refused, read = [], Notes(), [], 0
    frames_total = values_total = 0
    for number, path in enumerate(paths):
        name = os.path.basename(path)
        if wanted and not any(word in name for word in wanted):
            continue
        database, how, reason = load(path)
        if database is None:
            # A frame of any id: that we read the database shows in the report.
            frames = [(1, False, bytes(8))]
        else:
            frames = make(database, FRAMES, number)
        shutil.rmtree(place, ignore_errors=True)
        if os.path.exists(place + ".bag"):
            os.remove(place + ".bag")
        write(place + ".bag", frames or [(1, False, bytes(8))])
        with open(settings, "w") as file:
            json.dump({"can": {"dbc": [path], "j1939_na": "value"}}, file)
        code, _, errors = interop.run("av-extract", place + ".bag", "-q", "-c", settings, "-o", place, timeout=600)
        if database is None:
            refused.append(f"{name}: {reason}: {'we read it' if code == 0 else 'we refuse it: ' + errors.strip()[-160:]}")
            continue
        if code != 0:
            if not database.messages:
                refused.append(f"{name}: cantools reads it, without messages; {errors.strip()[-100:]}")
            else:
                problems.append(f"{name}: av-extract ended with {code}: {errors.strip()[-200:]}")
            continue
        read += 1
        if frames:
            frames_total += len(frames)
            values_total += compare(name, database, frames, place, problems, notes)
    interop.notes(notes)
    for line in refused:
        print(f"note canbus: {line}")
    interop.judge(
        f"{counted(read, 'database')}, {counted(frames_total, 'frame')}, {counted(values_total, 'value')} as cantools "
        f"{cantools.__version__} decodes them", problems)
    interop.end()


if __name__ == "__main__":
    main()
