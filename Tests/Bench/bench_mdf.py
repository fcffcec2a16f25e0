#!/usr/bin/env python3
"""MDF4 beside asammdf and the floors: bench_mdf.py BIN FOLDER [--runs 3] [--only WORD]. Prints the tables of RESULTS.md.

FOLDER has what gen_mdf.py wrote. Each job is a process of its own, with the file in the page cache; of its runs the one
with the least processor time counts. The start of Python with asammdf is a row of its own, and is taken from the
peers' time before ratios are formed, except of open, which takes no time beside it."""
import argparse, ctypes, glob, json, mmap, os, shutil, struct, subprocess, sys, tempfile, time

JOBS = {}


def job(name):
    def register(function):
        JOBS[name] = function
        return function
    return register


# What the peers do: called in a process of its own, with the file and a folder for what is written.

@job("import")
def only_import(path, folder):
    import asammdf, pandas, pyarrow.parquet
    return asammdf.__version__


@job("open")
def opened(path, folder):
    from asammdf import MDF
    return sum(len(group.channels) for group in MDF(path).groups)


@job("read, select")
def select(path, folder):
    from asammdf import MDF
    file = MDF(path)
    return sum(len(signal.samples) for i, group in enumerate(file.groups)
               for signal in file.select([(None, i, c) for c in range(len(group.channels))]))


@job("read, get")
def get(path, folder):
    from asammdf import MDF
    file = MDF(path)
    return sum(len(file.get(group=i, index=c).samples)
               for i, group in enumerate(file.groups) for c in range(len(group.channels)))


def export(path, folder, compression):
    from asammdf import MDF
    MDF(path).export("parquet", os.path.join(folder, "o.parquet"), single_time_base=False, compression=compression)


@job("export, SNAPPY")
def export_snappy(path, folder): export(path, folder, "SNAPPY")


@job("export, ZSTD")
def export_zstd(path, folder): export(path, folder, "ZSTD")


@job("get_group and pandas, snappy")
def pandas_groups(path, folder):
    import pyarrow as pa, pyarrow.parquet as pq
    from asammdf import MDF
    file = MDF(path)
    for i in range(len(file.groups)):
        pq.write_table(pa.Table.from_pandas(file.get_group(i)), os.path.join(folder, f"{i}.parquet"))


def arrow_groups(path, folder, compression, dictionary):
    import pyarrow as pa, pyarrow.parquet as pq
    from asammdf import MDF
    file = MDF(path)
    for i, group in enumerate(file.groups):
        master = file.masters_db.get(i)
        signals = file.select([(None, i, c) for c in range(len(group.channels)) if c != master])
        columns = {"time": signals[0].timestamps} | {signal.name: signal.samples for signal in signals}
        table = pa.table({name: pa.array(values if values.dtype.kind != "S" else values.tolist())
                          for name, values in columns.items()})
        pq.write_table(table, os.path.join(folder, f"{i}.parquet"), compression=compression, use_dictionary=dictionary)


@job("select and pyarrow, snappy")
def arrow_snappy(path, folder): arrow_groups(path, folder, "snappy", True)


@job("select and pyarrow, zstd")
def arrow_zstd(path, folder): arrow_groups(path, folder, "zstd", True)


@job("select and pyarrow, no compression, no dictionary")
def arrow_plain(path, folder): arrow_groups(path, folder, "none", False)


@job("extract_bus_logging")
def bus(path, folder):
    from asammdf import MDF
    out = MDF(path).extract_bus_logging({"CAN": [(os.path.join(os.path.dirname(path), "bus.dbc"), 0)]})
    return sum(group.channel_group.cycles_nr for group in out.groups)


@job("extract_bus_logging and export, SNAPPY")
def bus_export(path, folder):
    from asammdf import MDF
    out = MDF(path).extract_bus_logging({"CAN": [(os.path.join(os.path.dirname(path), "bus.dbc"), 0)]})
    out.export("parquet", os.path.join(folder, "o.parquet"), single_time_base=False, compression="SNAPPY")


def packed_blocks(path):
    """Original length and bytes of every DZ block."""
    with open(path, "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as b:
        at = b.find(b"##DZ")
        while at >= 0:
            original, size = struct.unpack_from("<QQ", b, at + 32)
            yield original, b[at + 48:at + 48 + size]
            at = b.find(b"##DZ", at + 48 + size)


@job("floor: inflate by zlib")
def floor_zlib(path, folder):
    import zlib
    return sum(len(zlib.decompress(packed)) for _, packed in packed_blocks(path))


@job("floor: inflate by libdeflate")
def floor_libdeflate(path, folder):
    library = ctypes.CDLL("libdeflate.so.0")
    library.libdeflate_alloc_decompressor.restype = ctypes.c_void_p
    state, total, room = ctypes.c_void_p(library.libdeflate_alloc_decompressor()), 0, ctypes.create_string_buffer(8 << 20)
    for original, packed in packed_blocks(path):
        if original > len(room): room = ctypes.create_string_buffer(original)
        if library.libdeflate_zlib_decompress(state, packed, ctypes.c_size_t(len(packed)), room,
                                              ctypes.c_size_t(original), None): raise SystemExit("cannot unpack")
        total += original
    return total


@job("floor: read")
def floor_read(path, folder):
    total = 0
    with open(path, "rb", buffering=0) as file:
        while block := file.read(1 << 20): total += len(block)
    return total


def once(command, folder):
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    start = time.monotonic()
    with tempfile.TemporaryFile() as said, subprocess.Popen(command, stdout=said, stderr=subprocess.STDOUT) as child:
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        wall = time.monotonic() - start
        said.seek(0)
        if child.returncode: sys.exit(f"{command}: exit {child.returncode}: {said.read().decode()[-600:]}")
    files = [name for name in glob.glob(folder + "/**", recursive=True) if os.path.isfile(name)]
    return {"cpu": usage.ru_utime + usage.ru_stime, "wall": wall, "mb": usage.ru_maxrss / 1024,
            "written": sum(map(os.path.getsize, files)) / 1e6}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("bin")
    parser.add_argument("folder")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--only", default="", help="jobs whose name has this word")
    parser.add_argument("--child", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        print(json.dumps(JOBS[options.child[0]](options.child[1], options.folder)))
        return
    out = os.path.join(options.folder, "out")

    def peer(name): return ("asammdf " if "floor" not in name else "") + name, lambda path: [
        sys.executable, "-B", os.path.abspath(__file__), options.bin, out, "--child", name, path]

    def own(name, *arguments): return name, lambda path: [
        os.path.join(options.bin, arguments[0]), *(path if word == "{}" else word for word in arguments[1:])]

    def extract(name, *more): return own(name, "av-extract", "{}", "-f", "-o", os.path.join(out, "av"), *more)
    open_jobs = [peer("open"), own("av-meta inspect", "av-meta", "inspect", "{}")]
    read_jobs = [peer("read, select"), peer("read, get"), own("av-meta inspect --deep", "av-meta", "inspect", "--deep", "{}")]
    export_jobs = [peer(name) for name in JOBS if name.startswith(("export", "get_group", "select and"))]
    export_jobs += [extract("av-extract, zstd"), extract("av-extract, lz4", "--compression", "lz4"),
                    extract("av-extract, no compression", "--compression", "none")]
    dbc = ("--dbc", os.path.join(options.folder, "bus.dbc"))
    bus_jobs = [peer("extract_bus_logging"), peer("extract_bus_logging and export, SNAPPY"),
                extract("av-extract --dbc, zstd", *dbc), extract("av-extract --dbc, lz4", *dbc, "--compression", "lz4")]
    inflate = [peer("floor: inflate by zlib"), peer("floor: inflate by libdeflate")]
    print("## MDF4 beside asammdf\n")
    print(f"Measured by `Tests/Bench/bench_mdf.py`; {os.cpu_count()} processors. Seconds are processor time of all threads; `×` is\n"
          "how many times less it is than that of asammdf's fastest way to the same result, without the start of Python\n"
          "(with it for open).\n")
    files = [("meas_raw.mf4", [[peer("floor: read")], open_jobs, read_jobs, export_jobs]),
             ("meas_dz.mf4", [inflate, open_jobs, read_jobs, export_jobs]), ("bus.mf4", [open_jobs, bus_jobs]),
             ("large.mf4", [[open_jobs[1], read_jobs[2], extract("av-extract, zstd")]])]
    for file, groups in files:
        path = os.path.join(options.folder, file)
        if not os.path.exists(path): continue
        start = once(peer("import")[1](path), out)["cpu"]
        print(f"### {file}, {os.path.getsize(path) / 1e6:.0f} MB\n\n| job | CPU s | wall s | peak MB | MB written | |\n|---|---:|---:|---:|---:|---|")
        print(f"| start of Python with asammdf | {start:.2f} | | | | |")
        for group in groups:
            fastest = None
            for name, command in group:
                if options.only not in name: continue
                row = min((once(command(path), out) for _ in range(options.runs)), key=lambda row: row["cpu"])
                note = ""
                if name.startswith("asammdf"):
                    work = row["cpu"] - (0 if group is open_jobs else start)
                    fastest = min(fastest or work, work)
                elif fastest:
                    note = f"{fastest / row['cpu']:.1f} ×"
                written = f"{row['written']:.0f}" if row["written"] else ""
                print(f"| {name} | {row['cpu']:.3f} | {row['wall']:.3f} | {row['mb']:.0f} | {written} | {note} |", flush=True)
        print()
    shutil.rmtree(out, ignore_errors=True)


if __name__ == "__main__":
    main()
