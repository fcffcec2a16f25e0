"""Hostile and changing inputs: manifests, names, links, sources that change while they are read, damaged logs."""
import json
import os
import shutil
import socket
import subprocess
import time

import lake as lakes
from scenario import Skipped, scenario, wait_for

OTHER = '410b1ba7-9184-4840-a1c8-ebf397b7c686'


def hostile(bench, what, change, codes=(1,), good=True):
    """A lake with two good drives and a hostile one: the good are ingested, nothing outside is touched."""
    place = bench.lake()
    outside = bench.path('outside')
    shutil.rmtree(outside, ignore_errors=True)
    os.makedirs(outside)
    canary = os.path.join(outside, 'canary')
    with open(canary, 'wb') as file:
        file.write(b'canary\n')
    bad = os.path.join(place, 'landing', 'm0')
    lakes.write_drive(bad, OTHER, {'a.bin': b'canary\n'})
    change(bad, canary)
    code = bench.run(bench.ingest, '--lake', place, timeout=30)
    bench.expect(code in codes, f'{what}: status {code}: {bench.said()[:200]}')
    bench.expect(not any(byte < 0x20 and byte != 0x0a for byte in bench.said().encode()), f'{what}: controls reach the terminal')
    bench.check(place, what, canaries=[(canary, b'canary\n')])
    if good:
        done = {entry.get('measurement') for entry in lakes.Log(place).entries if entry['event'] == 'landing.cleared'}
        bench.expect(len(done & {drive['id'] for drive in json.load(open(place + '.want')).values()}) == 2, f'{what}: the others did not go on')
    bench.expect(os.listdir(outside) == ['canary'], f'{what}: something was written outside')


def listed(path, data=b'canary\n', **more):
    def change(folder, canary):
        files = [{'path': path, 'bytes': len(data), 'sha256': lakes.sha256(data)}]
        write(folder, {'measurement': OTHER, 'files': files, **more})
    return change


def write(folder, members, text=None):
    manifest = {'schema': 'av.manifest/1', 'vin': 'KA1', 'start': '2022-09-30T08:36:40Z', **members}
    with open(os.path.join(folder, 'manifest.json'), 'wb') as file:
        file.write(text if text is not None else json.dumps(manifest).encode())


@scenario('F15')
def paths_that_lead_elsewhere(bench):
    for path in ('../../../outside/canary', '/etc/passwd', 'a/../../m1/a.bin', '', '.', '..', 'a\0b', 'a\nb', 'a\x1b[2Jb', 'x' * 256,
                 './a.bin', 'deep//a.bin', 'a.bin/', '\u202ea', '\x9b1m'):
        hostile(bench, f'the path {path!r}', listed(path))


@scenario('F15')
def what_is_no_regular_file(bench):
    def replaced(make):
        def change(folder, canary):
            os.unlink(os.path.join(folder, 'a.bin'))
            make(os.path.join(folder, 'a.bin'), canary)
        return change

    def linked_folder(folder, canary):
        os.symlink(os.path.dirname(canary), os.path.join(folder, 'deep'))
        listed('deep/canary')(folder, canary)

    def linked_manifest(folder, canary):
        os.rename(os.path.join(folder, 'manifest.json'), os.path.join(os.path.dirname(canary), '..', 'elsewhere.json'))
        os.symlink('../../../elsewhere.json', os.path.join(folder, 'manifest.json'))

    def listening(path, canary):
        door, before = socket.socket(socket.AF_UNIX), os.getcwd()
        os.chdir(os.path.dirname(path))
        try:
            door.bind('a.bin')
        finally:
            os.chdir(before)

    hostile(bench, 'a link', replaced(lambda path, canary: os.symlink(canary, path)))
    hostile(bench, 'a link to nothing', replaced(lambda path, canary: os.symlink('nowhere', path)))
    hostile(bench, 'a pipe', replaced(lambda path, canary: os.mkfifo(path)))
    hostile(bench, 'a socket', replaced(listening))
    hostile(bench, 'a folder', replaced(lambda path, canary: os.mkdir(path)))
    hostile(bench, 'a linked folder', linked_folder)
    hostile(bench, 'a linked manifest', linked_manifest)
    if os.geteuid() == 0:
        hostile(bench, 'a device', replaced(lambda path, canary: os.mknod(path, 0o20666, os.makedev(1, 5))))
    # A second name of a file outside: what is removed is the name in landing only.
    hostile(bench, 'a hard link', replaced(lambda path, canary: os.link(canary, path)), codes=(0, 1))


@scenario('F14')
def manifests_of_every_kind(bench):
    item = {'path': 'a.bin', 'bytes': 7, 'sha256': lakes.sha256(b'canary\n')}
    good = {'measurement': OTHER, 'files': [item]}
    text = json.dumps({'schema': 'av.manifest/1', 'vin': 'KA1', 'start': '2022-09-30T08:36:40Z', **good}).encode()
    for what, members in {
            'a missing file': {**good, 'files': [item, {**item, 'path': 'gone'}]}, 'another size': {**good, 'files': [{**item, 'bytes': 8}]},
            'a huge size': {**good, 'files': [{**item, 'bytes': 2**63 - 1}]}, 'a negative size': {**good, 'files': [{**item, 'bytes': -1}]},
            'another digest': {**good, 'files': [{**item, 'sha256': '0' * 64}]}, 'no digest': {**good, 'files': [{'path': 'a.bin'}]},
            'a file twice': {**good, 'files': [item, item]}, 'a file twice but for case': {**good, 'files': [item, {**item, 'path': 'A.BIN'}]},
            'a damaged id': {**good, 'measurement': '410b1ba7-9184-4840-a1c8-eb£397b7c686'}, 'no vehicle': {**good, 'vin': ''},
            'a vehicle with a path': {**good, 'vin': '../../x'}, 'a start of no calendar': {**good, 'start': '2022-13-40T99:00:00Z'},
            'files that are no list': {**good, 'files': 7}, 'controls in a value': {**good, 'vin': 'a\nb\x1b'}}.items():
        hostile(bench, what, lambda folder, canary, members=members: write(folder, members))
    for what, raw in {
            'nothing': b'', 'no JSON': b'hello', 'a byte order mark': b'\xef\xbb\xbf' + text, 'half of it': text[:len(text) // 2],
            'bytes that are no text': text.replace(b'KA1', b'\xff\xfe'), 'a newline in a value': text.replace(b'KA1', b'K\nA'),
            'a key twice': text.replace(b'"vin"', b'"vin":"B","vin"'), 'deep nesting': b'[' * 100_000, '32 MiB of blanks': b' ' * (32 << 20)}.items():
        hostile(bench, what, lambda folder, canary, raw=raw: write(folder, {}, raw))
    step = 40 if bench.quick else 1
    for end in range(1, len(text), step):
        hostile(bench, f'cut at byte {end}', lambda folder, canary, end=end: write(folder, {}, text[:end]))
    hostile(bench, 'no manifest', lambda folder, canary: os.unlink(os.path.join(folder, 'manifest.json')))
    hostile(bench, 'an extra file', lambda folder, canary: open(os.path.join(folder, 'extra'), 'w').close(), codes=(0,))
    empty = lakes.sha256(b'')
    hostile(bench, 'an empty file', lambda folder, canary: (open(os.path.join(folder, 'a.bin'), 'w').close(), write(
        folder, {**good, 'files': [{**item, 'bytes': 0, 'sha256': empty}]})), codes=(0,))
    # Names that are odd and yet names.
    for name in ('-rf', ' ', "a'b\"c", 'x' * 255, '\u00e4', 'a\u0308', '%2e%2e', '$(touch canary)'):
        hostile(bench, f'the name {name!r}', lambda folder, canary, name=name: (
            os.rename(os.path.join(folder, 'a.bin'), os.path.join(folder, name)), listed(name)(folder, canary)), codes=(0,))


@scenario('F13')
def sources_that_change_while_read(bench):
    """A file of landing changes under the hands of a run that a slow disk holds up."""
    if not shutil.which('strace'):
        raise Skipped('strace is missing')

    def append(path):
        with open(path, 'ab') as file:
            file.write(b'more')

    def replace(path):
        with open(path + '.new', 'wb') as file:
            file.write(b'y' * 300_000)
        os.rename(path + '.new', path)

    changes = {
        'appended': append, 'cut': lambda path: os.truncate(path, 1000), 'replaced': replace, 'gone': os.unlink,
        'touched': lambda path: os.utime(path), 'its folder swapped for a link': lambda path: (
            os.rename(os.path.dirname(path), os.path.dirname(path) + '.old'), os.symlink('/etc', os.path.dirname(path)))}
    for what, change in changes.items():
        for delay in ((0.05, 0.4) if bench.quick else (0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.8)):
            place = bench.lake()
            with open(place + '.want') as file:
                want = json.load(file)
            path = os.path.join(place, 'landing/m1/deep/b.bin')
            run = subprocess.Popen(
                ['strace', '-f', '-qq', '-o', '/dev/null', '-e', 'trace=pread64,fsync,unlinkat', '-e',
                 'inject=pread64,fsync,unlinkat:delay_enter=15000', bench.ingest, '--lake', place, '-j1'],
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            wait_for(lambda: os.path.exists(os.path.join(place, 'lineage/leases/ingest/owner.json')), 5)
            time.sleep(delay)
            try:
                change(path)
            except OSError:
                pass  # It is cleared already.
            code = run.wait(60)
            bench.expect(code in (0, 1), f'{what} after {delay} s: status {code}')
            # What the change itself took away is nobody's fault: the check is of all else, and of claims.
            found = lakes.Check(place)
            lost = [problem for problem in found.problems if 'deep/b.bin' not in problem]
            bench.expect(not lost, f'{what} after {delay} s: {lost}')
            complete = any(found.log.facts[key].get('measurement') == want['m1']['id'] and state == 'COPY_COMPLETE'
                           for key, state in found.log.states.items())
            whole = want['m1']['files']['deep/b.bin'] in found.visible('raw').values()
            bench.expect(whole or not complete, f'{what} after {delay} s: COPY_COMPLETE of another content')
            if os.path.islink(os.path.dirname(path)):
                bench.expect(os.path.exists('/etc/passwd'), 'I8: something outside was removed')


@scenario('F13')
def landing_that_changes_before_it_is_cleared(bench):
    """A file that somebody wrote anew after it was copied is another file: it stays."""
    if not shutil.which('strace'):
        raise Skipped('strace is missing')
    place = bench.lake()
    path = os.path.join(place, 'landing/m1/deep/b.bin')
    run = subprocess.Popen(
        ['strace', '-f', '-qq', '-o', '/dev/null', '-e', 'trace=unlinkat', '-e', 'inject=unlinkat:delay_enter=700000',
         bench.ingest, '--lake', place, '-j1'], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def is_recorded():
        return any(state == 'COPY_COMPLETE' for state in lakes.Log(place).states.values())
    bench.expect(wait_for(is_recorded, 30), 'COPY_COMPLETE is not recorded in time')
    with open(path, 'wb') as file:
        file.write(b'another drive')
    code = run.wait(60)
    bench.expect(code == 1, f'a file written anew before landing is cleared: status {code}')
    bench.expect(os.path.exists(path) and lakes.cold(path) == b'another drive', 'a file written anew was removed')


def damaged_log(bench, what, change, ingest, verify):
    place = bench.lake()
    bench.run(bench.ingest, '--lake', place, environment={'AV_WRITER': 'one'})
    # Something is left to do, so that the log is needed.
    lakes.write_drive(os.path.join(place, 'landing/m3'), OTHER, {'d.bin': b'delta\n'})
    log = os.path.join(place, 'lineage/one.jsonl')
    with open(log, 'rb') as file:
        data = file.read()
    changed = change(data)
    if changed is not None:
        with open(log, 'wb') as file:
            file.write(changed)
    before = lakes.Check(place).files
    code = bench.run(bench.meta, 'verify', '--lake', place)
    bench.expect(code == verify, f'{what}: verify says {code}, not {verify}')
    code = bench.run(bench.ingest, '--lake', place, environment={'AV_WRITER': 'one'})
    bench.expect(code == ingest, f'{what}: ingest ends with {code}, not {ingest}: {bench.said()[:200]}')
    if ingest == 0:
        # What a crash left is named by now, so that the chain goes on.
        code = bench.run(bench.meta, 'verify', '--lake', place)
        bench.expect(code == 0, f'{what}: verify says {code} after the ingest')
    if ingest == 7:
        bench.expect(lakes.Check(place).files == before, f'{what}: ingest touched files')
        with open(log, 'rb') as file:
            bench.expect(file.read() == (changed if changed is not None else data), f'{what}: the log was written to')


@scenario('F20')
def damaged_logs(bench):
    place = bench.lake()
    bench.run(bench.ingest, '--lake', place, environment={'AV_WRITER': 'one'})
    with open(os.path.join(place, 'lineage/one.jsonl'), 'rb') as file:
        length = len(file.read().splitlines(keepends=True)[-1])
    for cut in range(1, length, 60 if bench.quick else 1):
        damaged_log(bench, f'a tail torn by {cut} bytes', lambda data, cut=cut: data[:-cut], ingest=0, verify=0)

    def lines(change):
        def apply(data):
            parts = data.splitlines(keepends=True)
            return b''.join(change(parts))
        return apply

    def swap(parts):
        parts[4], parts[5] = parts[5], parts[4]
        return parts

    damaged_log(bench, 'a bit flipped in the middle', lambda data: data[:900] + bytes([data[900] ^ 1]) + data[901:], ingest=7, verify=7)
    # A line that parses and has its place: only the chain tells.
    damaged_log(bench, 'another vehicle', lambda data: data.replace(b'"vin":"KA1"', b'"vin":"KA2"', 1), ingest=7, verify=7)
    damaged_log(bench, 'a line removed', lines(lambda parts: parts[:4] + parts[5:]), ingest=7, verify=7)
    damaged_log(bench, 'two lines swapped', lines(swap), ingest=7, verify=7)
    damaged_log(bench, 'a line twice', lines(lambda parts: parts[:5] + parts[4:]), ingest=7, verify=7)
    damaged_log(bench, 'a hole of zeros', lambda data: data[:-200] + bytes(200), ingest=0, verify=0)
    damaged_log(bench, 'a line of another version', lines(lambda parts: [part.replace(b'{"v":1', b'{"v":9') for part in parts]), ingest=7, verify=7)
    damaged_log(bench, 'text behind the end', lambda data: data + b'hello\n', ingest=7, verify=7)
