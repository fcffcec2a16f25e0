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
    let place = try OutputPlace(output)
    if let there = try place.folder.entry(place.name) {
      for path in paths where try FileReader(path).identity.isSameFile(as: there.identity) {
        throw UsageError("'\(output)' is the input")
      }
    }
    let file = try OutputFile(place.name, in: place.folder, run: runID, existing: isForced ? .replace : .refuse)
    return try extraction.run(inputs, to: .table(file, kind))
  }

  private func toFolder(_ inputs: [ExtractInput]) throws -> ExtractReport {
    try OutputPlace(output).make("av-extract", report: ArtifactSums.report, run: runID, isForced: isForced) { folder in
      let report = try extraction.run(inputs, to: .folder(folder))
      _ = try ArtifactSums.write(report, in: folder)
      return report
    }
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
