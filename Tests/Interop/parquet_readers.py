#!/usr/bin/env python3
"""Opens every Parquet file that the checks before this one made, with pyarrow, DuckDB, polars and Spark.

Each reader gives rows, names of columns, and for each column its digest: SHA-256 over the rows as text in which numbers
are exact (floats by their bits). Those of pyarrow are the measure, since bags.py compared them with rosbags. Reads with
pyarrow verify the CRC of every page. Spark reads all files in one session, with and without its vectorized reader.
"""
import concurrent.futures
import datetime
import decimal
import glob
import hashlib
import os
import shutil
import struct
import time

import duckdb
import polars
import pyarrow.parquet
from importlib.metadata import version

from interop import Interop, counted

interop = Interop("parquet_readers")
os.environ["TZ"] = "UTC"
time.tzset()
EPOCH, MICROSECOND = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc), datetime.timedelta(microseconds=1)


def text(value):
    """A value in one spelling whatever library it comes from."""
    if value is None:
        return "-"
    if isinstance(value, float):
        return "nan" if value != value else struct.pack(">d", value).hex()
    if isinstance(value, bool):
        return str(value)
    if isinstance(value, (int, decimal.Decimal)):
        return str(int(value))
    if isinstance(value, str):
        return repr(value)
    if isinstance(value, (bytes, bytearray, memoryview)):
        return bytes(value).hex()
    if hasattr(value, "asDict"):  # Spark's Row
        return "{" + ",".join(f"{name}:{text(item)}" for name, item in zip(value.__fields__, value)) + "}"
    if isinstance(value, dict):
        return "{" + ",".join(f"{name}:{text(item)}" for name, item in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ",".join(map(text, value)) + "]"
    if hasattr(value, "timestamp"):
        value = value if value.tzinfo else value.replace(tzinfo=EPOCH.tzinfo)
        return str((value - EPOCH) // MICROSECOND)
    raise TypeError(type(value))


def digest(values):
    total = hashlib.sha256()
    for value in values:
        total.update(text(value).encode(errors="surrogatepass") + b"\n")
    return total.hexdigest()


def of_arrow(table):
    return {name: (table.num_rows, digest(table.column(name).to_pylist())) for name in table.column_names}


def with_pyarrow(path):
    return of_arrow(pyarrow.parquet.read_table(path, page_checksum_verification=True))


def with_polars(path):
    table = polars.read_parquet(path)
    return {name: (table.height, digest(table[name].to_list())) for name in table.columns}


def with_duckdb():
    connection = duckdb.connect()
    connection.execute("set TimeZone='UTC'")

    def read(path):
        connection.execute("select * from read_parquet(?)", [path])
        names = [part[0] for part in connection.description]
        rows = connection.fetchall()
        return {name: (len(rows), digest(row[index] for row in rows)) for index, name in enumerate(names)}
    return read


def with_spark(vectorized):
    from pyspark.sql import SparkSession
    session = (SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false")
               .config("spark.ui.showConsoleProgress", "false").config("spark.driver.memory", "2g")
               .config("spark.driver.maxResultSize", "0")
               .config("spark.sql.session.timeZone", "UTC").config("spark.log.level", "OFF").getOrCreate())
    session.sparkContext.setLogLevel("OFF")
    session.conf.set("spark.sql.parquet.enableVectorizedReader", str(vectorized).lower())

    def read(path):
        table = session.read.parquet(path)
        rows = table.collect()
        return {name: (len(rows), digest(row[index] for row in rows)) for index, name in enumerate(table.columns)}
    return read


def compare(name, read, paths, wanted, threads=1):
    def attempt(path):
        try:
            return path, read(path), None
        except Exception as error:
            return path, None, str(error).splitlines()[0][:160]

    problems, rows = [], 0
    with concurrent.futures.ThreadPoolExecutor(threads) as pool:
        results = list(pool.map(attempt, paths))
    for path, found, error in results:
        if error is not None:
            problems.append(f"{os.path.relpath(path, interop.scratch)}: {error}")
            continue
        truth = wanted[path]
        if list(found) != list(truth):
            problems.append(f"{os.path.relpath(path, interop.scratch)}: columns {list(found)[:4]}")
            continue
        unequal = [column for column in truth if found[column] != truth[column]]
        if unequal:
            problems.append(f"{os.path.relpath(path, interop.scratch)}: {len(unequal)} columns differ: {unequal[:4]}")
        rows += next(iter(found.values()))[0] if found else 0
    interop.judge(f"{name}: {counted(len(paths), 'file')}, {counted(rows, 'row')}, every column's digest", problems)


def main():
    folders = interop.extracted()
    paths = sorted(path for folder in folders for path in glob.glob(folder + "/**/*.parquet", recursive=True))
    if not paths:
        interop.skipped("nothing was extracted in this run")
        interop.end()
    wanted, problems = {}, []
    for path in paths:
        try:
            wanted[path] = with_pyarrow(path)
        except Exception as error:
            problems.append(f"{os.path.relpath(path, interop.scratch)}: {error}")
    paths = [path for path in paths if path in wanted]
    columns = sum(len(found) for found in wanted.values())
    interop.judge(f"pyarrow {version('pyarrow')}: {counted(len(wanted), 'file')}, {counted(columns, 'column')}, "
                  "CRC of every page", problems)
    compare(f"DuckDB {version('duckdb')}", with_duckdb(), paths, wanted)
    compare(f"polars {version('polars')}", with_polars, paths, wanted)
    if shutil.which("java") is None:
        interop.skipped(f"Spark {version('pyspark')}: no java")
    else:
        # Damaged drives have the same tables as the whole one; planning takes Spark longer than reading.
        some = [path for path in paths if "/damage__" not in path]
        compare(f"Spark {version('pyspark')}", with_spark(True), some, wanted, threads=2)
        # parquet-java's own assembly of records is another implementation of levels and dictionaries.
        few = [path for path in some if sum(found[0] for found in wanted[path].values()) < 20_000]
        compare(f"Spark {version('pyspark')} row by row", with_spark(False), few, wanted, threads=2)
    interop.end()


main()
