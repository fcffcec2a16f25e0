import Core

/// A measurement that was asked for by its id: back in landing, or why it is not.
package enum ReturnedMeasurement: Sendable {
  case candidate(Candidate)
  case result(IngestResult)
}

extension Ingestion {
  /// Brings measurements back from the error zone, all of it unless ids or their beginnings are given.
  package func retry(_ ids: [String]) throws -> [ReturnedMeasurement] {
    let zone = ErrorZone(self)
    return try returned(ErrorZone.asked(for: ids, in: lineage.view)) { try zone.bringBack($0) }
  }

  /// Brings measurements back from the archive: by their ids, or folders of `archive/incomplete` by their paths.
  package func hydrate(_ ids: [String]) throws -> [ReturnedMeasurement] {
    let hydration = Hydration(self)
    return try returned(ids) { try hydration.bringBack($0) }
  }

  /// One that cannot be brought back leaves the others alone.
  private func returned(
    _ ids: [String], _ bringBack: (String) throws -> ReturnedMeasurement
  ) throws -> [ReturnedMeasurement] {
    try ids.map { id in
      try step(0)
      plan.begins(id)
      do { return try bringBack(id) } catch let problem as any Problem {
        guard !problem.endsRun else { throw problem }
        return .result(failure(problem, item: id))
      }
    }
  }

  /// A name in landing for what comes back: the one that it had, or that of its measurement.
  func freeName(_ wanted: [String], in landing: Folder) throws -> String? {
    try wanted.first { name in
      guard !name.isEmpty, !name.hasPrefix(".") else { return false }
      return try landing.entry(name) == nil
    }
  }

  /// The first root of the landing zone, held open.
  func landingRoot() throws -> Folder {
    if lake.settings.roots["landing"] == nil { _ = try Folder(lake.path).making("landing") }
    return try Folder(lake.roots(of: "landing")[0])
  }
}

/// A measurement that cannot be brought back to landing.
struct NotReturned: Problem {
  var item: String
  var problem: String
  var hint: String?
  var description: String { "\(item): \(problem)" }
  var code: ProblemCode { .missing }
  var exitCode: ExitCode { .items }
  var endsRun: Bool { false }
}
