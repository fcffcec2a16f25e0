#!/usr/bin/env python3
"""Cut the power after every system call of a command, on a real ext4 or XFS, and check what survives.

usage: powerloss_sweep.py [options] --check SHELL -- COMMAND...

A loop-mounted file system is forced down (FS_IOC_SHUTDOWN) at the moment the command is killed on entry of its k-th
call, then mounted again: what was not synced is gone. The last point lets the command finish and cuts then: what it
said it did has to be there.

  --setup SHELL    fill the fresh file system (once per file system; its image is copied for every point)
  --check SHELL    must exit 0 after the power came back
  --final SHELL    run COMMAND again; it must exit as --expect says, and then this must exit 0
  --fs LIST        ext4, xfs (default: both)          --size MIB   image size (default 64; xfs takes at least 320)
  --cut LIST       lose: nothing more is written; log: the journal is, the data is not (default: both)
  --calls LIST     system calls to cut at             --match REGEX  only calls whose strace line matches
  --every N        only each N-th point of a call     --max N        at most N points per call (0: all)
  --limit S        seconds a run may take (60)        --expect N     exit status undisturbed (0)
  -v               name each point

`{}` in COMMAND, and $MNT in the SHELL commands, is the mount point. SHELL commands also see FAULT_CALL, FAULT_K,
FAULT_CUT, FAULT_STATUS (137 when killed), FAULT_STDOUT, FAULT_STDERR (files). Use -j1: k counts per thread.
ext4 and XFS commit a rename with the next fsync of any file, so a missing fsync of the directory is not seen here;
order_linter.py sees it.
Needs root, loop devices, strace, e2fsprogs, xfsprogs. Exit: 0 no violation, 1 violations, 2 usage, 77 skipped.
"""
import argparse
import collections
import fcntl
import os
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import time

SHUTDOWN = 0x8004587D  # FS_IOC_SHUTDOWN, _IOR('X', 125, u32)
CUTS = {'log': 1, 'lose': 2}
CALLS = ('openat,openat2,creat,write,pwrite64,writev,pwritev,copy_file_range,sendfile,ftruncate,fallocate,fsync,'
         'fdatasync,sync_file_range,close,rename,renameat,renameat2,unlink,unlinkat,rmdir,mkdir,mkdirat,link,linkat,'
         'symlinkat,fchmod,fchmodat,utimensat')
TRAPS = (132, 133, 134, 135, 136, 139)


def quiet(*words):
    return subprocess.run(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode


def must(*words):
    done = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode:
        die(f'{" ".join(words)}: {done.stdout.strip()}')


def die(reason):
    print(f'powerloss_sweep.py: {reason}', file=sys.stderr)
    sys.exit(2)


def skip(reason):
    print(f'powerloss_sweep.py: SKIPPED: {reason}', file=sys.stderr)
    sys.exit(77)


class Disk:
    """One file system: a prepared image, and a copy of it that is mounted for each point."""

    def __init__(self, work, kind, size, setup, shell):
        self.kind, self.mount = kind, os.path.join(work, 'mnt')
        self.template, self.image = os.path.join(work, kind + '.template'), os.path.join(work, kind + '.img')
        os.makedirs(self.mount, exist_ok=True)
        size = max(size, 320) if kind == 'xfs' else size
        with open(self.template, 'wb') as image:
            image.truncate(size << 20)
        must(*(['mkfs.ext4', '-q', '-F'] if kind == 'ext4' else ['mkfs.xfs', '-q', '-f']), self.template)
        self.image, image = self.template, self.image
        self.up()
        if setup and shell(setup)[0]:
            self.down()
            die('--setup failed')
        self.down()
        self.image = image

    def fresh(self):
        must('cp', '--sparse=always', '--reflink=auto', self.template, self.image)
        self.up()

    def up(self):
        # A long commit interval keeps the journal from being written behind our back.
        options = 'loop,commit=300' if self.kind == 'ext4' else 'loop'
        must('mount', '-t', self.kind, '-o', options, self.image, self.mount)

    def down(self):
        for _ in range(50):
            if quiet('umount', self.mount) == 0:
                return
            time.sleep(0.05)
        die(f'cannot unmount {self.mount}')

    def cut(self, how):
        fd = os.open(self.mount, os.O_RDONLY | os.O_DIRECTORY)
        fcntl.ioctl(fd, SHUTDOWN, struct.pack('I', CUTS[how]))
        os.close(fd)


def main():
    parser = argparse.ArgumentParser(usage=argparse.SUPPRESS, add_help=False)
    for name, default in (('setup', ''), ('check', ''), ('final', ''), ('fs', 'ext4,xfs'), ('cut', 'lose,log'),
                          ('calls', CALLS), ('match', '')):
        parser.add_argument('--' + name, default=default)
    for name, default in (('size', 64), ('every', 1), ('max', 0), ('limit', 60), ('expect', 0)):
        parser.add_argument('--' + name, type=int, default=default)
    parser.add_argument('-v', action='store_true')
    parser.add_argument('-h', '--help', action='store_true')
    words = sys.argv[1:]
    command = words[words.index('--') + 1:] if '--' in words else []
    options = parser.parse_args(words[:words.index('--')] if '--' in words else words)
    if options.help:
        print(__doc__, end='')
        return 0
    kinds, cuts = options.fs.split(','), options.cut.split(',')
    if not command or not options.check or set(kinds) - {'ext4', 'xfs'} or set(cuts) - set(CUTS):
        print(__doc__, end='', file=sys.stderr)
        return 2
    if os.geteuid() != 0:
        skip('needs root for loop mounts')
    for tool in ['strace', 'mount'] + ['mkfs.' + kind for kind in kinds]:
        if not shutil.which(tool):
            skip(f'{tool} is missing')
    if not os.path.exists('/dev/loop-control'):
        skip('no loop devices')

    work = tempfile.mkdtemp(prefix='powerloss.')
    environment = dict(os.environ, FAULT='powerloss', MNT=os.path.join(work, 'mnt'),
                       FAULT_STDOUT=os.path.join(work, 'stdout'), FAULT_STDERR=os.path.join(work, 'stderr'))
    command = [word.replace('{}', environment['MNT']) for word in command]

    def shell(text):
        done = subprocess.run(['sh', '-c', text], env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        return done.returncode, done.stdout

    def run(prefix=()):
        with open(environment['FAULT_STDOUT'], 'wb') as out, open(environment['FAULT_STDERR'], 'wb') as err:
            try:
                status = subprocess.run([*prefix, *command], env=environment, stdin=subprocess.DEVNULL,
                                        stdout=out, stderr=err, timeout=options.limit).returncode
            except subprocess.TimeoutExpired:
                return 124
        return status if status >= 0 else 128 - status

    total_bad = 0
    try:
        for kind in kinds:
            disk = Disk(work, kind, options.size, options.setup, shell)
            points = list_points(disk, work, options, run, environment)
            started, count, bad = time.time(), 0, collections.Counter()
            for cut in cuts:
                for call, k in points + [('end', 0)]:
                    environment.update(FAULT_CALL=call, FAULT_K=str(k), FAULT_CUT=cut)
                    disk.fresh()
                    status = run() if call == 'end' else run(
                        ['strace', '-f', '-qq', '-o', '/dev/null', '-e', f'trace={call}',
                         '-e', f'inject={call}:signal=KILL:when={k}'])
                    disk.cut(cut)
                    disk.down()
                    disk.up()
                    environment['FAULT_STATUS'] = str(status)
                    count += 1
                    problems = []
                    if status in TRAPS:
                        problems.append('trapped (I11)')
                    code, text = shell(options.check)
                    if code:
                        problems.append(text.strip() or 'check failed')
                    if options.final:
                        again = run()
                        environment['FAULT_STATUS'] = str(again)
                        code, text = shell(options.final) if again == options.expect else (1, f'the rerun exits {again}')
                        if code:
                            problems.append(f'I4: {text.strip()}')
                    disk.down()
                    where = f'{kind} {cut}: power cut at {call}#{k} (status {status})'
                    if options.v:
                        print(where, file=sys.stderr)
                    for problem in problems:
                        bad[problem.splitlines()[0].strip()] += 1
                        print(f'VIOLATION {where}: {" / ".join(line.strip() for line in problem.splitlines())}')
            each = (time.time() - started) / max(count, 1) * 1000
            print(f'power-loss sweep: {kind} points={count} violations={sum(bad.values())} ({each:.0f} ms a point)')
            total_bad += sum(bad.values())
    finally:
        quiet('umount', environment['MNT'])
        shutil.rmtree(work, ignore_errors=True)
    return 1 if total_bad else 0


def list_points(disk, work, options, run, environment):
    base = os.path.join(work, 'base')
    calls = ','.join('?' + call for call in options.calls.split(','))
    disk.fresh()
    status = run(['strace', '-f', '-qq', '-y', '-s', '200', '-o', base, '-e', f'trace={calls}'])
    disk.down()
    if status != options.expect:
        with open(environment['FAULT_STDERR']) as text:
            die(f'undisturbed, the command exits {status}: {text.read().strip()}')
    seen, taken, points = collections.Counter(), collections.defaultdict(list), []
    match = re.compile(options.match)
    with open(base, errors='surrogateescape') as lines:
        for line in lines:
            found = re.match(r'(\d+) +([a-z0-9_]+)\(', line)
            if not found:
                continue
            seen[found.groups()] += 1
            point = (found.group(2), seen[found.groups()])
            if not match.search(line) or point in taken[point[0]]:
                continue
            taken[point[0]].append(point)
    # Of each call every N-th point, and of those at most max, spread evenly with the last among them.
    for found in taken.values():
        found = found[::options.every]
        most = min(len(found), options.max or len(found))
        points += [found[(i + 1) * len(found) // most - 1] for i in range(most)]
    return points


if __name__ == '__main__':
    sys.exit(main())
