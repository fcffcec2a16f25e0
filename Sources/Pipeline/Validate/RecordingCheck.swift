import Core
import Recordings

/// A file of a measurement, or a single one, looked at as a recording: codes D, C and G.
struct RecordingCheck {
  private(set) var summary: RecordingSummary?
  private(set) var recording: Recording?
  private var found: [ValidationFinding] = []
  /// Warnings about times that a simulation may well have.
  private var implausible: [ValidationFinding] = []
  private let path: String

  /// Reads a listed file to its end.
  init(_ file: Manifest.File, in folder: Folder, _ plan: ValidationPlan) throws {
    path = file.path
    guard try !Self.isCompanion(path, in: folder) else { return }
    do {
      try check(try FileReader(file.path, in: folder), declared: file, plan)
    } catch let error as SystemError {
      guard let finding = FileCheck.finding(error, path) else { throw error }
      found.append(finding)
    }
  }

  /// Reads a file that a person named.
  init(recording path: String, _ file: FileReader, _ plan: ValidationPlan) throws {
    self.path = path
    do {
      try check(file, declared: nil, plan)
    } catch let error as SystemError {
      guard error.code == .changed, let finding = FileCheck.finding(error, path) else { throw error }
      found.append(finding)
    }
  }

  /// What was found; what only times say is a warning for data that was made, not recorded.
  func findings(isSynthetic: Bool) -> [ValidationFinding] {
    found
      + implausible.map { finding in
        var finding = finding
        if isSynthetic { finding.severity = .info }
        return finding
      }
  }

  /// Format, time range and channels by headers and index; nil for what is no recording, or a damaged one.
  static func summary(_ path: String, in folder: Folder) throws -> RecordingSummary? {
    do {
      guard try !isCompanion(path, in: folder) else { return nil }
      let file = try FileReader(path, in: folder)
      guard let format = try Format.of(file) else { return nil }
      return RecordingSummary(path, try format.open(file).recording)
    } catch is FormatError {
      return nil
    } catch let error as SystemError where FileCheck.finding(error, path) != nil {
      return nil
    }
  }

  /// What belongs to a recording beside it is looked at with that.
  private static func isCompanion(_ path: String, in folder: Folder) throws(SystemError) -> Bool {
    guard let owner = Format.owner(ofCompanion: path) else { return false }
    return try folder.entry(owner)?.kind == .file
  }

  private mutating func check(_ file: FileReader, declared: Manifest.File?, _ plan: ValidationPlan) throws {
    let head = try file.bytes(at: 0, count: min(file.count, 64))
    if let finding = DeclaredFormat.finding(path: path, declared: declared?.format, head: head) {
      found.append(finding)
    }
    let reader: any RecordingReader
    do {
      guard declared == nil || Format.all.contains(where: { $0.recognises(head) }) else { return }
      reader = try Format.open(file)
    } catch let error as FormatError {
      found.append(
        ValidationFinding(
          .error, .readable, path, error.description, detail: error.structure, offset: error.offset))
      return
    }
    let recording = plan.level == .deep ? try reader.check(jobs: plan.jobs) : reader.recording
    try file.checkUnchanged()
    try plan.step(plan.level == .deep ? file.count : 0)
    self.recording = recording
    summary = RecordingSummary(path, recording)
    found += Self.findings(of: recording, path)
    checkRange(recording, declared)
    guard plan.level == .deep, recording.outcome != .nothing else { return }
    let times = try TimesCheck(reader, recording, path, jobs: plan.jobs)
    implausible += times.findings
    found += try PositionCheck(reader, recording, path, jobs: plan.jobs).findings
    try file.checkUnchanged()
  }

  /// The recording's own findings under our codes; what cannot be delivered is an error whatever they say.
  private static func findings(of recording: Recording, _ path: String) -> [ValidationFinding] {
    var findings = recording.findings.map { finding in
      let isChecksum = ["corrupt", "crc", "checksum"].contains { finding.code.contains($0) }
      return ValidationFinding(
        ValidationFinding.Severity(finding.severity), isChecksum ? .checksum : .readable, path, finding.message,
        detail: finding.code,
        offset: finding.offset,
        hint: finding.code == "unclosed" ? "its messages can be read; its index is missing" : nil)
    }
    if recording.outcome != .whole, !findings.contains(where: { $0.severity == .error }) {
      let message = recording.outcome == .lossy ? "some messages cannot be read" : "no message can be read"
      findings.append(ValidationFinding(.error, .readable, path, message, detail: recording.outcome.rawValue))
    } else if recording.outcome == .whole {
      // Everything can be read, so whatever is wrong does not make it useless.
      for index in findings.indices where findings[index].severity == .error { findings[index].severity = .warning }
    }
    return findings
  }

  private mutating func checkRange(_ recording: Recording, _ declared: Manifest.File?) {
    guard let range = recording.range else { return }
    if range.start.day.year <= 1970 {
      implausible.append(
        ValidationFinding(
          .warning, .epoch, path, "begins in \(range.start.day.year): its clock was not set", found: .time(range.start))
      )
    }
    let tomorrow = Timestamp.now.nanoseconds + 86_400_000_000_000
    if range.end.nanoseconds > tomorrow {
      implausible.append(
        ValidationFinding(.warning, .epoch, path, "ends in the future: its clock was wrong", found: .time(range.end)))
    }
    for (name, wanted, found) in [("start", declared?.start, range.start), ("end", declared?.end, range.end)] {
      guard let wanted else { continue }
      let (difference, overflow) = wanted.nanoseconds.subtractingReportingOverflow(found.nanoseconds)
      guard overflow || difference.magnitude > 1_000_000_000 else { continue }
      self.found.append(
        ValidationFinding(
          .warning, .range, path, "its '\(name)' is more than a second away from what is recorded",
          expected: .time(wanted), found: .time(found)))
    }
  }
}

extension ValidationFinding.Severity {
  init(_ severity: Finding.Severity) {
    switch severity {
    case .info: self = .info
    case .warning: self = .warning
    case .error: self = .error
    }
  }
}

extension RecordingSummary {
  init(_ path: String, _ recording: Recording) {
    self.init(
      path: path, format: recording.format, range: recording.range, messages: recording.messages,
      channels: recording.channels.map(ChannelSummary.init), events: recording.events)
  }
}

/// What a file is said to be, by its manifest or its name, against its first bytes.
enum DeclaredFormat {
  /// Names as manifests have them, with what files of the kind begin with; each kind may have several.
  private static let known: [(names: [String], extensions: [String], starts: [[UInt8]])] = [
    (["rosbag", "rosbag2.0", "rosbag1.2"], ["bag"], [Array("#ROSBAG V".utf8), Array("#ROSRECORD V".utf8)]),
    (["mdf4", "mdf"], ["mf4", "mdf"], [Array("MDF     ".utf8), Array("UnFinMF ".utf8)]),
    (["tdms"], ["tdms"], [Array("TDSm".utf8)]),
    (["mcap"], ["mcap"], [[0x89] + Array("MCAP0\r\n".utf8)]),
    (["rosbag2"], ["db3"], [Array("SQLite format 3\0".utf8), [0x89] + Array("MCAP0\r\n".utf8)]),
  ]

  static func finding(path: String, declared: String?, head: [UInt8]) -> ValidationFinding? {
    let name = declared?.lowercased()
    let suffix = path.split(separator: "/").last?.split(separator: ".").dropFirst().last.map { $0.lowercased() }
    let kind = known.first { kind in
      name.map(kind.names.contains) ?? (suffix.map(kind.extensions.contains) ?? false)
    }
    guard let kind, !kind.starts.contains(where: { head.starts(with: $0) }) else { return nil }
    let found = known.first { $0.starts.contains { head.starts(with: $0) } }?.names[0]
    let says = declared.map { "listed as \($0)" } ?? "its name says \(kind.names[0])"
    return ValidationFinding(
      .error, .format, path, "\(says), and it begins like \(found ?? "no format that is known")",
      expected: .string(declared ?? kind.names[0]),
      found: found.map(JSON.string) ?? .string(head.prefix(16).map(\.self).hex))
  }
}
