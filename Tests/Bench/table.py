#!/usr/bin/env python3
"""Rows of bench_bags.py as the tables of RESULTS.md: table.py ROWS COMMAND."""
import collections, json, os, platform, subprocess, sys

rows = [json.loads(line) for line in open(sys.argv[1])]
bags = collections.OrderedDict()
for row in rows: bags.setdefault((row["bag"], row["mb"]), []).append(row)


def seconds(value): return f"{value:.3f}" if value < 1 else f"{value:.2f}" if value < 10 else f"{value:.1f}"


def base(rows, *names):
    """The reference that a ratio is taken against."""
    for name in names:
        for row in rows:
            if row["job"] == name and "wall_s" in row: return row["wall_s"]


PEERS = {"tool: av-meta inspect": ("rosbag info",), "tool: av-extract everything": ("tool: the Python way", "rosbags decoded"),
         "tool: every message walked (inspect --deep)": ("librosbag raw",)}
commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True).stdout.strip()
print(f"""# Speed and memory

Measured by `{sys.argv[2]}` at commit {commit}: {os.cpu_count()} processors, {platform.system()} {platform.release()}. Each job runs in turn on the same
file in the page cache; seconds are the least of its runs, memory the most. Compare ratios within a table, not seconds across
machines. *said* is what a reader printed last (messages and bytes): readers that differ there did not do the same work.
`×` is how many times faster than the peer named. The bags are made by `gen_bags.py`: cameras, a lidar, IMU, GNSS, CAN and tf.
""")
for (bag, mb), rows in bags.items():
    print(f"## {bag}, {mb:.0f} MB\n\n| job | seconds | peak MB | said | |\n|---|---:|---:|---|---|")
    for row in rows:
        if "skipped" in row: print(f"| {row['job']} | – | – | skipped: {row['skipped']} | |"); continue
        note = ""
        if row["exit"] not in (0,): note = f"exit {row['exit']}"
        for peer in PEERS.get(row["job"], ()):
            other = base(rows, peer)
            if other: note = f"{other / row['wall_s']:.1f} × {peer.removeprefix('tool: ')}"; break
        if row["job"].startswith("tool: every message"):
            floor = base(rows, "floor: lbzip2 -dc of the chunks", "floor: lz4 -dc of the chunks", "floor: cat")
            if floor: note += f", {row['wall_s'] / floor:.2f} of the floor's time"
        said = row["said"] if len(row["said"]) < 40 and "{" not in row["said"] else ""
        print(f"| {row['job'].removeprefix('tool: ')} | {seconds(row['wall_s'])} | {row['rss_mb']:.0f} | {said} | {note} |")
    print()
