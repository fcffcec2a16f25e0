"""Scenes of real drives: every stage on recordings that vehicles made, a table of what was found, and the pages.

real_drives.py BIN DATA SCRATCH [--pages FOLDER]. DATA holds folders of recordings by format (rosbag, mdf4) and DBC files;
what is not there is left out. Each drive goes landing, raw, extracted, synchronized, enriched, scenes in a lake of its
own. How its signals are called, and how its sensors lie in the vehicle, is written below.
"""
import argparse
import datetime
import glob
import hashlib
import json
import os
import shutil
import subprocess
import sys
import uuid


def mapping(stream, field, unit=None, sign=1):
    signal = {"col": f"{stream}__{field}", "sign": sign}
    if unit:
        signal["unit"] = unit
    return signal


def logger(message):
    """The stream of a message that was decoded by the logger's maker."""
    return f"structured/CAN2%20message%20ID%3D{message}%20from%20{message}"


# Up is X, forward is -Y, left is -Z in this vehicle, as gravity, speed and heading tell.
GPS_LOGGER = {
    "lat": mapping(logger("0x3"), "Latitude"), "lon": mapping(logger("0x3"), "Longitude"),
    "alt_m": mapping(logger("0x4"), "Altitude"), "heading_deg": mapping(logger("0x5"), "Heading"),
    "speed_mps": mapping(logger("0x7"), "Speed"), "ax_mps2": mapping(logger("0x9"), "AccelerationY", sign=-1),
    "ay_mps2": mapping(logger("0x9"), "AccelerationZ", sign=-1),
    "yaw_rate_radps": mapping(logger("0x9"), "AngularRateX", "deg/s"),
}


# The same of raw frames, by the database of the logger's receiver.
FRAMES = {
    "lat": mapping("can/can2.gnss_pos", "Latitude"), "lon": mapping("can/can2.gnss_pos", "Longitude"),
    "alt_m": mapping("can/can2.gnss_altitude", "Altitude"), "heading_deg": mapping("can/can2.gnss_attitude", "Heading"),
    "speed_mps": mapping("can/can2.gnss_speed", "Speed"), "ax_mps2": mapping("can/can2.gnss_imu", "AccelerationY", sign=-1),
    "ay_mps2": mapping("can/can2.gnss_imu", "AccelerationZ", sign=-1),
    "yaw_rate_radps": mapping("can/can2.gnss_imu", "AngularRateX", "deg/s"),
}


# Name, recording, samples a second, database, signals.
DRIVES = [
    ("GNSS and IMU logger 1", "mdf4/CSS-Electronics__3BA199E2_00000164_decoded_00000003-60FE43B2.mf4", 10, None, GPS_LOGGER),
    ("GNSS and IMU logger 2", "mdf4/CSS-Electronics__3BA199E2_00000165_decoded_00000004-60FEBD93.mf4", 10, None, GPS_LOGGER),
    ("GNSS and IMU logger 3", "mdf4/CSS-Electronics__3BA199E2_00000165_decoded_00000005-60FEBFEB.mf4", 10, None, GPS_LOGGER),
    ("GNSS and IMU logger 4", "mdf4/CSS-Electronics__3BA199E2_00000165_decoded_00000006-60FFE42F.mf4", 10, None, GPS_LOGGER),
    ("raw CAN frames by DBC 1", "mdf4/CSS-Electronics__3BA199E2_00000165_00000002-60FEB8E3.MF4", 10, "canmod-gps", FRAMES),
    ("raw CAN frames by DBC 2", "mdf4/CSS-Electronics__3BA199E2_00000165_00000003-60FEBB3B.MF4", 10, "canmod-gps", FRAMES),
    ("ROS, GNSS receiver 1", "rosbag/sail-il__Sail-il2022__gps_imu_recordings_29-0__all_sensors.bag", 10, None, {}),
    ("ROS, GNSS receiver 2", "rosbag/sail-il__Sail-il2022__run_with_video_7.bag", 10, None, {}),
]


def parse(time):
    return datetime.datetime.fromisoformat(time[:19])


class Failed(Exception):
    pass


def run(binaries, lake, tool, *arguments, records=None):
    result = subprocess.run(
        [f"{binaries}/{tool}", *arguments, "--lake", lake], input=records or "", capture_output=True, text=True)
    if result.returncode not in (0, 3):
        raise Failed(f"{tool} ended with {result.returncode}: {(result.stderr or result.stdout).strip()[:300]}")
    return result.stdout, result.stderr.strip()


def field(records, name):
    return [json.loads(line).get(name) for line in records.splitlines()]


def write_manifest(binaries, folder, name, number):
    found = json.loads(subprocess.run(
        [f"{binaries}/av-meta", "inspect", "--json", f"{folder}/{name}"], capture_output=True, text=True, check=True).stdout)
    with open(f"{folder}/{name}", "rb") as file:
        digest = hashlib.sha256(file.read()).hexdigest()
    with open(f"{folder}/manifest.json", "w") as file:
        json.dump({
            "schema": "av.manifest/1", "measurement": str(uuid.uuid5(uuid.NAMESPACE_URL, name)), "vin": f"REAL{number:013}",
            "start": found["start"], "end": found["end"], "files": [{"path": name, "bytes": found["bytes"], "sha256": digest}],
        }, file)


def drive(binaries, data, scratch, number, recording, rate, dbc, signals):
    lake = f"{scratch}/{number}"
    shutil.rmtree(lake, ignore_errors=True)
    run(binaries, lake, "av-meta", "init")
    landing = f"{lake}/landing/m{number}"
    os.makedirs(landing)
    shutil.copy(f"{data}/{recording}", landing)
    write_manifest(binaries, landing, os.path.basename(recording), number)
    said = []

    def stage(tool, *arguments, records):
        output, errors = run(binaries, lake, tool, *arguments, records=records)
        said.extend(line for line in errors.splitlines() if "lack columns" not in line)
        return output

    raw = stage("av-ingest", records=stage("av-validate", "--landing", records=""))
    extra = [argument for path in glob.glob(f"{data}/dbc/*{dbc}.dbc") for argument in ("--dbc", path)] if dbc else []
    extracted = stage("av-extract", "-q", *extra, records=raw)
    # Transforms are sent once, and no span of time.
    synced = stage("av-sync", "--rate", f"{rate}Hz", "--stream", "!*/tf_static", "--stream", "!*/ublox_navsat", records=extracted)
    with open(f"{lake}/enrich.json5", "w") as file:
        json.dump({"signals": signals}, file)
    enriched = stage("av-enrich", "-c", f"{lake}/enrich.json5", records=synced)
    found = stage("av-scenes", "--report", "html", records=enriched)
    scenes = [record for record in map(json.loads, found.splitlines()) if record["type"] == "scene"]
    datastream = [record for record in map(json.loads, found.splitlines()) if record["type"] == "datastream"][-1]
    return lake, scenes, datastream, said


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("binaries")
    parser.add_argument("data")
    parser.add_argument("scratch")
    parser.add_argument("--pages")
    options = parser.parse_args()
    os.makedirs(options.scratch, exist_ok=True)
    print("| drive | length, s | samples | rules searched | scenes | found |\n|---|---:|---:|---:|---:|---|")
    failures = 0
    for number, (name, recording, rate, dbc, signals) in enumerate(DRIVES):
        if not os.path.exists(f"{options.data}/{recording}"):
            continue
        try:
            lake, scenes, datastream, said = drive(
                options.binaries, options.data, options.scratch, number, recording, rate, dbc, signals)
        except Failed as error:
            failures += 1
            print(f"| {name} | | | | | {error} |")
            continue
        folder = f"{lake}/{datastream['path']}"
        with open(f"{folder}/scenes_report.json") as file:
            report = json.load(file)
        counts = {}
        for scene in scenes:
            counts[scene["scene"]] = counts.get(scene["scene"], 0) + 1
        found = ", ".join(f"{kind} {count}" for kind, count in sorted(counts.items())) or "nothing"
        seconds = (parse(report["end"]) - parse(report["start"])).total_seconds() if report["rows"] else 0
        print(f"| {name} | {seconds:.0f} | {report.get('rows', '')} | {len(report.get('rules', []))} | {len(scenes)} | {found} |", flush=True)
        for line in said:
            print(f"{name}: {line}", file=sys.stderr)
        if options.pages:
            os.makedirs(options.pages, exist_ok=True)
            shutil.copy(f"{folder}/scenes.html", f"{options.pages}/{number}.html")
    sys.exit(1 if failures else 0)


main()
