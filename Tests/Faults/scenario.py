"""What scenarios of faults share: a lake of their own, a run of a tool, and a verdict by the independent check."""
import os
import shutil
import subprocess
import tempfile
import time

import lake as lakes

HERE = os.path.dirname(os.path.abspath(__file__))
ALL = []


def scenario(faults):
    """Registers a scenario; `faults` are the rows of the design's matrix that it covers, such as `F8 F9`."""
    def take(function):
        ALL.append((function.__name__, faults, function))
        return function
    return take


class Skipped(Exception):
    """A scenario that cannot run here, and why."""


class Bench:
    """One scenario's folder, its points and its violations."""

    def __init__(self, tools, quick):
        self.tools, self.quick = tools, quick
        self.work = tempfile.mkdtemp(prefix='av-faults.')
        self.points, self.violations = 0, []
        self.ingest, self.meta, self.validate = (os.path.join(tools, 'av-' + name) for name in ('ingest', 'meta', 'validate'))

    def close(self):
        shutil.rmtree(self.work, ignore_errors=True)

    def path(self, *parts):
        return os.path.join(self.work, *parts)

    def lake(self, name='lake', **more):
        """A fresh lake with drives in landing."""
        place = self.path(name)
        shutil.rmtree(place, ignore_errors=True)
        lakes.make(place, self.tools, **more)
        return place

    def run(self, *command, environment=None, timeout=60, stdin=subprocess.DEVNULL, prefix=(), **more):
        """Runs a command; status as a shell has it, output in files that the check reads."""
        environment = {**os.environ, 'SWIFT_BACKTRACE': 'enable=no', **(environment or {})}
        with open(self.path('stdout'), 'wb') as out, open(self.path('stderr'), 'wb') as err:
            try:
                code = subprocess.run([*prefix, *command], stdin=stdin, stdout=more.pop('stdout', out), stderr=more.pop('stderr', err),
                                      env=environment, timeout=timeout, **more).returncode
            except subprocess.TimeoutExpired:
                self.violations.append(f'I9: {" ".join(command)[:80]} ran longer than {timeout} s')
                return 124
        return code if code >= 0 else 128 - code

    def said(self, name='stderr'):
        with open(self.path(name), errors='replace') as file:
            return file.read()

    def expect(self, is_so, what):
        """One point: `what` is told when it is not so."""
        self.points += 1
        if not is_so:
            self.violations.append(what)

    def check(self, place, what, final=False, status=None, canaries=()):
        """One point: every invariant of a lake."""
        self.points += 1
        found = lakes.Check(place, final=final, status=status, stdout=self.path('stdout'), stderr=self.path('stderr'),
                            canaries=canaries)
        self.violations += [f'{what} (status {status}): {problem}' for problem in found.problems]

    def converge(self, place, what, command=None, canaries=()):
        """The same command, undisturbed, ends as if nothing had happened."""
        status = self.run(*(command or [self.ingest, '--lake', place]))
        self.expect(status == 0, f'{what}: the rerun exits {status}: {self.said()[:300]}')
        self.check(place, f'{what}, rerun', final=True, status=status, canaries=canaries)


def wait_for(condition, seconds=10):
    """Whether something becomes true in time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.01)
    return False
