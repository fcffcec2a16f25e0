#!/usr/bin/env python3
"""Runs the scenarios of faults that are not sweeps, some at once, and prints how many points of each ran.

usage: faults.py [--bin FOLDER] [--full] [NAME...]
Exit: 0 no violation, 1 violations. A scenario that cannot run here is told as skipped, with the reason.
"""
import argparse
import concurrent.futures
import os
import sys
import time
import traceback

import disks  # noqa: F401  (scenarios register themselves)
import inputs  # noqa: F401
import rivals  # noqa: F401
import scenario


def run(entry, tools, quick):
    name, faults, function = entry
    bench, start = scenario.Bench(tools, quick), time.monotonic()
    reason = None
    try:
        function(bench)
    except scenario.Skipped as skipped:
        reason = str(skipped)
    except Exception:
        bench.violations.append(traceback.format_exc(limit=3))
    finally:
        bench.close()
    return name, faults, bench, reason, time.monotonic() - start


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--bin', default='.build/release')
    parser.add_argument('--full', action='store_true', help='every point, not a choice of them')
    parser.add_argument('--jobs', type=int, default=os.cpu_count())
    parser.add_argument('names', nargs='*')
    options = parser.parse_args()
    entries = [entry for entry in scenario.ALL if not options.names or entry[0] in options.names]
    points = violations = skipped = 0
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        for name, faults, bench, reason, took in pool.map(
                lambda entry: run(entry, os.path.abspath(options.bin), not options.full), entries):
            for violation in bench.violations:
                print(f'VIOLATION {name}: {violation}')
            if reason:
                print(f'SKIPPED {name} ({faults}) after {bench.points} points: {reason}')
                skipped += 1
            else:
                print(f'{name} ({faults}): points={bench.points} violations={len(bench.violations)} ({took:.1f} s)')
            sys.stdout.flush()
            points += bench.points
            violations += len(bench.violations)
    print(f'scenarios: {len(entries)}, points={points} violations={violations} skipped={skipped}')
    return 1 if violations else 0


if __name__ == '__main__':
    sys.exit(main())
