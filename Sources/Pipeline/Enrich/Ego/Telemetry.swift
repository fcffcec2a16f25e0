import Core

/// The tables that say how the vehicle moved: extracted streams, the wide table of a synchronisation, files of loggers.
struct Telemetry: Sendable {
  /// One table that may be asked.
  struct Place: Sendable, Equatable {
    /// `can/esp`, or the file's name; nil for a wide table, whose columns are named in full.
    var name: String?
    var path: String
    var clock = SourceClock()
  }

  /// Asked in order.
  let places: [Place]
  /// Streams whose clock was corrected: their own tables have other times than the samples, and only the wide one is
  /// of use.
  var corrected: Set<String> = []

  /// Times and values of a column.
  struct Source: Sendable {
    var table: SourceTable
    var field: Field
    var clock: SourceClock
    /// `stream__field`.
    var name: String
  }

  /// Finds a column by `stream__field`, or by `file__column`.
  func source(_ reference: String) throws -> Source {
    var isCorrected = false
    for place in places {
      guard let name = place.name else {
        let table = try SourceTable(place.path)
        guard let field = table.field(Self.plain(reference)) else { continue }
        return Source(table: table, field: field, clock: place.clock, name: reference)
      }
      for prefix in Set([name, Self.plain(name)]).map({ $0 + "__" }) where reference.hasPrefix(prefix) {
        let column = String(reference.dropFirst(prefix.count))
        let table = try SourceTable(place.path, name: name)
        guard let field = table.field(column) ?? table.schema.fields.first(where: { Self.plain($0.name) == column })
        else { continue }
        guard !corrected.contains(name) else {
          isCorrected = true
          continue
        }
        return Source(table: table, field: field, clock: place.clock, name: "\(name)__\(field.name)")
      }
    }
    guard !isCorrected else {
      throw SourceError(
        "signals", "the clock of the stream of '\(reference)' was corrected, and its table has the times before",
        hint: "synchronise with --wide, so that values have the samples' times", code: .configuration)
    }
    throw missing(reference)
  }

  private func missing(_ reference: String) -> SourceError {
    let known = places.compactMap(\.name)
    var problem = "no table has '\(reference)'"
    if let near = known.nearest(to: reference.components(before: "__")) {
      problem += "; the nearest stream is '\(near)'"
    } else if !known.isEmpty {
      problem += "; streams are \(known.prefix(12).joined(separator: ", "))" + (known.count > 12 ? ", …" : "")
    }
    return SourceError("signals", problem, code: .configuration)
  }

  /// The streams that have a latitude and a longitude, with the names of their columns.
  func positions() throws -> [(latitude: String, longitude: String, place: Place)] {
    var found: [(String, String, Place)] = []
    for place in places where place.name.map({ !corrected.contains($0) }) ?? true {
      let table = try SourceTable(place.path, name: place.name)
      for (north, east) in [("latitude", "longitude"), ("lat", "lon")] {
        for field in table.schema.fields where field.name.hasSuffix(north) {
          let prefix = field.name.dropLast(north.utf8.count)
          guard place.name == nil ? prefix.hasSuffix("__") : prefix.isEmpty, table.field(prefix + east) != nil else {
            continue
          }
          let stream = place.name.map { $0 + "__" } ?? ""
          // A stream of the wide table is in its own table as well.
          let name = stream + field.name
          if !found.contains(where: { Self.plain($0.0) == Self.plain(name) }) {
            found.append((name, stream + prefix + east, place))
          }
        }
      }
    }
    return found
  }

  /// As names of streams and fields are in wide tables.
  static func plain(_ text: String) -> String {
    String(
      decoding: text.utf8.map { byte -> UInt8 in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
          UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
          byte
        default: UInt8(ascii: "_")
        }
      }, as: UTF8.self)
  }
}

extension String {
  fileprivate func components(before separator: String) -> String {
    var prefix = self[...]
    while !prefix.isEmpty {
      if self[prefix.endIndex...].hasPrefix(separator) { return String(prefix) }
      prefix.removeLast()
    }
    return self
  }
}
