import Core

/// Validates measurement folders and single recordings, several at once, in the order in which they are given.
package struct Validator: Sendable {
  private let lake: Lake?
  private let plan: ValidationPlan

  /// A lake tells what is known of measurements and how paths are recorded; reads only.
  package init(_ lake: Lake?, _ plan: ValidationPlan) throws {
    self.lake = lake
    var plan = plan
    if let lake {
      plan.known = try KnownMeasurements(lake)
      if plan.expected == nil, let file = lake.settings.expect {
        plan.expected = try ExpectedTopics(path: LakePath.absolute(file, from: lake.path))
      }
    }
    self.plan = plan
  }

  /// An item and what became of it.
  package struct Outcome: Sendable {
    package var path: String
    package var result: Result<Validation, any Error>
  }

  /// Validates what lies at each path; an item that cannot be read fails alone, what `step` throws ends it all.
  package func run(_ paths: [String], _ body: (Outcome) throws -> Void) throws {
    let outer = min(plan.jobs, paths.count)
    let inner = plan.with(jobs: max(1, plan.jobs / max(1, outer)))
    var seen = Seen()
    try parallelMap(paths, jobs: outer) { path in
      try outcome(path, inner)
    } _: { outcome in
      var outcome = outcome
      if case .success(var validation) = outcome.result {
        Self.compare(&validation, &seen)
        outcome.result = .success(validation)
      }
      try body(outcome)
    }
  }

  private func outcome(_ path: String, _ plan: ValidationPlan) throws -> Outcome {
    do {
      return Outcome(path: path, result: .success(try validation(path, plan)))
    } catch let error as any Problem {
      return Outcome(path: path, result: .failure(ItemError(error)))
    }
  }

  private func validation(_ path: String, _ plan: ValidationPlan) throws -> Validation {
    let (place, shown) = place(of: path)
    do throws(SystemError) {
      _ = try Folder(place)
    } catch {
      guard error.code == .wrongKind else { throw error }
      return try RecordingValidation.validate(FileReader(place), path: shown, plan)
    }
    return try FolderValidation.validate(Folder(place), path: shown, plan)
  }

  /// Where a path leads, and what records call it: relative to the lake where it is inside, else as it was given.
  private func place(of path: String) -> (place: String, shown: String) {
    guard let lake else { return (path, path) }
    if let real = try? Folder.realPath(path) {
      return (path, LakePath.below(lake.path, real) == nil ? path : lake.recorded(real))
    }
    // Records name what is in a lake as seen from there.
    let inside = LakePath.absolute(path, from: lake.path)
    return (try? Folder.realPath(inside)) == nil ? (path, path) : (inside, lake.recorded(inside))
  }

  /// What came before in this run.
  private struct Seen {
    var manifests: [Identifier: (path: String, digest: String)] = [:]
    var contents: [String: (path: String, id: Identifier)] = [:]
  }

  /// Two folders of one run with the same id, or with the same files: the second one is told.
  private static func compare(_ validation: inout Validation, _ seen: inout Seen) {
    guard let manifest = validation.manifest, let id = manifest.measurement, !manifest.digest.isEmpty else { return }
    guard let other = seen.manifests[id] else {
      seen.manifests[id] = (validation.path, manifest.digest)
      guard let content = validation.content else { return }
      if let other = seen.contents[content] {
        if !validation.findings.contains(where: { $0.code == .sameContent }) {
          validation.findings.append(
            ValidationFinding(
              .warning, .sameContent, nil, "the files are those of \(other.path), measurement \(other.id)",
              found: .string("\(other.id)")))
        }
      } else {
        seen.contents[content] = (validation.path, id)
      }
      return
    }
    guard !validation.isAlarm else { return }
    if other.digest == manifest.digest {
      validation.findings.append(
        ValidationFinding(.info, .recorded, nil, "the same measurement as \(other.path)", found: .string(other.path)))
    } else {
      validation.findings.append(
        ValidationFinding(
          .error, .twoDigests, nil, "the id is that of \(other.path), whose manifest has another digest",
          expected: .string("sha256:" + other.digest), found: .string("sha256:" + manifest.digest)))
    }
  }
}

/// What one item could not be read for: the others go on.
struct ItemError: Problem {
  private let cause: any Problem

  init(_ cause: any Problem) { self.cause = cause }

  var description: String { cause.description }
  var code: ProblemCode { cause.code }
  var exitCode: ExitCode { cause.exitCode == .system ? .items : cause.exitCode }
  var hint: String? { cause.hint }
  var isRetryable: Bool { cause.isRetryable }
  var endsRun: Bool { false }
  var facts: JSONObject { cause.facts }
}

extension Lake {
  /// The lake of `AV_LAKE`, or that of the nearest parent of the working folder, if there is one.
  package static func nearest() throws -> Lake? {
    do {
      return try find(nil)
    } catch let error as ConfigurationError where error.code == .noLake && Environment.value("AV_LAKE") == nil {
      return nil
    }
  }
}
