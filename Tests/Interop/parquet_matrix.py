#!/usr/bin/env python3
"""Opens the matrix of Parquet files with every reader that is installed and compares each value with what was written.

    AV_PARQUET_OUT=folder swift test --filter matrixFiles
    Tests/Interop/parquet_matrix.py folder [reader ...]

Values are compared bit for bit (-0.0, infinities; NaN is any NaN), schemas by physical, converted and logical type,
predicates with and without push-down. Readers that are not installed are reported as skipped. Exit 1 on a difference.
"""
import datetime
import decimal
import json
import os
import re
import struct
import sys
import time

os.environ["TZ"] = "UTC"
time.tzset()
EPOCH = datetime.datetime(1970, 1, 1)


def plain(value):
    """A reader's value in the form of the expectation."""
    if value is None or isinstance(value, (bool, str, int)):
        return value
    if isinstance(value, float):
        return {"f": "nan" if value != value else "%x" % struct.unpack(">Q", struct.pack(">d", value))[0]}
    if isinstance(value, (bytes, bytearray, memoryview)):
        return {"x": bytes(value).hex()}
    if isinstance(value, datetime.datetime):
        value = value.astimezone(datetime.timezone.utc).replace(tzinfo=None) if value.tzinfo else value
        return (value - EPOCH) // datetime.timedelta(microseconds=1)
    if isinstance(value, decimal.Decimal):
        return int(value)
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if hasattr(value, "asDict"):  # Spark's Row
        return {key: plain(item) for key, item in zip(value.__fields__, value)}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    raise TypeError(f"{type(value)}: {value!r}")


class PyArrow:
    name = "pyarrow"

    def __init__(self):
        import pyarrow, pyarrow.parquet, pyarrow.dataset, pyarrow.compute
        self.arrow, self.parquet, self.compute = pyarrow, pyarrow.parquet, pyarrow.compute
        self.version = pyarrow.__version__

    def columns(self, path):
        table = self.parquet.read_table(path, page_checksum_verification=True)
        return {name: table.column(name).to_pylist() for name in table.column_names}

    def leaves(self, path):
        schema = self.parquet.ParquetFile(path).schema
        found = []
        for index in range(len(schema)):
            column = schema.column(index)
            logical = str(column.logical_type).split(", is_from_converted")[0]
            logical = logical + ")" if "(" in logical and not logical.endswith(")") else logical
            found.append((column.path, f"{column.physical_type} {column.converted_type or 'NONE'} {logical}"))
        return found

    def facts(self, path):
        """What the metadata must say for readers to find pages, and to trust what they skip by."""
        file = self.parquet.ParquetFile(path)
        problems = []
        if not re.fullmatch(r"\S+ version \S+ \(build \S+\)", file.metadata.created_by):
            problems.append(f"created_by is {file.metadata.created_by!r}")
        sizes = 0
        for number in range(file.metadata.num_row_groups):
            group = file.metadata.row_group(number)
            sizes += group.num_rows
            columns = [group.column(index) for index in range(group.num_columns)]
            if group.total_byte_size != sum(column.total_uncompressed_size for column in columns):
                problems.append(f"row group {number}: total_byte_size")
            is_sorted = file.schema.names[0] == "t_ns"
            if [part.column_index for part in group.sorting_columns] != [0] * is_sorted:
                problems.append(f"row group {number}: sorting_columns {group.sorting_columns}")
            for column in columns:
                what = f"row group {number}, column {column.path_in_schema}"
                has_dictionary = column.dictionary_page_offset is not None
                if has_dictionary and column.physical_type in ["FLOAT", "DOUBLE", "BOOLEAN"]:
                    problems.append(f"{what}: a dictionary of {column.physical_type}")
                if has_dictionary and not column.dictionary_page_offset < column.data_page_offset:
                    problems.append(f"{what}: the dictionary is not before the data")
                if ("RLE_DICTIONARY" in column.encodings) != has_dictionary:
                    problems.append(f"{what}: encodings {column.encodings}")
                if not column.has_offset_index:
                    problems.append(f"{what}: no offset index")
                if column.has_column_index and ".list." in column.path_in_schema:
                    problems.append(f"{what}: a column index of a list")
                statistics = column.statistics
                if statistics is None or not statistics.has_null_count:
                    problems.append(f"{what}: no null_count")
                elif not statistics.has_min_max and column.path_in_schema in ["t_ns", "u64", "text", "unique", "i64"]:
                    problems.append(f"{what}: no smallest and largest value")
                elif statistics.has_min_max and column.physical_type in ["FLOAT", "DOUBLE"]:
                    low, high = plain(statistics.min), plain(statistics.max)
                    if low["f"] == "0" or high["f"] == "8000000000000000":
                        problems.append(f"{what}: a zero of the wrong sign in {low}, {high}")
                    if "nan" in [low["f"], high["f"]]:
                        problems.append(f"{what}: NaN in statistics")
        if sizes != file.metadata.num_rows:
            problems.append(f"{sizes} rows in row groups, {file.metadata.num_rows} in the file")
        return problems

    def counts(self, path, tests):
        field = self.compute.field
        made = []
        table = self.parquet.read_table(path)
        for column, operator, value in tests:
            side = field(column)
            if value is not None:
                value = self.arrow.scalar(value, table.schema.field(column).type)
            test = {"=": lambda: side == value, "<": lambda: side < value, ">": lambda: side > value,
                    "null": lambda: side.is_null()}[operator]()
            made.append((self.parquet.read_table(path, filters=test).num_rows, table.filter(test).num_rows))
        return made


class DuckDB:
    name = "duckdb"

    def __init__(self):
        import duckdb
        self.version = duckdb.__version__
        self.connection = duckdb.connect()
        self.connection.execute("set TimeZone='UTC'")

    def columns(self, path):
        self.connection.execute(f"select * from read_parquet('{path}')")
        names = [part[0] for part in self.connection.description]
        rows = self.connection.fetchall()
        return {name: [row[index] for row in rows] for index, name in enumerate(names)}

    def counts(self, path, tests):
        self.connection.execute(f"create or replace temp table whole as select * from read_parquet('{path}')")
        count = lambda source, test: self.connection.execute(f"select count(*) from {source} where {test}").fetchone()[0]
        return [(count(f"read_parquet('{path}')", sql(test)), count("whole", sql(test))) for test in tests]


class Polars:
    name = "polars"

    def __init__(self):
        import polars
        self.polars, self.version = polars, polars.__version__

    def columns(self, path):
        table = self.polars.read_parquet(path)
        return {name: table[name].to_list() for name in table.columns}

    def counts(self, path, tests):
        made = []
        table = self.polars.read_parquet(path)
        for column, operator, value in tests:
            side = self.polars.col(column)
            test = {"=": lambda: side == value, "<": lambda: side < value, ">": lambda: side > value,
                    "null": lambda: side.is_null()}[operator]()
            made.append((self.polars.scan_parquet(path).filter(test).collect().height, table.filter(test).height))
        return made


class Spark:
    name = "spark"

    def __init__(self):
        import pyspark
        from pyspark.sql import SparkSession
        self.version = pyspark.__version__
        self.session = (
            SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false")
            .config("spark.driver.memory", "2g").config("spark.sql.session.timeZone", "UTC").getOrCreate())
        self.session.sparkContext.setLogLevel("ERROR")

    def columns(self, path):
        table = self.session.read.parquet(path)
        rows = table.collect()
        return {name: [row[index] for row in rows] for index, name in enumerate(table.columns)}

    def counts(self, path, tests):
        made = []
        for test in tests:
            pair = []
            for pushed in ["true", "false"]:
                self.session.conf.set("spark.sql.parquet.filterPushdown", pushed)
                pair.append(self.session.read.parquet(path).where(sql(test, "`", "D")).count())
            made.append(tuple(pair))
        return made


class SparkRows(Spark):
    """Spark without its vectorized reader: parquet-java's own assembly of records."""

    name = "spark-rows"

    def __init__(self):
        super().__init__()
        self.session.conf.set("spark.sql.parquet.enableVectorizedReader", "false")


def sql(test, quote='"', double=""):
    column, operator, value = test
    name = quote + column + quote
    if operator == "null":
        return f"{name} is null"
    if isinstance(value, str):
        return f"{name} {operator} '{value}'"
    return f"{name} {operator} {value}{double if isinstance(value, float) else ''}"


def predicates(expected):
    """For some columns: equal to a stored value, below and above it, and missing; with how many rows there are."""
    tests = []
    wanted = ["f64", "f64_null", "zeros", "negative_zeros", "i8", "u8", "u16", "u32", "i64_null", "u64", "t_ns", "text",
              "long", "emoji_cut", "constant", "counter", "unique", "text_null", "speed", "state", "frame"]
    for column in expected["columns"]:
        if column["name"] not in wanted:
            continue
        values = [number(value) for value in column["values"]]
        present = [value for value in values if value is not None and value == value]
        tests.append((column["name"], "null", None, sum(value is None for value in values)))
        odd = lambda value: isinstance(value, str) and any(letter in value for letter in "\0\t\n\"")
        some = {str(value): value for value in present[:3] + present[-2:] if not odd(value)}
        finite = [value for value in some.values() if not isinstance(value, float) or abs(value) < 1e300]
        if column["name"] in ["zeros", "negative_zeros", "f64"]:
            finite.append(0.0)
        for value in finite:
            tests.append((column["name"], "=", value, sum(item == value for item in present)))
            tests.append((column["name"], "<", value, sum(item < value for item in present)))
            if not column["name"].startswith("f64"):  # engines do not agree whether NaN is above all numbers
                tests.append((column["name"], ">", value, sum(item > value for item in present)))
    return tests


def number(value):
    if isinstance(value, dict):
        return float("nan") if value["f"] == "nan" else struct.unpack(">d", bytes.fromhex(value["f"].zfill(16)))[0]
    return value


def check(reader, folder, entry, expected):
    path = os.path.join(folder, entry["file"])
    problems = []
    columns = reader.columns(path)
    names = [column["name"] for column in expected["columns"]]
    if list(columns) != names:
        problems.append(f"columns {list(columns)[:5]}…, should be {names[:5]}…")
    for column in expected["columns"]:
        found = [plain(value) for value in columns.get(column["name"], [])]
        if found != column["values"]:
            row = next((i for i, pair in enumerate(zip(found, column["values"])) if pair[0] != pair[1]), len(found))
            what = lambda values: repr(values[row])[:200] if row < len(values) else f"only {len(values)} rows"
            problems.append(f"column {column['name']}, row {row}: {what(found)}, should be {what(column['values'])}")
    if hasattr(reader, "leaves"):
        wanted = [(leaf["path"], leaf["type"]) for leaf in expected["leaves"]]
        for found, leaf in zip(reader.leaves(path), wanted):
            if found != leaf:
                problems.append(f"leaf {found}, should be {leaf}")
    if hasattr(reader, "facts"):
        problems += reader.facts(path)
    return problems


def check_predicates(reader, folder, entry, expected):
    tests = predicates(expected)
    problems = []
    counts = reader.counts(os.path.join(folder, entry["file"]), [test[:3] for test in tests])
    for test, pair in zip(tests, counts):
        if pair != (test[3], test[3]):
            problems.append(f"where {test[0]} {test[1]} {test[2]!r}: {pair[0]} rows pushed down, {pair[1]} not, of {test[3]}")
    return problems


def main():
    folder, chosen = sys.argv[1], sys.argv[2:]
    with open(os.path.join(folder, "manifest.json")) as file:
        manifest = json.load(file)
    expectations = {}
    for entry in manifest:
        if entry["expected"] not in expectations:
            with open(os.path.join(folder, entry["expected"])) as file:
                expectations[entry["expected"]] = json.load(file)
    failures = 0
    for kind in [PyArrow, DuckDB, Polars, Spark, SparkRows]:
        if chosen and kind.name not in chosen:
            continue
        try:
            reader = kind()
        except ImportError as error:
            print(f"skipped {kind.name}: {error}")
            continue
        start, seen, asked = time.time(), 0, 0
        for entry in manifest:
            expected = expectations[entry["expected"]]
            problems = check(reader, folder, entry, expected)
            seen += 1
            if entry["file"].startswith(("flat-300.zstd.dictionary.3", "flat-300.none.plain.1", "long-45001.zstd.dictionary.1")):
                problems += check_predicates(reader, folder, entry, expected)
                asked += len(predicates(expected))
            failures += len(problems)
            for problem in problems[:10]:
                print(f"{reader.name}: {entry['file']}: {problem}")
        print(f"{reader.name} {reader.version}: {seen} files, {asked} predicates, {time.time() - start:.0f} s")
    print("all values as written" if failures == 0 else f"{failures} differences")
    sys.exit(failures > 0)


main()
