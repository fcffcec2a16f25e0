#!/usr/bin/env python3
"""The lineage of a lake in every form, and its pages, judged by others: OpenLineage by its public schemas and ours by
jsonschema, PROV by prov, DOT by pydot, SVG by Python's XML parser, pages by headless Chromium. Once for a lake that the
tools made, once for a log with hostile names in every field. The command that explain prints is run.
"""
import glob
import json
import os
import shutil
import subprocess
import uuid
import xml.etree.ElementTree as ElementTree

import hashlib
import jsonschema
import prov.model
import pydot
import referencing

from interop import Interop

interop = Interop("projections")
HERE = os.path.dirname(os.path.abspath(__file__))
HOSTILE = "\"><script>alert('x')</script>\n\x1b[31m\u202eend\\&amp;"


def run(tool, *arguments, records=None):
    source = {"stdin": subprocess.DEVNULL} if records is None else {"input": records}
    done = subprocess.run([interop.tool(tool), *arguments], capture_output=True, timeout=300, **source)
    if done.returncode != 0:
        raise RuntimeError(f"{tool} {arguments}: {done.returncode}: {done.stderr.decode(errors='replace')[:300]}")
    return done.stdout


def made_lake(lake):
    run("av-meta", "init", "--lake", lake)
    run("sample-drive", "--seconds", "2", "-o", lake + "/landing/drive-1")
    raw = run("av-ingest", "--lake", lake)
    extracted = run("av-extract", "--lake", lake, records=raw)
    run("av-sync", "--lake", lake, records=extracted)
    return json.loads(raw.splitlines()[0])["measurement"]


def hostile_lake(lake):
    """A log written here, with hostile text wherever a writer may put text."""
    run("av-meta", "init", "--lake", lake)
    ids = {name: str(uuid.uuid5(uuid.NAMESPACE_URL, name)) for name in ("m", "raw", "made", "failed", "run")}
    states = lambda id, *steps: [{"event": "datastream.state", "datastream": id, "from": a, "to": b, **facts}
                                 for a, b, facts in steps]
    created = lambda id, zone, parents: {
        "event": "datastream.created", "datastream": id, "measurement": ids["m"], "zone": zone, "kind": HOSTILE,
        "path": HOSTILE + "/" + id, "parents": parents, "stage": HOSTILE, "config": HOSTILE, "output_version": 1}
    facts = {"files": 1, "bytes": 5, "rows": 7, "digest": HOSTILE}
    events = [
        {"event": "writer.open", "writer": "other", "boot": "b", "tool": HOSTILE, "version": HOSTILE, "format": 1},
        {"event": "run.start", "tool": HOSTILE, "version": HOSTILE, "args": [HOSTILE], "host": HOSTILE, "user": HOSTILE,
         "config": HOSTILE, "folder": HOSTILE},
        {"event": "measurement.created", "measurement": ids["m"], "vin": HOSTILE, "start": "2024-03-12T09:30:00Z",
         "end": "2024-03-12T09:31:00Z", "region": HOSTILE, "manifest": "sha256:00", "files": 1, "notes": HOSTILE,
         "driver": HOSTILE},
        {"event": "tag", "target": {"measurement": ids["m"]}, "key": HOSTILE, "value": HOSTILE, "source": HOSTILE},
        {"event": "file.facts", "measurement": ids["m"], "path": HOSTILE, "bytes": 5, "format": HOSTILE, "verdict": HOSTILE},
        created(ids["raw"], "raw", []),
        *states(ids["raw"], ("CREATED", "START_COPY", {}), ("START_COPY", "COPY_COMPLETE", facts)),
        created(ids["made"], HOSTILE, [ids["raw"], HOSTILE]),
        *states(ids["made"], ("CREATED", "PROCESSING", {}), ("PROCESSING", "COMPLETED", facts)),
        {"event": "scene.summary", "datastream": ids["made"], "types": {HOSTILE: 3}},
        created(ids["failed"], "enriched", [ids["made"]]),
        *states(ids["failed"], ("CREATED", "PROCESSING", {}),
                ("PROCESSING", "FAILED", {"error": {"code": HOSTILE, "msg": HOSTILE, "retryable": False}})),
        {"event": "run.end", "outcome": "failed", "exit": 1, "items": {HOSTILE: 1}},
    ]
    before, lines = "", []
    for number, event in enumerate(events):
        line = {"v": 1, "id": str(uuid.uuid4()), "seq": number, "time": f"2026-11-21T00:00:{number:02}.000000000Z"}
        if event["event"] != "writer.open":
            line["run"] = ids["run"]
        text = json.dumps({**line, **event, "prev": before}, separators=(",", ":"))
        before = hashlib.sha256(text.encode()).hexdigest()
        lines.append(text)
    os.makedirs(lake + "/lineage", exist_ok=True)
    with open(lake + "/lineage/other.jsonl", "w") as file:
        file.write("\n".join(lines) + "\n")
    return ids["m"]


def registry():
    root = os.path.join(interop.shared, "schemas", "openlineage")
    files = [os.path.join(root, "OpenLineage.json"), *glob.glob(root + "/facets/*.json"),
             *glob.glob(os.path.join(HERE, "..", "..", "schemas", "*.json"))]
    schemas = [json.load(open(file)) for file in files]
    resources = [(schema["$id"], referencing.Resource.from_contents(schema)) for schema in schemas]
    return referencing.Registry().with_resources(resources), {schema["$id"]: schema for schema in schemas}


def check_openlineage(name, text):
    if not interop.shared:
        return interop.skipped(f"projections: OpenLineage of {name}: no schemas")
    known, schemas = registry()
    core = jsonschema.Draft202012Validator(
        {"$ref": "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent"}, registry=known)
    problems, facets, runs = [], 0, {}
    for number, line in enumerate(text.splitlines()):
        event = json.loads(line)
        problems += [f"{number}: {error.message[:200]}" for error in core.iter_errors(event)]
        if len(line) >= 1_000_000:
            problems.append(f"{number}: {len(line)} bytes")
        runs.setdefault(str(uuid.UUID(event["run"]["runId"])), []).append(event["eventType"])
        groups = [event["run"].get("facets", {}), event["job"].get("facets", {})]
        for dataset in event["inputs"] + event["outputs"]:
            groups += [dataset.get(key, {}) for key in ("facets", "inputFacets", "outputFacets")]
        for group in groups:
            for key, facet in group.items():
                url = facet["_schemaURL"].split("#")[0]
                facets += 1
                if url not in schemas:
                    problems.append(f"{number}: {key}: no schema {url}")
                    continue
                value = facet if url.startswith("urn:") else {key: facet}
                problems += [f"{number}: {key}: {error.message[:200]}" for error in
                             jsonschema.Draft202012Validator({"$ref": url}, registry=known).iter_errors(value)]
    for id, kinds in runs.items():
        if kinds[0] != "START" or len(kinds) != 2 or kinds[1] not in ("COMPLETE", "FAIL"):
            problems.append(f"run {id}: {kinds}")
    interop.judge(f"OpenLineage of {name}: {len(runs)} runs, {facets} facets by the public schemas", problems)


def check_forms(name, lake, measurement):
    form = lambda format: run("av-meta", "lineage", measurement, "--lake", lake, "--format", format).decode()
    nodes = json.loads(form("json"))
    count, edges = len(nodes["nodes"]), len(nodes["edges"])
    check_openlineage(name, form("openlineage"))
    document = prov.model.ProvDocument.deserialize(content=form("prov"))
    entities = {record.identifier for record in document.get_records(prov.model.ProvEntity)}
    derived = list(document.get_records(prov.model.ProvDerivation))
    document.unified()
    interop.judge(f"PROV of {name}: {len(entities)} entities by prov",
                  [] if len(entities) == count and len(derived) == edges else [f"{len(entities)}, {len(derived)}"])
    graphs = pydot.graph_from_dot_data(form("dot")) or []
    drawn = sum(len([n for n in sub.get_nodes() if n.get_name() != "node"])
                for graph in graphs for sub in graph.get_subgraphs())
    found = [len(graphs), drawn, sum(len(graph.get_edges()) for graph in graphs)]
    interop.judge(f"DOT of {name}: {count} nodes by pydot", [] if found == [1, count, edges] else [found])
    svg = ElementTree.fromstring(form("svg").encode())
    space = "{http://www.w3.org/2000/svg}"
    boxes = [group for group in svg.iter(space + "g")]
    bad = [element.tag for element in svg.iter() if element.tag.endswith(("script", "image", "foreignObject"))]
    interop.judge(f"SVG of {name}: {count} boxes by an XML parser", bad + ([] if len(boxes) == count else [len(boxes)]))


def check_pages(name, lake, measurement, words):
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if not chromium:
        return interop.skipped("projections: pages: no chromium")
    site, report = lake + "-site", lake + "-report.html"
    run("av-meta", "catalog", "--lake", lake, "-o", site)
    run("av-meta", "catalog", "--lake", lake, "-o", site)
    run("av-meta", "report", "--lake", lake, "-o", report)
    problems = []
    pages = [site + "/index.html", site + f"/measurements/{measurement}.html", report]
    for page, wanted in zip(pages, words):
        text = open(page, encoding="utf-8").read()
        if "http:" in text.replace("http://www.w3.org/2000/svg", "") or "https:" in text:
            problems.append(f"{page}: refers to elsewhere")
        dom = subprocess.run(
            [chromium, "--headless", "--no-sandbox", "--disable-gpu", "--dump-dom", "file://" + page],
            capture_output=True, timeout=120).stdout.decode()
        problems += [f"{page}: no {word}" for word in wanted if word not in dom]
        if "<script" in dom or "\x1b" in dom or "\u202e" in dom or "</html>" not in dom:
            problems.append(f"{page}: markup of the data")
    interop.judge(f"pages of {name}: {len(pages)} by Chromium", problems)


def check_again(lake):
    """What explain prints is run by a shell: the same datastream, with the same digest."""
    problems, path = [], os.path.dirname(interop.tool("av-meta")) + ":" + os.environ["PATH"]
    made = [json.loads(line) for line in run("av-meta", "log", "--lake", lake, "--event", "datastream.created").splitlines()]
    redone = [event["datastream"] for event in made if event["zone"] != "raw"]
    for id in redone:
        before = json.loads(run("av-meta", "explain", id, "--lake", lake, "--json"))
        done = subprocess.run(["sh", "-c", before["again"]], capture_output=True, env={**os.environ, "PATH": path}, timeout=300)
        records = [json.loads(line) for line in done.stdout.splitlines()]
        after = [(record.get("id"), record.get("digest"), record.get("status")) for record in records]
        if after != [(id, before["digest"], "done")]:
            problems.append(f"{before['again']}: {after} {done.stderr.decode()[:200]}")
    interop.judge(f"commands to make {len(redone)} datastreams again, run by sh", problems)


lake = interop.scratch + "/projections"
measurement = made_lake(lake)
check_forms("a lake of the tools", lake, measurement)
check_pages("a lake of the tools", lake, measurement, [
    ["kilometres", "Where was driven", "extracted", measurement],
    ["Lineage", "Frames", "../frames/0-0.png", "av-extract", "drive.bag"],
    ["Needs a person", "Storage by zone", "av-sync", "Runs"]])
check_again(lake)
lake = interop.scratch + "/hostile"
measurement = hostile_lake(lake)
check_forms("hostile names", lake, measurement)
check_pages("hostile names", lake, measurement, [
    ["&lt;script&gt;", measurement], ["&lt;script&gt;", "FAILED"], ["&lt;script&gt;", "failed"]])
interop.end()
