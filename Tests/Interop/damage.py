#!/usr/bin/env python3
"""What is saved of a sample drive whose recorder was killed or whose copy was cut short, against the whole drive.

The same arguments give the same drive, so every row of the damaged one must be a row of the whole one (rows are told by
source_container and source_offset), value by value, and every message of a chunk that is whole must be there.
"""
import glob
import json
import os
import struct

import pyarrow.parquet

from interop import Interop, counted

interop = Interop("damage")
PLACE = ["source_container", "source_offset"]


def made(name, *arguments):
    """A bag of two seconds; None where it could not be written."""
    folder = os.path.join(interop.scratch, "damage", name)
    os.makedirs(os.path.dirname(folder), exist_ok=True)
    code, _, errors = interop.run("sample-drive", "-o", folder, "--seconds", "2", *arguments)
    if code != 0:
        interop.failed(f"sample-drive {' '.join(arguments)}: exit {code}: {errors.strip()[:200]}")
        return None
    return glob.glob(folder + "/*.bag")[0]


def tables(folder):
    """Path of each Parquet file below the folder → its table."""
    return {os.path.relpath(path, folder): pyarrow.parquet.read_table(path)
            for path in glob.glob(folder + "/**/*.parquet", recursive=True)}


def places(table):
    return list(zip(*(table.column(name).to_pylist() for name in PLACE)))


def chunk_ends(bag, containers):
    """Where each chunk ends, by the lengths of its record."""
    ends = {}
    with open(bag, "rb") as file:
        for place in containers:
            file.seek(place)
            file.seek(struct.unpack("<I", file.read(4))[0], os.SEEK_CUR)
            ends[place] = file.tell() + 4 + struct.unpack("<I", file.read(4))[0]
    return ends


def compare(whole_bag, damaged_bag):
    _, whole_folder, _, errors = interop.extract(whole_bag)
    code, folder, report, errors = interop.extract(damaged_bag)
    if report is None:
        return [f"exit {code}: {errors.strip()[:200]}"], 0, 0
    whole, found = tables(whole_folder), tables(folder)
    size = os.path.getsize(damaged_bag)
    problems, saved, all_rows = [], 0, 0
    ends = chunk_ends(whole_bag, {place[0] for table in whole.values() for place in places(table)})
    outcome = report["recordings"][0]["outcome"]
    if (outcome, code) != ("lossy", 3):
        problems.append(f"outcome {outcome}, exit {code}, should be lossy and 3")
    if not report["recordings"][0]["findings"]:
        problems.append("no finding")
    for path, wanted in whole.items():
        rows, all_rows = places(wanted), all_rows + wanted.num_rows
        mine = found.get(path)
        here = places(mine) if mine is not None else []
        saved += len(here)
        must = [place for place in rows if ends[place[0]] <= size]
        if missing := set(must) - set(here):
            problems.append(f"{path}: {len(missing)} messages of whole chunks are missing")
        if mine is None:
            continue
        numbers = {place: row for row, place in enumerate(rows)}
        if unknown := [place for place in here if place not in numbers]:
            problems.append(f"{path}: rows that the whole drive does not have: {unknown[:3]}")
            continue
        expected = wanted.take([numbers[place] for place in here])
        for name in wanted.column_names:
            if not mine.column(name).equals(expected.column(name)) and not is_nan_apart(
                    mine.column(name), expected.column(name)):
                problems.append(f"{path}: {name} differs")
    if extra := set(found) - set(whole):
        problems.append(f"tables that the whole drive does not have: {sorted(extra)[:3]}")
    return problems, saved, all_rows


def is_nan_apart(one, other):
    """Arrow says that NaN is not NaN."""
    return str(one.to_pylist()) == str(other.to_pylist())


def main():
    if not os.path.exists(interop.tool("sample-drive")):
        interop.skipped("sample-drive is not built")
        interop.end()
    for packing in ["none", "lz4", "bz2"]:
        whole = made(packing, "--compression", packing)
        for defect in ["unclosed", "truncate:100000", "truncate:400000"]:
            name = f"{packing}-{defect.replace(':', '-')}"
            truth = os.path.join(interop.scratch, "damage", name + ".json")
            damaged = made(name, "--compression", packing, "--defect", defect, "--truth", truth)
            if whole is None or damaged is None:
                continue
            problems, saved, rows = compare(whole, damaged)
            with open(truth) as file:
                readable = sum(stream["readable_at_least"] for stream in json.load(file)["streams"])
            # Whole blocks of a packed chunk that is cut are more than the truth promises.
            if saved < readable or (packing == "none" and defect == "unclosed" and saved != readable):
                problems.append(f"{saved} rows, should be {readable}")
            interop.judge(f"{packing} chunks, {defect}: {saved:,} of {counted(rows, 'row')} saved, "
                          "each as in the whole drive", problems)
    interop.end()


main()
