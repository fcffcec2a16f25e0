#!/usr/bin/env python3
"""Parquet files of pyarrow, DuckDB, polars and Spark, read by `av-meta head` and compared value for value.

Each encoding, codec, page version and nesting that pyarrow can be told to write, the defaults of the others, and files
that must be refused with a sentence that names why.
"""
import datetime
import decimal
import json
import math
import os
import shutil
import subprocess
import uuid

import duckdb
import numpy
import polars
import pyarrow as pa
import pyarrow.parquet as pq

from interop import Interop

interop = Interop("parquet_read")
folder = os.path.join(interop.scratch, "read")
os.makedirs(folder)
ROWS = 3000
random = numpy.random.default_rng(20261126)


def plain(value, kind):
    """As a line of JSON has it."""
    if value is None:
        return None
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        return [plain(item, kind.value_type) for item in value]
    if pa.types.is_map(kind):
        return [{"key": plain(k, kind.key_type), "value": plain(v, kind.item_type)} for k, v in value]
    if pa.types.is_struct(kind):
        return {field.name: plain(value[field.name], field.type) for field in kind}
    if pa.types.is_dictionary(kind):
        return plain(value, kind.value_type)
    if isinstance(value, bool):
        return value
    if isinstance(value, int):
        return str(value) if abs(value) >= 2**53 else value
    if isinstance(value, float):
        if math.isnan(value):
            return "NaN"
        if math.isfinite(value) and (pa.types.is_float32(kind) or pa.types.is_float16(kind)):
            return float(str(numpy.float32(value)))
        return value if math.isfinite(value) else "Infinity" if value > 0 else "-Infinity"
    if isinstance(value, numpy.floating):
        return plain(float(value), kind)
    if isinstance(value, (bytes, bytearray)):
        import base64
        return base64.b64encode(value).decode()
    if isinstance(value, uuid.UUID):
        return str(value)
    if isinstance(value, decimal.Decimal):
        return float(value) if kind.precision <= 15 else format(value, "f")
    return value


def times(column, kind):
    """Times by their integers, since Python's have microseconds only."""
    if pa.types.is_timestamp(kind):
        scale = {"s": 10**9, "ms": 10**6, "us": 10**3, "ns": 1}[kind.unit]
        return [None if v is None else stamp(v * scale) for v in column.cast("int64").to_pylist()]
    if pa.types.is_date32(kind):
        return [None if v is None else stamp(v * 86400 * 10**9) for v in column.cast("int32").to_pylist()]
    if pa.types.is_time(kind):
        scale = {"ms": 10**6, "us": 10**3, "ns": 1}[kind.unit]
        width = "int32" if pa.types.is_time32(kind) else "int64"
        return [None if v is None else number(v * scale) for v in column.cast(width).to_pylist()]
    return None


def number(value):
    return str(value) if abs(value) >= 2**53 else value


def stamp(nanoseconds):
    seconds, rest = divmod(nanoseconds, 10**9)
    time = datetime.datetime(1970, 1, 1) + datetime.timedelta(seconds=seconds)
    return time.strftime("%Y-%m-%dT%H:%M:%S") + f".{rest:09d}Z"


def expected(table):
    columns = {}
    for field in table.schema:
        column = table.column(field.name).combine_chunks()
        if isinstance(column, pa.ChunkedArray):
            column = pa.concat_arrays(column.chunks) if column.num_chunks else pa.array([], field.type)
        own = times(column, field.type)
        columns[field.name] = own if own is not None else [plain(v, field.type) for v in column.to_pylist()]
    return columns


def read(path):
    code, out, errors = interop.run("av-meta", "head", "--all", path)
    if code != 0:
        raise RuntimeError(errors.strip())
    rows = [json.loads(line) for line in out.decode().splitlines()]
    return rows


def same(ours, theirs):
    if isinstance(ours, dict) and isinstance(theirs, dict):
        return ours.keys() == theirs.keys() and all(same(ours[k], theirs[k]) for k in ours)
    if isinstance(ours, list) and isinstance(theirs, list):
        return len(ours) == len(theirs) and all(map(same, ours, theirs))
    if isinstance(ours, float) or isinstance(theirs, float):
        try:
            return ours == theirs and math.copysign(1, ours) == math.copysign(1, theirs)
        except TypeError:
            return False
    return ours == theirs


def compare(path, table, label):
    """A sentence on the first difference."""
    try:
        rows = read(path)
    except RuntimeError as error:
        return [f"{label}: {error}"]
    columns = expected(table)
    if len(rows) != table.num_rows:
        return [f"{label}: {len(rows)} rows, not {table.num_rows}"]
    problems = []
    for name, values in columns.items():
        for row, value in enumerate(values):
            if not same(rows[row].get(name, "absent"), value):
                problems.append(f"{label} {name}[{row}]: {rows[row].get(name, 'absent')!r}, wanted {value!r}")
                break
    return problems


def some(values, share=7):
    return [None if index % share == 3 else value for index, value in enumerate(values)]


def flat():
    integers = {f"{kind}": pa.array(some(random.integers(numpy.iinfo(kind).min, numpy.iinfo(kind).max, ROWS, dtype=kind, endpoint=True).tolist()), kind)
                for kind in ("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64")}
    numbers = random.standard_normal(ROWS)
    numbers[:6] = [0.0, -0.0, math.inf, -math.inf, math.nan, 5e-324]
    seconds = random.integers(-10**9, 4 * 10**9, ROWS)
    return pa.table({
        **integers, "counter": pa.array(numpy.arange(ROWS) // 3), "f32": pa.array(some(numbers.astype("f4").tolist()), "float32"),
        "f64": pa.array(some(numbers.tolist())), "required": pa.array(numbers), "flag": pa.array(some((numbers > 0).tolist())),
        "text": pa.array(some([f"text {i % 40} ü" for i in range(ROWS)])), "unique": pa.array([f"frame-{i:06d}" for i in range(ROWS)]),
        "bytes": pa.array(some([random.bytes(i % 20) for i in range(ROWS)])), "nothing": pa.array([None] * ROWS, "float64"),
        "fixed": pa.array(some([random.bytes(5) for _ in range(ROWS)]), pa.binary(5)),
        "ms": pa.array((seconds * 1000 + 7).tolist(), pa.timestamp("ms")), "us": pa.array((seconds * 10**6 + 7).tolist(), pa.timestamp("us", "UTC")),
        "ns": pa.array(some((seconds * 10**9 + 7).tolist()), pa.timestamp("ns")), "day": pa.array(some((seconds // 86400).tolist()), pa.date32()),
        "t32": pa.array((numpy.arange(ROWS) * 1000).tolist(), pa.time32("ms")), "t64": pa.array((numpy.arange(ROWS) * 10**6).tolist(), pa.time64("ns")),
        "d9": pa.array(some([decimal.Decimal(i - 1500) / 100 for i in range(ROWS)]), pa.decimal128(9, 2)),
        "d18": pa.array(some([decimal.Decimal(i * 12345678901 - 7) / 1000 for i in range(ROWS)]), pa.decimal128(18, 3)),
        "d38": pa.array(some([decimal.Decimal(-i) * 10**25 + decimal.Decimal(i) / 10**5 for i in range(ROWS)]), pa.decimal128(38, 5)),
        "half": pa.array([numpy.float16(v) for v in numbers], pa.float16()),
        "category": pa.array(some([f"c{i % 5}" for i in range(ROWS)])).dictionary_encode(),
    })


def nested():
    lists = [None if i % 9 == 4 else [None if j == 2 else i * j for j in range(i % 5)] for i in range(ROWS)]
    deep = [None if i % 11 == 3 else [None if j == 1 else [f"{i}.{j}.{k}" for k in range(j)] for j in range(i % 4)] for i in range(ROWS)]
    structs = [None if i % 8 == 5 else {"x": i * 0.5, "n": None if i % 3 else f"n{i}", "l": list(range(i % 3))} for i in range(ROWS)]
    maps = [None if i % 7 == 6 else [(f"k{j}", None if j == 1 else j) for j in range(i % 4)] for i in range(ROWS)]
    kind = pa.struct([("x", pa.float64()), ("n", pa.string()), ("l", pa.list_(pa.int32()))])
    return pa.table({
        "id": list(range(ROWS)), "lists": pa.array(lists, pa.list_(pa.int64())), "deep": pa.array(deep, pa.list_(pa.list_(pa.string()))),
        "struct": pa.array(structs, kind), "map": pa.array(maps, pa.map_(pa.string(), pa.int32())),
        "structs": pa.array([None if i % 6 == 1 else [s for s in structs[i : i + i % 3]] for i in range(ROWS)], pa.list_(kind)),
    })


ENCODINGS = {
    "PLAIN": lambda kind: True,
    "RLE": lambda kind: pa.types.is_boolean(kind),
    "DELTA_BINARY_PACKED": lambda kind: pa.types.is_integer(kind),
    "DELTA_LENGTH_BYTE_ARRAY": lambda kind: pa.types.is_string(kind) or pa.types.is_binary(kind),
    "DELTA_BYTE_ARRAY": lambda kind: pa.types.is_string(kind) or pa.types.is_binary(kind) or pa.types.is_fixed_size_binary(kind),
    "BYTE_STREAM_SPLIT": lambda kind: pa.types.is_floating(kind) or pa.types.is_integer(kind) or pa.types.is_fixed_size_binary(kind),
}


def pyarrow_files():
    problems, count = [], 0
    path = os.path.join(folder, "a.parquet")
    for name, table in (("flat", flat()), ("nested", nested())):
        for codec in ("none", "snappy", "gzip", "zstd", "lz4"):
            for page in ("1.0", "2.0"):
                for dictionary in (True, False):
                    pq.write_table(table, path, compression=codec, data_page_version=page, use_dictionary=dictionary,
                                   data_page_size=4096, row_group_size=1100, write_page_checksum=page == "1.0")
                    problems += compare(path, table, f"{name} {codec} v{page} {'dictionary' if dictionary else 'plain'}")
                    count += 1
        pq.write_table(table, path, use_deprecated_int96_timestamps=True, use_compliant_nested_type=False)
        problems += compare(path, table, f"{name} INT96 and old names")
        pq.write_table(table.slice(0, 0), path)
        problems += compare(path, table.slice(0, 0), f"{name} without rows")
        count += 2
    table = flat()
    for encoding, fits in ENCODINGS.items():
        own = table.select([field.name for field in table.schema if fits(field.type) and field.name not in ("category",)])
        for codec in ("none", "snappy", "zstd"):
            for page in ("1.0", "2.0"):
                try:
                    pq.write_table(own, path, use_dictionary=False, column_encoding=encoding, compression=codec, data_page_version=page,
                                   data_page_size=4096)
                except (OSError, NotImplementedError):
                    own = own.select([name for name in own.schema.names if not name.startswith(("int8", "int16", "uint"))])
                    pq.write_table(own, path, use_dictionary=False, column_encoding=encoding, compression=codec, data_page_version=page,
                                   data_page_size=4096)
                problems += compare(path, own, f"{encoding} {codec} v{page}")
                count += 1
    interop.judge(f"pyarrow: {count} files of every encoding, codec, page version and nesting", problems)


def others():
    source = flat().drop_columns(["half", "category", "t32", "t64"])
    path = os.path.join(folder, "b.parquet")
    problems = []
    for codec in ("uncompressed", "snappy", "gzip", "zstd", "lz4_raw"):
        for version in ("V1", "V2"):
            duckdb.sql(f"COPY (SELECT * EXCLUDE (fixed) FROM source) TO '{path}' (FORMAT parquet, COMPRESSION {codec}, PARQUET_VERSION {version}, ROW_GROUP_SIZE 2048)")
            # pyarrow does not read what DuckDB writes of a column without values in version 2.
            problems += compare(path, duckdb.sql(f"FROM '{path}'").to_arrow_table(), f"DuckDB {codec} {version}")
    duckdb.sql(f"COPY (SELECT i AS id, [i, i + 1, NULL] AS l, {{'a': i, 'b': 'x' || i}} AS s, MAP {{'k': i}} AS m FROM range(3000) t(i)) TO '{path}'")
    problems += compare(path, pq.ParquetFile(path).read(), "DuckDB nested")
    interop.judge("DuckDB: 11 files", problems)
    problems = []
    for codec in ("uncompressed", "snappy", "gzip", "zstd", "lz4"):
        polars.from_arrow(source).write_parquet(path, compression=codec, row_group_size=1000)
        problems += compare(path, pq.ParquetFile(path).read(), f"polars {codec}")
    polars.from_arrow(nested().drop_columns(["map"])).write_parquet(path)
    problems += compare(path, pq.ParquetFile(path).read(), "polars nested")
    interop.judge("polars: 6 files", problems)


def spark_files():
    if not shutil.which("java"):
        return interop.skipped("Spark: no java")
    from pyspark.sql import SparkSession
    spark = SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false").config("spark.sql.session.timeZone", "UTC") \
        .config("spark.driver.bindAddress", "127.0.0.1").config("spark.driver.host", "127.0.0.1").getOrCreate()
    spark.sparkContext.setLogLevel("ERROR")
    query = """SELECT id, CAST(id AS INT) AS i, id * 0.5D AS d, CAST(id AS FLOAT) AS f, concat('t', id % 7) AS s, id % 3 = 0 AS b,
      IF(id % 4 = 1, NULL, id) AS n, CAST(id AS DECIMAL(9,2)) AS dec, CAST(id AS DECIMAL(25,4)) AS wide, array(id, NULL, id + 1) AS l,
      map('a', id) AS m, named_struct('x', id, 'y', array(named_struct('z', id))) AS st, timestamp_seconds(id * 1000 + 0.25) AS ts,
      date_add(DATE'1969-12-25', CAST(id AS INT)) AS day FROM range(3000)"""
    problems = []
    for codec in ("none", "snappy", "gzip", "zstd", "lz4"):
        for kind in ("INT96", "TIMESTAMP_MICROS", "TIMESTAMP_MILLIS"):
            for legacy in ("true", "false"):
                spark.conf.set("spark.sql.parquet.outputTimestampType", kind)
                spark.conf.set("spark.sql.parquet.writeLegacyFormat", legacy)
                place = os.path.join(folder, f"spark-{codec}-{kind}-{legacy}")
                spark.sql(query).coalesce(1).write.option("compression", codec).parquet(place)
                path = next(os.path.join(place, name) for name in os.listdir(place) if name.endswith(".parquet"))
                problems += compare(path, pq.ParquetFile(path).read(), f"Spark {codec} {kind} legacy {legacy}")
    spark.stop()
    interop.judge("Spark: 30 files", problems)


def refused():
    """What is not read is an error that says so, and no signal."""
    path, problems = os.path.join(folder, "c.parquet"), []
    table = pa.table({"a": list(range(1000)), "s": [f"s{i}" for i in range(1000)]})

    def wants(label, *words):
        code, _, errors = interop.run("av-meta", "head", "--all", path)
        if code <= 0 or code > 7 or not all(word in errors for word in words):
            problems.append(f"{label}: status {code}: {errors.strip()[:200]}")

    pq.write_table(table, path, compression="brotli")
    wants("Brotli", "Brotli", "column a")
    pq.write_table(table, path, write_page_checksum=True, compression="none", use_dictionary=False)
    with open(path, "r+b") as file:
        file.seek(200)
        byte = file.read(1)
        file.seek(200)
        file.write(bytes([byte[0] ^ 1]))
    wants("a changed byte", "checksum", "column a", "at byte")
    whole = open(path, "rb").read()
    for label, data in (("cut", whole[:-20]), ("cut in half", whole[: len(whole) // 2]), ("empty", b""), ("text", b"a,b\n1,2\n" * 10)):
        with open(path, "wb") as file:
            file.write(data)
        wants(label, "parquet")
    interop.judge("6 files that cannot be read are refused with the reason", problems)


pyarrow_files()
others()
spark_files()
refused()
interop.end()
