#!/usr/bin/env python3
"""Verdicts of av-validate on bags and lists of digests, compared with bagit.py, sha256sum, md5sum and b3sum.

Bags are made by bagit.py and damaged in every way that we know; a verdict that differs is a failure, unless it stands
in a table below with who is right by RFC 8493. What `av-ingest --bag` writes must pass bagit.py.
"""
import contextlib
import hashlib
import io
import json
import logging
import os
import shutil
import subprocess
import sys
import unicodedata

import bagit

from interop import Interop, counted

logging.disable(logging.CRITICAL)
interop = Interop("bagit")
INFO = {"VIN": "KA1", "Start": "2022-09-30T08:36:40Z"}

# What we refuse and bagit.py takes, or the reverse, and why.
KNOWN = {
    "no bag-info.txt": ("we", "bag-info.txt is optional by the RFC; a measurement needs a time, which nothing else gives"),
    "manifest with a comment": ("we", "the RFC knows no comments; bagit.py skips lines that begin with '#'"),
    "manifest with a byte order mark": ("we", "RFC 2.2: no byte order mark; bagit.py warns"),
    "a line without a path": ("we", "bagit.py logs an error and ignores the line"),
    "encoding ISO-8859-1": ("both", "the RFC allows any; ours reads UTF-8 only and says so"),
    "fetch.txt of a complete bag": ("both", "the RFC allows it; files to be fetched are not supported here, and said so"),
    "linked payload": ("we", "a link leads out of the bag; bagit.py follows it"),
    "names equal but for case": ("both", "the RFC warns of them (5.2); they are one file on some file systems"),
    "percent as it is in the RFC": ("we", "RFC 2.1.3: '%' is '%25'; bagit.py does not decode it (its issue 157)"),
    "entry twice": ("we", "RFC 2.1.3: once; in bags of draft 0.97 bagit.py warns"),
    "1.0: one of two lists is shorter": ("we", "RFC 2.1.3: every manifest lists every file; a warning for drafts"),
    "1.0: two lists that complete each other": ("we", "the same"),
    "outside data": ("we", "RFC 2.1.3: payload lies below data/; bagit.py takes any file of the bag"),
    "listed in NFD, there in NFC": ("we", "the same name but for its form (RFC 5.2.2 has receivers expect it); bagit.py finds the reverse only"),
    "C1 control in a name": ("both", "a terminal would obey it; refused here"),
    "file with ESC in its name": ("both", "a terminal would obey it; refused here"),
    "encoded newline": ("both", "the RFC allows it; control characters in names are refused here"),
    "encoded return": ("both", "the RFC allows it; control characters in names are refused here"),
}


def write(path, text, mode="w"):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, mode, **({} if "b" in mode else {"encoding": "utf-8", "newline": ""})) as file:
        file.write(text)


def read(path):
    with open(path, encoding="utf-8", newline="") as file:
        return file.read()


def sha(path, algorithm="sha256"):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, algorithm).hexdigest()


class Bag:
    """A bag by bagit.py that a case changes."""

    def __init__(self, path, files=None, checksums=("sha256",), version=None, info=INFO):
        self.path = path
        os.makedirs(path)
        for name, text in (files if files is not None else {"a.txt": "hello\n", "deep/b.txt": "world\n"}).items():
            write(os.path.join(path, name), text)
        bagit.make_bag(path, dict(info), checksums=list(checksums))
        if version:
            write(self.of("bagit.txt"), f"BagIt-Version: {version}\nTag-File-Character-Encoding: UTF-8\n")
            self.tag()

    def of(self, name):
        return os.path.join(self.path, name)

    def edit(self, name, change, tag=True):
        write(self.of(name), change(read(self.of(name))))
        if tag:
            self.tag()

    def tag(self):
        """Digests of tag files anew, so that only the damage that is meant is there."""
        for name in os.listdir(self.path):
            if name.startswith("tagmanifest-"):
                algorithm = name[len("tagmanifest-"):-len(".txt")]
                listed = [line.split(None, 1)[1].rstrip("\n") for line in read(self.of(name)).splitlines()]
                lines = [f"{sha(self.of(tag), algorithm)} {tag}\n" for tag in listed if os.path.exists(self.of(tag))]
                write(self.of(name), "".join(lines))

    def info(self, oxum):
        self.edit("bag-info.txt", lambda text: "".join(
            line for line in text.splitlines(True) if not line.startswith("Payload-Oxum")) + oxum)

    def add(self, name, text, listed=None, oxum=True):
        """A payload file, listed under a name of its own."""
        write(os.path.join(self.path, "data", name), text)
        digest = hashlib.sha256(text.encode()).hexdigest()
        listed = name if listed is None else listed
        if oxum:
            self.info("")
        self.edit("manifest-sha256.txt", lambda manifest: manifest + f"{digest}  data/{listed}\n")


def cases():
    """Name, how the bag is made, what is done to it."""
    manifest, tags = "manifest-sha256.txt", "tagmanifest-sha256.txt"

    def case(name, change, **options):
        return name, options, change

    def drop(name):
        return lambda bag: os.remove(bag.of(name))

    def entry(line):
        return lambda bag: (bag.info(""), bag.edit(manifest, lambda text: text + line))

    digest = hashlib.sha256(b"hello\n").hexdigest()
    yield case("as made", lambda bag: None)
    for version in ["0.93", "0.94", "0.95", "0.96", "0.97", "1.0"]:
        yield case(f"version {version}", lambda bag: None, version=version)
    yield case("missing payload", drop("data/a.txt"))
    yield case("missing payload without Oxum", lambda bag: (bag.info(""), os.remove(bag.of("data/a.txt"))))
    yield case("extra payload", lambda bag: write(bag.of("data/extra"), "x"))
    yield case("extra payload without Oxum", lambda bag: (bag.info(""), write(bag.of("data/extra"), "x")))
    yield case("extra tag file", lambda bag: write(bag.of("notes.txt"), "x"))
    yield case("changed payload", lambda bag: write(bag.of("data/a.txt"), "hellO\n"))
    yield case("longer payload", lambda bag: write(bag.of("data/a.txt"), "hello, hello\n"))
    yield case("wrong digest in the manifest", lambda bag: bag.edit(
        manifest, lambda text: text.replace(text[:64], "0" * 64, 1)))
    yield case("short digest", lambda bag: bag.edit(manifest, lambda text: text[1:]))
    yield case("a line without a path", lambda bag: bag.edit(manifest, lambda text: text + digest + "\n"))
    yield case("Oxum of other bytes", lambda bag: bag.info("Payload-Oxum: 13.2\n"))
    yield case("Oxum of other files", lambda bag: bag.info("Payload-Oxum: 12.3\n"))
    yield case("Oxum of letters", lambda bag: bag.info("Payload-Oxum: many\n"))
    yield case("no Oxum", lambda bag: bag.info(""))
    yield case("missing tag file", drop("bag-info.txt"))
    yield case("no bag-info.txt", lambda bag: (os.remove(bag.of("bag-info.txt")), bag.tag()))
    yield case("changed tag file", lambda bag: bag.edit("bag-info.txt", lambda text: text + "X: y\n", tag=False))
    yield case("wrong tagmanifest", lambda bag: bag.edit(tags, lambda text: "0" * 64 + text[64:], tag=False))
    yield case("no tagmanifest", drop(tags))
    yield case("no manifest", lambda bag: (os.remove(bag.of(manifest)), bag.tag()))
    yield case("no bagit.txt", drop("bagit.txt"))
    yield case("empty bagit.txt", lambda bag: bag.edit("bagit.txt", lambda text: ""))
    yield case("no data", lambda bag: shutil.rmtree(bag.of("data")))
    yield case("unknown version", lambda bag: bag.edit("bagit.txt", lambda text: text.replace("0.97", "7.7").replace("1.0", "7.7")))
    yield case("version of letters", lambda bag: bag.edit("bagit.txt", lambda text: text.replace("0.97", "one").replace("1.0", "one")))
    yield case("encoding ISO-8859-1", lambda bag: bag.edit("bagit.txt", lambda text: text.replace("UTF-8", "ISO-8859-1")))
    yield case("unknown encoding", lambda bag: bag.edit("bagit.txt", lambda text: text.replace("UTF-8", "EBCDIC-X")))
    yield case("no encoding", lambda bag: bag.edit("bagit.txt", lambda text: text.splitlines(True)[0]))
    yield case("bagit.txt with a byte order mark", lambda bag: bag.edit("bagit.txt", lambda text: "\ufeff" + text))
    yield case("manifest with a byte order mark", lambda bag: bag.edit(manifest, lambda text: "\ufeff" + text))
    yield case("manifest with CRLF", lambda bag: bag.edit(manifest, lambda text: text.replace("\n", "\r\n")))
    yield case("tag files with CRLF", lambda bag: [bag.edit(name, lambda text: text.replace("\n", "\r\n")) for name in ["bagit.txt", "bag-info.txt"]])
    yield case("manifest without last newline", lambda bag: bag.edit(manifest, lambda text: text.rstrip("\n")))
    yield case("manifest with empty lines", lambda bag: bag.edit(manifest, lambda text: text.replace("\n", "\n\n")))
    yield case("manifest with tabs", lambda bag: bag.edit(manifest, lambda text: text.replace(" ", "\t")))
    yield case("manifest with many blanks", lambda bag: bag.edit(manifest, lambda text: text.replace(" ", "     ")))
    yield case("manifest with binary marks", lambda bag: bag.edit(manifest, lambda text: text.replace(" data", "*data").replace("  ", " ").replace("*data", " *data")))
    yield case("manifest with ./", lambda bag: bag.edit(manifest, lambda text: text.replace("data/", "./data/")))
    yield case("manifest with a comment", lambda bag: bag.edit(manifest, lambda text: "# files\n" + text))
    yield case("manifest in upper-case digits", lambda bag: bag.edit(
        manifest, lambda text: "".join(line[:64].upper() + line[64:] for line in text.splitlines(True))))
    yield case("bag-info.txt with a line that is no label", lambda bag: bag.edit("bag-info.txt", lambda text: "nothing\n" + text))
    yield case("bag-info.txt with a long value", lambda bag: bag.edit("bag-info.txt", lambda text: text + "Notes: one\n  two\n\tthree\n"))
    yield case("absolute path", entry(f"{digest}  /etc/passwd\n"))
    yield case("parent path", entry(f"{digest}  ../a.txt\n"))
    yield case("parent inside data", entry(f"{digest}  data/../../a.txt\n"))
    yield case("home path", entry(f"{digest}  ~/a.txt\n"))
    yield case("home of another", entry(f"{digest}  ~root/a.txt\n"))
    yield case("outside data", lambda bag: (write(bag.of("x.txt"), "hello\n"), entry(f"{digest}  x.txt\n")(bag)))
    yield case("entry twice", lambda bag: bag.edit(manifest, lambda text: text + text.splitlines(True)[0]))
    yield case("entry twice with other digests", lambda bag: bag.edit(manifest, lambda text: text + "0" * 64 + text.splitlines(True)[0][64:]))
    yield case("sha512", lambda bag: None, checksums=["sha512"])
    yield case("sha1", lambda bag: None, checksums=["sha1"])
    yield case("md5", lambda bag: None, checksums=["md5"])
    yield case("md5, changed payload", lambda bag: write(bag.of("data/a.txt"), "hellO\n"), checksums=["md5"])
    yield case("four algorithms", lambda bag: None, checksums=["md5", "sha1", "sha256", "sha512"])
    yield case("one of two algorithms wrong", lambda bag: bag.edit("manifest-md5.txt", lambda text: "0" * 32 + text[32:]), checksums=["md5", "sha256"])
    yield case("one of two lists is shorter", lambda bag: bag.edit("manifest-md5.txt", lambda text: text.split("\n", 1)[1]), checksums=["md5", "sha256"])
    yield case("two lists that complete each other", lambda bag: (
        bag.edit("manifest-md5.txt", lambda text: text.split("\n", 1)[1]),
        bag.edit(manifest, lambda text: text.splitlines(True)[0])), checksums=["md5", "sha256"])
    yield case("unknown algorithm besides", lambda bag: write(bag.of("manifest-crc7.txt"), "00  data/a.txt\n"))
    yield case("empty payload", lambda bag: None, files={})
    yield case("empty file", lambda bag: None, files={"empty": ""})
    yield case("names with blanks", lambda bag: None, files={"a b  c.txt": "x", " first": "y"})
    yield case("name in NFC", lambda bag: None, files={unicodedata.normalize("NFC", "caf\u00e9.txt"): "x"})
    yield case("name in NFD", lambda bag: None, files={unicodedata.normalize("NFD", "caf\u00e9.txt"): "x"})
    yield case("listed in NFC, there in NFD", lambda bag: bag.edit(manifest, lambda text: unicodedata.normalize("NFC", text)),
               files={unicodedata.normalize("NFD", "caf\u00e9.txt"): "x"})
    yield case("listed in NFD, there in NFC", lambda bag: bag.edit(manifest, lambda text: unicodedata.normalize("NFD", text)),
               files={unicodedata.normalize("NFC", "caf\u00e9.txt"): "x"})
    yield case("names equal but for normalisation", lambda bag: None,
               files={unicodedata.normalize(form, "caf\u00e9.txt"): form for form in ["NFC", "NFD"]})
    yield case("names equal but for case", lambda bag: None, files={"a.txt": "x", "A.txt": "y"})
    yield case("encoded newline", lambda bag: None, files={"a\nb": "x"})
    yield case("encoded return", lambda bag: None, files={"a\rb": "x"})
    yield case("file with ESC in its name", lambda bag: None, files={"a\x1b[31m": "x"})
    yield case("C1 control in a name", lambda bag: None, files={"a\u009b31m": "x"})
    yield case("percent as bagit.py writes it", lambda bag: None, files={"50%.txt": "x", "a%zz": "y"})
    yield case("percent as it is in the RFC", lambda bag: bag.add("50%.txt", "x", listed="50%25.txt"))
    yield case("literal %25", lambda bag: None, files={"50%25.txt": "x"})
    yield case("name of an option", lambda bag: None, files={"-rf": "x"})
    yield case("name of 255 bytes", lambda bag: None, files={"x" * 255: "y"})
    yield case("name of 256 bytes", entry(f"{digest}  data/{'x' * 256}\n"))
    yield case("hidden file", lambda bag: None, files={".hidden": "x"})
    yield case("folder of a file", entry(f"{digest}  data/a.txt/b\n"))
    yield case("fetch.txt of a complete bag", lambda bag: write(bag.of("fetch.txt"), "http://127.0.0.1/a 6 data/a.txt\n"))
    yield case("holey bag", lambda bag: (write(bag.of("fetch.txt"), "http://127.0.0.1/a 6 data/a.txt\n"), os.remove(bag.of("data/a.txt"))))
    yield case("fetch.txt of an unsafe path", lambda bag: write(bag.of("fetch.txt"), "http://127.0.0.1/a 6 ../a.txt\n"))

    def link(bag, name):
        shutil.move(bag.of(name), bag.path + ".outside")
        os.symlink(bag.path + ".outside", bag.of(name))

    yield case("linked payload", lambda bag: link(bag, "data/a.txt"))
    yield case("linked payload folder", lambda bag: link(bag, "data/deep"))
    yield case("link to nowhere", lambda bag: (os.remove(bag.of("data/a.txt")), os.symlink("nowhere", bag.of("data/a.txt"))))


def theirs(path):
    """Whether bagit.py calls the bag valid, and why not."""
    try:
        with contextlib.redirect_stderr(io.StringIO()):
            bagit.Bag(path).validate()
        return True, ""
    except Exception as error:  # bagit.py throws what it meets
        return False, f"{type(error).__name__}: {str(error)[:150]}"


def ours(path, *options):
    code, out, errors = interop.run("av-validate", "--json", "--level", "hash", *options, path, timeout=60)
    records = [json.loads(line) for line in out.splitlines()]
    if code not in (0, 1) or len(records) != 1:
        return None, f"exit {code}: {errors[:200]}"
    record = records[0]
    wrong = [f"{finding['code']} {finding['message']}" for finding in record.get("findings", []) if finding["severity"] == "error"]
    return record.get("verdict") == "good", "; ".join(wrong)


def verdicts():
    problems, used, count = [], set(), 0
    # bagit.py makes bags of draft 0.97: each case is tried as it is made, and as one of the RFC.
    every = [(f"{version}: {name}", {"version": version, **options}, change) for name, options, change in cases()
             for version in ([options["version"]] if "version" in options else ["0.97", "1.0"])]
    for number, (name, options, change) in enumerate(every):
        path = os.path.join(interop.scratch, "bags", str(number))
        bag = Bag(path, **options)
        change(bag)
        (good, why), (valid, error) = ours(path, "--dialect", "bagit"), theirs(path)
        count += 1
        if good is None:
            problems.append(f"{name}: {why}")
        elif good != valid:
            known = {name, name.split(": ", 1)[1]} & KNOWN.keys()
            used |= known
            if not known:
                problems.append(f"{name}: we say {'good' if good else why}, bagit.py {'valid' if valid else error}")
    problems += [f"{name}: no difference any more" for name in KNOWN.keys() - used]
    interop.judge(f"verdicts on damaged bags, by bagit.py: {counted(count, 'bag')}, {len(used)} known differences", problems)
    for name, (right, why) in KNOWN.items():
        print(f"note bagit: {name}: right: {right}; {why}")


def written():
    """Bags of av-ingest --bag, by bagit.py: completeness alone, and all of it."""
    lake = os.path.join(interop.scratch, "bag-lake")
    drive = interop.drive()
    interop.run("av-meta", "init", "--lake", lake)
    uploads = {"plain": {"a.bin": "alpha\n", "deep/b.txt": "bravo\n", "empty": ""},
               "odd names": {"a b.txt": "x", "caf\u00e9": "y", "-rf": "z", ".hidden": "h", "x" * 255: "l"}}
    for number, (name, files) in enumerate(uploads.items()):
        folder = os.path.join(lake, "landing", name)
        for path, text in files.items():
            write(os.path.join(folder, path), text)
        write(os.path.join(folder, "manifest.json"), json.dumps({
            "schema": "av.manifest/1", "vin": f"KA{number}", "start": "2022-09-30T08:36:40Z", "notes": "rain,\nnight",
            "files": [{"path": path, "bytes": len(text.encode()), "sha256": hashlib.sha256(text.encode()).hexdigest()}
                      for path, text in files.items()]}))
    if drive:
        shutil.copytree(os.path.join(interop.scratch, "drive"), os.path.join(lake, "landing", "drive"))
    code, out, errors = interop.run("av-ingest", "--lake", lake, "--landing", "--bag", "--json")
    problems, count = [], 0
    if code != 0:
        problems.append(f"av-ingest: exit {code}: {errors[:300]}")
    for line in out.splitlines():
        record = json.loads(line)
        path = os.path.join(lake, record["path"])
        count += 1
        try:
            bag = bagit.Bag(path)
            bag.validate(fast=True)
            bag.validate(completeness_only=True)
            bag.validate()
            if bag.info["External-Identifier"] != record["measurement"]:
                problems.append(f"{path}: External-Identifier is {bag.info['External-Identifier']}")
        except bagit.BagError as error:
            problems.append(f"{path}: {error}")
        done = subprocess.run([os.path.join(os.path.dirname(sys.executable), "python"), "-m", "bagit", "--validate", path], capture_output=True)
        if done.returncode != 0:
            problems.append(f"{path}: python -m bagit --validate: {done.stderr.decode()[:200]}")
    interop.judge(f"bags of av-ingest --bag, by bagit.py: {counted(count, 'bag')}", problems if count else ["no bags"])
    code, out, errors = interop.run("av-meta", "verify", "--lake", lake, "--level", "hash", "--json")
    interop.judge("the lake of these bags, by av-meta verify", [] if code == 0 else [out.decode()[-300:] + errors[:200]])


def sums():
    """Lists of digests: where the list's own tool takes it, we do, and the reverse."""
    names = ["a.bin", "a b  c", "back\\slash", "new\nline", "caf\u00e9", "-x", "*star", "return\r"]
    # What we refuse by rule, whatever its digest.
    controls = {"new\nline", "return\r"}
    problems, count = [], 0
    for tool, list_name in [("sha256sum", "SHA256SUMS"), ("sha512sum", "SHA512SUMS"), ("md5sum", "MD5SUMS"), ("b3sum", "B3SUMS")]:
        if shutil.which(tool) is None:
            interop.skipped(f"{tool} is not installed")
            continue
        forms = [[], ["--tag"]] + ([["--binary"]] if tool != "b3sum" else [])
        for form in forms if tool != "b3sum" else [[]]:
            for name in names:
                for damage in ["none", "content", "missing", "cut", "twice"]:
                    folder = os.path.join(interop.scratch, "sums", str(count))
                    write(os.path.join(folder, name), "hello\n")
                    done = subprocess.run([tool, *form, "--", name], cwd=folder, capture_output=True, check=True)
                    text = done.stdout
                    if damage == "content":
                        write(os.path.join(folder, name), "hellO\n")
                    elif damage == "missing":
                        os.remove(os.path.join(folder, name))
                    elif damage == "cut":
                        text = text.replace(b"a", b"", 1)
                    elif damage == "twice":
                        text += text
                    write(os.path.join(folder, list_name), text, "wb")
                    strict = [] if tool == "b3sum" else ["--strict"]
                    check = subprocess.run([tool, "--check", *strict, list_name], cwd=folder, capture_output=True).returncode == 0
                    # A time is needed, and a list has none: at level size nothing else is missing.
                    code, out, errors = interop.run("av-validate", "--json", "--level", "hash", folder)
                    record = json.loads(out.splitlines()[0])
                    wrong = [finding for finding in record["findings"] if finding["severity"] == "error"
                             and "says when it was" not in finding["message"]]
                    good = not wrong
                    expected = check and name not in controls and damage != "twice"
                    if tool == "b3sum":
                        only = all("BLAKE3" in finding["message"] for finding in wrong)
                        if good or only != (expected or damage == "content" and name not in controls):
                            problems.append(f"{tool} {name!r} {damage}: {[f['message'] for f in wrong]}, {tool} {check}")
                    elif good != expected:
                        problems.append(f"{tool} {form} {name!r} {damage}: we {good} {[f['message'] for f in wrong]}, {tool} {check}")
                    count += 1
    interop.judge(f"lists of digests, by sha256sum, sha512sum, md5sum, b3sum: {counted(count, 'list')}", problems)
    print("note bagit: entries twice: the tools take them, we refuse; line ends in names: refused here")
    print("note bagit: BLAKE3 is not compared here: such a list is never good at level hash")


verdicts()
written()
sums()
interop.end()
