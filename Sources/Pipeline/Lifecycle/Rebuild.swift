package import Core

/// `av-meta lifecycle --rebuild`: what would make deleted datastreams again, in the order in which it has to run.
package enum Rebuild {
  package struct Step: Sendable {
    package let explanation: Explanation
    /// What it is, for people: zone, kind and id.
    package let title: String
    /// A command line; nil where the log does not say how it was made.
    package let command: String?
  }

  /// The steps for some datastreams, or for what measurements had: parents that are gone come first.
  ///
  /// Raw data that only the archive has is brought back by ingest, which stands first.
  package static func steps(
    _ lake: Lake, _ ids: [String], warning: @escaping (String) -> Void = { _ in }
  ) throws -> (steps: [Step], exit: ExitCode) {
    let (story, exit) = try LineageStory.read(about: ids, lake, warning: warning)
    var steps: [Step] = [], seen: Set<String> = []
    for id in ids {
      for node in LineageGraph(of: try story.subject(id), in: story, .up).nodes where seen.insert(node.id).inserted {
        guard let stream = node.stream, let explanation = Explanation(node.id, in: story) else { continue }
        let command: String?
        switch stream.state {
        case .deleted: command = explanation.again
        case .archived:
          let words = [
            "av-ingest", "--lake", story.lake(of: node.id)?.path ?? lake.path, "--hydrate", stream.measurement,
          ]
          command = words.map(\.shellQuoted).joined(separator: " ")
        default: continue
        }
        let title = "\(stream.zone)/\(stream.kind) \(node.id)"
        steps.append(Step(explanation: explanation, title: title, command: command))
      }
    }
    // Without a deleted one that is made of it, what is archived stays there.
    let needed = Set(steps.filter(\.explanation.isDeleted).flatMap { story.parents(of: $0.explanation.id) })
    steps.removeAll { !$0.explanation.isDeleted && !needed.contains($0.explanation.id) }
    return (steps, steps.contains { $0.command == nil } ? exit.merged(with: .items) : exit)
  }
}
