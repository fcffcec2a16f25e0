import Artifacts
package import Core

/// A folder of extracted streams, and what the sample data call it.
package struct SyncSource: Sendable {
  package let folder: Folder
  /// Below the lake, or as a person named it.
  package let place: String
  /// The only table that counts; nil for all of the folder.
  private(set) var file: String?

  package init(_ folder: Folder, place: String) { (self.folder, self.place) = (folder, place) }

  /// A folder, or a table that is named by itself.
  init(named path: String) throws {
    let path = OutputPlace.trimmed(path)
    do throws(SystemError) {
      self.init(try Folder(path), place: path)
    } catch {
      guard error.code == .wrongKind else { throw error }
      let slash = path.lastIndex(of: "/")
      let place = slash.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
      self.init(try Folder(place), place: place)
      file = slash.map { String(path[path.index(after: $0)...]) } ?? path
    }
  }
}

/// Where the table of a stream is.
struct TablePlace: Sendable {
  /// The stream's.
  var name: String
  /// Below the source's folder.
  var path: String
  var source: SyncSource
  var isIndex = false
  /// CSV or JSON lines.
  var isText = false
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
      let ends = [stream.extracted?.first, stream.extracted?.last].map { $0.map { "\($0)" } ?? "" }
      return "\(stream.name) \(stream.count) \(ends[0]) \(ends[1])\n"
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
      if table.hasTimes { tables.append(table) } else { left.append("\(table.place): has no column of times") }
    }
    guard !tables.isEmpty else { throw SyncError.noStreams(sources.first?.place ?? "") }
    var found = try streams(of: tables)
    found.left = left
    return found
  }

  /// `kind/name.parquet`, `kind/name/index.parquet`, and tables beside the kinds; CSV and JSON lines as well.
  private static func places(in source: SyncSource, _ left: inout [String]) throws -> [TablePlace] {
    var found: [TablePlace] = []
    func take(_ name: String, below prefix: String) {
      if let stem = name.without(suffix: ".parquet") {
        found.append(TablePlace(name: prefix + stem, path: prefix + name, source: source))
      } else if let stem = SyncTable.textSuffixes.lazy.compactMap(name.without).first {
        found.append(TablePlace(name: prefix + stem, path: prefix + name, source: source, isText: true))
      }
    }
    func take(_ entry: FolderEntry, below prefix: String) {
      if entry.kind == .file, entry.isText { take(entry.name, below: prefix) }
    }
    if let file = source.file {
      take(file, below: "")
      if found.isEmpty { throw SyncError.noTable("\(source.place)/\(file)") }
      return found
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
    // The same stream as a text.
    let tables = Set(found.lazy.filter { !$0.isText }.map(\.name))
    for place in found where place.isText && tables.contains(place.name) {
      left.append("\(source.place)/\(place.path): there is a Parquet table of it")
    }
    return found.filter { !$0.isText || !tables.contains($0.name) }
  }
}

extension String {
  /// The text before a suffix; nil where it does not end so, or is nothing else.
  fileprivate func without(suffix: String) -> String? {
    hasSuffix(suffix) && utf8.count > suffix.utf8.count ? String(dropLast(suffix.count)) : nil
  }
}
