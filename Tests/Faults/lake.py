"""A lake with drives in landing, and what must be true of it at any instant (I1 to I11 of the design).

Independent of the tools: it reads the log, checks its chain, folds the states and hashes the files by itself.

usage: lake.py make LAKE BIN [KIND]     a lake with two drives, made once and copied from then on: in landing (fresh), with
                                        raw left to the archive by a rule (kept), out of raw (archived), or failed (parked)
       lake.py check LAKE [--final | --archived]     exit 0 and silence, or a line a violation and exit 1; --final: all is in
                                        raw and nothing left over, --archived: all is in the archive and nothing in raw
FAULT_STATUS, FAULT_STDOUT and FAULT_STDERR tell what the tool claimed, where there was one; with FAULT_OTHER its success is
not that all drives are in raw. `{LAKE}.want` beside the lake
holds the digests of everything that must not be lost.
"""
import hashlib
import json
import os
import shutil
import subprocess
import sys

ZONES = ('landing', 'raw', 'archive', 'error')
DRIVES = {
    'm1': ('210b1ba7-9184-4840-a1c8-ebf397b7c686', {'a.bin': b'alpha\n', 'deep/b.bin': b'x' * 300_000}),
    'm2': ('310b1ba7-9184-4840-a1c8-ebf397b7c686', {'c.bin': bytes(range(256)) * 40, 'empty': b''}),
}
TRAPS = (132, 133, 134, 135, 136, 139)


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def cold(path):
    """The bytes that the medium gives back, by what the kernel lets a program ask."""
    with open(path, 'rb') as file:
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        return file.read()


def write_drive(folder, identifier, files, **more):
    """A measurement folder: its files, and a manifest that lists them."""
    for path, data in files.items():
        os.makedirs(os.path.dirname(os.path.join(folder, path)), exist_ok=True)
        with open(os.path.join(folder, path), 'wb') as file:
            file.write(data)
    listed = [{'path': path, 'bytes': len(data), 'sha256': sha256(data)} for path, data in files.items()]
    manifest = {'schema': 'av.manifest/1', 'measurement': identifier, 'vin': 'KA1', 'start': '2022-09-30T08:36:40Z',
                'files': listed, **more}
    text = json.dumps(manifest).encode()
    with open(os.path.join(folder, 'manifest.json'), 'wb') as file:
        file.write(text)
    return {**{path: sha256(data) for path, data in files.items()}, 'manifest.json': sha256(text)}


def make(lake, tools, drives=None, settings=None):
    """A lake, and beside it what must be kept of every drive: {name: {id, files}}."""
    os.makedirs(os.path.dirname(lake), exist_ok=True)
    subprocess.run([os.path.join(tools, 'av-meta'), 'init', '--lake', lake], check=True, stdout=subprocess.DEVNULL)
    if settings:
        with open(os.path.join(lake, 'lake.json5'), 'w') as file:
            file.write(settings)
    want = {}
    for name, (identifier, files) in (drives or DRIVES).items():
        folder = os.path.join(lake, 'landing', name)
        want[name] = {'id': identifier, 'files': write_drive(folder, identifier, files)}
    with open(lake + '.want', 'w') as file:
        json.dump(want, file)
    return want


def prepare(lake, tools, kind):
    """A lake as an undisturbed run of the tools leaves it."""
    rule = '{schema: "av.lake/1", retention: {raw: {keep: "0s", then: "archive"}}}' if kind in ('kept', 'archived') else None
    make(lake, tools, settings=rule)

    def run(tool, *words):
        return subprocess.run([os.path.join(tools, tool), *words, '--lake', lake], stdin=subprocess.DEVNULL,
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode
    blocker = os.path.join(lake, 'raw/2022/09/30/KA1')
    if kind == 'parked':
        os.makedirs(os.path.dirname(blocker))
        with open(blocker, 'w'):
            pass
    if kind != 'fresh':
        run('av-ingest')
    if kind == 'archived':
        run('av-meta', 'lifecycle', '--apply')
    if kind == 'parked':
        os.unlink(blocker)


class Log:
    """The lineage log, read by its rules: chains, torn tails, states."""

    def __init__(self, lake):
        self.problems, self.entries = [], []
        folder = os.path.join(lake, 'lineage')
        names = os.listdir(folder) if os.path.isdir(folder) else []
        for name in sorted(name for name in names if name.endswith('.jsonl')):
            self.read(os.path.join(folder, name), name)
        self.entries.sort(key=lambda entry: (entry['time'], entry['seq']))
        self.states, self.facts, self.runs = {}, {}, {}
        for entry in self.entries:
            if entry['event'] == 'datastream.created':
                self.facts.setdefault(entry['datastream'], {}).update(entry)
            if entry['event'] == 'datastream.state':
                self.states[entry['datastream']] = entry['to']
                self.facts.setdefault(entry['datastream'], {}).update(
                    {key: entry[key] for key in ('path', 'archive', 'digest') if key in entry})

    def read(self, path, name):
        with open(path, 'rb') as file:
            data = file.read()
        whole, _, torn = data.rpartition(b'\n')
        lines = whole.split(b'\n') if whole else []
        previous, sequence, names = '', None, set()
        for line in lines:
            try:
                entry = json.loads(line)
                if entry['event'] == 'log.torn':
                    names.add(entry['offset'])
            except (ValueError, KeyError, TypeError):
                continue
        offset = 0
        for number, line in enumerate(lines, 1):
            if offset not in names:
                try:
                    entry = json.loads(line)
                except ValueError:
                    self.problems.append(f'I7: {name}:{number}: not JSON')
                    break
                if entry.get('prev') != previous:
                    self.problems.append(f'I7: {name}:{number}: the chain is broken')
                if sequence is not None and entry.get('seq') != sequence + 1:
                    self.problems.append(f'I7: {name}:{number}: seq is {entry.get("seq")} after {sequence}')
                sequence = entry.get('seq')
                self.entries.append(entry)
            previous = sha256(line)
            offset += len(line) + 1
        self.torn = len(torn)


class Check:
    """Everything that is wrong with a lake now."""

    def __init__(self, lake, final=False, status=None, stdout=None, stderr=None, canaries=()):
        self.lake, self.problems = lake, []
        with open(lake + '.want') as file:
            self.want = json.load(file)
        self.log = Log(lake)
        self.problems += self.log.problems
        self.files = self.contents()
        self.no_loss()
        self.no_lie()
        self.nothing_half()
        if status is not None:
            self.honest(status, stdout, stderr)
        for path, text in canaries:
            if not os.path.exists(path) or cold(path) != text:
                self.problems.append(f'I8: {path} was touched')
        if final:
            self.converged()

    def contents(self):
        """Digest of every regular file of the zones, by its path from the lake."""
        found = {}
        for zone in ZONES:
            for folder, folders, names in os.walk(os.path.join(self.lake, zone)):
                folders.sort()
                for name in names:
                    path = os.path.join(folder, name)
                    if os.path.isfile(path) and not os.path.islink(path):
                        found[os.path.relpath(path, self.lake)] = sha256(cold(path))
        return found

    def visible(self, zone):
        return {path: digest for path, digest in self.files.items()
                if path.startswith(zone + '/') and not any(part.startswith('.') for part in path.split('/'))}

    def no_loss(self):
        kept = set()
        for zone in ZONES:
            kept |= set(self.visible(zone).values())
        for name, drive in self.want.items():
            for path, digest in drive['files'].items():
                if digest not in kept:
                    self.problems.append(f'I1: {name}/{path} is lost')

    def folder_is_whole(self, folder, files):
        inside = {os.path.relpath(path, folder): digest for path, digest in self.files.items()
                  if path.startswith(folder + '/')}
        return inside == files

    def agrees_with_itself(self, folder):
        """Whether a folder has what its own manifest lists: a drive that need not be kept, and still is whole or not there."""
        try:
            with open(os.path.join(self.lake, folder, 'manifest.json'), 'rb') as file:
                listed = {item['path']: item['sha256'] for item in json.load(file)['files']}
        except (OSError, ValueError, KeyError, TypeError):
            return False
        return self.folder_is_whole(folder, {**listed, 'manifest.json': self.files[folder + '/manifest.json']})

    def no_lie(self):
        drives = {drive['id']: drive['files'] for drive in self.want.values()}
        whole = [key for key, state in self.log.states.items()
                 if state == 'COPY_COMPLETE' and self.log.facts[key].get('zone') == 'raw']
        for key in whole:
            facts = self.log.facts[key]
            for place in (facts.get('path'), facts.get('archive')):
                files = drives.get(facts.get('measurement'))
                if place and files and not self.folder_is_whole(place, files):
                    self.problems.append(f'I2: COPY_COMPLETE, but {place} is not whole')
        counted = [self.log.facts[key].get('measurement') for key in whole]
        for identifier in set(counted):
            if counted.count(identifier) > 1:
                self.problems.append(f'I5: {identifier} has {counted.count(identifier)} raw datastreams')

    def nothing_half(self):
        # A folder of a datastream is what lies at the depth of the layout: zone/yyyy/mm/dd/vin/measurement/datastream.
        for zone in ('raw', 'archive'):
            folders = {'/'.join(path.split('/')[:7]) for path in self.visible(zone) if not path.startswith('archive/incomplete/')}
            gone = {self.log.facts[key].get('path') for key, state in self.log.states.items() if state in ('ARCHIVED', 'DELETED')}
            for folder in folders - gone:
                known = any(self.folder_is_whole(folder, drive['files']) for drive in self.want.values())
                if not known and not self.agrees_with_itself(folder):
                    self.problems.append(f'I3: {folder} is half')
        done = {self.log.facts[key].get('measurement') for key, state in self.log.states.items()
                if state in ('COPY_COMPLETE', 'ARCHIVED')}
        for name, drive in self.want.items():
            elsewhere = self.visible('error')
            for path, digest in drive['files'].items():
                if drive['id'] not in done and self.files.get(f'landing/{name}/{path}') != digest and digest not in elsewhere.values():
                    self.problems.append(f'I3: landing/{name}/{path} went before COPY_COMPLETE')

    def honest(self, status, stdout, stderr):
        if status in TRAPS:
            self.problems.append(f'I11: status {status}')
        text = b''
        if stdout and os.path.exists(stdout):
            with open(stdout, 'rb') as file:
                text = file.read()
        for number, line in enumerate(text.splitlines(keepends=True), 1):
            try:
                assert line.endswith(b'\n')
                json.loads(line)
            except (AssertionError, ValueError):
                self.problems.append(f'I10: line {number} of standard output is not a record: {line[:80]!r}')
        if status == 0 and not os.environ.get('FAULT_OTHER'):
            self.converged(leftovers=False)
        elif (0 < status < 128 and stderr and os.path.exists(stderr) and not os.path.getsize(stderr)
              # Where every write fails from some time on, so does that of the message.
              and not (os.environ.get('FAULT_MODE') == 'from' and os.environ.get('FAULT_CALL') == 'write')):
            self.problems.append(f'I6: status {status} and not a word of why')

    def archived(self):
        states = [state for key, state in self.log.states.items() if self.log.facts[key].get('zone') == 'raw']
        if states != ['ARCHIVED'] * len(self.want) or self.visible('raw'):
            self.problems.append(f'I4: states {states}, and raw has {len(self.visible("raw"))} files')

    def converged(self, leftovers=True):
        done = {self.log.facts[key].get('measurement') for key, state in self.log.states.items() if state == 'COPY_COMPLETE'}
        cleared = {entry.get('measurement') for entry in self.log.entries if entry['event'] == 'landing.cleared'}
        for name, drive in self.want.items():
            if drive['id'] not in done:
                self.problems.append(f'I4: {name} is not COPY_COMPLETE')
            if drive['id'] not in cleared:
                self.problems.append(f'I4: landing.cleared of {name} is not recorded')
            if os.path.exists(os.path.join(self.lake, 'landing', name)):
                self.problems.append(f'I4: landing/{name} is still there')
        if not leftovers:
            return
        for folder, folders, names in os.walk(self.lake):
            for name in folders + names:
                path = os.path.relpath(os.path.join(folder, name), self.lake)
                if name.startswith('.av-') or (path.startswith('lineage/leases/') and name != '.now'):
                    self.problems.append(f'I4: {path} is left over')


def main():
    if sys.argv[1:2] == ['make'] and len(sys.argv) in (4, 5):
        lake, tools = sys.argv[2:4]
        if not os.path.exists(lake + '.template'):
            prepare(lake + '.template', tools, sys.argv[4] if len(sys.argv) == 5 else 'fresh')
        shutil.rmtree(lake, ignore_errors=True)
        shutil.copytree(lake + '.template', lake, symlinks=True)
        shutil.copyfile(lake + '.template.want', lake + '.want')
        return 0
    if sys.argv[1:2] == ['check'] and len(sys.argv) in (3, 4):
        status = os.environ.get('FAULT_STATUS')
        check = Check(sys.argv[2], final='--final' in sys.argv, status=int(status) if status else None,
                      stdout=os.environ.get('FAULT_STDOUT'), stderr=os.environ.get('FAULT_STDERR'))
        if '--archived' in sys.argv:
            check.archived()
        for problem in check.problems:
            print(problem)
        return 1 if check.problems else 0
    print(__doc__, end='', file=sys.stderr)
    return 2


if __name__ == '__main__':
    sys.exit(main())
