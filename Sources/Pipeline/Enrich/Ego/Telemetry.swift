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

  /// Asked in order: what has corrected times comes first.
  let places: [Place]
  /// Streams whose clock was corrected, so that their own tables have other times than the samples.
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
    for place in places {
      guard let name = place.name else {
        let table = try SourceTable(place.path)
        let plain = Self.plain(reference)
        if let field = table.field(plain) {
          return Source(table: table, field: field, clock: place.clock, name: reference)
        }
        continue
      }
      for prefix in Set([name, Self.plain(name)]).map({ $0 + "__" }) where reference.hasPrefix(prefix) {
        let column = String(reference.dropFirst(prefix.count))
        let table = try SourceTable(place.path, name: name)
        guard let field = table.field(column) ?? table.schema.fields.first(where: { Self.plain($0.name) == column })
        else { continue }
        guard !corrected.contains(name) else {
          throw SourceError(
            place.path, "the clock of '\(name)' was corrected, and this table has the times before",
            hint: "synchronise with --wide, so that values have the samples' times", code: .configuration)
        }
        return Source(table: table, field: field, clock: place.clock, name: "\(name)__\(field.name)")
      }
    }
    let known = places.compactMap(\.name)
    let near = known.nearest(to: reference.components(before: "__")).map { "; the nearest stream is '\($0)'" } ?? ""
    throw SourceError("signals", "no table has '\(reference)'\(near)", code: .configuration)
  }

  /// The streams that have a latitude and a longitude, with the names of their columns.
  func positions() throws -> [(latitude: String, longitude: String, place: Place)] {
    var found: [(String, String, Place)] = []
    for place in places {
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
