#!/usr/bin/env python3
"""A lake made by the tools, checked with Python's hashlib and uuid, sha256sum and jq: the log's chain, identifiers,
digests of files and folders, and that raw and archive are what the logger had left in landing.
"""
import hashlib
import json
import os
import re
import shutil
import subprocess
import uuid

from interop import Interop, counted

interop = Interop("lineage")
NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "urn:avtools:ids:1")


def sha256(path):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def files(folder):
    return {os.path.relpath(os.path.join(top, name), folder): os.path.join(top, name)
            for top, _, names in os.walk(folder) for name in names}


def folder_digest(folder):
    """SHA-256 of the sorted lines `hex  path`."""
    lines = sorted(files(folder).items(), key=lambda item: item[0].encode())
    return hashlib.sha256(b"".join(f"{sha256(path)}  {name}\n".encode() for name, path in lines)).hexdigest()


def make(lake, original):
    """The pipeline as a shell would run it; what went wrong."""
    steps = [("av-meta", ["init", "--lake", lake], None),
             ("sample-drive", ["--seconds", "2", "-o", lake + "/landing/drive-1"], None),
             ("av-validate", ["--lake", lake, "--landing", "--level", "deep"], "validation"),
             ("av-ingest", ["--lake", lake], "raw"), ("av-extract", ["--lake", lake], "extracted")]
    records = b""
    for tool, arguments, kind in steps:
        done = subprocess.run([interop.tool(tool), *arguments], input=records, capture_output=True, timeout=300)
        if done.returncode != 0:
            return f"{tool}: exit {done.returncode}: {done.stderr.decode(errors='replace').strip()[:200]}"
        records = done.stdout if kind else b""
        if tool == "sample-drive":
            shutil.copytree(lake + "/landing/drive-1", original)
    return None


def check_chain(path):
    """Events of one writer's log, and what is wrong with its chain."""
    with open(path, "rb") as file:
        data = file.read()
    problems, events, before, seen = [], [], "", set()
    if not data.endswith(b"\n"):
        problems.append("the last line has no newline")
    for number, line in enumerate(data.split(b"\n")[:-1]):
        event = json.loads(line)
        if event["prev"] != before or event["seq"] != number or event["v"] != 1:
            problems.append(f"line {number + 1}: prev, seq or v")
        if uuid.UUID(event["id"]).version != 7 or event["id"] in seen:
            problems.append(f"line {number + 1}: id {event['id']}")
        if not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z", event["time"]):
            problems.append(f"line {number + 1}: time {event['time']}")
        if events and event["time"] <= events[-1]["time"]:
            problems.append(f"line {number + 1}: not after the line before")
        before = hashlib.sha256(line).hexdigest()
        seen.add(event["id"])
        events.append(event)
    return events, problems


def check_ids(events):
    """Identifiers of datastreams are UUIDv5 of what they are made from."""
    problems, count = [], 0
    for event in events:
        if event["event"] == "datastream.created":
            name = json.dumps([event["stage"], sorted(event["parents"]), event["config"], event["output_version"]],
                              separators=(",", ":"))
            wanted = str(uuid.uuid5(NAMESPACE, "datastream:" + name))
            count += 1
            if wanted != event["datastream"]:
                problems.append(f"datastream {event['datastream']}, should be {wanted}")
    return problems, count


def check_contents(lake, original, events):
    problems, count = [], 0
    places = {event["datastream"]: event["path"] for event in events if event["event"] == "datastream.created"}
    for event in events:
        if event["event"] == "file.copied":
            path = os.path.join(lake, event["path"])
            count += 1
            if sha256(path) != event["sha256"] or os.path.getsize(path) != event["bytes"]:
                problems.append(f"{event['path']}: not what the log says")
            if sha256(os.path.join(original, os.path.basename(path))) != event["sha256"]:
                problems.append(f"{event['path']}: not what was in landing")
        if event["event"] == "datastream.state" and "digest" in event:
            folder = os.path.join(lake, places[event["datastream"]])
            if "sha256:" + folder_digest(folder) != event["digest"]:
                problems.append(f"{places[event['datastream']]}: its digest is another one")
            found = files(folder)
            if len(found) != event["files"] or sum(map(os.path.getsize, found.values())) != event["bytes"]:
                problems.append(f"{places[event['datastream']]}: {len(found)} files")
            count += len(found)
    if os.listdir(os.path.join(lake, "landing")):
        problems.append("landing is not clear")
    return problems, count


def sums(lake):
    """Lists that sha256sum checks; that they name every other file is checked here."""
    problems, count = [], 0
    for top, _, names in os.walk(lake):
        if "SHA256SUMS" in names:
            done = subprocess.run(["sha256sum", "--check", "--strict", "--quiet", "SHA256SUMS"], cwd=top,
                                  capture_output=True)
            if done.returncode != 0:
                problems.append(f"{top}: {done.stdout.decode()[:200]}")
            with open(os.path.join(top, "SHA256SUMS")) as file:
                listed = {line.rstrip("\n").split("  ", 1)[1] for line in file}
            if listed != set(files(top)) - {"SHA256SUMS"}:
                problems.append(f"{top}: the list is not of its files")
            count += len(listed)
    return problems, count


def main():
    missing = [tool for tool in ["sample-drive", "av-validate", "av-ingest"] if not os.path.exists(interop.tool(tool))]
    if missing:
        interop.skipped(f"{missing[0]} is not built")
        interop.end()
    lake, original = os.path.join(interop.scratch, "lake"), os.path.join(interop.scratch, "landing")
    if problem := make(lake, original):
        interop.failed(problem)
        interop.end()
    logs = sorted(os.path.join(lake, "lineage", name) for name in os.listdir(os.path.join(lake, "lineage"))
                  if name.endswith(".jsonl"))
    events, problems = [], []
    for log in logs:
        found, wrong = check_chain(log)
        events += found
        problems += wrong
    interop.judge(f"chain of the log, by hashlib: {counted(len(logs), 'file')}, {counted(len(events), 'event')}", problems)
    problems, count = check_ids(events)
    interop.judge(f"identifiers, by uuid5: {counted(count, 'datastream')}", problems)
    problems, count = check_contents(lake, original, events)
    interop.judge(f"digests in the log, by hashlib: {counted(count, 'file')}", problems)
    problems, count = sums(lake)
    interop.judge(f"SHA256SUMS, by sha256sum: {counted(count, 'file')}", problems)
    if shutil.which("jq") is None:
        interop.skipped("jq is not installed")
    else:
        done = subprocess.run(["jq", "-e", "-c", ".event", *logs], capture_output=True)
        found = [json.loads(line) for line in done.stdout.splitlines()]
        interop.judge(f"lines of the log, by jq: {counted(len(found), 'event')}",
                      [] if found == [event["event"] for event in events] else ["other events"])
    interop.end()


main()
