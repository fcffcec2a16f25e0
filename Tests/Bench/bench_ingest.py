#!/usr/bin/env python3
"""av-ingest beside tools that copy and compare, as a table: bench_ingest.py BIN [--work DIR] [--runs N] [--scale F]

A few large and many small files go from one folder to another on the file system of DIR, once and twice
(raw and archive). Peers neither sync what they wrote nor drop it from memory before they compare; av-ingest does both,
writes a log, and removes the source. The source is in the page cache for all. Seconds are the least of the runs.
"""
import argparse, hashlib, json, os, pathlib, shutil, subprocess, sys, time, uuid

parser = argparse.ArgumentParser()
parser.add_argument("bin", type=pathlib.Path)
parser.add_argument("--work", type=pathlib.Path, default=pathlib.Path(".build/bench/ingest"))
parser.add_argument("--runs", type=int, default=3)
parser.add_argument("--scale", type=float, default=1)
options = parser.parse_args()
tools, work = options.bin.resolve(), options.work.resolve()


def generate(name, count, size, folders):
    """A measurement with manifest, in a folder; left alone when it is there."""
    root = work / f"{name}-{count}-{size}"
    if (root / "manifest.json").exists(): return root
    files = []
    for index in range(count):
        path = f"d{index % folders:03}/f{index:06}.bin"
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        digest, left = hashlib.sha256(), size
        with open(root / path, "wb") as file:
            while left:
                block = os.urandom(min(left, 1 << 20))
                file.write(block); digest.update(block); left -= len(block)
        files.append({"path": path, "bytes": size, "sha256": digest.hexdigest()})
    (work / f"{root.name}.sums").write_text("".join(f"{f['sha256']}  {f['path']}\n" for f in files))
    manifest = {"schema": "av.manifest/1", "measurement": str(uuid.uuid5(uuid.NAMESPACE_URL, root.name)), "vin": "KA1",
                "start": "2022-09-30T08:36:40Z", "files": files}
    (root / "manifest.json").write_text(json.dumps(manifest))
    return root


def lake(source, archives, vouched):
    """A lake with the measurement in landing (by hard links, so that making it costs nothing); the run's input."""
    path = work / "lake"
    shutil.rmtree(path, ignore_errors=True)
    subprocess.run([tools / "av-meta", "init", "--lake", path], check=True, stdout=subprocess.DEVNULL)
    settings = path / "lake.json5"
    if not archives: settings.write_text(settings.read_text().replace("archive: true", "archive: false"))
    subprocess.run(["cp", "-al", source, path / "landing" / "m"], check=True)
    if not vouched: return "/dev/null"
    records = work / "records"
    with open(records, "w") as file:
        subprocess.run([tools / "av-validate", "--lake", path, "--landing", "--level", "hash"], stdout=file, check=True)
    return str(records)


def measure(command, stdin="/dev/null"):
    os.sync()
    start = time.monotonic()
    with open(stdin) as file:
        child = subprocess.Popen(["bash", "-c", command], stdin=file, stdout=subprocess.DEVNULL,
                                 stderr=subprocess.DEVNULL, cwd=work)
        _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    return (time.monotonic() - start, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, child.returncode)


def rows(source):
    sums = work / f"{source.name}.sums"
    peers = {
        "cp + sha256sum -c": (f"cp -r {source} {{o}} && cd {{o}} && sha256sum -c --quiet {sums}", "cp"),
        "rsync -c + sha256sum -c": (f"rsync -ac {source}/ {{o}}/ && cd {{o}} && sha256sum -c --quiet {sums}", "rsync"),
        "rclone copy + check --download":
            (f"rclone copy {source} {{o}} && rclone check --download {source} {{o}}", "rclone"),
        "rclone copy + check": (f"rclone copy {source} {{o}} && rclone check {source} {{o}}", "rclone"),
    }
    for copies in (1, 2):
        outputs = [f"{work}/out{n}" for n in range(copies)]
        for name, (command, tool) in peers.items():
            if not shutil.which(tool):
                yield copies, f"{name}: skipped, {tool} is not installed", None
                continue
            results = []
            for _ in range(options.runs):
                for output in outputs: shutil.rmtree(output, ignore_errors=True)
                results.append(measure(" && ".join("(" + command.format(o=output) + ")" for output in outputs)))
            for output in outputs: shutil.rmtree(output, ignore_errors=True)
            yield copies, name, results
        for name, vouched in (("av-ingest, verdict given", True), ("av-ingest, validates too", False)):
            results = []
            for _ in range(options.runs):
                stdin = lake(source, copies == 2, vouched)
                what = "" if vouched else "--landing"
                results.append(measure(f"{tools}/av-ingest --lake {work}/lake {what} -j2 --json", stdin))
            shutil.rmtree(work / "lake", ignore_errors=True)
            yield copies, name, results


work.mkdir(parents=True, exist_ok=True)
kind = subprocess.run(["stat", "-f", "-c", "%T", work], capture_output=True, text=True).stdout.strip()
print(f"## Ingest beside copying and comparing, on {kind}\n")
print(f"Measured by `Tests/Bench/bench_ingest.py`, {options.runs} runs. " + " ".join(__doc__.split("\n\n")[1].replace("DIR", "the bench").split()))
print("*verdict given*: av-validate hashed the source before, so each byte of a copy is hashed once; *validates too*: the "
      "source is hashed as well.\n")
small, large = int(20000 * options.scale), int(500_000_000 * options.scale)
for title, arguments in ((f"{4 * large / 1e9:.2g} GB in 4 files", ("large", 4, large, 1)),
                         (f"{4 * large / 1e10:.2g} GB in 4 files", ("large", 4, large // 10, 1)),
                         (f"{small} files of 4 KiB", ("small", small, 4096, 50))):
    source = generate(*arguments)
    print(f"### {title}\n\n| copies | job | seconds | CPU s | peak MB | |\n|---:|---|---:|---:|---:|---|")
    best = {}
    for copies, name, results in rows(source):
        if results is None: print(f"| {copies} | {name} | – | – | – | |"); continue
        wall, cpu, memory = min(r[0] for r in results), min(r[1] for r in results), max(r[2] for r in results)
        note = "" if all(r[3] == 0 for r in results) else f"exit {max(r[3] for r in results)}"
        if name.startswith("av-"): note = f"{note} {wall / best[copies][0]:.2f} of the time of {best[copies][1]}".strip()
        elif not note and (copies not in best or wall < best[copies][0]): best[copies] = (wall, name)
        print(f"| {copies} | {name} | {wall:.2f} | {cpu:.2f} | {memory:.0f} | {note} |")
        sys.stdout.flush()
    print()
