#!/usr/bin/env python3
"""Seeds of the target parquet in what our writer does not write: parquet_seeds.py FOLDER, with pyarrow."""
import os
import sys

import pyarrow as pa
import pyarrow.parquet as pq

folder = sys.argv[1]
numbers = pa.table({"i": pa.array([5, 7, None, -3, 2**40, 9], "int64"), "n": pa.array(range(6), "int32")})
texts = pa.table({"s": ["frame-1", "frame-2", None, "frame-22", "", "x"]})
values = pa.table({"d": [0.5, None, float("nan"), -0.0, 1e300, 2.0], "f": pa.array([1, 2, 3, 4, 5, 6], "float32")})
flags = pa.table({"b": [True, None, False, True, True, False]})
lists = pa.table({"l": [[1, None], None, [], [2, 3, 4], [5], [6]], "m": pa.array([[("a", 1)], None, [], [("b", None)], [], []], pa.map_("string", "int32"))})
dates = pa.table({"t": pa.array([1, 2, None, 4, 5, 6], pa.timestamp("ns")), "d": pa.array([1, 2, None, 4, 5, 6], pa.date32())})
plain = {"use_dictionary": False, "compression": "none"}
seeds = {
    "delta": (numbers, {**plain, "column_encoding": "DELTA_BINARY_PACKED"}),
    "delta_lengths": (texts, {**plain, "column_encoding": "DELTA_LENGTH_BYTE_ARRAY"}),
    "delta_bytes": (texts, {**plain, "column_encoding": "DELTA_BYTE_ARRAY"}),
    "split": (values, {**plain, "column_encoding": "BYTE_STREAM_SPLIT"}),
    "flags": (flags, {**plain, "column_encoding": "RLE"}),
    "lists_v2": (lists, {"data_page_version": "2.0", "compression": "zstd"}),
    "int96": (dates, {"use_deprecated_int96_timestamps": True, "compression": "snappy"}),
    "gzip_v2": (numbers, {"data_page_version": "2.0", "compression": "gzip"}),
    "old_lists": (lists, {"use_compliant_nested_type": False, "compression": "lz4"}),
}
for name, (table, options) in seeds.items():
    pq.write_table(table, os.path.join(folder, name), store_schema=False, row_group_size=4, **options)
