/// How far a datastream is; folded from the log, never stored in place (`dataops.md` §4.3).
package enum DatastreamState: String, Sendable, CaseIterable {
  case created = "CREATED"
  case startCopy = "START_COPY"
  case copyComplete = "COPY_COMPLETE"
  case processing = "PROCESSING"
  case completed = "COMPLETED"
  case failed = "FAILED"
  case archived = "ARCHIVED"
  case deleted = "DELETED"
  case superseded = "SUPERSEDED"

  /// A state as others spell it: any case, with space, hyphen or underscore (`Start Copy`, `copy-complete`).
  package init?(spelling: String) {
    if let exact = Self(rawValue: spelling) {
      self = exact
      return
    }
    let word = spelling.uppercased().map { $0 == " " || $0 == "-" ? "_" : $0 }
    self.init(rawValue: String(word))
  }

  /// Whether the files are there, whole and verified.
  package var isWhole: Bool { self == .copyComplete || self == .completed }

  /// Whether an attempt ends here.
  package var endsAttempt: Bool { isWhole || self == .failed }

  /// Whether somebody works on it, or worked and crashed.
  package var isWorking: Bool { self == .startCopy || self == .processing }

  /// What may follow this state on the way of a datastream.
  package func next(on way: DatastreamWay) -> [DatastreamState] {
    switch (self, way) {
    case (.created, .copied): [.startCopy, .failed]
    case (.startCopy, .copied): [.copyComplete, .failed]
    case (.failed, .copied): [.startCopy]
    case (.archived, .copied): [.copyComplete, .deleted]
    case (.copyComplete, .copied): [.archived, .deleted, .superseded]
    case (.created, .derived): [.processing, .failed]
    case (.processing, .derived): [.completed, .failed]
    case (.failed, .derived): [.processing]
    case (.archived, .derived): [.deleted]
    case (.completed, .derived): [.archived, .deleted, .superseded]
    case (.superseded, _): [.deleted]
    // What was made from others can be made again.
    case (.deleted, .derived): [.processing]
    case (.deleted, .copied), (.copyComplete, .derived), (.startCopy, .derived), (.completed, .copied),
      (.processing, .copied):
      []
    }
  }
}

/// Which states a datastream goes through: it is copied (raw) or made from others (everything else).
package enum DatastreamWay: Sendable, CaseIterable {
  case copied, derived

  package init(zone: String) { self = zone == "raw" ? .copied : .derived }
}

/// One step of a datastream from a state to another.
package struct Transition: Sendable, Hashable, CustomStringConvertible {
  package var from: DatastreamState
  package var to: DatastreamState

  package init(from: DatastreamState, to: DatastreamState) {
    self.from = from
    self.to = to
  }

  package func isLegal(on way: DatastreamWay) -> Bool { from.next(on: way).contains(to) }

  package var description: String { "\(from.rawValue) → \(to.rawValue)" }
}

/// The states that a datastream went through, and what a further transition would mean.
package struct StateHistory: Sendable, Hashable {
  package let way: DatastreamWay
  package private(set) var state = DatastreamState.created
  /// Digest of the whole output, from the transition that completed it.
  package private(set) var digest: String?
  private var taken: [Transition] = []

  /// What a transition is, to a datastream in this state.
  package enum Step: Sendable, Hashable {
    /// The next step.
    case moves
    /// A step that was taken before, written by another run or for a second time: nothing changes.
    case repeats
    /// A contradiction, with the reason: an integrity alarm.
    case conflicts(String)
  }

  package init(way: DatastreamWay) { self.way = way }

  /// Judges a transition; `digest` is that of the whole output, where the transition completes it.
  ///
  /// The same transition written by two runs is one. Two ends of one attempt, or two completions with different
  /// digests, are a conflict.
  package func judge(_ transition: Transition, digest: String? = nil) -> Step {
    if transition.to.isWhole, let digest, let recorded = self.digest, digest != recorded {
      return .conflicts("\(transition.to.rawValue) with digest \(digest), recorded with \(recorded)")
    }
    guard transition.isLegal(on: way) else { return .conflicts("\(transition) is not a transition") }
    if transition.from == state { return .moves }
    guard taken.contains(transition), transition.to == state || (state.isWhole && !transition.to.endsAttempt) else {
      return .conflicts("\(transition), but it is \(state.rawValue)")
    }
    return .repeats
  }

  /// Takes a transition if it is the next step; says what it was.
  package mutating func take(_ transition: Transition, digest: String? = nil) -> Step {
    let step = judge(transition, digest: digest)
    guard step == .moves else { return step }
    state = transition.to
    if !taken.contains(transition) { taken.append(transition) }
    if transition.to.isWhole, let digest { self.digest = digest }
    return step
  }

  /// The transition that a writer has to record to come to `next`; nil if there is none.
  package func transition(to next: DatastreamState, digest: String? = nil) -> (transition: Transition, step: Step)? {
    let candidates = [Transition(from: state, to: next)] + taken.filter { $0.to == next }
    for transition in candidates {
      let step = judge(transition, digest: digest)
      if step == .moves || step == .repeats { return (transition, step) }
    }
    return nil
  }
}
