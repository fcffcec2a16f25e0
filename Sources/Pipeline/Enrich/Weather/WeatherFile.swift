package import Core

/// What a person says of weather files that the files do not say themselves.
package struct WeatherHints: Sendable, Equatable {
  /// The name of a station whose file does not name it; else the file's name tells.
  var station: String?
  /// Where stations are, by name, in degrees north and east; the empty name is for all others.
  var positions: [String: SIMD2<Double>] = [:]
  /// What the times of METAR tables are in.
  var zone = LocalTime.utc
  /// What the times of Open-Meteo tables without a first block are in.
  var offset: LocalTime?

  package init() {}

  func position(_ station: String) -> EarthPoint? {
    (positions[station] ?? positions[""]).map { EarthPoint(latitude: $0.x, longitude: $0.y) }
  }
}

/// The observations of a file, and what was strange in it.
package struct WeatherContents: Sendable {
  var stations: [WeatherStation] = []
  /// Rows of the file.
  package var rows = 0
  /// Weather codes that have no meaning here.
  var unknownCodes = 0
}

/// Why a weather file cannot be used.
package struct WeatherError: Problem, Equatable {
  package var description: String
  package var hint: String?
  package var code: ProblemCode { .damaged }
  package var exitCode: ExitCode { .items }

  init(_ file: String, line: Int? = nil, _ problem: String, hint: String? = nil) {
    description = "\(file)\(line.map { ":\($0)" } ?? ""): \(problem)"
    self.hint = hint
  }
}

/// The formats of weather files, told by their first line.
package enum WeatherFormat: Sendable {
  case meteostat, meteostatWithoutHeader, openMeteo, metar

  /// Nil for a header that belongs to none.
  init?(header fields: [String]) {
    let names = Set(fields)
    if names.isSuperset(of: ["station", "valid"]) {
      self = .metar
    } else if names.isSuperset(of: ["latitude", "longitude", "utc_offset_seconds"])
      || fields.first == "time" || fields.starts(with: ["location_id", "time"])
    {
      self = .openMeteo
    } else if names.isSuperset(of: ["year", "month", "day", "hour"])
      || names.isSuperset(of: ["date", "hour"]) && names.contains("coco")
    {
      self = .meteostat
    } else if fields.count == 13, let date = fields.first, Timestamp(date + "T00:00:00Z") != nil {
      self = .meteostatWithoutHeader
    } else {
      return nil
    }
  }

  /// Reads unpacked text; `file` is what errors call it.
  package static func read(_ bytes: [UInt8], file: String, _ hints: WeatherHints) throws(WeatherError)
    -> WeatherContents
  {
    let text = commentsRemoved(bytes)
    var reader = Delimited(text.bytes)
    let header: [String]
    do throws(Delimited.Failure) { header = try reader.next() ?? [] } catch {
      throw WeatherError(file, line: error.line, "a quote is not closed")
    }
    guard let format = WeatherFormat(header: header) else {
      throw WeatherError(
        file, line: 1,
        "wanted the header of Meteostat, Open-Meteo or IEM (METAR), found '\(header.prefix(4).joined(separator: ","))'",
        hint: "a table of another form needs a mapping in the configuration: weather: {mapped: [{file: …, fields: …}]}")
    }
    var table = WeatherTable(file: file, reader: Delimited(text.bytes), skipped: text.lines)
    return switch format {
    case .meteostat: try MeteostatReader.read(&table, hasHeader: true, hints)
    case .meteostatWithoutHeader: try MeteostatReader.read(&table, hasHeader: false, hints)
    case .openMeteo: try OpenMeteoReader.read(&table, hints)
    case .metar: try METARReader.read(&table, hints)
    }
  }

  /// IEM puts lines that begin with # before the header.
  private static func commentsRemoved(_ bytes: [UInt8]) -> (bytes: ArraySlice<UInt8>, lines: Int) {
    var rest = bytes[...], lines = 0
    while rest.first == UInt8(ascii: "#") {
      let end = rest.firstIndex(of: UInt8(ascii: "\n"))
      rest = end.map { rest[($0 + 1)...] } ?? []
      lines += 1
    }
    return (rest, lines)
  }
}

/// The records of a weather file, with the place of each for errors.
struct WeatherTable {
  let file: String
  private var reader: Delimited
  private let skipped: Int

  init(file: String, reader: Delimited, skipped: Int) {
    (self.file, self.reader, self.skipped) = (file, reader, skipped)
  }

  mutating func next() throws(WeatherError) -> [String]? {
    do throws(Delimited.Failure) { return try reader.next() } catch {
      throw WeatherError(file, line: error.line + skipped, "a quote is not closed")
    }
  }

  /// An error at the record that was read last.
  func error(_ problem: String, hint: String? = nil) -> WeatherError {
    WeatherError(file, line: reader.line + skipped, problem, hint: hint)
  }

  /// The number in a field; NaN where it is empty, and for the texts that mean so.
  func number(_ text: String, missing: [String] = []) throws(WeatherError) -> Double {
    guard !text.isEmpty, !missing.contains(text) else { return .nan }
    guard let value = Double(text), value.isFinite else { throw error("wanted a number, found '\(text.shown)'") }
    return value
  }
}
