"""av-enrich beside pandas and polars: one hour of driving, with every source, in one run.

bench_enrich.py BIN FOLDER [--samples-hz 10] [--runs 3]. Samples, 100 Hz CAN, 10 Hz GNSS, hourly weather of 20 stations, an
area of 20,000 corners, detections and a table of notes are made once in FOLDER. The scripts do the same joins and write the
same columns where they can: position, speed and its derivative, weather of the nearest station, sun, geohash, area,
counts of objects, notes. They leave out what has no library there: quadkey, in-path, time to collision, apparent sun.
"""
import argparse
import json
import os
import sys
import uuid

import numpy
import pandas
import polars
import pyarrow
import pyarrow.parquet

import measured

START = 1_664_527_000_000_000_000
HOUR = 3600


def make(folder, rate):
    random = numpy.random.default_rng(1)
    for name in ["synced", "drive/gps", "drive/can"]:
        os.makedirs(f"{folder}/{name}", exist_ok=True)
    times = START + numpy.arange(HOUR * rate) * (1_000_000_000 // rate)
    pyarrow.parquet.write_table(pyarrow.table({
        "sample_id": [str(uuid.UUID(int=index)) for index in range(len(times))],
        "measurement_id": ["210b1ba7-9184-4840-a1c8-ebf397b7c686"] * len(times),
        "seq": numpy.arange(len(times)), "t_ns": times}), f"{folder}/synced/samples.parquet")
    bus = START + numpy.arange(HOUR * 100) * 10_000_000
    pyarrow.parquet.write_table(pyarrow.table({
        "t_ns": bus, "v": 60 + 30 * numpy.sin(numpy.arange(len(bus)) / 5000), "yaw": random.normal(0, 2, len(bus)),
        "brake": random.uniform(0, 100, len(bus))}), f"{folder}/drive/can/esp.parquet")
    fixes = START + numpy.arange(HOUR * 10) * 100_000_000
    pyarrow.parquet.write_table(pyarrow.table({
        "t_ns": fixes, "latitude": 48 + numpy.cumsum(random.normal(0, 1e-6, len(fixes))),
        "longitude": 11 + numpy.arange(len(fixes)) * 2e-5}), f"{folder}/drive/gps/fix.parquet")
    rows = [{"station": f"S{station}", "valid": pandas.Timestamp(START + hour * 3_600_000_000_000),
             "lat": 48 + station % 5 * 0.1, "lon": 11 + station * 0.04, "tmpf": random.uniform(40, 70),
             "relh": random.uniform(30, 100), "drct": random.uniform(0, 359), "sknt": random.uniform(0, 30),
             "p01i": random.uniform(0, 0.1), "mslp": random.uniform(980, 1030)}
            for station in range(20) for hour in range(-2, 4)]
    pandas.DataFrame(rows).to_csv(f"{folder}/asos.csv", index=False, date_format="%Y-%m-%d %H:%M")
    ring = [[11.3 + numpy.cos(angle) * 0.5, 48 + numpy.sin(angle) * 0.3]
            for angle in numpy.linspace(0, 2 * numpy.pi, 20_000)]
    with open(f"{folder}/areas.geojson", "w") as file:
        json.dump({"type": "FeatureCollection", "features": [
            {"type": "Feature", "properties": {"iso_a2": "XA"}, "geometry": {"type": "Polygon", "coordinates": [ring]}}]},
                  file)
    with open(f"{folder}/det.jsonl", "w") as file:
        for second in range(HOUR):
            objects = [{"class": ["car", "person", "bicycle"][index % 3], "bbox": [1, 2, 30, 40], "score": 0.9,
                        "track_id": f"{index}", "cuboid": {"center": [10 + index, index - 2, 0], "frame": "vehicle"}}
                       for index in range(8)]
            file.write(json.dumps({"t": START + second * 1_000_000_000, "objects": objects}) + "\n")
    notes = START + numpy.sort(random.integers(0, HOUR, 200)) * 1_000_000_000
    pandas.DataFrame({"t_ns": notes, "note": ["x"] * 200}).to_csv(f"{folder}/notes.csv", index=False)
    with open(f"{folder}/enrich.json5", "w") as file:
        json.dump({
            "signals": {"speed_mps": {"col": "can/esp__v", "unit": "km/h"},
                        "yaw_rate_radps": {"col": "can/esp__yaw", "unit": "deg/s"},
                        "brake": {"col": "can/esp__brake", "unit": "%"}},
            "weather": {"files": ["asos.csv"]}, "regions": {"countries": ["areas.geojson"]},
            "objects": {"files": ["det.jsonl"], "boxes": "xyxy"},
            "joins": [{"prefix": "n", "file": "notes.csv", "max_age": "1min"}]}, file)


def sun(numbers, latitude, longitude):
    """Elevation and azimuth by NOAA's formulas, vectorized."""
    t = ((numbers / 86_400e9 + 2_440_587.5) - 2_451_545) / 36_525
    rad = numpy.radians
    mean = (280.46646 + t * (36_000.76983 + 0.0003032 * t)) % 360
    anomaly = 357.52911 + t * (35_999.05029 - 0.0001537 * t)
    orbit = 0.016708634 - t * (0.000042037 + 0.0000001267 * t)
    centre = (numpy.sin(rad(anomaly)) * (1.914602 - t * (0.004817 + 0.000014 * t))
              + numpy.sin(rad(2 * anomaly)) * (0.019993 - 0.000101 * t) + 0.000289 * numpy.sin(rad(3 * anomaly)))
    node = 125.04 - 1934.136 * t
    length = mean + centre - 0.00569 - 0.00478 * numpy.sin(rad(node))
    tilt = 23 + (26 + (21.448 - t * (46.815 + t * (0.00059 - 0.001813 * t))) / 60) / 60 + 0.00256 * numpy.cos(rad(node))
    declination = numpy.arcsin(numpy.sin(rad(tilt)) * numpy.sin(rad(length)))
    y = numpy.tan(rad(tilt / 2)) ** 2
    equation = 4 * numpy.degrees(
        y * numpy.sin(2 * rad(mean)) - 2 * orbit * numpy.sin(rad(anomaly))
        + 4 * orbit * y * numpy.sin(rad(anomaly)) * numpy.cos(2 * rad(mean))
        - 0.5 * y * y * numpy.sin(4 * rad(mean)) - 1.25 * orbit * orbit * numpy.sin(2 * rad(anomaly)))
    solar = ((numbers % 86_400_000_000_000) / 60e9 + equation + 4 * longitude) % 1440
    hour = rad(solar / 4 - 180)
    cosine = (numpy.sin(rad(latitude)) * numpy.sin(declination)
              + numpy.cos(rad(latitude)) * numpy.cos(declination) * numpy.cos(hour))
    zenith = numpy.arccos(numpy.clip(cosine, -1, 1))
    angle = numpy.degrees(numpy.arccos(numpy.clip(
        (numpy.sin(rad(latitude)) * cosine - numpy.sin(declination)) / (numpy.cos(rad(latitude)) * numpy.sin(zenith)),
        -1, 1)))
    return 90 - numpy.degrees(zenith), numpy.where(hour > 0, angle + 180, 540 - angle) % 360


def great_circle(latitude, longitude, other):
    a, b = numpy.radians(latitude), numpy.radians(other[0])
    half = numpy.sin((b - a) / 2) ** 2 + numpy.cos(a) * numpy.cos(b) * numpy.sin(numpy.radians(other[1] - longitude) / 2) ** 2
    return 2 * 6_371_008.8 * numpy.arcsin(numpy.sqrt(half))


def columns(folder, library):
    """What both scripts share: numpy on columns that the library has read."""
    import pygeohash
    import shapely
    if library == "pandas":
        read = lambda name: pandas.read_parquet(f"{folder}/{name}")
        number = lambda table, name: table[name].to_numpy()
    else:
        read = lambda name: polars.read_parquet(f"{folder}/{name}")
        number = lambda table, name: table[name].to_numpy()
    samples, bus, fixes = read("synced/samples.parquet"), read("drive/can/esp.parquet"), read("drive/gps/fix.parquet")
    times = number(samples, "t_ns")
    at = lambda table, name, when: numpy.interp(when, number(table, "t_ns"), number(table, name))
    result = {"t_ns": times, "lat": at(fixes, "latitude", times), "lon": at(fixes, "longitude", times)}
    speed = lambda when: at(bus, "v", when) / 3.6
    half = 150_000_000
    result |= {"speed_mps": speed(times), "yaw_rate_radps": numpy.radians(at(bus, "yaw", times)),
               "brake": at(bus, "brake", times) / 100, "ax_mps2": (speed(times + half) - speed(times - half)) / 0.3}
    acceleration = lambda when: (speed(when + half) - speed(when - half)) / 0.3
    result["jerk_mps3"] = (acceleration(times + half) - acceleration(times - half)) / 0.3
    result["sun_elevation_deg"], result["sun_azimuth_deg"] = sun(times, result["lat"], result["lon"])
    result["geohash"] = [pygeohash.encode(*place, 7) for place in zip(result["lat"], result["lon"])]
    with open(f"{folder}/areas.geojson") as file:
        shape = shapely.from_geojson(json.dumps(json.load(file)["features"][0]["geometry"]))
    shapely.prepare(shape)
    result["country_code"] = numpy.where(shapely.contains_xy(shape, result["lon"], result["lat"]), "XA", None)
    return samples, times, result


GROUPS = {"car": "vehicles", "person": "pedestrians", "bicycle": "cyclists"}


def detections(folder):
    rows = []
    with open(f"{folder}/det.jsonl") as file:
        for line in file:
            frame = json.loads(line)
            for item in frame["objects"]:
                center = item["cuboid"]["center"]
                rows.append((frame["t"], GROUPS[item["class"]], (center[0] ** 2 + center[1] ** 2) ** 0.5))
    return rows


def by_pandas(folder):
    samples, times, result = columns(folder, "pandas")
    table = pandas.DataFrame(result)
    weather = pandas.read_csv(f"{folder}/asos.csv", parse_dates=["valid"])
    weather["t_ns"] = weather["valid"].astype("datetime64[ns]").astype("int64")
    best = numpy.full(len(table), numpy.inf)
    for _, rows in weather.groupby("station"):
        rows = rows.sort_values("t_ns")
        away = great_circle(table["lat"], table["lon"], (rows["lat"].iloc[0], rows["lon"].iloc[0]))
        before = pandas.merge_asof(table[["t_ns"]], rows.assign(own=rows["t_ns"]), on="t_ns", tolerance=5_400_000_000_000)
        after = pandas.merge_asof(table[["t_ns"]], rows.assign(own=rows["t_ns"]), on="t_ns", direction="forward",
                                  tolerance=5_400_000_000_000)
        weight = ((table["t_ns"] - before["own"]) / (after["own"] - before["own"])).fillna(0)
        wins = (away <= 50_000) & before["own"].notna() & (away < best)
        best = numpy.where(wins, away, best)
        for name, source in [("temp_c", "tmpf"), ("rh_pct", "relh"), ("pressure_hpa", "mslp")]:
            table.loc[wins, name] = (before[source] + (after[source] - before[source]) * weight)[wins]
        for name, source, factor in [("wind_mps", "sknt", 0.5144), ("wind_dir_deg", "drct", 1)]:
            table.loc[wins, name] = (before[source] * factor)[wins]
        table.loc[wins, "precip_mm_h"] = (after["p01i"] * 25.4)[wins]
        table.loc[wins, "weather_age_s"] = ((table["t_ns"] - before["own"]) / 1e9)[wins]
    table["temp_c"] = (table["temp_c"] - 32) * 5 / 9
    objects = pandas.DataFrame(detections(folder), columns=["t_ns", "group", "distance"])
    counts = objects.pivot_table(index="t_ns", columns="group", values="distance", aggfunc="count")
    counts["nearest_m"] = objects.groupby("t_ns")["distance"].min()
    table = pandas.merge_asof(table, counts.reset_index(), on="t_ns", direction="nearest", tolerance=50_000_000)
    notes = pandas.read_csv(f"{folder}/notes.csv").assign(own=lambda rows: rows["t_ns"])
    table = pandas.merge_asof(table, notes.drop_duplicates("t_ns", keep="last"), on="t_ns", tolerance=60_000_000_000)
    table.insert(0, "sample_id", samples["sample_id"])
    table.to_parquet(f"{folder}/pandas.parquet", compression="zstd")


def by_polars(folder):
    samples, times, result = columns(folder, "polars")
    table = polars.DataFrame(result).with_columns(sample_id=samples["sample_id"]).sort("t_ns")
    weather = polars.read_csv(f"{folder}/asos.csv").with_columns(
        t_ns=polars.col("valid").str.to_datetime("%Y-%m-%d %H:%M").dt.epoch("ns")).sort("t_ns")
    best = numpy.full(len(table), numpy.inf)
    columns_of_weather = {}
    for rows in weather.partition_by("station"):
        away = great_circle(table["lat"].to_numpy(), table["lon"].to_numpy(), (rows["lat"][0], rows["lon"][0]))
        rows = rows.with_columns(own=polars.col("t_ns"))
        before = table.select("t_ns").join_asof(rows, on="t_ns", tolerance=5_400_000_000_000)
        after = table.select("t_ns").join_asof(rows, on="t_ns", strategy="forward", tolerance=5_400_000_000_000)
        one, two = before["own"].to_numpy(), after["own"].to_numpy()
        weight = numpy.nan_to_num((times - one) / numpy.where(two > one, two - one, numpy.nan))
        wins = (away <= 50_000) & before["own"].is_not_null().to_numpy() & (away < best)
        best = numpy.where(wins, away, best)
        between = lambda name: before[name].to_numpy() + (after[name].to_numpy() - before[name].to_numpy()) * weight
        own = {"temp_c": (between("tmpf") - 32) * 5 / 9, "rh_pct": between("relh"), "pressure_hpa": between("mslp"),
               "wind_mps": before["sknt"].to_numpy() * 0.5144, "wind_dir_deg": before["drct"].to_numpy(),
               "precip_mm_h": after["p01i"].to_numpy() * 25.4, "weather_age_s": (times - one) / 1e9}
        for name, values in own.items():
            columns_of_weather[name] = numpy.where(wins, values, columns_of_weather.get(name, numpy.nan))
    table = table.with_columns(**columns_of_weather)
    objects = polars.DataFrame(detections(folder), schema=["t_ns", "group", "distance"], orient="row")
    counts = objects.pivot("group", index="t_ns", values="distance", aggregate_function="len").sort("t_ns")
    nearest = objects.group_by("t_ns").agg(nearest_m=polars.col("distance").min()).sort("t_ns")
    table = table.join_asof(counts.join(nearest, on="t_ns").sort("t_ns"), on="t_ns", strategy="nearest",
                            tolerance=50_000_000)
    notes = polars.read_csv(f"{folder}/notes.csv").sort("t_ns").with_columns(own=polars.col("t_ns"))
    table = table.join_asof(notes, on="t_ns", tolerance=60_000_000_000)
    table.write_parquet(f"{folder}/polars.parquet", compression="zstd")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("binaries")
    parser.add_argument("folder")
    parser.add_argument("--samples-hz", type=int, default=10)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--only")
    options = parser.parse_args()
    if options.only:
        {"pandas": by_pandas, "polars": by_polars}[options.only](options.folder)
        return
    if not os.path.exists(f"{options.folder}/enrich.json5"):
        make(options.folder, options.samples_hz)
    print("| job | wall, s | processor, s | memory, MB |\n|---|---:|---:|---:|")
    script = [sys.executable, os.path.abspath(__file__), options.binaries, options.folder, "--only"]
    rows = {name: measured.row(name, script + [name], options.runs) for name in ["pandas", "polars"]}
    rows["av-enrich"] = measured.row(
        "av-enrich", [f"{options.binaries}/av-enrich", f"{options.folder}/synced", "--drive", f"{options.folder}/drive",
                      "-c", f"{options.folder}/enrich.json5", "-f", "-o", f"{options.folder}/out"], options.runs)
    for name in ["pandas", "polars"]:
        print(f"{rows[name][1] / rows['av-enrich'][1]:.1f} times {name} in processor time")


main()
