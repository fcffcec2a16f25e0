#!/usr/bin/env python3
"""Everything of a bag as tables, images and clouds, the way a Python script does it: the peer of av-extract.

    python_way.py BAG OUTDIR

rosbags decodes; pandas and pyarrow write Parquet (zstd); Pillow writes PNG; numpy writes PCD. One pass, rows collected by
topic, as such scripts do. Prints: messages files"""
import os, sys, time
import numpy as np, pandas as pd
from PIL import Image
from rosbags.rosbag1 import Reader
from rosbags.typesys import Stores, get_types_from_msg, get_typestore

TYPES = {1: "i1", 2: "u1", 3: "i2", 4: "u2", 5: "<i4", 6: "<u4", 7: "<f4", 8: "<f8"}


def flat(message, prefix, row):
    """Fields of a message as columns a.b; arrays as lists, arrays of messages as lists of dictionaries."""
    for name in message.__dataclass_fields__:
        if name == "__msgtype__": continue
        value = getattr(message, name)
        if name == "stamp" and hasattr(value, "nanosec"): row[prefix + name] = value.sec * 10**9 + value.nanosec
        elif hasattr(value, "__dataclass_fields__"): flat(value, prefix + name + ".", row)
        elif isinstance(value, list) and value and hasattr(value[0], "__dataclass_fields__"):
            row[prefix + name] = [flat(v, "", {}) for v in value]
        elif isinstance(value, np.ndarray): row[prefix + name] = value.tobytes() if value.dtype == np.uint8 else value.tolist()
        else: row[prefix + name] = value
    return row


def main(bag, out):
    os.makedirs(out)
    rows, messages, files = {}, 0, 0
    with Reader(bag) as reader:
        store, types = get_typestore(Stores.EMPTY), {}
        for connection in reader.connections: types.update(get_types_from_msg(connection.msgdef.data, connection.msgtype))
        store.register(types)
        for connection, log, raw in reader.messages():
            messages += 1
            m = store.deserialize_ros1(raw, connection.msgtype)
            folder, kind = os.path.join(out, connection.topic.strip("/").replace("/", "_")), connection.msgtype.split("/")[-1]
            if kind in ("Image", "CompressedImage", "PointCloud2"):
                os.makedirs(folder, exist_ok=True)
                stamp = m.header.stamp.sec * 10**9 + m.header.stamp.nanosec
                if kind == "Image":
                    pixels = m.data.reshape(m.height, m.step)[:, :m.width * 3].reshape(m.height, m.width, 3)[:, :, ::-1]
                    Image.fromarray(np.ascontiguousarray(pixels)).save(f"{folder}/{stamp}.png")
                elif kind == "CompressedImage":
                    with open(f"{folder}/{stamp}.jpg", "wb") as file: file.write(m.data.tobytes())
                else:
                    dtype = np.dtype({"names": [f.name for f in m.fields], "formats": [TYPES[f.datatype] for f in m.fields],
                                      "offsets": [f.offset for f in m.fields], "itemsize": m.point_step})
                    points = np.frombuffer(m.data.tobytes(), dtype)
                    packed = np.empty(len(points), [(n, points.dtype[n]) for n in points.dtype.names])
                    for n in points.dtype.names: packed[n] = points[n]
                    sizes = [points.dtype[n].itemsize for n in points.dtype.names]
                    head = (f"# .PCD v0.7\nVERSION 0.7\nFIELDS {' '.join(points.dtype.names)}\nSIZE {' '.join(map(str, sizes))}\n"
                            f"TYPE {' '.join('F' if points.dtype[n].kind == 'f' else 'U' for n in points.dtype.names)}\n"
                            f"COUNT {' '.join('1' for _ in sizes)}\nWIDTH {m.width}\nHEIGHT {m.height}\nVIEWPOINT 0 0 0 1 0 0 0\n"
                            f"POINTS {len(points)}\nDATA binary\n")
                    with open(f"{folder}/{stamp}.pcd", "wb") as file: file.write(head.encode() + packed.tobytes())
                files += 1
            else: rows.setdefault(connection.topic, []).append(flat(m, "", {"log_ns": log}))
    for topic, values in rows.items():
        pd.DataFrame(values).to_parquet(os.path.join(out, topic.strip("/").replace("/", "_") + ".parquet"), compression="zstd")
        files += 1
    print(messages, files)


if __name__ == "__main__": main(*sys.argv[1:])
