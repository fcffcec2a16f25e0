"""Others at the same time: a second run, another host, signals, readers that go away, and odd surroundings."""
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import threading
import time

from scenario import HERE, Skipped, scenario, wait_for

BIG = {'m1': ('210b1ba7-9184-4840-a1c8-ebf397b7c686', {f'{n}.bin': bytes([n]) * 4_000_000 for n in range(8)})}


def begin(bench, *command, **more):
    return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                            env={**os.environ, **more})


def slowly(place):
    """A prefix under which each fsync takes a while, so that a run lasts."""
    return ['strace', '-f', '-qq', '-o', '/dev/null', '-e', 'trace=fsync', '-e', 'inject=fsync:delay_enter=30000']


@scenario('F16')
def two_runs_on_one_host(bench):
    if not shutil.which('strace'):
        raise Skipped('strace is missing')
    for _ in range(2 if bench.quick else 10):
        place = bench.lake()
        first = begin(bench, *slowly(place), bench.ingest, '--lake', place, '-j1')
        held = wait_for(lambda: os.path.exists(os.path.join(place, 'lineage/leases/ingest/owner.json')))
        code = bench.run(bench.ingest, '--lake', place)
        bench.expect(held and code == 5, f'the second of two runs: status {code}')
        bench.expect('held by' in bench.said() and 'since' in bench.said(), f'who is busy since when: {bench.said()[:200]}')
        code = first.wait(60)
        bench.check(place, 'the first of two runs', final=True, status=code)


@scenario('F16')
def many_runs_at_once(bench):
    for _ in range(2 if bench.quick else 20):
        place = bench.lake()
        codes = [run.wait(60) for run in [begin(bench, bench.ingest, '--lake', place) for _ in range(6)]]
        bench.expect(all(code in (0, 5) for code in codes) and 0 in codes, f'six runs at once: {codes}')
        bench.check(place, 'six runs at once')
        bench.converge(place, 'six runs at once')


@scenario('F16')
def two_hosts_on_one_storage(bench):
    for _ in range(1 if bench.quick else 5):
        place = bench.lake('back/lake')
        badfs = [sys.executable, os.path.join(HERE, 'badfs.py'), bench.path('back')]
        script = '''AV_WRITER=a "$1" --lake "$2/lake" -j1 >"$4/a" 2>&1 & AV_WRITER=b "$1" --lake "$3/lake" -j1 >"$4/b" 2>&1
                    b=$?; wait $!; echo $? $b >"$4/codes"'''
        code = bench.run(*badfs, bench.path('one'), '--', *badfs, bench.path('two'), '--', 'sh', '-c', script, 'sh',
                         bench.ingest, bench.path('one'), bench.path('two'), bench.work)
        if code == 77:
            raise Skipped(bench.said().strip())
        with open(bench.path('codes')) as file:
            codes = file.read().split()
        bench.expect(all(code in ('0', '5') for code in codes), f'two hosts: {codes}')
        bench.check(place, 'two hosts')
        bench.converge(place, 'two hosts')


@scenario('F16')
def one_writer_on_two_hosts(bench):
    """What the second host wrote cannot follow what the first wrote: the log says so, and nothing is lost."""
    place = bench.lake()
    bench.run(bench.ingest, '--lake', place, environment={'AV_WRITER': 'same'})
    log = os.path.join(place, 'lineage/same.jsonl')
    with open(log, 'rb') as file:
        lines = file.read().splitlines(keepends=True)
    with open(log, 'wb') as file:
        file.writelines(lines + lines[2:5])
    code = bench.run(bench.ingest, '--lake', place, environment={'AV_WRITER': 'same'})
    bench.expect(code == 7, f'a forked log: status {code}')


def lease(place, **owner):
    folder = os.path.join(place, 'lineage/leases/ingest')
    os.makedirs(folder)
    known = {'run': 'dead', 'host': os.uname().nodename, 'pid': 1, 'since': '2026-01-01T00:00:00.000000000Z'}
    with open(os.path.join(folder, 'owner.json'), 'w') as file:
        json.dump({**known, **owner}, file)
    with open(os.path.join(folder, 'beat'), 'w'):
        pass
    return folder


@scenario('F16')
def stale_leases(bench):
    with open('/proc/sys/kernel/random/boot_id') as file:
        boot = file.read().strip()
    space = os.readlink('/proc/self/ns/pid')
    here = {'boot_id': boot, 'pid_namespace': space}
    dead = subprocess.Popen(['true'])
    dead.wait()
    hours = time.time() - 3 * 3600
    # The owner is gone; the id is another process by now; the host was started anew; a host that is silent for hours.
    for what, owner, old, want in (
            ('a dead process', {**here, 'pid': dead.pid, 'start_ticks': 1}, False, 0),
            ('an id given out again', {**here, 'pid': os.getpid(), 'start_ticks': 1}, False, 0),
            ('another boot', {**here, 'boot_id': 'another', 'pid': os.getpid()}, False, 0),
            ('a silent host', {'host': 'elsewhere', 'pid': 1}, True, 0),
            ('a host that beats', {'host': 'elsewhere', 'pid': 1}, False, 5)):
        place = bench.lake()
        folder = lease(place, **owner)
        if old:
            for path in (os.path.join(folder, 'beat'), os.path.join(folder, 'owner.json'), folder):
                os.utime(path, (hours, hours))
        code = bench.run(bench.ingest, '--lake', place)
        bench.expect(code == want, f'the lease of {what}: status {code}: {bench.said()[:200]}')
        bench.check(place, f'the lease of {what}', final=want == 0, status=code)
        if want == 0:
            with open(os.path.join(place, 'lineage', next(n for n in os.listdir(place + '/lineage') if n.endswith('.jsonl')))) as log:
                bench.expect('"lease.broken"' in log.read(), f'the lease of {what}: its end is not recorded')


@scenario('F17')
def signals_at_any_time(bench):
    seed = random.Random(1)
    for number in range(6 if bench.quick else 60):
        kind = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)[number % 3]
        place = bench.lake(drives=BIG)
        run = begin(bench, bench.ingest, '--lake', place, '-j2')
        time.sleep(seed.uniform(0.0, 0.15))
        run.send_signal(kind)
        asked = time.monotonic()
        if number % 2:
            time.sleep(seed.uniform(0.0, 0.02))
            run.send_signal(kind)
        code = run.wait(60)
        took = time.monotonic() - asked
        what = f'{kind.name} {"twice" if number % 2 else "once"}'
        # Before the handlers are there, and after the work is done, the signal or the result counts.
        bench.expect(code in (0, -kind, 128 + kind), f'{what}: status {code}')
        bench.expect(took < 10, f'{what}: it took {took:.1f} s')
        bench.check(place, what)
        bench.converge(place, what)


@scenario('F17')
def a_stopped_run_goes_on(bench):
    place = bench.lake(drives=BIG)
    run = begin(bench, bench.ingest, '--lake', place, '-j2')
    wait_for(lambda: os.path.exists(os.path.join(place, 'lineage/leases/ingest/owner.json')))
    run.send_signal(signal.SIGSTOP)
    time.sleep(0.5)
    code = bench.run(bench.ingest, '--lake', place)
    bench.expect(code in (0, 5), f'beside a stopped run: status {code}')
    run.send_signal(signal.SIGCONT)
    bench.check(place, 'a stopped run', final=True, status=run.wait(60))


@scenario('F18')
def outputs_that_go_away(bench):
    place = bench.lake()
    with open('/dev/full', 'wb') as full:
        code = bench.run(bench.ingest, '--lake', place, stdout=full)
    bench.check(place, 'standard output is full', status=code)
    bench.expect(code == 6, f'standard output is full: status {code}')
    bench.converge(place, 'standard output is full')
    for closed in ('>&-', '2>&-', '<&-', '<&- >&- 2>&-'):
        place = bench.lake()
        code = bench.run('sh', '-c', f'exec "$0" --lake "$1" {closed}', bench.ingest, place)
        bench.expect(code in (0, 6), f'closed {closed}: status {code}')
        bench.check(place, f'closed {closed}')
        bench.converge(place, f'closed {closed}')
    place = bench.lake()
    code = bench.run('bash', '-c', '"$0" --lake "$1" -j1 | true; exit ${PIPESTATUS[0]}', bench.ingest, place)
    bench.expect(code in (0, 141), f'a reader that is gone: status {code}')
    bench.check(place, 'a reader that is gone')
    bench.converge(place, 'a reader that is gone')


@scenario('F25')
def odd_surroundings(bench):
    digests = set()
    for environment in ({}, {'TZ': 'Asia/Kathmandu'}, {'LANG': 'tr_TR.UTF-8', 'LC_ALL': 'C'}, {'COLUMNS': '1'}, {'HOME': '/nowhere'}):
        for mask in (0o000, 0o077):
            place = bench.lake()
            words = ['env', '-i', 'PATH=/usr/bin:/bin'] + [f'{key}={value}' for key, value in environment.items()]
            code = bench.run(*words, bench.ingest, '--lake', place, preexec_fn=lambda mask=mask: os.umask(mask) and None)
            bench.check(place, f'{environment}, umask {mask:o}', final=True, status=code)
            digests.add(str(sorted((path, digest) for path, digest in __import__('lake').Check(place).files.items())))
    bench.expect(len(digests) == 1, f'{len(digests)} different results in odd surroundings')


@scenario('F28')
def a_producer_that_dies(bench):
    place = bench.lake()
    whole = subprocess.run([bench.validate, '--lake', place, '--landing', '--level', 'hash'], stdout=subprocess.PIPE).stdout
    cut = whole[:len(whole) - 40]
    with open(bench.path('records'), 'wb') as file:
        file.write(cut)
    with open(bench.path('records'), 'rb') as records:
        code = bench.run(bench.ingest, '--lake', place, stdin=records)
    bench.expect(code == 1, f'a cut record: status {code}')
    bench.check(place, 'a cut record')
    bench.converge(place, 'a cut record')


@scenario('F1')
def readers_beside_a_writer(bench):
    """verify and log see whole lines only, whatever is being written."""
    place = bench.lake(drives=BIG)
    run = begin(bench, bench.ingest, '--lake', place, '-j2')
    codes = []
    def look():
        while run.poll() is None:
            codes.append(bench.run(bench.meta, 'verify', '--lake', place, '--level', 'log'))
    reader = threading.Thread(target=look)
    reader.start()
    code = run.wait(60)
    reader.join()
    bench.expect(code == 0 and all(code == 0 for code in codes), f'readers beside a writer: {code}, {codes}')
