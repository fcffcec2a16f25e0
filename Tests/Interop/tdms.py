#!/usr/bin/env python3
"""Every channel of every TDMS file that npTDMS opens: raw and scaled values, times and properties, bit for bit, in the
Parquet files that av-extract makes of it.

Beside the real and the crafted files: varieties that npTDMS's writer makes, and others that only a builder of bytes can
make (byte order, interleaving, DAQmx data, scales of sensors). Differences that are known are notes, each with who is
right.
"""
import glob
import json
import math
import os
import struct
import warnings

import numpy
import pyarrow.parquet
from nptdms import ChannelObject, GroupObject, RootObject, TdmsFile, TdmsWriter, types

from interop import Interop, Notes, counted

warnings.simplefilter("ignore")
interop = Interop("tdms")
notes = Notes()
# Files in which npTDMS's values are not what the format says, with the reason.
WRONG = {"float32_linear.tdms": "a linear scale of single-precision values is computed in double precision"}
# Units in the last place that are let through: npTDMS takes the root of an RTD's curve below 0 °C from the eigenvalues of
# a matrix (the tables are right to the last bit, as the unit tests show), and numpy's logarithms and exponentials are
# its own.
ULPS = {"RTD": 256, "Strain": 4, "Thermistor": 4, "Thermocouple": 2}


def files():
    if interop.shared is None:
        return []
    found = []
    for folder in ("tdms", "gen"):
        found += glob.glob(os.path.join(glob.escape(os.path.join(interop.shared, folder)), "*.tdms"))
    return sorted(found)


def flat(values):
    return [value for value in numpy.asarray(values, dtype=object)]


def nanoseconds(values):
    """npTDMS's raw times since 1970, rounded down; None where none was set."""
    result = []
    for value in values:
        second, fraction = int(value.seconds), int(value.second_fractions)
        time = (second - 2082844800) * 10**9 + (fraction * 10**9 >> 64)
        is_unset = second == 0 and fraction == 0
        result.append(None if is_unset or not -(2**63) <= time < 2**63 else time)
    return result


def ulps(ours, theirs):
    with numpy.errstate(all="ignore"):
        return numpy.abs(ours - theirs) / numpy.spacing(numpy.abs(theirs))


def differences(ours, theirs, most=0):
    """Places in which numbers are not the same, bit for bit but for NaN."""
    with numpy.errstate(all="ignore"):
        if ours.dtype.kind in "iub" and theirs.dtype.kind in "iub":
            return numpy.nonzero(ours.astype("i8") != theirs.astype("i8"))[0]
        ours, theirs = ours.astype("f8"), theirs.astype("f8")
        bad = (ours != theirs) & ~(numpy.isnan(ours) & numpy.isnan(theirs))
        return numpy.nonzero(bad & ~(ulps(ours, theirs) <= most) if most else bad)[0]


def compare(table, name, theirs, label, most=0):
    """A sentence on the first difference, or None."""
    theirs = numpy.asarray(theirs) if not isinstance(theirs, list) else theirs
    kind = theirs.dtype.kind if isinstance(theirs, numpy.ndarray) else "l"
    if kind == "c":
        for part, values in ((".re", theirs.real), (".im", theirs.imag)):
            problem = compare(table, name + part, values, label + part)
            if problem:
                return problem
        return None
    if name not in table.column_names:
        return f"{label}: no column {name} in {table.column_names[:8]}"
    column = table.column(name).combine_chunks()
    if len(column) != len(theirs):
        return f"{label}: {len(column)} values, npTDMS has {len(theirs)}"
    if kind in "OlSU":
        ours = column.cast("int64").to_pylist() if str(column.type).startswith("timestamp") else column.to_pylist()
        bad = [i for i, (a, b) in enumerate(zip(ours, theirs)) if a != b]
        return f"{label}[{bad[0]}]: {ours[bad[0]]!r}, npTDMS has {theirs[bad[0]]!r}" if bad else None
    ours = column.to_numpy(zero_copy_only=False)
    bad = differences(ours, theirs, most)
    return f"{label}[{bad[0]}]: {ours[bad[0]]!r}, npTDMS has {theirs[bad[0]]!r} ({len(bad)} of {len(ours)})" if len(bad) else None


def property_json(value):
    if isinstance(value, types.TimeStamp) or hasattr(value, "second_fractions"):
        time = nanoseconds([value])[0]
        if time is None:
            return None
        seconds, rest = divmod(time, 10**9)
        return f"{numpy.datetime64(seconds, 's')}.{rest:09d}Z"
    if isinstance(value, complex):
        return [value.real, value.imag]
    value = value.item() if hasattr(value, "item") else value
    if isinstance(value, float) and not math.isfinite(value):
        return "not finite"
    return str(value) if isinstance(value, int) and not isinstance(value, bool) and abs(value) > 2**53 else value


def same_properties(ours, theirs, label):
    ours = ours or {}
    theirs = {name: property_json(value) for name, value in theirs.items()}
    ours = {name: "not finite" if theirs.get(name) == "not finite" and value in (None, "NaN", "Infinity", "-Infinity") else value
            for name, value in ours.items()}
    bad = [name for name in {*ours, *theirs} if ours.get(name) != theirs.get(name) and str(ours.get(name)) != str(theirs.get(name))]
    return [f"{label} property {name}: {ours.get(name)!r}, npTDMS has {theirs.get(name)!r}" for name in bad]


def same_times(table, channel, signal, label):
    """Times of a waveform, computed exactly from its properties."""
    start, step = channel.properties.get("wf_start_time"), channel.properties.get("wf_increment")
    if signal.get("time") != "waveform" or start is None:
        return None
    from fractions import Fraction
    begin = Fraction(int(start.seconds) - 2082844800) + Fraction(int(start.second_fractions), 2**64)
    begin += Fraction(float(channel.properties.get("wf_start_offset", 0)))
    ours = table.column("log_ns").to_numpy(zero_copy_only=False)
    for index in {0, 1, len(ours) // 2, len(ours) - 1} & set(range(len(ours))):
        want = math.floor((begin + index * Fraction(float(step))) * 10**9 + Fraction(1, 2))
        if abs(int(ours[index]) - want) > 0:
            return f"{label}: time {index} is {ours[index]}, wanted {want}"
    return None


def same_frames(table, values, label):
    """The frames of an NI-XNET log, taken from the channel's bytes one by one."""
    data, start, rows = bytes(values), 0, []
    while start + 24 <= len(data):
        time, number, kind, _, _, length = struct.unpack_from("<QIBBBB", data, start)
        rows.append(((time - 116444736000000000) * 100, number & 0x1FFFFFFF, bool(number >> 29 & 1), length,
                     data[start + 16:start + 16 + length]))
        start += 16 + max(8, length + 7 & ~7)
    columns = [table.column(name).to_pylist() for name in ("id", "is_extended", "len", "data")]
    ours = list(zip(table.column("log_ns").to_pylist(), *columns))
    bad = [index for index, pair in enumerate(zip(ours, rows)) if pair[0] != pair[1]]
    if len(ours) != len(rows) or bad:
        return f"{label}: {len(ours)} frames, {len(rows)} in its bytes, the first that is another {bad[:1]}"
    return None


def check(path):
    name, counts = os.path.basename(path), [0, 0, 0]
    try:
        theirs = TdmsFile.read(path, raw_timestamps=True)
    except Exception as error:
        notes[f"npTDMS refuses {name}, the tables have what is there: {type(error).__name__}"] += 1
        return counts, []
    _, out, _ = interop.run("av-meta", "inspect", path)
    recording = json.loads(out.splitlines()[0])
    found, errors = interop.tables(path)
    problems = same_properties(recording.get("properties"), theirs.properties, name)
    groups = {}
    for number, channel in enumerate(recording["channels"]):
        for signal in channel["signals"]:
            groups.setdefault(channel.get("group", channel["name"]), {})[signal["name"]] = (number, channel, signal)
    for group in theirs.groups():
        own = groups.get(group.name, {})
        if own:
            first = next(iter(own.values()))[1]
            problems += same_properties(first.get("properties"), group.properties, f"{name} {group.name}")
        for channel in group.channels():
            label = f"{name} {group.name}/{channel.name}"
            if channel.name not in own:
                if channel.data_type is not None and len(channel):
                    problems.append(f"{label}: is missing")
                continue
            number, table_of, signal = own[channel.name]
            problems += same_properties(signal.get("properties"), channel.properties, label)
            if not len(channel):
                continue
            table = pyarrow.parquet.read_table(found[number]) if found and found[number] else None
            if table is None:
                problems.append(f"{label}: no table: {errors.strip()[:100]}")
                continue
            counts[0] += 1
            counts[1] += len(channel)
            if table_of.get("time") == "frames":
                problem = same_frames(table, channel[:], label)
                problems += [problem] if problem else []
                continue
            scales = signal.get("scales", [])
            if "NI_Scaling_Status" in channel.properties and channel.properties["NI_Scaling_Status"] == "scaled":
                notes["npTDMS scales values by their group's scales that are scaled already; the tables do not"] += 1
                continue
            if channel.data_type is types.TimeStamp:
                scaled, raw = nanoseconds(channel[:]), None
            else:
                scaled = channel[:]
                raw = channel.raw_data if scales else None
            most = max([ULPS.get(scale, 0) for scale in scales] + [0])
            results = [compare(table, channel.name, scaled, label, most)]
            if raw is not None and len(channel.raw_scaler_data or {}) <= 1:
                raw = next(iter(channel.raw_scaler_data.values())) if channel.raw_scaler_data else raw
                results.append(compare(table, channel.name + ".raw", raw, label + " raw"))
            results.append(same_times(table, channel, table_of, label))
            counts[2] += 1
            for result in results:
                if result and name in WRONG:
                    notes[f"{name}: {WRONG[name]}; the tables are right"] += 1
                elif result:
                    problems.append(result)
    return counts, problems


def run(what, paths):
    counts, problems = [0, 0, 0], []
    for path in paths:
        more, bad = check(path)
        counts = [a + b for a, b in zip(counts, more)]
        problems += bad
    interop.judge(f"{what}: {counted(len(paths), 'file')}, {counts[0]} channels, {counts[1]} values as npTDMS", problems)


def written(folder):
    """Varieties that npTDMS writes."""
    generator = numpy.random.default_rng(20261126)
    start = numpy.datetime64("2022-09-30T08:36:40.123456")
    paths = []
    for number in range(24):
        path = os.path.join(folder, f"written{number:02d}.tdms")
        paths.append(path)
        rows = int(generator.integers(1, 3000))
        with TdmsWriter(path, version=4712 if number % 2 else 4713) as writer:
            for segment in range(int(generator.integers(1, 6))):
                objects = [RootObject({"run": number, "name": "é"}), GroupObject("g", {"x": 1.5, "t": start})]
                for place, kind in enumerate(("i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f4", "f8", "c8", "c16", "?")):
                    values = (generator.standard_normal(rows) * 100).astype(kind if kind[0] != "u" else "i8").astype(kind)
                    properties = {"wf_start_time": start, "wf_increment": 0.001 * (place + 1), "wf_start_offset": 0.25} if place % 3 else {}
                    if kind[0] in "iuf" and place % 2:
                        properties |= {"NI_Number_Of_Scales": 1, "NI_Scale[0]_Scale_Type": "Linear", "NI_Scale[0]_Linear_Slope": 0.1,
                                       "NI_Scale[0]_Linear_Y_Intercept": 0.3, "NI_Scale[0]_Linear_Input_Source": types.Uint32(2**32 - 1)}
                    objects.append(ChannelObject("g", f"c{place}", values, properties))
                objects.append(ChannelObject("texts", "s", [f"{segment} {index} ü" for index in range(rows % 50 + 1)]))
                objects.append(ChannelObject("times", "t", start + numpy.arange(rows) * numpy.timedelta64(1500, "us")))
                writer.write_segment(objects)
    return paths


class Builder:
    """Segments byte by byte, of either byte order."""

    def __init__(self, big=False):
        self.big, self.bytes = big, b""

    def pack(self, form, *values):
        return struct.pack((">" if self.big else "<") + form, *values)

    def text(self, text):
        data = text.encode()
        return self.pack("I", len(data)) + data

    def property(self, name, value):
        if isinstance(value, str):
            return self.text(name) + self.pack("I", 0x20) + self.text(value)
        if isinstance(value, int):
            return self.text(name) + self.pack("II", 7, value)
        return self.text(name) + self.pack("Id", 10, value)

    def object(self, path, index, properties=None):
        properties = properties or {}
        body = b"".join(self.property(name, value) for name, value in properties.items())
        return self.text(path) + index + self.pack("I", len(properties)) + body

    def plain(self, kind, count):
        return self.pack("IIIQ", 20, kind, 1, count)

    def scalers(self, count, scalers, widths):
        """DAQmx data: (type, buffer, offset, scale) of each scaler."""
        parts = b"".join(self.pack("IIIII", kind, buffer, offset, 0, scale) for kind, buffer, offset, scale in scalers)
        return (self.pack("IIIQI", 0x1269, 0xFFFFFFFF, 1, count, len(scalers)) + parts
                + self.pack(f"I{len(widths)}I", len(widths), *widths))

    def segment(self, objects, data, flags=0xE):
        flags |= 0x40 if self.big else 0
        metadata = self.pack("I", len(objects)) + b"".join(objects)
        self.bytes += b"TDSm" + struct.pack("<I", flags)
        self.bytes += self.pack("IQQ", 4713, len(metadata) + len(data), len(metadata)) + metadata + data

    def save(self, path):
        with open(path, "wb") as file:
            file.write(self.bytes)
        return path


def scale(kind, **fields):
    start = f"NI_Scale[0]_{kind}_"
    return {"NI_Number_Of_Scales": 1, "NI_Scale[0]_Scale_Type": kind, start + "Input_Source": 0xFFFFFFFF,
            **{start + name: value for name, value in fields.items()}}


def built(folder):
    """Varieties that npTDMS cannot write."""
    generator = numpy.random.default_rng(20261127)
    paths = []
    kinds = [(1, "i1"), (2, "i2"), (3, "i4"), (4, "i8"), (5, "u1"), (6, "u2"), (7, "u4"), (8, "u8"), (9, "f4"), (10, "f8")]
    for number in range(24):
        builder = Builder(big=bool(number & 1))
        order = ">" if builder.big else "<"
        for _ in range(3):
            rows = int(generator.integers(1, 4000))
            columns = [((generator.standard_normal(rows) * 50).astype("i8" if form[0] == "u" else form)).astype(order + form)
                       for _, form in kinds]
            objects = [builder.object(f"/'g'/'c{kind}'", builder.plain(kind, rows)) for kind, _ in kinds]
            if number & 2:
                data = b"".join(b"".join(column[row].tobytes() for column in columns) for row in range(rows))
            else:
                data = b"".join(column.tobytes() for column in columns)
            builder.segment(objects, data, 0x2E if number & 2 else 0xE)
        paths.append(builder.save(os.path.join(folder, f"built{number:02d}.tdms")))
    # Several scalers of several buffers, and two chunks.
    builder = Builder()
    rows, widths = 500, [7, 4]
    forms = [(3, 0, 0, 0), (5, 0, 2, 0), (2, 1, 0, 0), (1, 1, 3, 0)]
    scales = {"NI_Number_Of_Scales": 2, "NI_Scale[1]_Scale_Type": "Linear", "NI_Scale[1]_Linear_Slope": 2.0,
              "NI_Scale[1]_Linear_Y_Intercept": 1.0, "NI_Scale[1]_Linear_Input_Source": 0}
    objects = [builder.object(f"/'g'/'c{index}'", builder.scalers(rows, [form], widths), scales)
               for index, form in enumerate(forms)]
    data = bytes(generator.integers(0, 256, 2 * rows * sum(widths), dtype="u1"))
    builder.segment(objects, data, 0x8E)
    paths.append(builder.save(os.path.join(folder, "daqmx.tdms")))
    # Scales of sensors.
    sensors = {
        "rtd": (scale("RTD", Current_Excitation=0.001, R0_Nominal_Resistance=100.0, A=3.9083e-3, B=-5.775e-7, C=-4.183e-12,
                      Lead_Wire_Resistance=0.1, Resistance_Configuration=2), numpy.linspace(0.02, 0.3, 500)),
        "thermistor": (scale("Thermistor", Excitation_Type=10322, Excitation_Value=2.5, Resistance_Configuration=2,
                             R1_Reference_Resistance=5000.0, Lead_Wire_Resistance=0.0, A=1.3e-3, B=2.3e-4, C=1e-7,
                             Temperature_Offset=1.0), numpy.linspace(0.1, 2.4, 500)),
        "table": (scale("Table", Pre_Scaled_Values_Size=3, Scaled_Values_Size=3,
                        **{f"Pre_Scaled_Values[{i}]": float(v) for i, v in enumerate((0, 1, 4))},
                        **{f"Scaled_Values[{i}]": float(v) for i, v in enumerate((5, 7, -1))}), numpy.linspace(-1, 5, 500)),
        "polynomial": (scale("Polynomial", Coefficients_Size=4,
                             **{f"Coefficients[{i}]": v for i, v in enumerate((0.1, -2.0, 0.3, 1e-3))}), numpy.linspace(-9, 9, 500)),
    }
    for configuration in (10183, 10184, 10185, 10188, 10189, 10271, 10272):
        sensors[f"strain{configuration}"] = (
            scale("Strain", Configuration=configuration, Poisson_Ratio=0.3, Gage_Resistance=350.0, Lead_Wire_Resistance=1.0,
                  Initial_Bridge_Voltage=1e-4, Gage_Factor=2.1, Bridge_Shunt_Calibration_Gain_Adjustment=1.01,
                  Voltage_Excitation=2.5), numpy.linspace(-0.01, 0.01, 500))
    for kind in (10047, 10055, 10072, 10073, 10077, 10082, 10085, 10086):
        for direction in (0, 1):
            values = numpy.linspace(-300, 1900, 2000) if direction else numpy.linspace(-12000, 80000, 2000)
            sensors[f"thermocouple{kind}.{direction}"] = (
                scale("Thermocouple", Thermocouple_Type=kind, Scaling_Direction=direction), values)
    for name, (properties, values) in sensors.items():
        builder = Builder()
        builder.segment([builder.object("/'g'/'x'", builder.plain(10, len(values)), properties)], values.astype("<f8").tobytes())
        paths.append(builder.save(os.path.join(folder, f"{name}.tdms")))
    return paths


if interop.shared is None:
    interop.skipped("no shared data")
else:
    run("real and crafted files", files())
folder = os.path.join(interop.scratch, "made")
os.makedirs(folder)
run("files that npTDMS wrote", written(folder))
run("files byte by byte", built(folder))
interop.notes(notes)
interop.end()
