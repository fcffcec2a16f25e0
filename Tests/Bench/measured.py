"""A command, once or several times, with what it took."""
import os
import shutil
import subprocess
import sys
import tempfile
import time
from typing import NamedTuple


class Use(NamedTuple):
    wall: float  # s
    cpu: float   # user and system, s
    peak: float  # resident, MB
    status: int


def once(command):
    """Memory is by GNU time where it is there: it forks from a small process, and so does not count this one's."""
    timer = shutil.which("time")
    with tempfile.NamedTemporaryFile() as note:
        start = time.monotonic()
        process = subprocess.Popen([timer, "-q", "-f", "%M", "-o", note.name, *command] if timer else command,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.monotonic() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        said = note.read().split()
    peak = int(said[-1]) if said else usage.ru_maxrss
    return Use(wall, usage.ru_utime + usage.ru_stime, peak / 1024, process.returncode)


def best(command, runs):
    """The run of least processor time; one that does not end well ends the script."""
    uses = [once(command) for _ in range(runs)]
    for use in uses:
        if use.status != 0:
            sys.exit(f"{command} ended with {use.status}")
    return min(uses, key=lambda use: use.cpu)


def row(name, command, runs):
    """The same, as a row of a table: seconds, processor seconds, megabytes."""
    use = best(command, runs)
    print(f"| {name} | {use.wall:.2f} | {use.cpu:.2f} | {use.peak:.0f} |", flush=True)
    return use
