#!/usr/bin/env python3
"""Takes away one protection of the tools at a time, and sees whether a fault test notices.

usage: mutations.py [--work FOLDER] [--table FILE] [NAME...]

A copy of the tree gets a switch at each protection (`AV_MUTANT=<name>` turns it off), is built once, and runs for each
mutant the parts of the suite that should see it. A mutation whose text is no longer in the sources is an error: it has to
follow the code. Exit: 0 every mutant was caught, 1 one lived, 2 a mutation does not apply. Takes some ten minutes.
"""
import argparse
import os
import re
import shutil
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
CORE, INGEST, LINEAGE, LAKE = 'Sources/Core', 'Sources/Pipeline/Ingest', 'Sources/Pipeline/Lineage', 'Sources/Pipeline/Lake'

SWITCH = '''import Glibc

package enum Mutant {
  package static let name = unsafe getenv("AV_MUTANT").map { unsafe String(cString: $0) } ?? ""
  package static func isOff(_ protection: String) -> Bool { name == protection }
}
'''


def off(name):
    return f'Mutant.isOff("{name}")'


# name: (what is taken away, [(file, text, replacement)], [parts and scenarios that run])
MUTATIONS = {
    'file-fsync': ('no fsync of a file', [
        (f'{CORE}/Files/FileReader.swift', 'guard retry({ fsync(descriptor) }) == 0', f'guard {off("file-fsync")} || retry({{ fsync(descriptor) }}) == 0'),
        (f'{CORE}/Files/StagedFile.swift', 'guard !durably || retry', f'guard !durably || {off("file-fsync")} || retry'),
        (f'{CORE}/Files/AtomicFile.swift', 'guard retry({ fsync(descriptor) }) == 0', f'guard {off("file-fsync")} || retry({{ fsync(descriptor) }}) == 0'),
    ], ['order', 'power']),
    'folder-fsync': ('no fsync of a folder', [
        (f'{CORE}/Files/Folder.swift', 'guard retry({ fsync(descriptor) }) < 0', f'guard !{off("folder-fsync")}, retry({{ fsync(descriptor) }}) < 0'),
    ], ['order']),
    'log-fsync': ('no fdatasync of the log', [
        (f'{CORE}/Files/AppendLog.swift', 'guard retry({ fdatasync(descriptor) }) == 0', f'guard {off("log-fsync")} || retry({{ fdatasync(descriptor) }}) == 0'),
    ], ['order', 'power']),
    'record-first': ('COPY_COMPLETE recorded before the copy', [
        (f'{INGEST}/NewIngest.swift', '      for (copy, facts) in [(raw, rawFacts)]',
         f'      if {off("record-first")} {{ try complete(rawFacts, raw, archive) }}\n      for (copy, facts) in [(raw, rawFacts)]'),
    ], ['order', 'kill']),
    'clear-first': ('landing cleared before COPY_COMPLETE is durable', [
        (f'{INGEST}/NewIngest.swift', '      try complete(rawFacts, raw, archive)\n    } catch',
         f'      if {off("clear-first")} {{ _ = try clear(proven, facts) }}\n      try complete(rawFacts, raw, archive)\n    }} catch'),
    ], ['order', 'kill']),
    'final-name': ('files written under their final name', [
        (f'{INGEST}/ZoneCopy.swift', '      let folders = Self.folders(items.map(\\.path))',
         f'      if {off("final-name")} {{ try name(in: root, from: incoming) }}\n      let folders = Self.folders(items.map(\\.path))'),
        (f'{INGEST}/ZoneCopy.swift', '      try name(in: root, from: incoming)\n      return',
         f'      if !{off("final-name")} {{ try name(in: root, from: incoming) }}\n      return'),
    ], ['order', 'kill']),
    'fsync-error': ('the error of fsync ignored', [
        (f'{CORE}/Files/FileReader.swift', 'retry({ fsync(descriptor) }) == 0 else', f'retry({{ fsync(descriptor) }}) == 0 || {off("fsync-error")} else'),
        (f'{CORE}/Files/StagedFile.swift', 'retry({ fsync(descriptor) }) == 0 else', f'retry({{ fsync(descriptor) }}) == 0 || {off("fsync-error")} else'),
        (f'{CORE}/Files/AtomicFile.swift', 'retry({ fsync(descriptor) }) == 0 else', f'retry({{ fsync(descriptor) }}) == 0 || {off("fsync-error")} else'),
    ], ['late_errors']),
    'close-error': ('the error of close ignored', [
        (f'{CORE}/Files/StagedFile.swift', 'guard closed == 0 ||', f'guard closed == 0 || {off("close-error")} ||'),
        (f'{CORE}/Files/AtomicFile.swift', 'guard closed == 0 ||', f'guard closed == 0 || {off("close-error")} ||'),
    ], ['late_errors']),
    'read-back': ('no digest of what the medium gives back', [
        (f'{INGEST}/FileCopy.swift', '    let copy = try FileReader(item.path, in: folder)\n    try copy.sync()',
         f'    if {off("read-back")} {{ return item.sha256 }}\n    let copy = try FileReader(item.path, in: folder)\n    try copy.sync()'),
    ], ['bits_flip', 'cold_read_back']),
    'warm-read-back': ('the digest taken from memory', [
        (f'{CORE}/Files/FileReader.swift', 'package func dropCache() { ', f'package func dropCache() {{ if {off("warm-read-back")} {{ return }}; '),
    ], ['cold_read_back']),
    'no-replace': ('a rename over what is there', [
        (f'{CORE}/Files/Tree.swift', '    if existing == .refuse {', f'    if existing == .refuse, !{off("no-replace")} {{'),
    ], ['unit:FolderTests|OutputTests|Lease']),
    'no-follow': ('links followed, and out of the folder', [
        (f'{CORE}/Files/Folder.swift', '      let file = retry { unsafe av_open_beneath(descriptor, name, flags, mode) }',
         f'      let file = retry {{ unsafe {off("no-follow")} ? openat(descriptor, name, flags & ~O_NOFOLLOW | O_CLOEXEC, mode) : av_open_beneath(descriptor, name, flags, mode) }}'),
    ], ['what_is_no_regular_file', 'paths_that_lead_elsewhere']),
    'path-check': ('paths of a manifest taken as they are', [
        (f'{LAKE}/ManifestPaths.swift', None, None),
    ], ['unit:ManifestTests|HostileUpload|FolderValidationTests']),
    'shared-names': ('temporary names shared, made without O_EXCL', [
        (f'{CORE}/Files/AtomicFile.swift', 'O_WRONLY | O_CREAT | O_EXCL, mode: 0o600', f'O_WRONLY | O_CREAT | ({off("shared-names")} ? 0 : O_EXCL), mode: 0o600'),
        (f'{CORE}/Files/StagedFile.swift', 'O_RDWR | O_CREAT | O_EXCL, mode', f'O_RDWR | O_CREAT | ({off("shared-names")} ? 0 : O_EXCL), mode'),
    ], ['order']),
    'torn-tail': ('a torn tail ended without being named', [
        (f'{LINEAGE}/LineageLog.swift', '      try write(.logTorn(offset: torn.offset, length: torn.length), run: nil, &state, after: "\\n")\n      state.tail.torn = nil',
         f'      if {off("torn-tail")} {{ state.tail.size = try state.current.append([0x0a]) }} else {{\n'
         '        try write(.logTorn(offset: torn.offset, length: torn.length), run: nil, &state, after: "\\n")\n      }\n      state.tail.torn = nil'),
    ], ['damaged_logs']),
    'log-chain': ('the chain of the log not checked', [
        (f'{LINEAGE}/LogChain.swift', '    if let digest, envelope.previous != digest {', f'    if let digest, envelope.previous != digest, !{off("log-chain")} {{'),
    ], ['damaged_logs']),
    'interrupts': ('EINTR not retried', [
        (f'{CORE}/Files/SystemError.swift', 'if result >= 0 || errno != EINTR { return result }', f'if result >= 0 || errno != EINTR || {off("interrupts")} {{ return result }}'),
    ], ['short']),
    'output-error': ('a failed write to standard output ignored', [
        (f'{CORE}/Console.swift', '      } else {\n        return false\n      }', f'      }} else {{\n        return {off("output-error")}\n      }}'),
    ], ['outputs_that_go_away']),
    'lease': ('no lease: whoever comes works', [
        (f'{LAKE}/Lease.swift', '  ) throws -> Bool {\n    if let owner, owner.host == Host.name {',
         f'  ) throws -> Bool {{\n    if {off("lease")} {{ return false }}\n    if let owner, owner.host == Host.name {{'),
    ], ['two_runs_on_one_host', 'stale_leases']),
    'unchanged-source': ('landing cleared without a look whether it is still what was copied', [
        (f'{INGEST}/LandingClear.swift', 'guard entry.kind == .file, entry.identity == identity else', f'guard entry.kind == .file, entry.identity == identity || {off("unchanged-source")} else'),
    ], ['landing_that_changes_before_it_is_cleared']),
}
# A mutation whose place is found by a pattern rather than a text.
PATTERNS = {
    'path-check': (r'(static func problem\(ofPath path: String[^{]*\{\n)', r'\1    if Mutant.isOff("path-check") { return nil }\n'),
}


def copied(work):
    """A copy of the tree, as git has it now, with a switch at every protection."""
    tree = os.path.join(work, 'tree')
    os.makedirs(tree, exist_ok=True)
    names = subprocess.run(['git', 'ls-files', '-z', '--cached', '--others', '--exclude-standard'], cwd=ROOT, check=True,
                           stdout=subprocess.PIPE).stdout.decode().split('\0')
    for name in filter(None, names):
        place = os.path.join(tree, name)
        os.makedirs(os.path.dirname(place), exist_ok=True)
        if os.path.exists(os.path.join(ROOT, name)):
            shutil.copy2(os.path.join(ROOT, name), place)
    with open(os.path.join(tree, CORE, 'Mutant.swift'), 'w') as file:
        file.write(SWITCH)
    broken = []
    for name, (_, edits, _) in MUTATIONS.items():
        for path, old, new in edits:
            place = os.path.join(tree, path)
            with open(place) as file:
                text = file.read()
            if old is None:
                changed, count = re.subn(*PATTERNS[name], text)
            else:
                count, changed = text.count(old), text.replace(old, new)
            if count == 0:
                broken.append(f'{name}: {path} no longer has its text')
            with open(place, 'w') as file:
                file.write(changed)
    for line in broken:
        print(f'mutations.py: {line}', file=sys.stderr)
    if broken:
        sys.exit(2)
    return tree


def caught(tree, name, parts):
    """The first of the parts that fails with the protection off, and what it says."""
    environment = {**os.environ, 'AV_MUTANT': name, 'SWIFT_BACKTRACE': 'enable=no'}
    tools = os.path.join(tree, '.build/debug')
    for part in parts:
        if part.startswith('unit:'):
            command = ['swift', 'test', '--skip-build', '--disable-xctest', '--filter', part[5:]]
        elif part in ('kill', 'errno', 'power', 'order', 'short'):
            command = [os.path.join(tree, 'Tests/Faults/run.sh'), tools, '4', part]
        else:
            python = os.path.join(ROOT, '.build/faults-venv/bin/python')
            command = [python if os.path.exists(python) else sys.executable, os.path.join(tree, 'Tests/Faults/faults.py'), '--bin', tools, part]
        done = subprocess.run(command, cwd=tree, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors='replace')
        found = [line for line in done.stdout.splitlines() if 'VIOLATION' in line or re.search(r': L\d ', line) or 'recorded an issue' in line]
        if done.returncode and found:
            return part, re.sub(r'/\S*/', '…/', found[0])[:160]
    return None, ''


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--work', default=os.path.join(ROOT, '.build/mutations'))
    parser.add_argument('--built', action='store_true', help='the sources did not change since the last time: only the tests')
    parser.add_argument('--table', help='write the table of what was caught by what')
    parser.add_argument('names', nargs='*')
    options = parser.parse_args()
    start = time.monotonic()
    tree = os.path.join(options.work, 'tree') if options.built else copied(options.work)
    if options.built:
        shutil.copytree(HERE, os.path.join(tree, 'Tests/Faults'), dirs_exist_ok=True)
    build = subprocess.run(['swift', 'build', '--build-tests'], cwd=tree, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if build.returncode:
        print('\n'.join(line for line in build.stdout.splitlines() if 'error' in line)[:3000], file=sys.stderr)
        return 2
    print(f'built in {time.monotonic() - start:.0f} s', flush=True)
    lived, rows = 0, []
    for name, (what, _, parts) in MUTATIONS.items():
        if options.names and name not in options.names:
            continue
        part, line = caught(tree, name, parts)
        lived += part is None
        rows.append(f'| {what} | `{name}` | {part or "**lived**"} | {line.replace("|", "/")} |')
        print(f'{name}: {"caught by " + part if part else "LIVED"} ({time.monotonic() - start:.0f} s) {line}', flush=True)
    if options.table:
        with open(options.table, 'w') as file:
            file.write('| protection taken away | mutant | caught by | the first that it said |\n|---|---|---|---|\n' + '\n'.join(rows) + '\n')
    print(f'mutants: {len(rows)}, lived: {lived}')
    return 1 if lived else 0


if __name__ == '__main__':
    sys.exit(main())
