"""The index of a lake under kills and under many processes at once.

usage: index.py make LAKE BIN        a lake with a drive and an index of it, made once and copied from then on
       index.py id LAKE BIN          its measurement
       index.py check LAKE BIN       exit 0 and silence, or a line a violation and exit 1
       index.py crowd LAKE BIN [SECONDS [PROCESSES]]     half of the processes tag, half search, for so long (60, 20)

What is checked, with the log and SQLite as judges and not the tools: the chain of the log holds; a search answers what a
fold of the log says, by the index that is there and by one made anew; the index is a whole database.
"""
import collections
import hashlib
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import time

QUIET = {'stdin': subprocess.DEVNULL, 'stderr': subprocess.PIPE, 'text': True}
KEPT = 'weather=rain'


def run(tools, tool, *words, lake):
    return subprocess.run([os.path.join(tools, tool), *words, '--lake', lake], stdout=subprocess.PIPE, check=False, **QUIET)


def make(lake, tools):
    template = lake + '.template'
    if not os.path.isdir(template):
        run(tools, 'av-meta', 'init', lake=template)
        subprocess.run([os.path.join(tools, 'sample-drive'), '--seconds', '1', '-o', f'{template}/landing/m1'], check=True,
                       stdout=subprocess.DEVNULL, **QUIET)
        if run(tools, 'av-ingest', lake=template).returncode:
            sys.exit('the drive is not ingested')
        run(tools, 'av-meta', 'tag', measurement(template), KEPT, lake=template)
        run(tools, 'av-meta', 'find', 'measurements', lake=template)
    shutil.rmtree(lake, ignore_errors=True)
    shutil.copytree(template, lake, symlinks=True)


def events(lake):
    """Every whole line of the log, whose chain has to hold."""
    folder = os.path.join(lake, 'lineage')
    for name in sorted(os.listdir(folder)):
        if not name.endswith('.jsonl'):
            continue
        with open(os.path.join(folder, name), 'rb') as file:
            lines = file.read().split(b'\n')
        before = ''
        for line in lines[:-1]:
            event = json.loads(line)
            if event['prev'] != before:
                raise ValueError(f'{name}: the chain breaks at seq {event["seq"]}')
            before = hashlib.sha256(line).hexdigest()
            yield event


def measurement(lake):
    return next(event['measurement'] for event in events(lake) if event['event'] == 'measurement.created')


def tags(lake):
    return collections.Counter(
        (event['target']['measurement'], event['key'], event['value']) for event in events(lake) if event['event'] == 'tag')


def check(lake, tools):
    problems = []
    wanted = tags(lake)
    identifier = measurement(lake)
    if (identifier, *KEPT.split('=')) not in wanted:
        problems.append('a tag that was in the log is gone')
    for state in 'as it is', 'made anew':
        index = os.path.join(lake, 'lineage/index.sqlite')
        if state == 'made anew' and os.path.exists(index):
            os.remove(index)
        for key, value in {KEPT.split('=')[0]: 'rain', 'k': 'v'}.items():
            found = run(tools, 'av-meta', 'find', 'measurements', '--tag', f'{key}={value}', '--format', 'ids', lake=lake)
            expected = [identifier] if (identifier, key, value) in wanted else []
            if found.stdout.split() != expected or found.returncode != 0:
                problems.append(f'index {state}: {key}={value} gives {found.stdout.split()} ({found.returncode}), '
                                f'not {expected}: {found.stderr.strip()}')
        streams = run(tools, 'av-meta', 'find', 'streams', '--zone', 'raw', '--format', 'ids', lake=lake).stdout.split()
        created = [event['datastream'] for event in events(lake) if event['event'] == 'datastream.created']
        if streams != created:
            problems.append(f'index {state}: datastreams {streams}, not {created}')
        problems += whole(index)
    return problems


def whole(index):
    base = sqlite3.connect(f'file:{index}?mode=ro', uri=True)
    try:
        found = [row[0] for row in base.execute('PRAGMA integrity_check')]
    except sqlite3.DatabaseError as error:
        found = [str(error)]
    base.close()
    return [] if found == ['ok'] else [f'the index is no whole database: {found[0]}']


def crowd(lake, tools, seconds, processes):
    make(lake, tools)
    identifier = measurement(lake)
    end = time.monotonic() + seconds
    workers = []
    for number in range(processes):
        reader, writer = os.pipe()
        if os.fork():
            os.close(writer)
            workers.append((number, reader))
            continue
        os.close(reader)
        count, problems = 0, []
        while time.monotonic() < end and not problems:
            if number % 2:
                done = run(tools, 'av-meta', 'find', 'measurements', '--tag', KEPT, '--format', 'ids', lake=lake)
                right = done.returncode == 0 and done.stdout.split() == [identifier]
            else:
                done = run(tools, 'av-meta', 'tag', identifier, f'w{number}.{count}=v', lake=lake)
                right = done.returncode == 0
            if not right:
                problems.append(f'{" ".join(done.args[1:4])}: status {done.returncode}: {done.stdout} {done.stderr}')
            count += right
        os.write(writer, json.dumps([count, problems]).encode())
        os._exit(0)
    problems, tagged, searched = [], {}, 0
    for number, reader in workers:
        with os.fdopen(reader) as pipe:
            count, own = json.loads(pipe.read() or '[0, ["ended without a word"]]')
        problems += own
        if number % 2:
            searched += count
        else:
            tagged[number] = count
    for _ in workers:
        os.wait()
    wanted = tags(lake)
    for number, count in tagged.items():
        lost = [n for n in range(count) if wanted[identifier, f'w{number}.{n}', 'v'] != 1]
        problems += [f'tag w{number}.{n} is {wanted[identifier, f"w{number}.{n}", "v"]} times in the log' for n in lost]
        for n in {0, count // 2, count - 1} if count else ():
            found = run(tools, 'av-meta', 'find', 'measurements', '--tag', f'w{number}.{n}=v', '--format', 'ids', lake=lake)
            if found.stdout.split() != [identifier]:
                problems.append(f'tag w{number}.{n} is not found')
    problems += check(lake, tools)
    print(f'crowd: processes={processes} seconds={seconds} tags={sum(tagged.values())} searches={searched} '
          f'violations={len(problems)}')
    return problems


def main():
    verb, lake, tools = sys.argv[1:4]
    problems = []
    if verb == 'make':
        make(lake, tools)
    elif verb == 'id':
        print(measurement(lake))
    elif verb == 'check':
        problems = check(lake, tools)
    else:
        seconds, processes = (sys.argv[4:] + ['60', '20'][len(sys.argv) - 4:])[:2]
        problems = crowd(lake, tools, int(seconds), int(processes))
    for problem in problems:
        print(f'VIOLATION {problem}')
    return 1 if problems else 0


if __name__ == '__main__':
    sys.exit(main())
