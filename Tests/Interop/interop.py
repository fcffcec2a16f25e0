"""What every check shares: where the tools and the data are, an extraction done once, and how results are shown.

A check prints `pass`, `FAIL` or `skip`, what was compared with whom, and how much of it; run.sh counts these lines.
"""
import collections
import json
import os
import subprocess
import sys
import time


class Interop:
    """One check script: BIN is the folder of the tools, SCRATCH one that is thrown away afterwards."""

    def __init__(self, name):
        self.name = name
        self.binaries = os.path.abspath(sys.argv[1])
        self.scratch = os.path.abspath(sys.argv[2])
        root = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
        shared = os.environ.get("AV_SHARED_DATA") or os.path.join(root, "..", "shared", "data")
        self.shared = os.path.abspath(shared) if os.path.isdir(shared) else None
        self.failures = 0
        self.start = time.time()

    def passed(self, what):
        self._line("pass", what)

    def skipped(self, what):
        self._line("skip", what)

    def failed(self, what, problems=()):
        self.failures += 1
        self._line("FAIL", what)
        for problem in list(problems)[:20]:
            print(f"       {problem}")
        if len(problems) > 20:
            print(f"       and {len(problems) - 20} more")

    def judge(self, what, problems):
        """One check: it passes when nothing was found."""
        self.failed(f"{what}: {len(problems)} differences", problems) if problems else self.passed(what)

    def notes(self, notes):
        """Differences that are known, with who is right; shown, never hidden."""
        for note, count in notes.items():
            print(f"note {self.name}: {note}" + (f" ({count})" if count > 1 else ""))

    def end(self):
        sys.exit(1 if self.failures else 0)

    def _line(self, verdict, what):
        print(f"{verdict} {self.name}: {what} [{time.time() - self.start:.1f} s]", flush=True)
        self.start = time.time()

    def tool(self, name):
        return os.path.join(self.binaries, name)

    def run(self, name, *arguments, timeout=300):
        """Exit code, standard output and standard error of a tool; a signal is a failure of its own."""
        done = subprocess.run([self.tool(name), *arguments], capture_output=True, timeout=timeout)
        return done.returncode, done.stdout, done.stderr.decode(errors="replace")

    def bags(self, folder):
        """Paths of the bags of a folder of the shared data, sorted; none where the data is absent."""
        if self.shared is None:
            return []
        place = os.path.join(self.shared, folder)
        return sorted(os.path.join(place, name) for name in os.listdir(place) if name.endswith((".bag", ".bag.active")))

    def drive(self):
        """The sample drive's bags, made once a run; None where the tool is not built, or not finished."""
        place = os.path.join(self.scratch, "drive")
        if not os.path.exists(self.tool("sample-drive")):
            return None
        if not os.path.exists(place):
            code, _, errors = self.run("sample-drive", "-o", place)
            if code != 0 or not os.path.isdir(place):
                print(f"note {self.name}: sample-drive ended with {code}: {errors.strip()[:200]}")
                return None
        found = [os.path.join(top, name) for top, _, names in os.walk(place) for name in names if name.endswith(".bag")]
        return sorted(found) or None

    def tables(self, path):
        """Raw and physical values of a recording: its tables by number of the channel, None where it has none, and errors."""
        folder = os.path.join(self.scratch, self.name, os.path.basename(path))
        os.makedirs(os.path.dirname(folder), exist_ok=True)
        _, _, errors = self.run("av-extract", path, "-o", folder, "--values", "both")
        if not os.path.isdir(folder):
            return None, errors
        with open(os.path.join(folder, "extract_report.json")) as file:
            streams = json.load(file)["streams"]
        return [os.path.join(folder, s["paths"][0]) if s["paths"] else None for s in streams], errors

    def extract(self, bag):
        """Everything of a bag, extracted once a run: (exit code, folder or None, report or None, standard error)."""
        key = os.path.relpath(bag, self.scratch).replace("/", "__").replace("..", "")
        folder = os.path.join(self.scratch, "extracted", key)
        facts = folder + ".json"
        if not os.path.exists(facts):
            os.makedirs(os.path.dirname(folder), exist_ok=True)
            code, _, errors = self.run("av-extract", bag, "-o", folder)
            with open(facts, "w") as file:
                json.dump([code, errors], file)
        with open(facts) as file:
            code, errors = json.load(file)
        report = None
        if os.path.exists(os.path.join(folder, "extract_report.json")):
            with open(os.path.join(folder, "extract_report.json")) as file:
                report = json.load(file)
        return code, folder if os.path.isdir(folder) else None, report, errors

    def extracted(self):
        """Folders of everything that was extracted so far in this run."""
        place = os.path.join(self.scratch, "extracted")
        if not os.path.isdir(place):
            return []
        return sorted(entry.path for entry in os.scandir(place) if entry.is_dir())


def counted(number, noun):
    return f"{number:,} {noun}" + ("" if number == 1 else "es" if noun.endswith(("x", "s")) else "s")


Notes = collections.Counter
