"""A command, once or several times, with what it took."""
import os
import subprocess
import sys
import time
from typing import NamedTuple


class Use(NamedTuple):
    wall: float  # s
    cpu: float   # user and system, s
    peak: float  # resident, MB
    status: int


def once(command, out=subprocess.DEVNULL, **more):
    start = time.monotonic()
    process = subprocess.Popen(command, stdout=out, stderr=subprocess.DEVNULL, **more)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return Use(time.monotonic() - start, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, process.returncode)


def best(command, runs):
    """The run of least processor time; one that does not end as it should ends the script."""
    uses = [once(command) for _ in range(runs)]
    for use in uses:
        if use.status != 0:
            sys.exit(f"{command} ended with {use.status}")
    return min(uses, key=lambda use: use.cpu)
