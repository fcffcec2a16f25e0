import Core

/// The folder `_delta_log`: which versions and checkpoints there are, and what they say.
struct DeltaLog: Sendable {
  let folder: Folder
  /// Longer commits are refused; one of a hundred thousand files has some 50 MB.
  static let mostBytes = 1 << 30

  /// What is in the folder; other names are ignored, as the protocol wants.
  struct Listing: Equatable {
    /// Ascending.
    var versions: [Int] = []
    /// Those of which all parts are there, ascending.
    var checkpoints: [Checkpoint] = []
    /// A checkpoint of version 2 of their specification.
    var newest: (name: String, version: Int)?

    struct Checkpoint: Equatable {
      var version: Int
      var parts: [String]
    }

    static func == (one: Listing, other: Listing) -> Bool {
      one.versions == other.versions && one.checkpoints == other.checkpoints && one.newest?.name == other.newest?.name
    }

    init(_ names: [String]) {
      var parts: [Int: [Int: [Int: String]]] = [:]
      for name in names {
        let words = name.split(separator: ".", omittingEmptySubsequences: false)
        guard let version = words.first.flatMap({ Delta.number($0) }) else { continue }
        switch words.dropFirst().map(String.init) {
        case ["json"]: versions.append(version)
        case ["checkpoint", "parquet"]: checkpoints.append(Checkpoint(version: version, parts: [name]))
        case let rest where rest.count == 4 && rest[0] == "checkpoint" && rest[3] == "parquet":
          guard let part = Delta.number(rest[1][...], count: 10), let count = Delta.number(rest[2][...], count: 10),
            1...max(count, 1) ~= part
          else { continue }
          parts[version, default: [:]][count, default: [:]][part] = name
        case let rest where rest.count == 3 && rest[0] == "checkpoint" && ["parquet", "json"].contains(rest[2]):
          if version >= newest?.version ?? 0 { newest = (name, version) }
        default: continue
        }
      }
      for (version, counts) in parts {
        for (count, names) in counts where names.count == count {
          let sorted = names.sorted { $0.key < $1.key }.map(\.value)
          checkpoints.append(Checkpoint(version: version, parts: sorted))
        }
      }
      versions.sort()
      checkpoints.sort { ($0.version, $1.parts.count) < ($1.version, $0.parts.count) }
    }
  }

  /// The newest version of all; `newest` bounds it.
  ///
  /// - Throws: `DeltaError` with file and line, `ParquetFault`, `SystemError`.
  func snapshot(upTo newest: Int = .max) throws -> DeltaSnapshot {
    let listing = Listing(try folder.names())
    let checkpoint = listing.checkpoints.last { $0.version <= newest }
    var fold = DeltaSnapshot.Fold()
    if let checkpoint {
      for part in checkpoint.parts { try read(checkpoint: part, &fold) }
      fold.version = checkpoint.version
    }
    let versions = listing.versions.filter { $0 > checkpoint?.version ?? -1 && $0 <= newest }
    guard checkpoint != nil || !versions.isEmpty else {
      if let other = listing.newest {
        throw DeltaError.unsupported(path: "\(folder.path)/\(other.name)", feature: "feature v2Checkpoint")
      }
      throw DeltaError.noTable(folder.path)
    }
    for version in versions {
      let next = fold.version.map { $0 + 1 } ?? 0
      guard version == next else {
        // The log was cleaned, and what stands for it is a checkpoint that is not read.
        if let other = listing.newest, other.version >= next, other.version <= newest {
          throw DeltaError.unsupported(path: "\(folder.path)/\(other.name)", feature: "feature v2Checkpoint")
        }
        throw DeltaError.missingVersion(log: folder.path, next)
      }
      guard try read(version: version, &fold) else { throw DeltaError.missingVersion(log: folder.path, version) }
    }
    return try finish(fold)
  }

  /// A snapshot with the versions that came after it.
  func update(_ snapshot: DeltaSnapshot, upTo newest: Int = .max) throws -> DeltaSnapshot {
    var fold = DeltaSnapshot.Fold(snapshot)
    while fold.version ?? -1 < newest, try read(version: (fold.version ?? -1) + 1, &fold) {}
    return fold.version == snapshot.version ? snapshot : try finish(fold)
  }

  private func finish(_ fold: DeltaSnapshot.Fold) throws(DeltaError) -> DeltaSnapshot {
    guard let snapshot = DeltaSnapshot(fold) else {
      let missing = fold.format == nil ? "protocol" : "metaData"
      throw .damaged(path: folder.path, line: nil, "no version has an action \(missing)")
    }
    if let feature = snapshot.format.unreadable(snapshot.metadata) {
      throw .unsupported(path: folder.path, feature: feature)
    }
    return snapshot
  }

  /// The name of a version's file.
  static func name(_ version: Int) -> String { "\(Delta.digits(version)).json" }

  /// Reads a version's file; false if it is not there.
  private func read(version: Int, _ fold: inout DeltaSnapshot.Fold) throws -> Bool {
    let name = Self.name(version)
    let file: FileReader
    do throws(SystemError) { file = try FileReader(name, in: folder) } catch {
      guard error.code == .missing else { throw error }
      return false
    }
    guard file.count <= Self.mostBytes else {
      throw DeltaError.unsupported(path: file.path, feature: "a commit of \(file.count) bytes")
    }
    try Self.parse(try file.bytes(at: 0, count: file.count), path: file.path) { fold.apply($0) }
    fold.version = version
    return true
  }

  /// Reads the lines of a commit; a last one without newline is as good as any that parses.
  static func parse(_ bytes: [UInt8], path: String, _ body: (DeltaAction) -> Void) throws(DeltaError) {
    var line = 0, start = 0, found = 0
    while start < bytes.count {
      line += 1
      let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.count
      let text = bytes[start..<end]
      start = end + 1
      guard text.contains(where: { ![0x20, 0x09, 0x0d].contains($0) }) else { continue }
      let json: JSON
      do throws(JSON.Failure) { json = try JSON.parse(text) } catch {
        throw .damaged(path: path, line: line, "column \(error.column): \(error.problem)")
      }
      do throws(DeltaAction.Fault) { body(try DeltaAction(json)) } catch {
        throw fault(error, path: path, line: line)
      }
      found += 1
    }
    // What a writer leaves that does not sync before it names: nothing may be built on it.
    guard found > 0 else { throw .damaged(path: path, line: nil, "the file has no action") }
  }

  static func fault(_ fault: DeltaAction.Fault, path: String, line: Int) -> DeltaError {
    let feature = fault.problem.split(separator: ": ").last.map(String.init) ?? ""
    if feature.hasPrefix("feature ") { return .unsupported(path: "\(path):\(line)", feature: feature) }
    return .damaged(path: path, line: line, fault.problem)
  }
}
