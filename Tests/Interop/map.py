"""Maps read and tracks matched by us, beside osmium and a matcher that is stated here anew, by brute force.

    map.py prepare FOLDER   writes maps in every form, networks and tracks
    map.py compare FOLDER   compares what the tests `mapFilesAreListed` and `tracksAreMatched` wrote beside them
"""

import glob
import json
import math
import os
import random
import shutil
import sys

import numpy
import osmium
from osmium.osm.mutable import Node, Relation, Way

RADIUS = 6_371_008.8
DEGREE = RADIUS * math.pi / 180
FORMS = {
    "dense": "pbf",
    "plain": "pbf,pbf_dense_nodes=false",
    "raw": "pbf,pbf_compression=none",
    "lz4": "pbf,pbf_compression=lz4",
    "bare": "pbf,add_metadata=none",
}


def elements(rng, count):
    words = ["primary", "residential", "footway", "50", "30 mph", "a & b", "<x>", "Straße", "", "no"]
    for number in range(count):
        tags = {"highway": rng.choice(["crossing", "stop", "traffic_signals"])} if rng.random() < 0.1 else {}
        yield Node(id=number * 3 - count, location=(rng.uniform(-180, 180), rng.uniform(-90, 90)), tags=tags)
    for number in range(count // 5):
        tags = {rng.choice(["highway", "name", "maxspeed", "lanes"]): rng.choice(words) for _ in range(4)}
        refs = [rng.randrange(count) * 3 - count for _ in range(rng.randrange(1, 30))]
        yield Way(id=number + 1, nodes=refs, tags=tags)
    yield Relation(id=1, members=[("w", 1, "outer")], tags={"type": "multipolygon"})


def network(rng):
    """A grid of streets that bend a little, some of them one way; edges are named by number."""
    size, edges, places = 5, [], {}
    for x in range(size):
        for y in range(size):
            places[x, y] = (9 + (x * 90 + rng.uniform(-25, 25)) / (DEGREE * math.cos(math.radians(48))),
                            48 + (y * 90 + rng.uniform(-25, 25)) / DEGREE)
    places = {key: (round(lon, 7), round(lat, 7)) for key, (lon, lat) in places.items()}
    for (x, y), place in places.items():
        for other in ((x + 1, y), (x, y + 1)):
            if other not in places or rng.random() < 0.1:
                continue
            kind = rng.random()
            if kind < 0.85:
                edges.append(((x, y), other))
            if kind > 0.15:
                edges.append((other, (x, y)))
    return places, edges


def track(rng, places, edges):
    at = rng.randrange(len(edges))
    rows, offset, second = [], 0.0, 0
    while len(rows) < 40:
        (a, b) = edges[at]
        length = distance(places[a][1], places[a][0], places[b][1], places[b][0])
        while offset > length:
            offset -= length
            onward = [e for e, (start, end) in enumerate(edges) if start == b and end != a]
            if not onward:
                return rows
            at = rng.choice(onward)
            (a, b) = edges[at]
            length = distance(places[a][1], places[a][0], places[b][1], places[b][0])
        part = offset / length
        lat = places[a][1] + part * (places[b][1] - places[a][1]) + rng.gauss(0, 5) / DEGREE
        lon = places[a][0] + part * (places[b][0] - places[a][0]) + rng.gauss(0, 5) / (DEGREE * 0.67)
        rows.append((second, lat, lon))
        second += 200 if rng.random() < 0.02 else 1
        offset += 14
    return rows


def prepare(folder):
    rng = random.Random(7)
    for form, option in FORMS.items():
        for seed in range(3):
            path = f"{folder}/{form}{seed}.osm.pbf"
            with osmium.SimpleWriter(osmium.io.File(path, option)) as writer:
                for element in elements(rng, 2000):
                    writer.add(element)
    for name in ("xml.osm", "packed.osm.gz"):
        with osmium.SimpleWriter(f"{folder}/{name}") as writer:
            for element in elements(rng, 2000):
                writer.add(element)
    shared = os.environ.get("AV_SHARED_DATA", f"{os.path.dirname(os.path.abspath(__file__))}/../../../shared/data")
    for path in glob.glob(f"{shared}/schemas/osm/*.osm.pbf"):
        shutil.copy(path, folder)
    for seed in range(60):
        rng = random.Random(seed)
        places, edges = network(rng)
        rows = track(rng, places, edges)
        features = [
            {"type": "Feature",
             "properties": {"id": number, "source": f"{a[0]}{a[1]}", "target": f"{b[0]}{b[1]}"},
             "geometry": {"type": "LineString", "coordinates": [places[a], places[b]]}}
            for number, (a, b) in enumerate(edges)]
        with open(f"{folder}/net{seed}.geojson", "w") as file:
            json.dump({"type": "FeatureCollection", "features": features}, file)
        with open(f"{folder}/net{seed}.track", "w") as file:
            file.writelines(f"{s} {lat!r} {lon!r}\n" for s, lat, lon in rows)


def compare_map(path):
    theirs = []
    for thing in osmium.FileProcessor(path):
        if thing.is_node():
            place = thing.location
            theirs.append(f"n {thing.id} {place.y} {place.x} {thing.tags.get('highway', '')}")
        elif thing.is_way():
            tags = "\u0001".join(sorted(f"{t.k}={t.v}" for t in thing.tags))
            theirs.append(f"w {thing.id} {','.join(str(n.ref) for n in thing.nodes)} {tags}")
    with open(path + ".list", newline="") as file:
        ours = file.read().split("\n")
    assert ours == theirs, f"{path}: {next(pair for pair in zip(ours, theirs) if pair[0] != pair[1])}"
    return len(ours)


def distance(lat1, lon1, lat2, lon2):
    p, q = math.radians(lat1), math.radians(lat2)
    h = math.sin((q - p) / 2) ** 2 + math.cos(p) * math.cos(q) * math.sin(math.radians(lon2 - lon1) / 2) ** 2
    return 2 * RADIUS * math.asin(math.sqrt(h))


def match(edges, rows, sigma=4.07, beta=3.0, radius=50.0, most=8):
    """Section 3.2 of the enrichment reference, by all pairs of nodes and no index. A match: edge, probability, break."""
    nodes = sorted({n for e in edges for n in e[0:2]})
    index = {n: i for i, n in enumerate(nodes)}
    length = [distance(e[2][1], e[2][0], e[3][1], e[3][0]) for e in edges]
    reach = numpy.full((len(nodes), len(nodes)), math.inf)
    numpy.fill_diagonal(reach, 0)
    for e, edge in enumerate(edges):
        a, b = index[edge[0]], index[edge[1]]
        reach[a, b] = min(reach[a, b], length[e])
    for k in range(len(nodes)):
        reach = numpy.minimum(reach, reach[:, k:k + 1] + reach[k:k + 1, :])

    def near(lat, lon, limit):
        found = []
        for e, (_, _, a, b) in enumerate(edges):
            ax, ay = (a[0] - lon) * DEGREE * math.cos(math.radians(lat)), (a[1] - lat) * DEGREE
            bx, by = (b[0] - lon) * DEGREE * math.cos(math.radians(lat)), (b[1] - lat) * DEGREE
            square = (bx - ax) ** 2 + (by - ay) ** 2
            part = min(1, max(0, -(ax * (bx - ax) + ay * (by - ay)) / square))
            away = math.hypot(ax + part * (bx - ax), ay + part * (by - ay))
            if away <= limit:
                found.append((away, e, part * length[e]))
        return sorted(found)[:most]

    chains, last = [], None
    for row, (second, lat, lon) in enumerate(rows):
        found = near(lat, lon, radius) or near(lat, lon, 2 * radius)
        if last is not None and (second - rows[row - 1][0] > 180):
            last = None
        if not found:
            continue
        emission = numpy.array([-0.5 * (c[0] / sigma) ** 2 for c in found])
        if last is not None:
            _, before, score = last
            direct = distance(rows[last[0]][1], rows[last[0]][2], lat, lon)
            step = numpy.full((len(before), len(found)), -math.inf)
            for i, (_, e, s) in enumerate(before):
                for j, (_, f, t) in enumerate(found):
                    if e == f and t >= s - 30:
                        route = max(0, t - s)
                    else:
                        route = length[e] - s + reach[index[edges[e][1]], index[edges[f][0]]] + t
                    if route <= 5 * direct + 100:
                        step[i, j] = -abs(route - direct) / beta
            total = score[:, None] + step
            if numpy.isfinite(total).any():
                chains[-1].append((row, found, emission, step, total.argmax(0)))
                last = (row, found, total.max(0) + emission)
                continue
        chains.append([(row, found, emission, None, None)])
        last = (row, found, emission)
    result = [None] * len(rows)
    for number, chain in enumerate(chains):
        score = chain[0][2]
        forward, backward = [chain[0][2]], [numpy.zeros(len(chain[-1][1]))]
        for row, found, emission, step, _ in chain[1:]:
            score = (score[:, None] + step).max(0) + emission
            forward.append(numpy.logaddexp.reduce(forward[-1][:, None] + step, axis=0) + emission)
        for row, found, emission, step, _ in reversed(chain[1:]):
            backward.insert(0, numpy.logaddexp.reduce(step + (emission + backward[0])[None, :], axis=1))
        at = int(score.argmax())
        for layer in range(len(chain) - 1, -1, -1):
            row, found, _, _, origin = chain[layer]
            both = forward[layer] + backward[layer]
            probability = math.exp(both[at] - numpy.logaddexp.reduce(both))
            result[row] = (found[at][1], found[at][2], found[at][0], probability, layer == 0 and number > 0)
            if layer:
                at = int(origin[at])
    return result


def place(edge, offset):
    """The node that a place on an edge is at, if it is at one."""
    length = distance(edge[2][1], edge[2][0], edge[3][1], edge[3][0])
    return edge[0] if offset < 0.01 else edge[1] if offset > length - 0.01 else None


def compare_track(path):
    with open(path[:-6] + ".geojson") as file:
        features = json.load(file)["features"]
    edges = [(f["properties"]["source"], f["properties"]["target"], *f["geometry"]["coordinates"]) for f in features]
    with open(path) as file:
        rows = [tuple(float(word) for word in line.split()) for line in file]
    with open(path + ".matched") as file:
        ours = file.read().split("\n")
    theirs = match(edges, rows)
    ties = 0
    assert len(ours) == len(theirs), f"{path}: {len(ours)} of {len(theirs)} rows"
    for row, (our, their) in enumerate(zip(ours, theirs)):
        if their is None or our == "none":
            assert their is None and our == "none", f"{path}: row {row}: {our}, {their}"
            continue
        words = our.split()
        # The two directions of one street, with nothing to tell them apart, and the node where one edge ends and the
        # next begins: rounding decides.
        edge, other = edges[int(words[0])], edges[their[0]]
        is_street = edge[0:2] == other[1::-1] and abs(float(words[3]) - their[3]) < 1e-9
        is_node = edge != other and place(edge, float(words[1])) == place(other, their[1]) is not None
        if is_street or is_node:
            ties += 1
            continue
        assert int(words[0]) == their[0], f"{path}: row {row}: {our}, {their}"
        for word, value, most in zip(words[1:4], their[1:4], (0.01, 0.01, 1e-3)):
            assert abs(float(word) - value) <= most, f"{path}: row {row}: {our}, {their}"
        assert (words[4] == "true") == their[4], f"{path}: row {row}: {our}, {their}"
    return len(rows), ties


def main(action, folder):
    if action == "prepare":
        prepare(folder)
        return
    maps = [p for p in sorted(glob.glob(f"{folder}/*.osm*")) if not p.endswith(".list")]
    count = sum(compare_map(path) for path in maps)
    tracks = sorted(glob.glob(f"{folder}/*.track"))
    results = [compare_track(path) for path in tracks]
    points, ties = (sum(column) for column in zip(*results))
    assert maps and points > 1000 and ties < 0.01 * points
    print(f"{count} elements of {len(maps)} maps as osmium reads them")
    print(f"{points} points of {len(tracks)} tracks as the model stated in Python matches them, {ties} of them ties")


main(*sys.argv[1:])
