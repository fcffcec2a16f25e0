"""Random drives enriched by av-enrich, against Python that knows nothing of it.

enrich.py BIN SCRATCH. Position by numpy, sun by pvlib's NREL SPA, keys by pygeohash and mercantile, areas by shapely,
weather by pandas' merge_asof, station by station, and joins by merge_asof; pyarrow, DuckDB and polars open the tables.
"""
import json
import os
import uuid

import duckdb
import mercantile
import numpy
import pandas
import polars
import pvlib
import pyarrow
import pyarrow.parquet
import pygeohash
import shapely

from interop import Interop

START = 1_664_520_000_000_000_000  # 2022-09-30T06:40:00Z
COUNT = 20_000
MEASUREMENT = "210b1ba7-9184-4840-a1c8-ebf397b7c686"
NAMESPACE = uuid.UUID("84c48e80-1758-5a7d-be96-80b10363ba27")


def drive(random, folder):
    """Samples over 14 hours, and fixes at 10 Hz with gaps; the fixes are returned."""
    os.makedirs(f"{folder}/synced")
    os.makedirs(f"{folder}/drive/gps")
    times = START + numpy.sort(random.choice(50_000_000_000_000 // 1_000_000, COUNT, replace=False)) * 1_000_000
    ids = [str(uuid.uuid5(NAMESPACE, f'sample:["{MEASUREMENT}","{time}"]')) for time in times]
    table = pyarrow.table({"sample_id": ids, "measurement_id": [MEASUREMENT] * COUNT,
                           "seq": numpy.arange(COUNT), "t_ns": times})
    pyarrow.parquet.write_table(table, f"{folder}/synced/samples.parquet")
    fixes = START + numpy.arange(0, 50_000, 5) * 1_000_000_000
    kept = (fixes // 1_000_000_000 % 3000) > 200
    fixes = fixes[kept]
    latitudes = 48 + numpy.cumsum(random.normal(0, 1e-4, len(fixes)))
    longitudes = 11 + numpy.cumsum(random.normal(3e-4, 1e-4, len(fixes)))
    table = pyarrow.table({"t_ns": fixes, "latitude": latitudes, "longitude": longitudes})
    pyarrow.parquet.write_table(table, f"{folder}/drive/gps/fix.parquet")
    return times, fixes, latitudes, longitudes


def weather(random, folder):
    """Stations of METAR at irregular times, some far away, with values that are missing; rows of all."""
    rows = []
    for name, latitude, longitude in [("AAA", 48.1, 11.2), ("BBB", 48.05, 11.9), ("CCC", 47.8, 13.4), ("DDD", 50, 11)]:
        minutes = numpy.sort(random.choice(900, 14, replace=False)) - 30
        for minute in minutes:
            rows.append({
                "station": name, "valid": pandas.Timestamp(START + int(minute) * 60_000_000_000).floor("min"),
                "lon": longitude, "lat": latitude, "tmpf": round(random.uniform(20, 80), 2),
                "relh": round(random.uniform(30, 100), 2), "drct": round(random.uniform(0, 359)),
                "sknt": None if random.random() < 0.2 else round(random.uniform(0, 30)),
                "p01i": 0.0 if random.random() < 0.5 else round(random.uniform(0.01, 0.3), 2),
                "mslp": round(random.uniform(980, 1030), 1),
            })
    table = pandas.DataFrame(rows)
    text = table.copy()
    text["valid"] = text["valid"].dt.strftime("%Y-%m-%d %H:%M")
    text.to_csv(f"{folder}/asos.csv.gz", index=False, na_rep="M")
    return table


def great_circle(latitude, longitude, other):
    a, b = numpy.radians(latitude), numpy.radians(other[0])
    half = (numpy.sin((b - a) / 2) ** 2
            + numpy.cos(a) * numpy.cos(b) * numpy.sin(numpy.radians(other[1] - longitude) / 2) ** 2)
    return 2 * 6_371_008.8 * numpy.arcsin(numpy.sqrt(half))


def expected_weather(samples, table):
    """The nearest station within 50 km that has a row not older than 90 minutes wins; a station at a time.

    merge_asof makes floats of the times of rows that it does not find, so values between rows agree to about 1e-8.
    """
    result = pandas.DataFrame(index=samples.index, columns=["station", "age", "temp", "pressure", "wind", "rain"])
    result["distance"] = numpy.inf
    coarse = samples["lat"].isna()
    for name, rows in table.groupby("station"):
        rows = rows.assign(t=rows["valid"].astype("datetime64[ns]").astype("int64")).sort_values("t")
        rows = rows.drop_duplicates("t", keep="last")
        place = (rows["lat"].iloc[0], rows["lon"].iloc[0])
        away = great_circle(samples["lat"].fillna(samples["middle_lat"]), samples["lon"].fillna(samples["middle_lon"]),
                            place)
        hour, limit = 3_600_000_000_000, 5_400_000_000_000
        own = rows[["t", "tmpf", "mslp", "sknt", "p01i"]]
        before = pandas.merge_asof(samples[["t"]], own.assign(own=own["t"]), on="t", tolerance=limit)
        after = pandas.merge_asof(samples[["t"]], own.assign(own=own["t"]), on="t", tolerance=limit,
                                  direction="forward", allow_exact_matches=False)
        rain = pandas.merge_asof(samples[["t"]], own[["t", "p01i"]], on="t", tolerance=hour, direction="forward")
        weight = ((samples["t"] - before["own"]) / (after["own"] - before["own"])).fillna(0)
        between = lambda column: before[column] + (after[column].fillna(before[column]) - before[column]) * weight
        wins = (away <= 50_000) & before["own"].notna() & (away < result["distance"])
        values = {"station": name, "age": (samples["t"] - before["own"]) / 1e9, "temp": (between("tmpf") - 32) * 5 / 9,
                  "pressure": between("mslp"), "wind": before["sknt"] * 1852 / 3600, "rain": rain["p01i"] * 25.4,
                  "distance": away}
        for column, value in values.items():
            result.loc[wins, column] = value if isinstance(value, str) else value[wins]
        result.loc[wins, "method"] = numpy.where(coarse[wins], "coarse",
                                                 numpy.where(after["own"].notna()[wins], "interpolated", "held"))
    result["distance"] = result["distance"].replace(numpy.inf, numpy.nan)
    return result


def differences(name, found, wanted, tolerance):
    found, wanted = pandas.to_numeric(found), pandas.to_numeric(wanted)
    if (found.isna() != wanted.isna()).any():
        row = (found.isna() != wanted.isna()).idxmax()
        return [f"{name}: row {row}: {found[row]} and {wanted[row]}"]
    worst = (found - wanted).abs().max()
    return [] if pandas.isna(worst) or worst <= tolerance else [f"{name}: differs by {worst}"]


def check_position(check, found, fixes, latitudes, longitudes):
    times = found["t_ns"].to_numpy()
    index = numpy.searchsorted(fixes, times, side="right") - 1
    last = numpy.clip(index + 1, 0, len(fixes) - 1)
    first = numpy.clip(index, 0, len(fixes) - 1)
    exact = (index >= 0) & (fixes[first] == times)
    known = exact | ((index >= 0) & (index + 1 < len(fixes)) & (fixes[last] - fixes[first] <= 12_500_000_000))
    weight = numpy.where(exact, 0, (times - fixes[first]) / numpy.maximum(fixes[last] - fixes[first], 1))
    problems = []
    for name, values in [("lat", latitudes), ("lon", longitudes)]:
        wanted = numpy.where(known, values[first] + (values[last] - values[first]) * weight, numpy.nan)
        # A line through the earth and one of equal degrees are some millimetres apart over 50 m.
        problems += differences(name, found[name], pandas.Series(wanted), 1e-8)
    check.judge(f"positions of {int(known.sum())} of {len(times)} samples between numpy's fixes", problems)


def check_sun(check, found):
    known = found[found["lat"].notna()]
    times = pandas.DatetimeIndex(pandas.to_datetime(known["t_ns"], utc=True))
    worst, twilight = 0, []
    for start in range(0, len(known), 1000):
        part = known.iloc[start:start + 1000]
        sun = pvlib.solarposition.spa_python(times[start:start + 1000], part["lat"].iloc[0], part["lon"].iloc[0],
                                             altitude=0, pressure=0)
        # The place of the first row stands for all, so only rows near it are compared.
        near = great_circle(part["lat"], part["lon"], (part["lat"].iloc[0], part["lon"].iloc[0])).to_numpy() < 200
        apart = numpy.abs(sun["elevation"].to_numpy() - part["sun_elevation_deg"].to_numpy())[near]
        worst = max(worst, apart.max())
    for elevation, light in zip(known["sun_elevation_deg"], known["light"]):
        wanted = ("day" if elevation >= -0.833 else "civil_twilight" if elevation >= -6 else
                  "nautical_twilight" if elevation >= -12 else "astronomical_twilight" if elevation >= -18 else "night")
        if light != wanted:
            twilight.append(f"{elevation}: {light}")
    check.judge(f"sun of {len(known)} samples, elevation at most {worst:.4f} degrees from pvlib's SPA",
                twilight + ([f"{worst} degrees"] if worst > 0.022 else []))


def check_space(check, found, areas):
    problems = []
    for row in found.itertuples():
        if pandas.isna(row.lat):
            wanted = (None, None, None)
        else:
            inside = next((name for name, area in areas if area.contains(shapely.Point(row.lon, row.lat))), None)
            tile = mercantile.quadkey(mercantile.tile(row.lon, row.lat, 16))
            wanted = (pygeohash.encode(row.lat, row.lon, 7), tile, inside)
        own = tuple(None if pandas.isna(value) else value for value in (row.geohash, row.quadkey, row.country_code))
        if own != wanted:
            problems.append(f"{row.lat}, {row.lon}: {own}, should be {wanted}")
    check.judge(f"geohash, quadkey and area of {len(found)} samples", problems)


def check_weather(check, found, table, fixes):
    samples = pandas.DataFrame({"t": found["t_ns"], "lat": found["lat"], "lon": found["lon"]})
    samples["middle_lat"], samples["middle_lon"] = fixes
    wanted = expected_weather(samples, table)
    problems = []
    for name, own, tolerance in [("weather_age_s", "age", 1e-6), ("weather_dist_m", "distance", 0.01),
                                 ("temp_c", "temp", 1e-6), ("pressure_hpa", "pressure", 1e-6),
                                 ("wind_mps", "wind", 1e-9), ("precip_mm_h", "rain", 1e-9)]:
        problems += differences(name, found[name], wanted[own], tolerance)
    for name, own in [("weather_station", "station"), ("weather_method", "method")]:
        unequal = found[name].fillna("") != wanted[own].fillna("")
        problems += [f"{name}: row {row}: {found[name][row]}, should be {wanted[own][row]}" for row in
                     found.index[unequal]]
    methods = wanted["method"].value_counts(dropna=False).to_dict()
    check.judge(f"weather of {len(found)} samples, {methods}", problems)


def check_joins(check, random, folder, found):
    problems, compared = [], 0
    for direction in ["backward", "forward", "nearest"]:
        times = START + random.integers(0, 50_000, 400) * 1_000_000_000
        rows = pandas.DataFrame({"t_ns": times, "value": random.normal(0, 1, 400), "word": times.astype(str)})
        rows.to_csv(f"{folder}/{direction}.csv", index=False)
        config = {"joins": [{"prefix": "n", "file": f"{folder}/{direction}.csv", "direction": direction,
                             "max_age": "2min"}]}
        enriched, _ = enrich(check, folder, config, [])
        # The last row of a time stands for all of it.
        rows = rows.drop_duplicates("t_ns", keep="last").sort_values("t_ns")
        wanted = pandas.merge_asof(found[["t_ns"]], rows.assign(own=rows["t_ns"]), on="t_ns",
                                   direction=direction, tolerance=120_000_000_000)
        if direction == "nearest":
            # Of two rows as near pandas takes the later one in some versions, and we the earlier one.
            before = pandas.merge_asof(found[["t_ns"]], rows.assign(own=rows["t_ns"]), on="t_ns",
                                       tolerance=120_000_000_000)
            tie = (found["t_ns"] - before["own"]) == (wanted["own"] - found["t_ns"])
            wanted = wanted.where(~tie, before)
        problems += differences(f"{direction}: value", enriched["n__value"], wanted["value"], 0)
        problems += differences(f"{direction}: age", enriched["n_age_s"], (found["t_ns"] - wanted["own"]) / 1e9, 1e-6)
        compared += len(found)
    check.judge(f"joins backward, forward and nearest of {compared} samples against merge_asof", problems)


def enrich(check, folder, config, arguments):
    with open(f"{folder}/enrich.json5", "w") as file:
        json.dump(config, file)
    output = f"{folder}/out"
    code, text, errors = check.run("av-enrich", f"{folder}/synced", "--drive", f"{folder}/drive", "-c",
                                   f"{folder}/enrich.json5", "-f", "-o", output, *arguments)
    if code != 0:
        raise SystemExit(f"av-enrich ended with {code}: {errors}")
    return pyarrow.parquet.read_table(f"{output}/enriched.parquet").to_pandas(), output


def check_readers(check, output, found):
    problems = []
    path = f"{output}/enriched.parquet"
    if duckdb.sql(f"select count(*), max(t_ns) from '{path}'").fetchall()[0] != (len(found), found["t_ns"].max()):
        problems.append("DuckDB reads other rows")
    if polars.read_parquet(path).height != len(found):
        problems.append("polars reads other rows")
    metadata = pyarrow.parquet.read_metadata(path)
    columns = json.loads(metadata.metadata[b"avtools.columns"])
    units = {column["name"]: column.get("unit") for column in columns}
    names = pyarrow.parquet.read_schema(path).names
    problems += [f"{name} is no column" for name in units if name not in names]
    for name, unit in [("temp_c", "°C"), ("speed_mps", "m/s"), ("heading_deg", "deg"), ("weather_age_s", "s")]:
        if units.get(name) != unit:
            problems.append(f"{name}: unit {units.get(name)}")
    check.judge(f"pyarrow, DuckDB and polars open {len(names)} columns, {len(units)} with units or notes", problems)


def main():
    check = Interop("enrich")
    random = numpy.random.default_rng(20220930)
    folder = f"{check.scratch}/enrich"
    os.makedirs(folder)
    times, fixes, latitudes, longitudes = drive(random, folder)
    table = weather(random, folder)
    ring = [[11.3 + 0.6 * numpy.cos(angle) * (1 + 0.3 * numpy.sin(7 * angle)), 48 + 0.2 * numpy.sin(angle)]
            for angle in numpy.linspace(0, 2 * numpy.pi, 400)]
    hole = [[11.2, 47.98], [11.4, 47.98], [11.4, 48.02], [11.2, 48.02], [11.2, 47.98]]
    with open(f"{folder}/areas.geojson", "w") as file:
        json.dump({"type": "FeatureCollection", "features": [
            {"type": "Feature", "properties": {"iso_a2": "XA"},
             "geometry": {"type": "Polygon", "coordinates": [ring, hole]}}]}, file)
    areas = [("XA", shapely.Polygon(ring, [hole]))]
    config = {"weather": {"files": [f"{folder}/asos.csv.gz"]}, "regions": {"countries": [f"{folder}/areas.geojson"]}}
    found, output = enrich(check, folder, config, [])
    if list(found["t_ns"]) != list(times):
        check.failed("the rows are not the samples")
        check.end()
    check_position(check, found, fixes, latitudes, longitudes)
    check_sun(check, found)
    check_space(check, found, areas)
    middle = (sorted(latitudes)[len(latitudes) // 2], sorted(longitudes)[len(longitudes) // 2])
    check_weather(check, found, table, middle)
    check_readers(check, output, found)
    check_joins(check, random, folder, found)
    check.end()


main()
