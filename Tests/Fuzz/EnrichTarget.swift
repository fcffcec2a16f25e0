import Core
import Pipeline

extension FuzzTarget {
  /// The input is a source of enrichment: weather, areas, detections and tables, each reader gets all of it.
  static let enrich = FuzzTarget(name: "enrich", run: readSources) {
    [
      (
        "meteostat",
        "year,month,day,hour,temp,rhum,prcp,snwd,wdir,wspd,wpgt,pres,tsun,coco\n2022,9,30,8,1,2,3,4,5,6,7,8,9,7\n"
      ),
      ("meteostat-old", "2022-09-30,8,11.2,9.1,87,0.3,,250,14.8,29.6,1012.3,,7\n"),
      (
        "open-meteo",
        "latitude,longitude,elevation,utc_offset_seconds\n1,2,3,7200\n\ntime,temperature_2m (°C),weather_code (wmo code)\n"
          + "2022-09-30T10:00,1,61\n2022-09-30T11:00,NaN,NaN\n"
      ),
      (
        "metar",
        "#x\nstation,valid,lon,lat,tmpf,p01i,mslp,skyc1,wxcodes\nEDDM,2022-09-30 08:20,11,48,M,T,1000,BKN,-RA BR\n"
      ),
      (
        "areas",
        #"{"type":"Feature","properties":{"iso_a2":"DE"},"geometry":{"type":"Polygon","coordinates":[[[0,0],[1,0],[1,1]]]}}"#
      ),
      (
        "lines",
        #"{"t":1,"stream":"c","objects":[{"class":"car","bbox":[1,2,3,4],"cuboid":{"center":[1,2,3],"frame":"vehicle"}}]}"#
      ),
      (
        "openlabel",
        #"{"openlabel":{"objects":{"1":{"type":"car"}},"frames":{"0":{"objects":{"1":{"object_data":{"bbox":[{"val":[1,2,3,4]}]}}}}}}}"#
      ),
      ("table", "_c0,xmin,ymin,xmax,ymax,confidence,class,name,source_image\n0,1,2,3,4,0.5,1,\"a \"\"b\",x.png\n"),
    ].map { ($0, Array($1.utf8)) }
  }
}

private func readSources(_ bytes: [UInt8]) throws {
  if let weather = try? WeatherFormat.read(bytes, file: "w", WeatherHints()) {
    must(weather.rows <= bytes.count, "\(weather.rows) rows of \(bytes.count) bytes")
  }
  if let areas = try? Regions(bytes, file: "r", key: nil, usual: Regions.countryKeys) {
    for place in [(0.0, 0.0), (89.9, 179.9), (0.5, 0.5), (-90, -180)] {
      _ = areas.name(latitude: place.0, longitude: place.1)
    }
  }
  if let frames = try? DetectionFile(path: "d", boxes: .corners).frames(bytes) {
    must(frames.count <= bytes.count, "\(frames.count) frames of \(bytes.count) bytes")
  }
  for batch in [try? TextTables.csv(bytes, file: "t"), try? TextTables.jsonLines(bytes, file: "t")] {
    guard let batch else { continue }
    must(batch.columns.allSatisfy { $0.count == batch.count }, "columns of other lengths than the table")
  }
}
