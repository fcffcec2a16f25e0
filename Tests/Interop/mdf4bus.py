"""Bus logging of MDF 4 files, decoded by av-extract with a database, against asammdf and cantools.

Real logs: every signal that asammdf's extract_bus_logging finds, value by value and time by time. Files that asammdf
writes, of random frames of the public databases (CAN FD, 29-bit ids, remote and error frames), against cantools.
"""
import contextlib
import datetime
import glob
import json
import logging
import os
import re
import shutil
import warnings
from importlib.metadata import version

import numpy
import pyarrow.parquet

warnings.simplefilter("ignore")
logging.disable(logging.CRITICAL)
from asammdf import MDF, Signal, Source  # noqa: E402

import canbus  # noqa: E402
from interop import Interop, Notes, counted  # noqa: E402

FRAMES = int(os.environ.get("AV_CAN_FRAMES", "2000"))
# What the loggers of the real files were connected to; the J1939 databases only where all ids have 29 bits.
DATABASES = ["CSS-Electronics__gnss.dbc", "raleighlittles__CSS-Electronics-OBD2-v1.4.dbc",
             "raleighlittles__CSS-Electronics-OBD2-Extended-v1.4.dbc"]
J1939 = ["CSS-Electronics__CSS-Electronics-SAE-J1939-DEMO.4c3ab7.dbc", "ebroecker__j1939.dbc"]
FRAME = numpy.dtype([
    ("CAN_DataFrame.BusChannel", "<u1"), ("CAN_DataFrame.ID", "<u4"), ("CAN_DataFrame.IDE", "<u1"),
    ("CAN_DataFrame.DLC", "<u1"), ("CAN_DataFrame.DataLength", "<u1"), ("CAN_DataFrame.DataBytes", "(64,)u1"),
    ("CAN_DataFrame.Dir", "<u1"), ("CAN_DataFrame.EDL", "<u1"), ("CAN_DataFrame.BRS", "<u1"),
    ("CAN_DataFrame.ESI", "<u1")])
CODES = [0, 1, 2, 3, 4, 5, 6, 7, 8, 12, 16, 20, 24, 32, 48, 64]


def tables(folder):
    """Columns by bus, and by id with whether it is extended."""
    found = {}
    for path in glob.glob(os.path.join(glob.escape(folder), "can", "*.parquet")):
        table = pyarrow.parquet.read_table(path)
        facts = table.schema.metadata
        if b"avtools.can.id" in facts:
            id = facts[b"avtools.can.id"].decode()
            found[facts[b"avtools.can.bus"].decode(), int(id, 16), len(id) == 8] = table
    return found


def same(ours, theirs):
    with numpy.errstate(all="ignore"):
        ours, theirs = ours.astype("f8"), theirs.astype("f8")
        return ours.shape == theirs.shape and bool(numpy.all((ours == theirs) | numpy.isnan(ours) & numpy.isnan(theirs)))


def compare(name, start, theirs, ours, notes, problems):
    """Signals and values that were compared."""
    counts = [0, 0]
    for number, group in enumerate(theirs.groups):
        text = f"{group.channel_group.acq_name}|{group.channel_group.comment}"
        bus, id = re.search(r"CAN(\d+) (?:message )?ID=0x([0-9A-F]+)", text).groups()
        extended = "EXT=False" not in text
        table = ours.get((f"can{bus}", int(id, 16), extended))
        if table is None and extended:
            # By parameter group: asammdf has a group a source, our tables have all sources.
            group_of = canbus_group(int(id, 16))
            fitting = [t for (b, i, e), t in ours.items() if b == f"can{bus}" and e and canbus_group(i) == group_of]
            table = fitting[0] if len(fitting) == 1 else None
        if table is None:
            problems.append(f"{name}: no table of {text}")
            continue
        for index, channel in enumerate(group.channels):
            if channel.name == "time":
                continue
            signal = theirs.get(group=number, index=index, ignore_invalidation_bits=True)
            if channel.name not in table.column_names:
                notes["asammdf gives signals the names of their SPN, the tables those of the database"] += 1
                continue
            column = table.column(channel.name).combine_chunks()
            valid = numpy.array(column.is_valid())
            if "sa" in table.column_names:
                valid &= numpy.array(table.column("sa")) == (int(id, 16) & 255)
            values = column.drop_null().to_numpy(zero_copy_only=False) if valid.sum() == len(column) - column.null_count \
                else numpy.array([v for v, v_valid in zip(column.to_pylist(), valid) if v_valid])
            times = numpy.array(table.column("log_ns"))[valid] - start
            expected = numpy.round(signal.timestamps * 1e9).astype("i8")
            counts[0] += 1
            counts[1] += len(values)
            if "sa" in table.column_names and len(values) < len(expected):
                # Values that say that there is none are null in our tables, and numbers in asammdf's.
                kept = numpy.isin(expected, times)
                expected, samples = expected[kept], signal.samples[kept]
                notes["J1939 values for not available: null in the tables, numbers in asammdf"] += 1
            else:
                samples = signal.samples
            if len(times) != len(expected) or (len(times) and numpy.abs(times - expected).max() > 1):
                problems.append(f"{name}: {channel.name} of {id}: {len(times)} values, asammdf has {len(expected)}")
            elif samples.dtype.kind in "SU":
                # asammdf has the texts of a database in place of numbers; ours are beside them.
                texts = table.column(f"{channel.name}.text").to_pylist()
                pairs = zip((t for t, v in zip(texts, valid) if v), samples)
                bad = [(a, b) for a, b in pairs if a is not None and a.encode() != bytes(b).split(b"\0")[0]]
                if bad:
                    problems.append(f"{name}: {channel.name}.text of {id}: {bad[0]}")
            elif f"{channel.name}.text" in table.column_names and numpy.isnan(samples.astype("f8")).any():
                notes["numbers without a text are NaN in asammdf, the tables have the numbers"] += 1
                known = ~numpy.isnan(samples.astype("f8"))
                if not same(values[known], samples[known]):
                    problems.append(f"{name}: {channel.name} of {id}: {values[:4]}, asammdf has {samples[:4]}")
            elif not same(values, samples):
                problems.append(f"{name}: {channel.name} of {id}: {values[:4]}, asammdf has {samples[:4]}")
    return counts


def canbus_group(id):
    group = id >> 8 & 0x3FFFF
    return group & 0x3FF00 if group & 0xFF00 < 0xF000 else group


def real(interop, notes):
    totals, problems, files, frames = [0, 0], [], 0, 0
    place = os.path.join(interop.scratch, "bus")
    for path in sorted(glob.glob(os.path.join(interop.shared, "mdf4", "*"))):
        name = os.path.basename(path)
        with open(path, "rb") as file:
            content = file.read()
        if content[:8] not in (b"MDF     ", b"UnFinMF ") or b"CAN_DataFrame" not in content:
            continue
        ids_29 = set()
        for settled in (False, True):
            names = DATABASES + (J1939 if settled else [])
            databases = [os.path.join(interop.shared, "dbc", database) for database in names]
            shutil.rmtree(place, ignore_errors=True)
            options = [word for database in databases for word in ("--dbc", database)]
            # Whatever values of signals are asked for, frames are the same.
            mode = ("physical", "raw", "both")[files % 3]
            code, _, errors = interop.run("av-extract", path, "-q", "-o", place, "--values", mode, *options)
            if code != 0:
                problems.append(f"{name}: av-extract ended with {code}: {errors.strip()[-200:]}")
                break
            with open(os.path.join(place, "extract_report.json")) as file:
                buses = [bus for stream in json.load(file)["streams"] for bus in stream.get("can", [])]
            ids_29 = {id["extended"] for bus in buses for id in bus["ids"]}
            if settled or ids_29 != {True}:
                break
        else:
            continue
        if code != 0:
            continue
        files += 1
        frames += sum(bus["frames"] for bus in buses)
        with contextlib.closing(MDF(path)) as mdf:
            start = round(mdf.header.abs_time)
            theirs = mdf.extract_bus_logging({"CAN": [(database, 0) for database in databases]})
            counts = compare(name, start, theirs, tables(place), notes, problems)
            totals = [a + b for a, b in zip(totals, counts)]
            theirs.close()
    interop.judge(
        f"{counted(files, 'real log')}, {counted(frames, 'frame')}, {counted(totals[0], 'signal')}, "
        f"{counted(totals[1], 'value')} as extract_bus_logging of asammdf {version('asammdf')} has them", problems)


def write(path, frames):
    """A log as asammdf and python-can write it; frame i a nanosecond after frame i - 1, a second after 1970 the first."""
    samples = numpy.zeros(len(frames), FRAME)
    for row, (id, extended, data) in enumerate(frames):
        code = next(code for code, length in enumerate(CODES) if length >= len(data))
        padded = numpy.frombuffer(data.ljust(64, b"\xa5"), "u1")
        samples[row] = (1, id, extended, code, len(data), padded, row % 2, code > 8, code > 8, 0)
    source = Source(source_type=Source.SOURCE_BUS, bus_type=Source.BUS_TYPE_CAN, name="CAN1", path="CAN1", comment="")
    with contextlib.closing(MDF(version="4.11")) as mdf:
        mdf.start_time = datetime.datetime.fromtimestamp(1, datetime.timezone.utc)
        times = numpy.arange(len(frames)) * 1e-9
        mdf.append(Signal(samples, times, name="CAN_DataFrame"), acq_name="CAN1", acq_source=source,
                   common_timebase=True)
        for kind, count in (("CAN_RemoteFrame", 3), ("CAN_ErrorFrame", 5)):
            names = ("BusChannel", "ID", "IDE", "DLC")
            fields = numpy.dtype([(f"{kind}.{name}", "<u4" if name == "ID" else "<u1") for name in names])
            rows = numpy.array([(1, 7, 0, 8)] * count, fields)
            mdf.append(Signal(rows, numpy.arange(count) * 1e-9, name=kind), acq_name="CAN1", acq_source=source,
                       common_timebase=True)
        mdf.save(path, overwrite=True, compression=1)


def written(interop, notes):
    problems, read, frames_total, values = [], 0, 0, 0
    place = os.path.join(interop.scratch, "written")
    settings = place + ".json5"
    for number, path in enumerate(sorted(glob.glob(os.path.join(interop.shared, "dbc", "*.[dD][bB][cC]")))):
        name = os.path.basename(path)
        database, _, _ = canbus.load(path)
        frames = canbus.make(database, FRAMES, number) if database is not None else []
        if not frames:
            continue
        write(place + ".mf4", frames)
        shutil.rmtree(place, ignore_errors=True)
        with open(settings, "w") as file:
            json.dump({"can": {"dbc": [path], "j1939_na": "value"}}, file)
        code, _, errors = interop.run("av-extract", place + ".mf4", "-q", "-c", settings, "-o", place)
        if code != 0:
            problems.append(f"{name}: av-extract ended with {code}: {errors.strip()[-200:]}")
            continue
        with open(os.path.join(place, "extract_report.json")) as file:
            bus = [bus for stream in json.load(file)["streams"] for bus in stream.get("can", [])]
        met = [(one["bus"], one["frames"], one["remote"], one["error"]) for one in bus]
        if met != [("can1", len(frames), 3, 5)]:
            problems.append(f"{name}: {met} of {len(frames)} frames")
        read += 1
        frames_total += len(frames)
        values += canbus.compare(name, database, frames, place, problems, notes)
    interop.judge(
        f"{counted(read, 'database')}, {counted(frames_total, 'frame')} in files by asammdf, {counted(values, 'value')} "
        f"as cantools {canbus.cantools.__version__} decodes them", problems)


def main():
    interop = Interop("mdf4bus")
    notes = Notes()
    if not interop.shared:
        interop.skipped("no shared data")
        interop.end()
    real(interop, notes)
    written(interop, notes)
    interop.notes(notes)
    interop.end()


if __name__ == "__main__":
    main()
