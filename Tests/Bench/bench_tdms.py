"""TDMS beside npTDMS and the floor: bench_tdms.py BIN FOLDER [MB] [SEGMENTS] [RUNS].

Makes wide files (50 channels, double and int16 with a linear scale, 20,000 values a segment), contiguous and
interleaved, one whose only chunk is as large as the file, and one of many small segments with metadata; then each job
runs in a process of its own on a file in the page cache. Prints the table of RESULTS.md, of the run of least processor time.
On a machine that is not idle only processor seconds compare.
"""
import os
import shutil
import struct
import sys

import numpy

import measured

CHANNELS, START = 50, 2082844800 + 1714557600


def text(value):
    data = value.encode()
    return struct.pack("<I", len(data)) + data


def number(name, value):
    return text(name) + (struct.pack("<II", 7, value) if isinstance(value, int) else struct.pack("<Id", 10, value))


def segment(contents, objects, raw):
    metadata = struct.pack("<I", len(objects)) + b"".join(objects) if objects else b""
    return b"TDSm" + struct.pack("<IIQQ", contents, 4713, len(metadata) + len(raw), len(metadata)) + metadata + raw


def channel(place, kind, count, scaled):
    properties = [text("wf_start_time") + struct.pack("<IQq", 0x44, 0, START), number("wf_increment", 1e-4)]
    if scaled:
        properties += [number("NI_Number_Of_Scales", 1), text("NI_Scale[0]_Scale_Type") + struct.pack("<I", 0x20) + text("Linear"),
                       number("NI_Scale[0]_Linear_Slope", 0.001), number("NI_Scale[0]_Linear_Y_Intercept", 0.5),
                       number("NI_Scale[0]_Linear_Input_Source", 0xFFFFFFFF)]
    return text(f"/'DAQ'/'ch{place:02d}'") + struct.pack("<IIIQI", 20, kind, 1, count, len(properties)) + b"".join(properties)


def wide(path, megabytes, interleaved=False, values=20000):
    kinds = ["<f8", "<i2"] * (CHANNELS // 2)
    row = numpy.dtype([(f"c{place}", kind) for place, kind in enumerate(kinds)])
    values = values or int(megabytes * 1e6 / row.itemsize)
    random = numpy.random.default_rng(3)
    with open(path, "wb") as file:
        for part in range(max(1, int(megabytes * 1e6 / (row.itemsize * values)))):
            columns = [(numpy.sin(numpy.arange(values) * 1e-3 * (place + 1)) * 1000 + random.normal(0, 3, values)).astype(kind)
                       for place, kind in enumerate(kinds)]
            if interleaved:
                rows = numpy.empty(values, row)
                for place, column in enumerate(columns):
                    rows[f"c{place}"] = column
                raw = rows.tobytes()
            else:
                raw = b"".join(column.tobytes() for column in columns)
            objects = [channel(place, 10 if place % 2 == 0 else 2, values, place % 2) for place in range(CHANNELS)] if part == 0 else []
            file.write(segment(8 | (6 if part == 0 else 0) | (0x20 if interleaved else 0), objects, raw))


def many(path, count):
    """Each segment has metadata: a property changes, the raw index is as before."""
    with open(path, "wb") as file:
        for part in range(count):
            raw = numpy.arange(part * 10, part * 10 + 10, dtype="<f8").tobytes() * 8
            objects = [channel(place, 10, 10, False) for place in range(8)] if part == 0 else [
                text("/'DAQ'/'ch00'") + struct.pack("<II", 0, 1) + number("wf_samples", part * 10)]
            file.write(segment(0xE if part == 0 else 0xA, objects, raw))


def measure(command, runs, out):
    """None where it did not end well."""
    uses = []
    for _ in range(runs):
        shutil.rmtree(out, ignore_errors=True)
        uses.append(measured.once(command))
    return None if any(use.status for use in uses) else min(uses, key=lambda use: use.cpu)


PEER = {
    "open": "from nptdms import TdmsFile; f = TdmsFile.read_metadata(PATH); print(sum(len(c) for g in f.groups() for c in g.channels()))",
    "read": "from nptdms import TdmsFile; f = TdmsFile.read(PATH); print(sum(len(c[:]) for g in f.groups() for c in g.channels()))",
    "parquet": "import os; from nptdms import TdmsFile; os.makedirs(OUT); TdmsFile.read(PATH).as_dataframe().to_parquet(OUT + '/o.parquet')",
}


def main():
    binaries, folder = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
    megabytes, segments, runs = (float(sys.argv[3]) if len(sys.argv) > 3 else 200, int(sys.argv[4]) if len(sys.argv) > 4 else 100_000,
                                 int(sys.argv[5]) if len(sys.argv) > 5 else 3)
    os.makedirs(folder, exist_ok=True)
    makers = {"contiguous": lambda path: wide(path, megabytes), "interleaved": lambda path: wide(path, megabytes, True),
              "one chunk, contiguous": lambda path: wide(path, megabytes, values=None),
              "one chunk, interleaved": lambda path: wide(path, megabytes, True, None), "many segments": lambda path: many(path, segments)}
    out = os.path.join(folder, "out")
    print("| file | job | ours s | CPU s | MB | npTDMS s | CPU s | MB | floor s | | CPU |\n|---|---|---:|---:|---:|---:|---:|---:|---:|---|---|")
    for name, make in makers.items():
        path = os.path.join(folder, name.replace(", ", "_").replace(" ", "_") + ".tdms")
        if not os.path.exists(path):
            make(path)
        jobs = {
            "open": [f"{binaries}/av-meta", "inspect", path],
            "read": [f"{binaries}/av-meta", "inspect", "--deep", path],
            "parquet": [f"{binaries}/av-extract", path, "-o", out],
        }
        floor = measure(["cat", path], runs, out)[0]
        for job, command in jobs.items():
            ours = measure(command, runs, out)
            script = PEER[job].replace("PATH", repr(path)).replace("OUT", repr(out))
            peer = measure([sys.executable, "-c", script], runs, out)
            cells = [f"{value[0]:.2f} | {value[1]:.2f} | {value[2]:.0f}" if value else "– | – | –" for value in (ours, peer)]
            ratio = f"{peer[0] / ours[0]:.1f} × | {peer[1] / ours[1]:.1f} ×" if ours and peer else " | "
            print(f"| {name}, {os.path.getsize(path) / 1e6:.0f} MB | {job} | {cells[0]} | {cells[1]} | {floor:.2f} | {ratio} |", flush=True)
    shutil.rmtree(out, ignore_errors=True)


if __name__ == "__main__":
    main()
