"""av-label-export beside Python: a package in place of many frames, three objects each, COCO and OpenLABEL.

bench_labels.py BIN FOLDER [--frames 10000 100000] [--runs 3]. The drive is made once, without the pictures themselves,
which an export in place does not open. The script reads the same tables with pyarrow and writes the same COCO by json.
"""
import argparse
import json
import os
import sys

import measured

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "Interop"))


def by_python(folder):
    """COCO only."""
    import pyarrow.parquet

    index = pyarrow.parquet.read_table(f"{folder}/drive/camera/front/index.parquet").to_pylist()
    data = pyarrow.parquet.read_table(f"{folder}/synced/sample_data.parquet").to_pylist()
    samples = pyarrow.parquet.read_table(f"{folder}/synced/samples.parquet").to_pylist()
    objects = pyarrow.parquet.read_table(f"{folder}/enriched/objects.parquet").to_pylist()
    images, names, annotations = [], {}, []
    for row in data:
        file = index[row["source_row"]]
        images.append({"id": len(images) + 1, "file_name": file["file"], "width": file["width"], "height": file["height"],
                       "license": 1, "attributes": {"sample_id": samples[row["seq"]]["sample_id"], "seq": row["seq"],
                                                    "stream": row["stream"], "sha256": file["sha256"]}})
    for row in objects:
        box = [row["x_min"], row["y_min"], row["x_max"] - row["x_min"], row["y_max"] - row["y_min"]]
        category = names.setdefault(row["class"], len(names) + 1)
        annotations.append({"id": len(annotations) + 1, "image_id": row["seq"] + 1, "category_id": category,
                            "bbox": [round(value, 3) for value in box], "area": round(box[2] * box[3], 3), "iscrowd": 0,
                            "attributes": {"score": row["score"], "track_id": row["track_id"]}})
    with open(f"{folder}/python.json", "w") as file:
        json.dump({"info": {}, "licenses": [], "images": images, "annotations": annotations,
                   "categories": [{"id": id, "name": name} for name, id in names.items()]}, file)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("binaries")
    parser.add_argument("folder")
    parser.add_argument("--frames", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--only", action="store_true")
    options = parser.parse_args()
    if options.only:
        by_python(options.folder)
        return
    print("| job | wall, s | processor, s | memory, MB |\n|---|---:|---:|---:|")
    for frames in options.frames:
        folder = f"{options.folder}/{frames}"
        if not os.path.exists(f"{folder}/enriched/objects.parquet"):
            import labels

            labels.make_drive(folder, frames, pictures=False)
        script = [sys.executable, os.path.abspath(__file__), options.binaries, folder, "--only"]
        python = measured.row(f"Python, COCO only, {frames:,} frames", script, options.runs)
        command = [f"{options.binaries}/av-label-export", f"{folder}/synced", "--drive", f"{folder}/drive", "--enriched",
                   f"{folder}/enriched", "-q", "-f", "-o", f"{folder}/package"]
        for form in [["--format", "coco"], []]:
            own = measured.row(f"av-label-export, {'COCO' if form else 'COCO and OpenLABEL'}, {frames:,} frames",
                               command + form, options.runs)
            if form:
                print(f"{python[1] / own[1]:.1f} times Python in processor time", file=sys.stderr)


main()
