"""Bad disks: full ones, failing ones, lying ones, slow ones, and storage that lacks what disks have."""
import os
import shutil
import subprocess
import sys

from scenario import HERE, Skipped, scenario


def bad_disk(bench, faults, what, status=None, then=True, back='back'):
    """One ingest on a disk with faults; the check looks behind the mount."""
    place = bench.lake(os.path.join(back, 'lake'))
    mount = bench.path('mnt')
    code = bench.run(sys.executable, os.path.join(HERE, 'badfs.py'), bench.path(back), mount, *faults, '--',
                     bench.ingest, '--lake', os.path.join(mount, 'lake'), '-j1')
    if code == 77:
        raise Skipped(bench.said().strip())
    bench.check(place, what, status=code)
    if status is not None:
        bench.expect(code in status, f'{what}: status {code}, not {status}: {bench.said()[:200]}')
    if then:
        bench.converge(place, what)
    return code


@scenario('F4')
def full_disk_at_swept_sizes(bench):
    for limit in range(0, 700_000, 120_000 if bench.quick else 20_000):
        bad_disk(bench, [f'enospc_after={limit}'], f'ENOSPC after {limit} bytes', status=(0, 6))


@scenario('F4')
def no_more_files(bench):
    for count in range(0, 24, 5 if bench.quick else 1):
        bad_disk(bench, [f'enospc_files={count}'], f'no inode after {count} files', status=(0, 6))


@scenario('F4')
def small_file_systems(bench):
    if os.geteuid() != 0:
        raise Skipped('mounting needs root')
    mount = bench.path('small')
    os.makedirs(mount)
    sizes = ('400k', '700k', '1m') if bench.quick else ('350k', '400k', '500k', '600k', '700k', '800k', '1m')
    for options in [f'size={size}' for size in sizes] + ['size=4m,nr_inodes=24', 'size=4m,nr_inodes=40']:
        if subprocess.run(['mount', '-t', 'tmpfs', '-o', options, 'tmpfs', mount]).returncode:
            raise Skipped('tmpfs cannot be mounted')
        try:
            source = bench.lake('source')
            place = os.path.join(mount, 'lake')
            try:
                shutil.copytree(source, place)
            except (OSError, shutil.Error):
                continue
            shutil.copyfile(source + '.want', bench.path('source.keep'))
            with open(bench.path('source.keep'), 'rb') as want, open(bench.path('lake.want'), 'wb') as copy:
                copy.write(want.read())
            code = bench.run(bench.ingest, '--lake', place, '-j1')
            os.symlink(place, bench.path('lake'))
            bench.check(bench.path('lake'), f'tmpfs {options}', status=code)
            bench.expect(code in (0, 6), f'tmpfs {options}: status {code}: {bench.said()[:200]}')
            os.unlink(bench.path('lake'))
        finally:
            subprocess.run(['umount', mount])


@scenario('F8')
def late_errors(bench):
    for fault in ('fsync=EIO', 'fsync=EDQUOT', 'fsync=ENOSPC', 'close=EDQUOT', 'close=EIO', 'close=ENOSPC'):
        # The whole lake, then only the data, then only the log.
        for match in ('*', '/lake/raw/*', '/lake/archive/*', '/lake/lineage/*'):
            code = bad_disk(bench, [fault, 'match=' + match], f'{fault} in {match}', status=(1, 6))
            bench.expect(code != 0, f'{fault} in {match} is not told')


@scenario('F8')
def write_errors(bench):
    for offset in (0, 5, 299_999):
        for match in ('/lake/raw/*', '/lake/archive/*', '/lake/lineage/*'):
            bad_disk(bench, [f'eio_write_at={offset}', 'match=' + match], f'EIO at byte {offset} of {match}')


@scenario('F5')
def short_writes(bench):
    for size in (1000, 4095):
        bad_disk(bench, [f'short_writes={size}'], f'writes of at most {size} bytes', status=(0,))


@scenario('F7')
def a_source_that_cannot_be_read(bench):
    for offset in (0, 150_000):
        what = f'EIO at byte {offset} of the source'
        bad_disk(bench, [f'eio_read_at={offset}', 'match=/lake/landing/m1/deep/*'], what, status=(1, 6))


@scenario('F12')
def bits_flip(bench):
    # In landing as it is read: the source is bad. In what is stored: the read-back sees it, and it is written once more.
    bad_disk(bench, ['flip_read_at=100', 'match=/lake/landing/m1/deep/*'], 'a bit flips in landing', status=(1,))
    for zone in ('raw', 'archive'):
        bad_disk(bench, ['flip_write_at=100', f'match=/lake/{zone}/*'], f'a bit flips as {zone} is written', status=(1, 6))
        bad_disk(bench, ['flip_read_at=100', f'match=/lake/{zone}/*'], f'a bit flips as {zone} is read', status=(1, 6))


@scenario('F9 F10 F11')
def storage_without(bench):
    # Hard links and RENAME_NOREPLACE are missing on every mount of badfs; locks hold on the own host only.
    bad_disk(bench, ['rename_flags=1'], 'all renames', status=(0,))
    bad_disk(bench, ['fsyncdir=EINVAL'], 'folders that cannot be synced', status=(0,))
    bad_disk(bench, ['rename_lost_reply=1'], 'renames whose answers are lost', status=(0,))
    for error in ('EXDEV', 'EACCES', 'EIO'):
        bad_disk(bench, [f'rename={error}', 'match=/lake/raw/*'], f'rename says {error}', status=(1, 6))


@scenario('F23')
def slow_storage(bench):
    bad_disk(bench, ['delay=0.02'], 'every read and write is slow', status=(0,))


@scenario('F12')
def what_was_completed_is_damaged_later(bench):
    for zone in ('raw', 'archive'):
        for damage in ('flip', 'cut', 'remove'):
            place = bench.lake()
            bench.run(bench.ingest, '--lake', place)
            path = next(os.path.join(folder, 'b.bin') for folder, _, names in os.walk(os.path.join(place, zone)) if 'b.bin' in names)
            if damage == 'remove':
                os.unlink(path)
            else:
                with open(path, 'r+b') as file:
                    file.seek(1000)
                    if damage == 'flip':
                        file.write(b'y')
                    else:
                        file.truncate()
            code = bench.run(bench.meta, 'verify', '--lake', place, '--level', 'hash')
            bench.expect(code == 7, f'verify of a {zone} with {damage}: status {code}')
            bench.expect('b.bin' in bench.said('stdout'), f'verify does not name the file ({zone}, {damage})')


@scenario('F12')
def writes_that_only_say_so(bench):
    """The system says that it wrote, and did not: only reading back can see it."""
    if not shutil.which('strace'):
        raise Skipped('strace is missing')
    for number in range(1, 12, 4 if bench.quick else 1):
        place = bench.lake()
        log = os.path.join(place, 'lineage')
        # The k-th write of the run, wherever it goes; the log's own are left to the chain.
        code = bench.run(bench.ingest, '--lake', place, '-j1', prefix=[
            'strace', '-f', '-qq', '-o', '/dev/null', '-e', 'trace=write', '-e', f'inject=write:retval=100:when={number}'])
        bench.check(place, f'write {number} is a lie', status=code) if not damaged(log) else bench.expect(
            code in (1, 6, 7), f'write {number} of the log is a lie: status {code}')


def damaged(folder):
    """Whether a lie of the system is in the log, where no reading back can mend it."""
    for name in os.listdir(folder):
        if name.endswith('.jsonl'):
            with open(os.path.join(folder, name), 'rb') as file:
                if b'\0' in file.read():
                    return True
    import lake
    return bool(lake.Log(os.path.dirname(folder)).problems)


@scenario('F19')
def zones_that_refuse(bench):
    if os.geteuid() != 0:
        raise Skipped('mounting needs root')
    for zone in ('raw', 'archive', 'lineage'):
        place = bench.lake()
        folder = os.path.join(place, zone)
        subprocess.run(['mount', '--bind', folder, folder], check=True)
        try:
            subprocess.run(['mount', '-o', 'remount,ro,bind', folder], check=True)
            code = bench.run(bench.ingest, '--lake', place)
            bench.check(place, f'{zone} is read-only', status=code)
            bench.expect(code == 6, f'{zone} is read-only: status {code}')
        finally:
            subprocess.run(['umount', folder])
        bench.converge(place, f'{zone} was read-only')
    place = bench.lake()
    os.chmod(bench.work, 0o755)
    code = bench.run(bench.ingest, '--lake', place, prefix=['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'])
    bench.check(place, 'another user', status=code)
    bench.expect(code in (1, 2, 6), f'another user: status {code}')
    bench.converge(place, 'another user')


@scenario('F19')
def zones_on_other_file_systems(bench):
    if not os.path.isdir('/dev/shm'):
        raise Skipped('/dev/shm is missing')
    other = '/dev/shm/' + os.path.basename(bench.work)
    os.makedirs(other)
    try:
        for zones in (('raw',), ('archive',), ('raw', 'archive'), ('landing',)):
            roots = ', '.join(f'{zone}: ["{other}/{zone}"]' for zone in zones)
            place = bench.lake()
            with open(os.path.join(place, 'lake.json5'), 'w') as file:
                file.write('{schema: "av.lake/1", roots: {%s}}' % roots)
            for zone in zones:
                shutil.rmtree(os.path.join(other, zone), ignore_errors=True)
                shutil.move(os.path.join(place, zone), os.path.join(other, zone))
                os.symlink(os.path.join(other, zone), os.path.join(place, zone))
            code = bench.run(bench.ingest, '--lake', place)
            bench.expect(code == 0, f'{zones} elsewhere: status {code}: {bench.said()[:200]}')
            code = bench.run(bench.meta, 'verify', '--lake', place, '--level', 'hash')
            bench.expect(code == 0, f'{zones} elsewhere: verify says {code}')
        # A mount that is missing is an error, and nothing is made in its place.
        place = bench.lake()
        with open(os.path.join(place, 'lake.json5'), 'w') as file:
            file.write('{schema: "av.lake/1", roots: {raw: ["%s/gone"]}}' % other)
        code = bench.run(bench.ingest, '--lake', place)
        bench.check(place, 'a mount is missing', status=code)
        bench.expect(code in (2, 6) and not os.path.exists(other + '/gone'), f'a mount is missing: status {code}')
    finally:
        shutil.rmtree(other, ignore_errors=True)


@scenario('F24')
def limits(bench):
    for what, command in (('32 descriptors', 'ulimit -n 32'), ('512 MB of addresses', 'ulimit -v 524288')):
        place = bench.lake()
        code = bench.run('bash', '-c', f'{command} && exec "$@"', 'bash', bench.ingest, '--lake', place)
        bench.check(place, what, final=True, status=code)
    place = bench.lake()
    code = bench.run('bash', '-c', 'trap "" XFSZ; ulimit -f 100; exec "$@"', 'bash', bench.ingest, '--lake', place)
    bench.check(place, 'files of at most 100 KiB', status=code)
    bench.expect(code == 6, f'files of at most 100 KiB: status {code}')
    bench.converge(place, 'files of at most 100 KiB')


@scenario('F12')
def cold_read_back(bench):
    """What is read back comes from the medium: after its fsync and a DONTNEED of the file, in this order."""
    if not shutil.which('strace'):
        raise Skipped('strace is missing')
    place = bench.lake()
    trace = bench.path('trace')
    code = bench.run(bench.ingest, '--lake', place, '-j1', prefix=[
        'strace', '-f', '-y', '-qq', '-o', trace, '-e', 'trace=fsync,fadvise64,pread64,renameat2'])
    bench.check(place, 'traced', final=True, status=code)
    for name in ('a.bin', 'deep/b.bin', 'c.bin'):
        for zone in ('raw', 'archive'):
            seen = []
            with open(trace, errors='replace') as lines:
                for line in lines:
                    # Only before the folder has its name: afterwards others may read it.
                    if f'/{zone}/.av-incoming/' in line and line.rstrip().split(') = ')[0].count(f'/{name}>'):
                        call = line.split('(')[0].split()[-1]
                        if call == 'fadvise64' and 'DONTNEED' not in line:
                            continue
                        seen.append(call)
            order = [call for number, call in enumerate(seen) if number == 0 or seen[number - 1] != call]
            bench.expect(order[:3] == ['fsync', 'fadvise64', 'pread64'], f'{zone}/{name} is read back by {order}')
