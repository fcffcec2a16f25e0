import Artifacts
import Core
import Recordings

/// Extracts from recordings that belong to no lake, into a folder, one file or standard output.
package struct ExtractFiles: Sendable {
  package let extraction: Extraction
  /// `-` is standard output; a name that ends like a table is one; anything else is a folder.
  package let output: String
  package let format: TableFormat?
  package let isForced: Bool
  private let runID = "\(Identifier.unique())"

  package init(_ extraction: Extraction, to output: String, format: TableFormat?, isForced: Bool) {
    self.extraction = extraction
    self.output = output
    self.format = format
    self.isForced = isForced
  }

  /// Whether the artifacts themselves go to standard output, so that records cannot.
  package var takesStandardOutput: Bool { output == "-" }

  /// Says what would be extracted, and writes nothing.
  package func plan(_ paths: [String]) throws -> Record {
    var planner = StreamPlanner(extraction.settings)
    var streams: [JSON] = []
    for input in try open(paths) {
      let recording = input.reader.recording
      streams += planner.plan(recording).plans.map { plan in
        let channel = recording.channels[plan.channel]
        return [
          "recording": .string(input.name), "channel": .string(channel.name), "type": .string(channel.type),
          "messages": .count(channel.messages), "path": .string("\(plan.kind)/\(plan.name)"),
        ]
      }
    }
    return Record(
      .datastream,
      ["zone": "extracted", "path": .string(output), "status": "done", "planned": true, "streams": .array(streams)])
  }

  /// Takes the recordings in order, as the parts of one drive.
  package func run(_ paths: [String]) throws -> (report: ExtractReport, record: Record) {
    let inputs = try open(paths)
    let report: ExtractReport
    if takesStandardOutput {
      report = try toStandardOutput(inputs)
    } else if let kind = TableKind.all.first(where: { output.hasSuffix("." + $0.suffix) }) {
      report = try toFile(inputs, paths, kind)
    } else {
      report = try toFolder(inputs)
    }
    return (report, record(report))
  }

  private func open(_ all: [String]) throws -> [ExtractInput] {
    let paths = all.filter { Format.owner(ofCompanion: $0).map { !all.contains($0) } ?? true }
    let last = paths.map { String($0.utf8.split(separator: UInt8(ascii: "/")).last ?? Substring($0).utf8) ?? $0 }
    // Rows tell their recording apart: by its name, or where names are equal by the path as it was given.
    let names = Set(last).count == last.count ? last : paths
    return try zip(paths, names).map { path, name in
      let file = try FileReader(path)
      do { return ExtractInput(name: name, reader: try Format.open(file)) } catch let error as FormatError {
        throw error.at(path)
      }
    }
  }

  private func toStandardOutput(_ inputs: [ExtractInput]) throws -> ExtractReport {
    let file = OutputFile.standardOutput()
    switch format ?? .jsonl {
    case .jsonl: return try extraction.run(inputs, to: .messages(file))
    case .csv: return try extraction.run(inputs, to: .table(file, .csv))
    case .parquet:
      guard !Console.isTerminal(.output) else {
        throw UsageError("Parquet is not for a terminal; use -o FILE or redirect")
      }
      return try extraction.run(inputs, to: .table(file, .parquet))
    }
  }

  private func toFile(_ inputs: [ExtractInput], _ paths: [String], _ kind: TableKind) throws -> ExtractReport {
    if let format, format.rawValue != kind.name { throw UsageError("'\(output)' is not a name for \(format.rawValue)") }
    let (folder, name) = try place()
    if let there = try folder.entry(name) {
      for path in paths where try FileReader(path).identity.isSameFile(as: there.identity) {
        throw UsageError("'\(output)' is the input")
      }
    }
    let file = try OutputFile(name, in: folder, run: runID, existing: isForced ? .replace : .refuse)
    return try extraction.run(inputs, to: .table(file, kind))
  }

  private func toFolder(_ inputs: [ExtractInput]) throws -> ExtractReport {
    let (parent, name) = try place()
    if let there = try parent.entry(name) {
      guard isForced else { throw SystemError.exists(output, cannot: "make the folder") }
      guard try there.kind == .folder && ArtifactSums.isMade(Folder(name, in: parent)) else {
        throw UsageError("'\(output)' holds what av-extract did not make, and is not replaced")
      }
    }
    let staged = try StagedFolder(name, in: parent, run: runID)
    let report = try extraction.run(inputs, to: .folder(staged.folder))
    _ = try ArtifactSums.write(report, in: staged.folder)
    try staged.commit(isForced ? Existing.replace : Existing.refuse)
    return report
  }

  /// The folder that will hold the output, and the output's name in it.
  private func place() throws -> (folder: Folder, name: String) {
    var parts = output.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).map {
      String($0) ?? ""
    }
    while parts.count > 1, parts.last?.isEmpty == true { parts.removeLast() }
    let name = parts.removeLast()
    guard !name.isEmpty, name != ".", name != ".." else { throw UsageError("'\(output)' does not name a new folder") }
    let folder = parts.isEmpty ? "." : parts == [""] ? "/" : parts.joined(separator: "/")
    return (try Folder(folder), name)
  }

  private func record(_ report: ExtractReport) -> Record {
    var members: JSONObject = [
      "zone": "extracted", "state": .string(DatastreamState.completed.rawValue), "path": .string(output),
    ]
    members["start"] = report.range.map { .string("\($0.start)") }
    members["end"] = report.range.map { .string("\($0.end)") }
    members["channels"] = .count(report.streams.count)
    members["rows"] = .count(report.rows)
    members["files"] = .count(report.files)
    members["bytes"] = .count(report.bytes)
    members["status"] = "done"
    if report.isLossy { members["lossy"] = true }
    return Record(.datastream, members)
  }
}
