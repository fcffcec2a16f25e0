#!/usr/bin/env python3
"""Writes the MDF4 files of the bench: gen_mdf.py FOLDER [--mb 200] [--frames 4000000] [--large 0].

Same arguments, same content.

    meas_raw.mf4   10 groups of 10 to 1000 Hz with 20 channels each: double, single, int16 linear, uint8 value-to-text
    meas_dz.mf4    the same, transposed and deflated
    large.mf4      one group of 16 doubles and their time in blocks of 4 MB, of so many MB as --large says
    bus.mf4        CAN bus logging, one group, 60 ids (20 of 29 bits), 8 bytes a frame; bus.dbc has their 270 signals

What is there already is kept."""
import argparse, os, struct

import numpy as np
from asammdf import MDF, Signal, Source
from asammdf.blocks import v4_constants as v4c

RATES = [1000, 1000, 500, 500, 200, 200, 100, 100, 50, 10]
RECORD = 8 + 8 * 8 + 4 * 4 + 6 * 2 + 2
IDS, STANDARD = 60, 40


def measurement(path, compression, megabytes):
    rng = np.random.default_rng(7)
    seconds = megabytes * 1e6 / (RECORD * sum(RATES))
    states = {f"val_{i}": i for i in range(5)} | {f"text_{i}": f"STATE_{i}".encode() for i in range(5)}
    file = MDF(version="4.10")
    for group, rate in enumerate(RATES):
        n = int(seconds * rate)
        t = np.arange(n) / rate
        base = np.sin(2 * np.pi * 0.1 * t + group) * 50
        signals = []
        for c in range(20):
            name = f"G{group:02d}_{rate}Hz_ch{c:02d}"
            if c < 8:
                x = np.round(base * (c + 1) + rng.normal(0, 0.5, n), 4).astype("f8")
                signals.append(Signal(x, t, name=name, unit="m/s^2", comment=f"accel {c}"))
            elif c < 12:
                x = (base / (c - 7) + rng.normal(0, 0.1, n)).astype("f4")
                signals.append(Signal(x, t, name=name, unit="deg"))
            elif c < 18:
                x = (base * 100 + rng.integers(-20, 20, n)).astype("i2")
                signals.append(Signal(x, t, name=name, unit="km/h", conversion={"a": 0.01, "b": -40.0}))
            else:
                x = ((t * 2).astype("i8") % 5).astype("u1")
                signals.append(Signal(x, t, name=name, conversion=states | {"default": b"UNKNOWN"}))
        file.append(signals, common_timebase=True, acq_name=f"raster_{rate}Hz_{group}", comment=f"group {group}")
    file.save(path, overwrite=True, compression=compression)
    file.close()


def can_id(i): return 0x100 + i if i < STANDARD else 0x18F00000 + (i << 8) + 0x10


def database(path):
    lines, tables = ['VERSION ""', "", "BU_: ECU", ""], []
    for i in range(IDS):
        key = can_id(i) | (0 if i < STANDARD else 0x80000000)
        lines.append(f"BO_ {key} MSG_{i:02d}: 8 ECU")
        if i % 2 == 0:
            lines += [f' SG_ M{i:02d}_speed : 0|16@1+ (0.01,0) [0|655.35] "km/h" ECU',
                      f' SG_ M{i:02d}_torque : 16|12@1- (0.5,-100) [0|0] "Nm" ECU',
                      f' SG_ M{i:02d}_state : 28|4@1+ (1,0) [0|15] "" ECU',
                      f' SG_ M{i:02d}_cnt : 32|8@1+ (1,0) [0|255] "" ECU',
                      f' SG_ M{i:02d}_temp : 40|24@1- (0.001,0) [0|0] "degC" ECU']
            tables.append(f'VAL_ {key} M{i:02d}_state 0 "OFF" 1 "ON" 2 "ERR" 15 "SNA" ;')
        else:
            lines += [f' SG_ M{i:02d}_yaw : 7|16@0- (0.0001,0) [0|0] "rad/s" ECU',
                      f' SG_ M{i:02d}_pos : 23|16@0+ (0.1,0) [0|0] "m" ECU',
                      f' SG_ M{i:02d}_flag : 32|1@0+ (1,0) [0|1] "" ECU',
                      f' SG_ M{i:02d}_ang : 47|17@0- (0.01,0) [0|0] "deg" ECU']
        lines.append("")
    with open(path, "w") as file: file.write("\n".join(lines + tables) + "\n")


def bus(path, frames):
    rng = np.random.default_rng(11)
    which = rng.integers(0, IDS, frames)
    t = np.cumsum(rng.exponential(1 / 8000, frames))
    kinds = {"BusChannel": "u1", "ID": "<u4", "IDE": "u1", "DLC": "u1", "DataLength": "u1", "DataBytes": "(8,)u1",
             "Dir": "u1", "EDL": "u1", "BRS": "u1", "ESI": "u1"}
    a = np.zeros(frames, np.dtype([("CAN_DataFrame." + name, kind) for name, kind in kinds.items()]))
    a["CAN_DataFrame.BusChannel"] = 1
    a["CAN_DataFrame.ID"] = np.array([can_id(i) for i in range(IDS)], "u4")[which]
    a["CAN_DataFrame.IDE"] = which >= STANDARD
    a["CAN_DataFrame.DLC"] = a["CAN_DataFrame.DataLength"] = 8
    a["CAN_DataFrame.DataBytes"] = rng.integers(0, 256, (frames, 8), dtype="u1")
    source = Source(name="CAN1", path="CAN1", comment="", source_type=v4c.SOURCE_BUS, bus_type=v4c.BUS_TYPE_CAN)
    file = MDF(version="4.11")
    file.append([Signal(a, t, name="CAN_DataFrame", source=source)], acq_name="CAN1", acq_source=source,
                comment="bus logging", common_timebase=True)
    file.groups[-1].channel_group.flags |= v4c.FLAG_CG_BUS_EVENT
    file.save(path, overwrite=True, compression=0)
    file.close()


def large(path, megabytes):
    """Written by hand, so that no more than a block is in memory."""
    with open(path, "wb") as file:
        def block(kind, links, body):
            file.write(b"\0" * (-file.tell() % 8))
            at = file.tell()
            file.write(struct.pack("<4s4xQQ", b"##" + kind, 24 + 8 * len(links) + len(body), len(links)))
            file.write(struct.pack(f"<{len(links)}q", *links) + body)
            return at

        def text(words): return block(b"TX", [], words.encode() + b"\0")
        file.write(struct.pack("<8s8s8s4xH34x", b"MDF     ", b"4.10    ", b"bench   ", 410))
        head = block(b"HD", [0] * 6, struct.pack("<QhhBBBxdd", 1714557600 * 10**9, 0, 0, 0, 0, 0, 0, 0))
        channels, columns, rows = 0, 17, 30_000
        for c in reversed(range(columns)):
            name, unit = text(f"ch{c:02d}" if c else "time"), text("s" if c == 0 else "V")
            body = struct.pack("<BBBBIIIIBBHdddddd", 0 if c else 2, 0 if c else 1, 4, 0, 8 * c, 64, 0, 0, 0, 0, 0, *[0.0] * 6)
            channels = block(b"CN", [channels, 0, name, 0, 0, 0, unit, 0], body)
        size = 8 * columns * rows
        count = max(1, int(megabytes * 1e6 / size))
        group = block(b"CG", [0, channels, text("large"), 0, 0, 0], struct.pack("<QQHHIII", 0, count * rows, 0, 0, 0, 8 * columns, 0))
        table, rng, data = np.empty((rows, columns)), np.random.default_rng(5), []
        for k in range(count):
            table[:, 0] = (np.arange(rows) + k * rows) * 1e-4
            table[:, 1:] = np.round(np.cumsum(rng.normal(0, 1e-2, (rows, columns - 1)), axis=0), 4)
            data.append(block(b"DT", [], table.tobytes()))
        offsets = struct.pack("<B3xIQ", 1, count, size)
        records = block(b"DL", [0, *data], offsets)
        data_group = block(b"DG", [0, group, records, 0], bytes(8))
        file.seek(head + 24)
        file.write(struct.pack("<q", data_group))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder")
    parser.add_argument("--mb", type=float, default=200)
    parser.add_argument("--frames", type=int, default=4_000_000)
    parser.add_argument("--large", type=float, default=0, help="MB; 0 leaves it out")
    options = parser.parse_args()
    os.makedirs(options.folder, exist_ok=True)
    makers = {"meas_raw.mf4": lambda path: measurement(path, 0, options.mb),
              "meas_dz.mf4": lambda path: measurement(path, 2, options.mb),
              "bus.dbc": database, "bus.mf4": lambda path: bus(path, options.frames)}
    if options.large: makers["large.mf4"] = lambda path: large(path, options.large)
    for name, make in makers.items():
        path = os.path.join(options.folder, name)
        if not os.path.exists(path): make(path)


if __name__ == "__main__":
    main()
