import Artifacts
package import Core

/// A folder of extracted streams, and what the sample data call it.
package struct SyncSource: Sendable {
  package let folder: Folder
  /// Below the lake, or as a person named it.
  package let place: String

  package init(_ folder: Folder, place: String) { (self.folder, self.place) = (folder, place) }
}

/// Where the table of a stream is.
struct TablePlace: Sendable {
  /// The stream's.
  var name: String
  /// Below the source's folder.
  var path: String
  var source: SyncSource
  var isIndex: Bool
}

extension Synchronization {
  /// Writes all tables into a folder that the caller makes durable.
  ///
  /// - Throws: `SyncError`, `UsageError` for what the settings ask of a stream, and what reading and writing throws.
  ///
  /// `place` is what records will call the folder.
  package func run(
    _ sources: [SyncSource], measurement: Identifier?, datastream: String?, into folder: Folder, place: String
  ) throws -> SyncReport {
    try write(plan(sources, measurement: measurement), datastream, into: folder, place: place)
  }

  /// Everything but the tables; a measurement gets an id from its streams where it has none.
  func plan(_ sources: [SyncSource], measurement: Identifier?) throws -> Plan {
    let found = try StreamReading(settings: settings, jobs: jobs, knownOffsets: knownOffsets).streams(of: sources)
    try step()
    return try plan(found, measurement: measurement ?? Self.identifier(of: found.streams))
  }

  /// An id for streams that belong to no measurement: of the same streams it is the same.
  private static func identifier(of streams: [SyncStream]) -> Identifier {
    let lines = streams.map { stream in
      let ends = [stream.recorded.used.min(), stream.recorded.used.max()].map { $0.map { "\($0)" } ?? "" }
      return "\(stream.name) \(stream.recorded.count) \(ends[0]) \(ends[1])\n"
    }
    return .measurement(manifestDigest: Digest.sha256(Array(lines.joined().utf8)).hex)
  }
}

extension StreamReading {
  func streams(of sources: [SyncSource]) throws -> Streams {
    var left: [String] = []
    let places = try sources.flatMap { try Self.places(in: $0, &left) }.sorted {
      $0.name.utf8.lexicographicallyPrecedes($1.name.utf8)
    }
    for (one, other) in zip(places, places.dropFirst()) where one.name == other.name {
      throw SyncError.ambiguousStream(one.name, one.source.place, other.source.place)
    }
    var tables: [SyncTable] = []
    for place in places where settings.only.contains(place.name) {
      let table = try SyncTable(place)
      if table.hasTimes { tables.append(table) } else { left.append("\(table.place): has no column t_ns") }
    }
    guard !tables.isEmpty else { throw SyncError.noStreams(sources.first?.place ?? "") }
    var found = try streams(of: tables)
    found.left = left
    return found
  }

  /// `kind/name.parquet`, `kind/name/index.parquet`, and tables beside the kinds.
  private static func places(in source: SyncSource, _ left: inout [String]) throws -> [TablePlace] {
    var found: [TablePlace] = []
    func take(_ entry: FolderEntry, below prefix: String) {
      guard entry.kind == .file, entry.isText else { return }
      let path = "\(prefix)\(entry.name)"
      if let stem = entry.name.without(suffix: ".parquet") {
        found.append(TablePlace(name: prefix + stem, path: path, source: source, isIndex: false))
      } else if ["jsonl", "csv"].contains(where: { entry.name.hasSuffix(".\($0)") }), !prefix.isEmpty {
        left.append("\(source.place)/\(path): only Parquet tables are synchronised")
      }
    }
    for entry in try source.folder.entries() where entry.isText && !entry.name.hasPrefix(".") {
      guard entry.kind == .folder else {
        take(entry, below: "")
        continue
      }
      let kind = try Folder(entry.name, in: source.folder)
      for inner in try kind.entries() where inner.isText && !inner.name.hasPrefix(".") {
        guard inner.kind == .folder else {
          take(inner, below: "\(entry.name)/")
          continue
        }
        guard try kind.entry("\(inner.name)/index.parquet")?.kind == .file else { continue }
        let name = "\(entry.name)/\(inner.name)"
        found.append(TablePlace(name: name, path: "\(name)/index.parquet", source: source, isIndex: true))
      }
    }
    return found
  }
}

extension String {
  /// The text before a suffix; nil where it does not end so, or is nothing else.
  fileprivate func without(suffix: String) -> String? {
    hasSuffix(suffix) && utf8.count > suffix.utf8.count ? String(dropLast(suffix.count)) : nil
  }
}
