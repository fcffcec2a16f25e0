"""Packages of av-label-export, opened by those who get them: pycocotools, VCD and JSON schema.

labels.py BIN SCRATCH. A drive of random pictures and objects is exported; the files are loaded by pycocotools and by
VCD, whose schema they pass (and the standard's, where AV_OPENLABEL_SCHEMA or the shared data has it). Random masks and
polygons go through the tool: run lengths, areas and boxes are those of pycocotools, bit for bit. Random COCO files go to
OpenLABEL and back.
"""
import glob
import hashlib
import json
import os
import random
import uuid

import jsonschema
import numpy
import pyarrow
import pyarrow.parquet
from PIL import Image, ImageCms
from PIL.PngImagePlugin import PngInfo
from pycocotools import mask as rle
from pycocotools.coco import COCO
from vcd import core, schema

from interop import Interop, counted

START = 1_664_520_000_000_000_000  # 2022-09-30T06:40:00Z
MEASUREMENT = "210b1ba7-9184-4840-a1c8-ebf397b7c686"
NAMESPACE = uuid.UUID("84c48e80-1758-5a7d-be96-80b10363ba27")
STREAM = "camera/front"
CLASSES = ["car", "person", "truck"]


def make_drive(folder, count, pictures=True, objects=3, form=lambda index: ("png", {})):
    """Samples, their pictures and the objects in them, as av-sync, av-extract and av-enrich would leave them.

    form says of a picture its suffix and what it is saved with.
    """
    generator = numpy.random.default_rng(7)
    for name in ["synced", f"drive/{STREAM}", "enriched"]:
        os.makedirs(f"{folder}/{name}")
    times = START + numpy.arange(count) * 100_000_000
    ids = [str(uuid.uuid5(NAMESPACE, f'sample:["{MEASUREMENT}","{time}"]')) for time in times]
    names = [f"{STREAM}/{time}.{form(index)[0]}" for index, time in enumerate(times)]
    digests = []
    for index, name in enumerate(names):
        if pictures:
            pixels = generator.integers(0, 255, (48, 64, 3), dtype=numpy.uint8)
            Image.fromarray(pixels).save(f"{folder}/drive/{name}", **form(index)[1])
            with open(f"{folder}/drive/{name}", "rb") as file:
                digests.append(hashlib.sha256(file.read()).hexdigest())
        else:
            digests.append(hashlib.sha256(name.encode()).hexdigest())

    def write(path, **columns):
        pyarrow.parquet.write_table(pyarrow.table(columns), f"{folder}/{path}", row_group_size=1 << 16)

    write("synced/samples.parquet", sample_id=ids, measurement_id=[MEASUREMENT] * count, seq=numpy.arange(count),
          t_ns=times)
    write("synced/sample_data.parquet", seq=numpy.arange(count), stream=[STREAM] * count, t_ns=times,
          source_path=names, source_row=numpy.arange(count), status=["ok"] * count)
    write(f"drive/{STREAM}/index.parquet", file=names, bytes=numpy.full(count, 1000), sha256=digests,
          frame_id=["front"] * count, width=numpy.full(count, 64), height=numpy.full(count, 48))
    write("enriched/enriched.parquet", seq=numpy.arange(count), speed_mps=numpy.full(count, 10.0),
          yaw_rate_radps=numpy.zeros(count), lat=numpy.full(count, 48.0), lon=numpy.full(count, 11.0))
    rows = count * objects
    left, top = generator.uniform(0, 40, rows).round(3), generator.uniform(0, 30, rows).round(3)
    seq = numpy.repeat(numpy.arange(count), objects)
    index = numpy.tile(numpy.arange(objects), count).astype(numpy.int32)
    none = numpy.full(rows, numpy.nan)
    write("enriched/objects.parquet", sample_id=numpy.array(ids)[seq], seq=seq, object_index=index,
          stream=[STREAM] * rows, **{"class": [CLASSES[i % 3] for i in range(rows)]},
          track_id=pyarrow.array([f"t{i}" if i == 0 else None for i in index]),
          attributes=pyarrow.array(['{"occluded":true}' if i == 1 else None for i in index]),
          score=generator.uniform(0.3, 1, rows).round(4), x_min=left, y_min=top,
          x_max=left + generator.uniform(2, 20, rows).round(3), y_max=top + generator.uniform(2, 15, rows).round(3),
          x_m=none, y_m=none, z_m=none, length_m=none, width_m=none, height_m=none, yaw_rad=none)
    return rows


def schemas(interop):
    """The schema that VCD brings, and the standard's where somebody put it."""
    yield "VCD's", schema.openlabel_schema
    own = os.environ.get("AV_OPENLABEL_SCHEMA")
    paths = [own] if own else glob.glob(os.path.join(interop.shared or "", "schemas/openlabel/openlabel_json_schema*.json"))
    for path in paths:
        with open(path) as file:
            yield "the standard's", json.load(file)


def read(path):
    with open(path) as file:
        return json.load(file)


def check_openlabel(interop, path):
    problems = []
    document = read(path)
    for name, text in schemas(interop):
        problems += [f"{name} schema: {'/'.join(map(str, error.absolute_path))}: {error.message[:120]}"
                     for error in jsonschema.Draft7Validator(text).iter_errors(document)]
    loaded = core.VCD()
    loaded.load_from_file(path, validation=True)
    own = document["openlabel"]
    for uid, element in own["objects"].items():
        if loaded.get_object(uid)["type"] != element["type"]:
            problems.append(f"VCD sees another object {uid}")
    for number in own["frames"]:
        if loaded.get_frame(int(number)) is None:
            problems.append(f"VCD has no frame {number}")
    return problems, len(own["frames"]), len(own["objects"])


def check_package(interop):
    folder = os.path.join(interop.scratch, "labels")
    rows = make_drive(folder, 60)
    arguments = [f"{folder}/synced", "--drive", f"{folder}/drive", "--enriched", f"{folder}/enriched", "--copy"]
    code, _, errors = interop.run("av-label-export", *arguments, "-o", f"{folder}/package")
    if code != 0:
        interop.failed("a package", [f"av-label-export ended with {code}: {errors[:300]}"])
        return None
    coco = COCO(f"{folder}/package/coco.json")
    problems = []
    if len(coco.anns) != rows or len(coco.imgs) != 60:
        problems.append(f"{len(coco.anns)} annotations of {rows}, {len(coco.imgs)} images of 60")
    for annotation in coco.anns.values():
        mask = coco.annToMask(annotation)
        image = coco.imgs[annotation["image_id"]]
        if mask.shape != (image["height"], image["width"]):
            problems.append(f"annotation {annotation['id']}: a mask of {mask.shape}")
    for image in coco.imgs.values():
        with Image.open(f"{folder}/package/{image['file_name']}") as picture:
            if picture.size != (image["width"], image["height"]):
                problems.append(f"{image['file_name']}: {picture.size}")
        with open(f"{folder}/package/{image['file_name']}", "rb") as file:
            if hashlib.sha256(file.read()).hexdigest() != image["attributes"]["sha256"]:
                problems.append(f"{image['file_name']}: another digest")
    interop.judge(f"pycocotools and pillow open a package: {counted(rows, 'label')}", problems)
    problems, frames, objects = check_openlabel(interop, f"{folder}/package/openlabel.json")
    names = " and ".join(name for name, _ in schemas(interop))
    interop.judge(f"VCD loads the OpenLABEL, {names} schema: {counted(frames, 'frame')}, {counted(objects, 'object')}", problems)
    if "the standard's" not in names:
        interop.skipped("the standard's OpenLABEL schema is not there: AV_OPENLABEL_SCHEMA")
    code, _, errors = interop.run("av-label-export", *arguments, "-o", f"{folder}/again")
    problems = []
    for name in ["coco.json", "openlabel.json", "export.json", "ids.json", "SHA256SUMS"]:
        with open(f"{folder}/package/{name}", "rb") as one, open(f"{folder}/again/{name}", "rb") as other:
            if one.read() != other.read():
                problems.append(name)
    interop.judge("an export twice has equal bytes", problems)
    return folder


def with_metadata(index):
    """A picture as a camera or an editor leaves it."""
    exif = Image.Exif()
    exif[0x010F] = "SECRET maker"
    exif[0x0112] = 1 + index % 8
    exif.get_ifd(0x8825).update({1: "N", 2: (48.0, 1.0, 2.0), 3: "E", 4: (11.0, 3.0, 4.0)})
    exif.get_ifd(0x8769)[0xA431] = "SECRET serial"
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    if index % 2:
        info = PngInfo()
        info.add_text("Author", "SECRET author")
        info.add_itxt("XML:com.adobe.xmp", "<x>SECRET</x>")
        return "png", {"exif": exif, "icc_profile": profile, "pnginfo": info}
    return "jpg", {"exif": exif, "icc_profile": profile, "comment": "SECRET comment", "xmp": b"<x>SECRET</x>",
                   "progressive": index % 4 == 0, "dpi": (72, 72)}


def metadata(interop):
    """What Pillow finds in copies: pixels, profile and orientation, and nothing else."""
    folder = os.path.join(interop.scratch, "metadata")
    make_drive(folder, 16, form=with_metadata)
    code, _, errors = interop.run(
        "av-label-export", f"{folder}/synced", "--drive", f"{folder}/drive", "--copy", "-o", f"{folder}/package")
    if code != 0:
        return interop.failed("metadata", [f"av-label-export ended with {code}: {errors[:300]}"])
    problems = []
    sent = sorted(glob.glob(f"{folder}/drive/{STREAM}/*.[jp][pn]g"))
    with open(f"{folder}/package/coco.json") as file:
        images = json.load(file)["images"]
    if len(images) != len(sent):
        problems.append(f"{len(images)} pictures of {len(sent)}")
    for index, (path, image) in enumerate(zip(sent, images)):
        with open(f"{folder}/package/{image['file_name']}", "rb") as file:
            content = file.read()
        if b"SECRET" in content:
            problems.append(f"{path}: something is left of its metadata")
        if hashlib.sha256(content).hexdigest() != image["attributes"]["sha256"]:
            problems.append(f"{path}: another digest")
        with Image.open(path) as before, Image.open(f"{folder}/package/{image['file_name']}") as after:
            if before.tobytes() != after.tobytes() or before.mode != after.mode:
                problems.append(f"{path}: other pixels")
            if before.info.get("icc_profile") != after.info.get("icc_profile"):
                problems.append(f"{path}: another profile")
            left = dict(after.getexif())
            if left != ({0x0112: 1 + index % 8} if index % 8 else {}) or after.getexif().get_ifd(0x8825):
                problems.append(f"{path}: Exif {left}")
    interop.judge(f"copies have their pixels and looks, and no metadata: {counted(len(sent), 'picture')}", problems)


def random_polygon(size):
    width, height = size
    kind = random.random()
    corners = random.randint(3, 9)
    points = []
    for _ in range(corners):
        x, y = random.uniform(-3, width + 3), random.uniform(-3, height + 3)
        points += [x, y] if kind < 0.5 else [round(x), round(y)] if kind < 0.7 else [round(x, 1), round(y, 1)]
    return points


def masks(interop, folder, count=2000):
    """Returned masks and polygons: the table's run lengths beside pycocotools'."""
    package = read(f"{folder}/package/coco.json")
    images = package["images"]
    annotations, wanted = [], {}
    for number in range(1, count + 1):
        image = random.choice(images)
        height, width = image["height"], image["width"]
        if number % 2:
            parts = [random_polygon((width, height)) for _ in range(random.randint(2, 4))]
            merged = rle.merge(rle.frPyObjects(parts, height, width))
            segmentation, iscrowd = parts, 0
        else:
            pixels = numpy.asfortranarray(numpy.random.default_rng(number).random((height, width)) < random.random(), dtype=numpy.uint8)
            merged = rle.encode(pixels)
            if random.random() < 0.5:
                runs, last = [], 0
                flat = pixels.flatten(order="F")
                edges = numpy.flatnonzero(numpy.diff(numpy.concatenate([[0], flat]))).tolist() + [len(flat)]
                for edge in edges:
                    runs.append(edge - last)
                    last = edge
                segmentation = {"size": [height, width], "counts": runs}
            else:
                segmentation = {"size": [height, width], "counts": merged["counts"].decode()}
            iscrowd = 1
        area = float(rle.area(merged))
        if area == 0:
            continue
        # Each has a box of its own, so that none is another's double.
        box = [round(random.uniform(0, 40), 6), round(random.uniform(0, 30), 6), 1 + number / count, 2.0]
        annotations.append({"id": number, "image_id": image["id"], "category_id": 1, "bbox": box,
                            "area": area, "iscrowd": iscrowd, "segmentation": segmentation})
        wanted[str(number)] = merged["counts"].decode()
    place = f"{folder}/masks"
    os.makedirs(place)
    with open(f"{place}/coco.json", "w") as file:
        json.dump({**package, "annotations": annotations}, file)
    code, _, errors = interop.run("av-label-export", "--import", place, "--export", f"{folder}/package", "-o", f"{folder}/labeled")
    if not os.path.exists(f"{folder}/labeled/labels.parquet"):
        interop.failed("masks", [f"av-label-export ended with {code}: {errors[:300]}"])
        return
    table = pyarrow.parquet.read_table(f"{folder}/labeled/labels.parquet").to_pylist()
    problems = []
    found = {row["original_id"]: row["rle"] for row in table}
    for key, counts in wanted.items():
        if found.get(key) != counts:
            problems.append(f"annotation {key}: {str(found.get(key))[:60]}, wanted {counts[:60]}")
    interop.judge(f"masks and unions of polygons are pycocotools', bit for bit: {len(wanted):,}", problems)
    back = COCO(f"{folder}/labeled/coco.json")
    problems = []
    for annotation in annotations:
        own = back.anns[annotation["id"]]
        if not numpy.array_equal(back.annToMask(own), back.annToMask({**annotation, "image_id": own["image_id"]})):
            problems.append(f"annotation {annotation['id']}: another mask")
        if own["area"] != annotation["area"] or own["bbox"] != annotation["bbox"]:
            problems.append(f"annotation {annotation['id']}: another area or box")
    interop.judge(f"labels that came back have equal masks, areas and boxes: {len(annotations):,}", problems)


def random_coco(seed):
    random.seed(seed)
    sizes = [(random.randint(20, 90), random.randint(20, 90)) for _ in range(random.randint(1, 9))]
    categories = [
        {"id": 5, "name": "car", "supercategory": "vehicle"},
        {"id": 2, "name": "person", "supercategory": "human", "keypoints": ["nose", "left", "right"], "skeleton": [[1, 2]]},
        {"id": 9, "name": "Straße/é", "supercategory": ""},
    ]
    images = [{"id": 3 + 2 * n, "file_name": f"a/{n}.png", "width": w, "height": h, "license": 1, "date_captured": "",
               "coco_url": "", "flickr_url": ""} for n, (w, h) in enumerate(sizes)]
    annotations = []
    for number in range(random.randint(0, 30)):
        place = random.randrange(len(images))
        w, h = sizes[place]
        category = random.choice(categories)
        digits = random.choice([0, 1, 3, 17])
        box = [round(random.uniform(0, w - 5), digits), round(random.uniform(0, h - 5), digits),
               round(random.uniform(1, 4), digits), round(random.uniform(1, 4), digits)]
        own = {"id": 7 + 3 * number, "image_id": images[place]["id"], "category_id": category["id"], "bbox": box,
               "area": box[2] * box[3], "iscrowd": 0}
        kind = random.random()
        if kind < 0.4:
            own["segmentation"] = [[box[0], box[1], box[0] + box[2], box[1], box[0] + box[2], box[1] + box[3]]]
            own["area"] = box[2] * box[3] / 2
        elif kind < 0.7:
            pixels = numpy.asfortranarray(numpy.random.default_rng(number).random((h, w)) < 0.5, dtype=numpy.uint8)
            mask = rle.encode(pixels)
            own["segmentation"] = {"size": [h, w], "counts": mask["counts"].decode()}
            own["area"], own["iscrowd"] = float(rle.area(mask)), 1
        if category["id"] == 2 and random.random() < 0.7:
            own["keypoints"] = [value for _ in range(3) for value in (random.uniform(0, w), random.randint(0, h), random.choice([0, 1, 2]))]
            own["num_keypoints"] = sum(v > 0 for v in own["keypoints"][2::3])
        if random.random() < 0.7:
            own["attributes"] = {"occluded": True, "score": 0.25, "words": ["a", "b"], "deep": {"x": [1, None]},
                                 "none": None, "count": 12345678901234, "name": "\u202eé\n"}
        if random.random() < 0.3:
            own.setdefault("attributes", {})["track_id"] = random.randint(1, 3)
        if random.random() < 0.2:
            own["vendor"] = {"reviewed": [True, "by"]}
        annotations.append(own)
    return {"info": {"description": "d", "year": 2024, "extra": [1, 2.5]}, "licenses": [{"id": 1, "name": "n", "url": ""}],
            "images": images, "annotations": annotations, "categories": categories, "videos": [{"id": 1}]}


def ordered(document):
    return {**document, "annotations": sorted(document["annotations"], key=lambda a: a["id"]),
            "images": sorted(document["images"], key=lambda a: a["id"])}


def round_trips(interop, count=60):
    folder = os.path.join(interop.scratch, "trips")
    os.makedirs(folder)
    problems, labels = [], 0
    for seed in range(count):
        document = random_coco(seed)
        labels += len(document["annotations"])
        with open(f"{folder}/{seed}.json", "w") as file:
            json.dump(document, file)
        middle, last = f"{folder}/{seed}.open.json", f"{folder}/{seed}.back.json"
        for source, form, target in [(f"{folder}/{seed}.json", "openlabel", middle), (middle, "coco", last)]:
            code, _, errors = interop.run("av-label-export", "--convert", source, "--format", form, "-o", target)
            if code != 0:
                problems.append(f"seed {seed}: to {form} ended with {code}: {errors[:200]}")
        if not os.path.exists(last):
            continue
        if ordered(read(last)) != ordered(document):
            problems.append(f"seed {seed}: another document")
        found, _, _ = check_openlabel(interop, middle)
        problems += [f"seed {seed}: {problem}" for problem in found]
        code, output, errors = interop.run("av-label-export", "--check", middle, last)
        if code != 0:
            problems.append(f"seed {seed}: {errors[:200]}")
    interop.judge(f"COCO to OpenLABEL and back is exact: {counted(count, 'file')}, {counted(labels, 'label')}", problems)


def goldens(interop):
    if interop.shared is None:
        interop.skipped("examples of OpenLABEL: no shared data")
        return
    paths = sorted(glob.glob(os.path.join(interop.shared, "schemas/openlabel/examples/*.json")))
    problems = []
    for path in paths:
        _, output, _ = interop.run("av-label-export", "--check", path)
        for line in output.splitlines():
            record = json.loads(line)
            if record["type"] == "finding" and record["code"] == "O20":
                problems.append(f"{os.path.basename(path)}{record['pointer']}: {record['msg']}")
    interop.judge(f"the structure of VCD's examples is accepted: {counted(len(paths), 'file')}", problems)


def main():
    interop = Interop("labels")
    random.seed(1)
    folder = check_package(interop)
    if folder:
        masks(interop, folder)
    metadata(interop)
    round_trips(interop)
    goldens(interop)
    interop.end()


if __name__ == "__main__":
    main()
