import Artifacts
import Core

/// Copies pictures and scans into a package; pictures lose what says where, when and by what they were taken.
struct LabelCopies {
  private let settings: LabelSettings
  private let jobs: Int
  private let step: @Sendable () throws -> Void

  init(_ settings: LabelSettings, _ jobs: Int, _ step: @escaping @Sendable () throws -> Void) {
    (self.settings, self.jobs, self.step) = (settings, jobs, step)
  }

  private struct Copy: Sendable {
    var path: String
    /// Nil for a picture that is withheld.
    var written: OutputFile.Summary?
    var problem = ""
  }

  /// As many at once as there are jobs; a file that is not what the index says is an error.
  ///
  /// Sizes and digests of the plan become those of the copies, and what is withheld leaves it.
  func copy(_ plan: inout LabelPlan, _ input: LabelInput, _ folder: Folder, _ output: inout SyncOutput) throws {
    var folders: [String: Folder] = [:]
    for (number, stream) in plan.frames.streams.enumerated() {
      for kind in ["images", "clouds"] {
        let isUsed = plan.frames.frames.contains {
          Int($0.stream) == number && LabelFrames.isPicture($0.file) == (kind == "images")
        }
        if isUsed { folders["\(kind)/\(stream)"] = try folder.making("\(kind)/\(LabelPlan.component(stream))") }
      }
    }
    let targets = folders, streams = plan.frames.streams
    let frames = plan.frames.frames
    var index = 0, kept: [LabelFrame] = []
    kept.reserveCapacity(frames.count)
    try parallelMap(frames, jobs: jobs) { frame in
      let stream = streams[Int(frame.stream)], path = LabelPlan.path(of: frame, stream: stream)
      let parts = path.split(separator: "/")
      guard let target = targets["\(parts[0])/\(stream)"] else { throw SourceError(path, "has no folder", code: .bug) }
      return try copy(frame, to: String(parts[parts.count - 1]), in: target, path, input)
    } _: { copy in
      var frame = frames[index]
      index += 1
      if let written = copy.written {
        output.note(copy.path, written)
        (frame.bytes, frame.sha256) = (written.count, written.sha256?.hex ?? "")
        kept.append(frame)
      } else {
        plan.withheld = ((plan.withheld?.count ?? 0) + 1, plan.withheld?.first ?? copy.problem)
      }
      try step()
    }
    plan.frames.frames = kept
  }

  private func copy(
    _ frame: LabelFrame, to name: String, in target: Folder, _ path: String, _ input: LabelInput
  ) throws -> Copy {
    let source = try FileReader(frame.file, in: input.drives[Int(frame.drive)])
    func check(_ digest: [UInt8]?) throws {
      try source.checkUnchanged()
      guard frame.sha256.isEmpty || digest?.hex == frame.sha256 else {
        throw SourceError(
          source.path, "is not the file that was extracted: wanted sha256 \(frame.sha256), found \(digest?.hex ?? "")",
          code: .differs)
      }
    }
    guard LabelFrames.isPicture(frame.file), !settings.includesIdentifiers else {
      let file = try OutputFile(name, inStaged: target, hashed: true)
      try file.copy(source)
      let written = try file.commit()
      try check(written.sha256)
      return Copy(path: path, written: written)
    }
    let bytes = try source.bytes(at: 0, count: source.count)
    try check(Digest.sha256(bytes))
    let clean: [UInt8]
    do throws(ImageError) { clean = try ImageFileKind(bytes[...]).withoutMetadata(bytes[...]) } catch {
      return Copy(path: path, problem: "\(source.path.shown): \(error)")
    }
    let file = try OutputFile(name, inStaged: target, hashed: true)
    try file.write(clean)
    return Copy(path: path, written: try file.commit())
  }
}

extension OutputFile {
  /// All of a file, a piece at a time.
  func copy(_ source: FileReader) throws {
    var offset = 0
    while offset < source.count {
      let bytes = try source.bytes(at: offset, count: min(1 << 20, source.count - offset))
      try write(bytes)
      offset += bytes.count
    }
  }
}
