#!/usr/bin/env python3
"""Every channel of every MDF 4 file that asammdf opens: raw and physical values, bit for bit, in the Parquet files that
av-extract makes of it.

Groups are matched by their order, channels by order where both list as many and by name elsewhere. Differences that are
known are notes, each with who is right: where asammdf departs from the standard, ours are compared with the fixture's
expected values by the tests.
"""
import glob
import json
import logging
import multiprocessing
import os
import warnings
from importlib.metadata import version

import numpy
import pyarrow.parquet

warnings.simplefilter("ignore")
logging.disable(logging.CRITICAL)
from asammdf import MDF  # noqa: E402

from interop import Interop, Notes, counted  # noqa: E402

interop = Interop("mdf4")
notes = Notes()
# Seconds after which asammdf, which follows circles of links for ever, is taken to be in one, by folder.
PATIENCE = {"gen": 15, "mdf4": 300}
# Fixtures in which asammdf's values are not those of the standard, with the reason (see the fixture's expected values).
WRONG = {
    "conversions.mf4": "ranges of integers include both ends, and texts may be mixed with numbers",
    "conversions_formula.mf4": "formulas are computed in double precision, and ^ is a power",
    "float32_linear.mf4": "a linear conversion is computed in double precision",
    "corrupt_channel_outside_record.mf4": "a channel outside of its record has no values",
    "corrupt_cc_cycle.mf4": "a conversion that leads to itself gives nothing",
    "unfin_dl.mf4": "the block that is not linked yet belongs to the data",
}


def files():
    if interop.shared is None:
        return []
    found = []
    for folder in ("mdf4", "gen"):
        for path in glob.glob(os.path.join(interop.shared, folder, "*")):
            with open(path, "rb") as file:
                head = file.read(32)
            if head[:8] in (b"MDF     ", b"UnFinMF ") and head[28] | head[29] << 8 >= 400:
                found.append(path)
    return sorted(found)


def flat(values):
    """asammdf's samples as a flat list of numbers, texts or bytes; None where they have no plain form."""
    if values.dtype.names:
        if len(values.dtype.names) == 1 or values.dtype.names[0]:
            first = values[values.dtype.names[0]]
            return flat(first) if first.ndim > 1 else None
        return None
    return values


def cut(value):
    return value.split(b"\0")[0]


def text(values):
    """As the tables have texts: UTF-8 up to the first NUL."""
    if values.dtype.kind == "S" and len(values) and b"\0" in bytes(values[0]):
        # asammdf gives UTF-16 as bytes, without the NULs at the end.
        encoding = "utf-16-be" if bytes(values[0])[:1] == b"\0" else "utf-16-le"
        padded = [bytes(value) + b"\0" * (len(bytes(value)) % 2) for value in values]
        return [value.decode(encoding, "replace").split("\0")[0] for value in padded]
    result = []
    for value in values:
        value = cut(bytes(value)) if isinstance(value, (bytes, numpy.bytes_)) else value
        if isinstance(value, bytes):
            try:
                value = value.decode()
            except UnicodeDecodeError:
                value = value.decode("latin-1")
        result.append(value)
    return result


def same_numbers(ours, theirs):
    """Equal bit for bit but for NaN; the positions where they are not."""
    with numpy.errstate(all="ignore"):
        if ours.dtype.kind in "iu" and theirs.dtype.kind in "iu":
            return numpy.nonzero(ours != theirs)[0]
        ours, theirs = ours.astype("f8"), theirs.astype("f8")
        return numpy.nonzero((ours != theirs) & ~(numpy.isnan(ours) & numpy.isnan(theirs)))[0]


def compare(column, signal, name, is_mixed):
    """A sentence on the first difference, None where there is none, or a note in a tuple."""
    theirs = flat(signal.samples)
    if theirs is None:
        return ("CANopen types and complex structures have no plain form in asammdf",)
    rows = len(column)
    if len(theirs) != rows:
        return f"{name}: {rows} values, asammdf has {len(theirs)}"
    if rows == 0:
        return None
    valid = numpy.array([bool(v) for v in column.is_valid()])
    ours = column.to_pylist()
    kind = next((v for v in ours if v is not None), None)
    if kind is None:
        return None
    if isinstance(kind, list):
        theirs = [v.tolist() for v in theirs]
        bad = [i for i in range(rows) if valid[i] and numpy.ravel(ours[i]).tolist() != numpy.ravel(theirs[i]).tolist()]
    elif isinstance(kind, bytes):
        theirs = [bytes(v) for v in theirs]
        if len(set(map(len, theirs))) == 1:
            bad = [i for i in range(rows) if valid[i] and theirs[i][: len(ours[i])] != ours[i]]
        else:
            bad = [i for i in range(rows) if valid[i] and theirs[i] != ours[i]]
    elif isinstance(kind, str):
        if theirs.dtype.kind not in "SUO":
            return ("conversions that give texts and numbers: asammdf gives numbers only, the tables both",)
        theirs = text(theirs)
        bad = [i for i in range(rows) if valid[i] and theirs[i] != ours[i]]
        if bad and all(theirs[i].strip() == ours[i].strip() for i in bad):
            notes["asammdf takes blanks away from the ends of conversions' texts, the tables have them as recorded"] += 1
            return None
        if bad and not any(theirs[i] for i in bad):
            notes["asammdf gives no text for a value in a first range of one value; the tables have the first range's"] += 1
            return None
    elif hasattr(kind, "isoformat"):
        return ("CANopen types and complex structures have no plain form in asammdf",)
    else:
        if theirs.dtype.kind not in "iufb":
            return ("conversions that give texts and numbers: asammdf gives texts only, the tables both",)
        numbers = column.to_numpy(zero_copy_only=False)
        if column.null_count:
            numbers = numpy.array([0 if v is None else v for v in ours])
        bad = [i for i in same_numbers(numbers, theirs) if valid[i]]
        if bad and is_mixed and numpy.isnan(theirs[bad].astype("f8")).all():
            return ("conversions that give texts and numbers: asammdf gives NaN for some numbers, the tables the numbers",)
    if not bad:
        return None
    row = bad[0]
    return f"{name}[{row}]: {ours[row]!r}, asammdf has {theirs[row]!r} ({len(bad)} of {rows})"


def column(table, signal, wanted):
    name = signal["name"]
    names = [f"{name}.raw", name] if wanted == "raw" else [name, f"{name}.text"]
    found = [n for n in names if n in table.column_names]
    return [table.column(n).combine_chunks() for n in (found[:1] if wanted == "raw" else found)]


def pairs(theirs, ours):
    """asammdf's channels with our signals."""
    names = [channel.name for channel in theirs]
    if len(names) == len(ours):
        return [(i, ours[i]) for i in range(len(ours))]
    notes["array elements are channels of their own in asammdf, and matched by name"] += 1
    by_name = {signal["name"]: signal for signal in ours}
    return [(i, by_name[name]) for i, name in enumerate(names) if name in by_name and names.count(name) == 1]


def events(name, path, mdf):
    """The table of events beside asammdf's."""
    rows = sorted(pyarrow.parquet.read_table(path).to_pylist(), key=lambda row: row["number"])
    notes["events of a file are those that asammdf lists"] += len(rows)
    ours = [(row["name"], row["value"], row["begins_at"]) for row in rows]
    theirs = [(event.name, event.sync_base * event.sync_factor, event.range_start) for event in mdf.events]
    return [] if ours == theirs else [f"{name}: events {ours}, asammdf has {theirs}"]


def check(path):
    name = os.path.basename(path)
    counts = [0, 0, 0]
    _, out, errors = interop.run("av-meta", "inspect", path)
    recording = json.loads(out.splitlines()[0])
    found, errors = interop.tables(path)
    if found is None and "AV-FMT-001" in errors:
        notes[f"{name}: damaged, nothing can be read, and that is said"] += 1
        return counts, []
    if found is None:
        return counts, [f"{name}: nothing extracted: {errors.strip()[:200]}"]
    try:
        mdf = MDF(path)
    except Exception as error:  # whatever it raises, the file cannot be compared
        notes[f"asammdf refuses {name}, the tables have what is there: {type(error).__name__}"] += 1
        return counts, []
    problems = []
    marked = [channel for channel in recording["channels"] if channel["type"] == "Event"]
    recording["channels"] = [channel for channel in recording["channels"] if channel["type"] != "Event"]
    if marked:
        problems += events(name, found[len(recording["channels"])], mdf)
    numbers = {channel["record_id"]: i for i, channel in enumerate(recording["channels"]) if "record_id" in channel}
    has_all = len(numbers) == len(recording["channels"])
    for order, group in enumerate(mdf.groups):
        # asammdf sorts groups of one stream anew when it finalizes a file.
        number = numbers.get(group.channel_group.record_id, order) if has_all else order
        if number >= len(recording["channels"]):
            notes["asammdf lists a group of values of another channel as a group of its own"] += 1
            continue
        channel = recording["channels"][number]
        counts[0] += 1
        table = pyarrow.parquet.read_table(found[number]) if number < len(found) and found[number] else None
        for index, signal in pairs(group.channels, channel["signals"]):
            for wanted in ("raw", "physical"):
                try:
                    theirs = mdf.get(group=order, index=index, raw=wanted == "raw", ignore_invalidation_bits=True)
                except Exception as error:
                    notes[f"asammdf cannot get {wanted} values of a channel: {type(error).__name__}"] += 1
                    continue
                if table is None:
                    if len(theirs.samples):
                        problems.append(f"{name} {signal['name']}: no table")
                    continue
                own = column(table, signal, wanted)
                if not own:
                    if signal["type"] != "structure":
                        notes["a channel with a fault has no column; asammdf makes values up"] += 1
                    continue
                label = f"{name} {number}.{signal['name']} {wanted}"
                is_mixed = wanted == "physical" and signal.get("conversion") in ("value-to-text", "range-to-text")
                results = [compare(c, theirs, label, is_mixed) for c in own]
                counts[1] += 1
                counts[2] += len(theirs.samples)
                for result in results:
                    if isinstance(result, tuple):
                        notes[result[0]] += 1
                    elif result and name in WRONG:
                        notes[f"{name}: {WRONG[name]}; the tables are right"] += 1
                    elif result:
                        problems.append(result)
    return counts, problems


def worker(path, end):
    notes.clear()
    end.send((*check(path), dict(notes)))


def apart(path):
    """A check in a process of its own: asammdf may crash, or never end."""
    here, there = CONTEXT.Pipe(duplex=False)
    process = CONTEXT.Process(target=worker, args=(path, there))
    process.start()
    there.close()
    try:
        if here.poll(PATIENCE[os.path.basename(os.path.dirname(path))]):
            counts, problems, more = here.recv()
            notes.update(more)
            return counts, problems
        notes[f"asammdf never ends with {os.path.basename(path)}; the tables have what is there"] += 1
    except EOFError:
        notes[f"asammdf crashes with {os.path.basename(path)}; the tables have what is there"] += 1
    finally:
        process.kill()
        process.join()
    return [0, 0, 0], []


CONTEXT = multiprocessing.get_context("fork")


def main():
    paths = files()
    if not paths:
        return interop.skipped("no shared data")
    totals = [0, 0, 0]
    problems = []
    for path in paths:
        counts, more = apart(path)
        totals = [a + b for a, b in zip(totals, counts)]
        problems += more
    interop.judge(
        f"asammdf {version('asammdf')}: {counted(len(paths), 'file')}, {counted(totals[0], 'group')}, "
        f"{counted(totals[1], 'column')}, {counted(totals[2], 'value')}", problems)
    interop.notes(notes)


main()
interop.end()
