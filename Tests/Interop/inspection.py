#!/usr/bin/env python3
"""What av-meta inspect says of each bag, quick and --deep, against what independent readers counted.

Public bags: MANIFEST.tsv (a linear scanner and rosbags). Crafted bags: expected.json (known because it was written).
"""
import calendar
import csv
import json
import os
import time

from interop import Interop, Notes, counted

interop = Interop("inspection")
notes = Notes()


def inspect(bag, *options):
    """Exit code, record or None, and what is said on standard error."""
    code, output, errors = interop.run("av-meta", "inspect", "--json", *options, bag)
    records = [json.loads(line) for line in output.splitlines() if line.strip()]
    records = [record for record in records if record.get("type") == "recording"]
    return code, records[0] if len(records) == 1 else None, errors


def nanoseconds(text):
    """Of an RFC 3339 time with nine digits."""
    whole, _, part = text.removesuffix("Z").partition(".")
    return calendar.timegm(time.strptime(whole, "%Y-%m-%dT%H:%M:%S")) * 1_000_000_000 + int(part.ljust(9, "0"))


def public():
    csv.field_size_limit(1 << 30)
    place = os.path.join(interop.shared, "rosbag")
    with open(os.path.join(place, "MANIFEST.tsv")) as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    for options in [[], ["--deep"]]:
        problems, messages, channels = [], 0, 0
        for row in rows:
            code, record, errors = inspect(os.path.join(place, row["file"]), *options)
            if row["status"] == "empty file":
                if code != 1 or not errors.strip():
                    problems.append(f"{row['file']}: exit {code} for an empty file, {errors.strip()!r}")
                continue
            if record is None:
                problems.append(f"{row['file']}: exit {code}, no record: {errors.strip()[:120]}")
                continue
            wanted = {}
            for part in filter(None, (row["topics[type]=count"] or "").split("; ")):
                name, _, count = part.rpartition("=")
                wanted[name] = wanted.get(name, 0) + int(count)
            found = {}
            for channel in record["channels"]:
                if int(channel["messages"]):
                    name = f"{channel['name']}[{channel['type']}]"
                    found[name] = found.get(name, 0) + int(channel["messages"])
                if channel.get("undecoded"):
                    problems.append(f"{row['file']}: {channel['name']} is not decoded: {channel['undecoded']}")
            if found != wanted:
                problems.append(f"{row['file']}: {found}, should be {wanted}")
            if int(record["messages"]) != int(row["messages_scan"]):
                problems.append(f"{row['file']}: {record['messages']} messages, should be {row['messages_scan']}")
            for key, column in [("start", "start_ns"), ("end", "end_ns")]:
                value = nanoseconds(record[key]) if record.get(key) else None
                if row[column] and value != int(row[column]):
                    problems.append(f"{row['file']}: {key} {value}, should be {row[column]}")
            is_sound = row["status"] == "ok"
            if record["outcome"] != "whole" or (is_sound and not record["complete"]):
                problems.append(f"{row['file']}: outcome {record['outcome']}, complete {record['complete']}")
            if not is_sound:
                codes = sorted({finding["code"] for finding in record["findings"]})
                if options:
                    notes[f"{row['file']}: {row['status']}: we say {', '.join(codes)}"] += 1
                if options and not codes:  # a gap behind a sound index shows when everything is walked
                    problems.append(f"{row['file']}: {row['status']}, and no finding")
            messages += int(record["messages"])
            channels += len(found)
        interop.judge(
            f"public bags{' --deep' if options else ''} = MANIFEST.tsv: {counted(len(rows), 'bag')}, "
            f"{counted(channels, 'channel')}, {counted(messages, 'message')}", problems)


def crafted():
    place = os.path.join(interop.shared, "rosbag-crafted")
    with open(os.path.join(place, "expected.json")) as file:
        expected = json.load(file)
    for options in [[], ["--deep"]]:
        problems = []
        for name, truth in expected.items():
            code, record, errors = inspect(os.path.join(place, name), *options)
            if record is None:
                if truth["outcome"] != "nothing" or code != 1 or not errors.strip():
                    problems.append(f"{name}: exit {code}, no record: {errors.strip()[:120]}")
                continue
            if not options and truth["indexed"] is not None:
                if int(record["messages"]) not in [truth["indexed"], truth["readable"]]:
                    problems.append(f"{name}: {record['messages']} messages, {truth['indexed']} in the index")
                continue
            channels = sorted((channel["name"], channel["type"], int(channel["messages"]))
                              for channel in record["channels"]
                              if truth["class"] == "empty" or int(channel["messages"]))
            found = {"readable": int(record["messages"]), "outcome": record["outcome"],
                     "complete": record["complete"], "start": record["start"], "end": record["end"],
                     "channels": channels}
            wanted = {key: truth[key] for key in found}
            wanted["channels"] = sorted((c["name"], c["type"], c["messages"]) for c in truth["channels"])
            problems += [f"{name}: {key} {found[key]}, should be {wanted[key]}"
                         for key in found if found[key] != wanted[key]]
            if truth["outcome"] != "whole" and not record["findings"]:
                problems.append(f"{name}: {truth['outcome']}, and no finding says why")
            if code == 0 and truth["outcome"] == "nothing":
                problems.append(f"{name}: exit 0 where nothing can be read")
        interop.judge(
            f"crafted bags{' --deep' if options else ''} = expected.json: {counted(len(expected), 'bag')}", problems)


def main():
    if interop.shared is None:
        interop.skipped("public and crafted bags: no shared data (AV_SHARED_DATA)")
    else:
        public()
        crafted()
    interop.notes(notes)
    interop.end()


main()
