#!/usr/bin/env python3
"""Every message of every bag that python rosbags opens, value by value, in the Parquet files that av-extract makes of it.

A message is matched by its place: rosbags' index says chunk and offset, our rows have source_container and
source_offset, so order and completeness are compared as well. rosbags decodes by the definitions in the bag. The tables
are read with pyarrow, DuckDB and polars. Bags that rosbags refuses are compared with what is known to be in them.
"""
import csv
import json
import os

import duckdb
import numpy
import polars
import pyarrow
import pyarrow.parquet
import rosbags.rosbag1.reader
from importlib.metadata import version
from rosbags.rosbag1 import Reader
from rosbags.typesys import Stores, get_types_from_msg, get_typestore
from rosbags.typesys.msg import denormalize_msgtype

import columns
from interop import Interop, Notes, counted

interop = Interop("bags")
notes = Notes()
TIME_COLUMNS = ["t_ns", "ts", "time_source", "log_ns", "pub_ns", "stamp_ns", "source_file", "source_container",
                "source_offset"]
stores = {}
BUILTIN = {name: get_typestore(Stores.LATEST).fielddefs[name] for name in [columns.TIME, columns.DURATION]}


def store(connection):
    """The types of a connection's definition, or why rosbags cannot read it."""
    key = (connection.msgtype, connection.msgdef.data)
    if key not in stores:
        try:
            types = get_typestore(Stores.EMPTY)
            types.register(BUILTIN)
            types.register(get_types_from_msg(connection.msgdef.data, connection.msgtype))
            stores[key] = (types, columns.Ros1Columns(types, connection.msgtype))
        except Exception as error:  # whatever the parser raises, the channel cannot be compared
            stores[key] = f"{type(error).__name__}: {str(error).splitlines()[0][:80]}"
    return stores[key]


def readers():
    """How each library delivers a file, as an Arrow table."""
    connection = duckdb.connect()
    connection.execute("set TimeZone='UTC'")
    yield "pyarrow", lambda path: pyarrow.parquet.read_table(path, page_checksum_verification=True)
    yield "DuckDB", lambda path: connection.execute("select * from read_parquet(?)", [path]).to_arrow_table()
    yield "polars", lambda path: polars.read_parquet(path).to_arrow()


class Truth:
    """What rosbags finds on one topic of one type: raw messages by place, and their values."""

    def __init__(self):
        self.places, self.times, self.raw, self.connections = [], [], [], []

    def sort(self):
        order = sorted(range(len(self.places)), key=self.places.__getitem__)
        for name in ["places", "times", "raw", "connections"]:
            values = getattr(self, name)
            setattr(self, name, [values[index] for index in order])


def truth(path):
    """Channels by (topic as normalized by rosbags, type); raises what rosbags raises."""
    found = {}
    with Reader(path) as reader:
        for connection in list(reader.connections):
            channel = found.setdefault((connection.topic, denormalize_msgtype(connection.msgtype)), Truth())
            entries = reader.indexes[connection.id]
            for entry, (_, time, raw) in zip(entries, reader.messages([connection]), strict=True):
                channel.places.append((entry.chunk_pos, entry.offset))
                channel.times.append(time)
                channel.raw.append(raw)
                channel.connections.append(connection)
    for channel in found.values():
        channel.sort()
    return found


def decoded(channel):
    """Columns of the messages that decode, and which of them do not; None where rosbags cannot read the type."""
    first = store(channel.connections[0])
    if isinstance(first, str):
        return None, [], first
    messages, broken = [], []
    for row, (raw, connection) in enumerate(zip(channel.raw, channel.connections)):
        types, _ = store(connection)
        try:
            messages.append(types.deserialize_ros1(raw, connection.msgtype))
        except Exception:
            broken.append(row)
    return first[1].columns(messages), broken, None


def check_times(table, bag, channel, rows, wanted):
    """The columns that every table begins with, computed once more."""
    problems = []
    time, log = (table.column(name).to_numpy() for name in ["t_ns", "log_ns"])
    if not numpy.array_equal(log, numpy.array([channel.times[row] for row in rows], dtype=numpy.int64)):
        problems.append("log_ns is not rosbags' time")
    if not numpy.array_equal(columns.of_arrow(table.column("ts")), numpy.floor_divide(time, 1000)):
        problems.append("ts is not t_ns in microseconds")
    stamps = table.column("stamp_ns")
    header = wanted.get("header.stamp") if wanted and next(iter(wanted)) == "header.seq" else None
    if header is None:
        if stamps.null_count != len(stamps):
            problems.append("stamp_ns without a header")
    elif not numpy.array_equal(stamps.fill_null(0).to_numpy(), header):
        problems.append("stamp_ns is not the header's")
    sources = table.column("time_source").to_pylist()
    stamped = numpy.array([source == "header" for source in sources], dtype=bool)
    logged = numpy.array([source == "log" for source in sources], dtype=bool)
    if not numpy.array_equal(time[logged], log[logged]):
        problems.append("t_ns of time_source log is not log_ns")
    if stamped.any() and not numpy.array_equal(time[stamped], stamps.fill_null(0).to_numpy()[stamped]):
        problems.append("t_ns of time_source header is not stamp_ns")
    if table.column("pub_ns").null_count != table.num_rows:
        problems.append("pub_ns, which a bag does not have")
    if set(table.column("source_file").to_pylist()) - {os.path.basename(bag)}:
        problems.append("source_file")
    return problems


def check_table(name, table, bag, channel, wanted, broken, reason):
    """One file as one reader delivers it; None where a value is as it should be."""
    rows = [row for row in range(len(channel.places)) if row not in set(broken)]
    if table.num_rows != len(rows):
        return [f"{table.num_rows} rows, should be {len(rows)}"]
    places = list(zip(table.column("source_container").to_pylist(), table.column("source_offset").to_pylist()))
    if places != [channel.places[row] for row in rows]:
        return ["rows are not the messages in file order"]
    problems = check_times(table, bag, channel, rows, wanted)
    names = [column for column in table.column_names if column not in TIME_COLUMNS]
    if wanted is None:
        notes[f"{os.path.basename(bag)}: rosbags cannot read a definition ({reason}); only places and times compared"] += 1
        return problems
    if names != list(wanted):
        return problems + [f"columns {names[:6]}, should be {list(wanted)[:6]}"]
    for column in names:
        try:
            found = columns.of_arrow(table.column(column))
        except ValueError as error:
            problems.append(f"{column}: {error}")
            continue
        if text := columns.difference(found, wanted[column], notes if name == "pyarrow" else Notes()):
            problems.append(f"{column}: {text}")
    return problems


def check_frames(folder, path, channel):
    """Pictures as recorded: their bytes are the message's; the others are for images.py and clouds.py."""
    table = pyarrow.parquet.read_table(os.path.join(folder, path, "index.parquet"))
    if table.column("log_ns").to_pylist() != channel.times:
        return ["log_ns of the index is not rosbags' time"]
    return []


def compare(bags):
    """Bags that rosbags opens, message by message; gives back those it refuses."""
    refused, problems, sums = {}, {name: [] for name, _ in readers()}, Notes()
    for bag in bags:
        short = os.path.basename(bag)
        try:
            wanted = truth(bag)
        except Exception as error:
            refused[bag] = f"{type(error).__name__}: {str(error)[:80]}"
            continue
        code, folder, report, errors = interop.extract(bag)
        if report is None or code not in [0, 3]:
            problems["pyarrow"].append(f"{short}: exit {code}: {errors.strip()[:200]}")
            continue
        sums["bags"] += 1
        streams = {(rosbags.rosbag1.reader.normalize(stream["channel"]), stream["type"]): stream
                   for stream in report["streams"]}
        normalized = [stream["channel"] for stream in report["streams"]
                      if rosbags.rosbag1.reader.normalize(stream["channel"]) != stream["channel"]]
        if normalized:
            notes[f"{short}: rosbags renames topic {normalized[0]!r}; ours is as recorded"] += 1
        missing = [key for key in wanted if key not in streams and wanted[key].places]
        extra = [key for key in streams if key not in wanted]
        if not wanted and extra and not any(stream["messages"] for stream in report["streams"]):
            notes[f"{short}: rosbags lists no connection of a bag without chunks; ours does, with 0 messages"] += 1
            extra = []
        if missing or extra:
            problems["pyarrow"].append(f"{short}: topics missing {missing[:3]}, too many {extra[:3]}")
        undecoded = 0
        for key, channel in wanted.items():
            stream = streams.get(key)
            if stream is None:
                continue
            path = stream["paths"][0]
            if path.endswith("/"):
                for text in check_frames(folder, path, channel):
                    problems["pyarrow"].append(f"{short} {key[0]}: {text}")
                sums["frames"] += len(channel.places)
                continue
            if stream.get("undecoded"):
                notes[f"{short} {key[0]}: {stream['undecoded']}: raw bytes compared; rosbags decodes none of it"] += 1
                expected, broken, reason = {"data": channel.raw}, [], None
            elif channel.connections:
                expected, broken, reason = decoded(channel)
            else:
                expected, broken, reason = {}, [], None
            undecoded += len(broken)
            sums["tables"] += 1
            sums["messages"] += len(channel.places)
            sums["values"] += sum(columns.size(column) for column in (expected or {}).values())
            for name, read in readers():
                for text in check_table(name, read(os.path.join(folder, path)), bag, channel, expected, broken, reason):
                    problems[name].append(f"{short} {key[0]}: {text}")
        if report["recordings"][0]["messages_undecoded"] != undecoded:
            problems["pyarrow"].append(
                f"{short}: {report['recordings'][0]['messages_undecoded']} undecoded, rosbags: {undecoded}")
    return refused, problems, sums


def rows(folder, report):
    """Rows in all artifacts of an extraction, tables and indexes."""
    total = 0
    for stream in report["streams"]:
        path = os.path.join(folder, stream["paths"][0])
        path = os.path.join(path, "index.parquet") if path.endswith("/") else path
        total += pyarrow.parquet.ParquetFile(path).metadata.num_rows
    return total


def damaged(bag, outcome, readable):
    """A bag that rosbags refuses, against what is known to be in it."""
    short = os.path.basename(bag)
    code, folder, report, errors = interop.extract(bag)
    if outcome == "nothing":
        problems = []
        if code != 1:
            problems.append(f"{short}: exit {code}, should be 1")
        if not errors.strip():
            problems.append(f"{short}: no reason on standard error")
        if folder is not None and rows(folder, report) != 0:
            problems.append(f"{short}: rows of a recording of which nothing can be read")
        return problems
    if report is None:
        return [f"{short}: exit {code}: {errors.strip()[:200]}"]
    source = report["recordings"][0]
    problems = []
    expected = 3 if outcome == "lossy" else 0
    if code != expected:
        problems.append(f"{short}: exit {code}, should be {expected}")
    if source["outcome"] != outcome:
        problems.append(f"{short}: outcome {source['outcome']}, should be {outcome}")
    if source["messages"] != readable:
        problems.append(f"{short}: {source['messages']} messages, should be {readable}")
    if rows(folder, report) != readable:
        problems.append(f"{short}: {rows(folder, report)} rows, should be {readable}")
    if outcome == "lossy" and not source["messages_lost"] and not any(
            finding.get("severity") == "error" for finding in source["findings"]):
        problems.append(f"{short}: nothing is said of what was lost")
    return problems


def known(refused):
    """The bags that rosbags refuses, by the manifest or by expected.json."""
    with open(os.path.join(interop.shared, "rosbag-crafted", "expected.json")) as file:
        expected = json.load(file)
    csv.field_size_limit(1 << 30)
    with open(os.path.join(interop.shared, "rosbag", "MANIFEST.tsv")) as file:
        manifest = {row["file"]: row for row in csv.DictReader(file, delimiter="\t")}
    problems, count = [], 0
    for bag, reason in refused.items():
        short = os.path.basename(bag)
        print(f"note bags: rosbags refuses {short}: {reason}")
        if short in expected:
            facts = expected[short]
            problems += damaged(bag, facts["outcome"], facts["readable"])
        elif short in manifest:
            messages = int(manifest[short]["messages_scan"] or 0)
            problems += damaged(bag, "nothing" if manifest[short]["status"] == "empty file" else "whole", messages)
        else:
            problems.append(f"{short}: nothing is known of it")
        count += 1
    interop.judge(f"{counted(count, 'bag')} that rosbags refuses: exit code, outcome, rows", problems)


def show(what, result):
    """One line a reader."""
    _, problems, sums = result
    for name, found in problems.items():
        package = {"DuckDB": "duckdb"}.get(name, name)
        interop.judge(
            f"{what}: rosbags {version('rosbags')} = tables read with {name} {version(package)}: "
            f"{counted(sums['bags'], 'bag')}, {counted(sums['tables'], 'table')}, "
            f"{counted(sums['messages'], 'message')}, {counted(sums['values'], 'value')}", found)


def main():
    drive = interop.drive()
    if drive is None:
        interop.skipped("the sample drive: sample-drive is not built")
    else:
        result = compare(drive)
        for bag, reason in result[0].items():
            result[1]["pyarrow"].append(f"rosbags refuses our own {os.path.basename(bag)}: {reason}")
        show("the sample drive", result)
    if interop.shared is None:
        interop.skipped("public and crafted bags: no shared data (AV_SHARED_DATA)")
    else:
        refused = {}
        for what, folder in [("public bags", "rosbag"), ("crafted bags", "rosbag-crafted")]:
            result = compare(interop.bags(folder))
            show(what, result)
            refused.update(result[0])
        known(refused)
    interop.notes(notes)
    interop.end()


main()
