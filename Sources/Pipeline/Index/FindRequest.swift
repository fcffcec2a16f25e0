package import Core

/// What a search is for.
package enum FindKind: String, Sendable, CaseIterable {
  case measurements, streams, files, frames, scenes, labels, runs, errors
}

/// What is wanted of it: everything that is set has to agree, of several values of one filter one.
package struct FindRequest: Sendable {
  package var kind: FindKind
  /// Ids of measurements, or their beginnings.
  package var measurements: [String] = []
  /// Of vehicles; `*` stands for anything.
  package var vins: [String] = []
  package var regions: [String] = []
  /// Half-open; what overlaps is found.
  package var since: Timestamp?
  package var until: Timestamp?
  package var zones: [String] = []
  package var kinds: [String] = []
  package var states: [String] = []
  package var formats: [String] = []
  package var topics = GlobSet.all
  package var scenes: [String] = []
  package var tags: [FindTag] = []
  package var classes: [FindClass] = []
  /// One of each choice.
  package var areas: [[FindArea]] = []
  /// Words that all occur in tags, notes, topics or comments; a last `*` stands for any ending.
  package var text: String?
  /// Conditions on the columns of enriched samples; for frames.
  package var conditions: [SampleCondition] = []
  package var sort: FindOrder?
  package var limit: Int?

  package init(_ kind: FindKind) { self.kind = kind }

  /// A `UsageError` for a filter that says nothing about what is searched.
  package func check() throws(UsageError) {
    let isOfData = kind != .runs
    let asked: [(name: String, isSet: Bool, isFitting: Bool)] = [
      ("measurement", !measurements.isEmpty, isOfData), ("vin", !vins.isEmpty, isOfData),
      ("region", !regions.isEmpty, isOfData),
      ("zone", !zones.isEmpty, isOfData && kind != .errors && kind != .frames),
      ("kind", !kinds.isEmpty, isOfData && kind != .errors),
      ("state", !states.isEmpty, kind != .errors && kind != .frames),
      ("format-of", !formats.isEmpty, isOfData), ("topic", !topics.isEmpty, isOfData),
      ("scene", !scenes.isEmpty, isOfData), ("tag", !tags.isEmpty, isOfData), ("class", !classes.isEmpty, isOfData),
      ("bbox", !areas.isEmpty, isOfData), ("text", text != nil, isOfData),
      ("where", !conditions.isEmpty, kind == .frames), ("sort", sort != nil, kind != .frames && kind != .errors),
    ]
    for option in asked where option.isSet && !option.isFitting {
      throw UsageError("--\(option.name) says nothing about \(kind.rawValue)")
    }
    let known = kind == .runs ? RunStatus.allCases.map(\.rawValue) : DatastreamState.allCases.map(\.rawValue)
    try Self.check(states, "state", known)
  }

  /// A `UsageError` for a zone that neither a lake nor one that it names could have.
  func check(zonesOf lake: Lake) throws(UsageError) {
    if lake.settings.lakes.isEmpty { try Self.check(zones, "zone", lake.settings.zones) }
  }

  private static func check(_ words: [String], _ name: String, _ known: [String]) throws(UsageError) {
    guard let word = words.first(where: { !known.contains($0) }) else { return }
    let meant = known.nearest(to: word).map { "; did you mean '\($0)'?" } ?? ": \(known.joined(separator: ", "))"
    throw UsageError("--\(name) '\(word.shown)' is none\(meant)")
  }
}

/// `KEY` or `KEY=VALUE`.
package struct FindTag: Sendable, Hashable, CustomStringConvertible {
  package var key: String
  package var value: String?

  package init(_ text: String) throws(UsageError) {
    let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    guard let key = parts.first, !key.isEmpty else {
      throw UsageError("'\(text.shown)' is not a tag: KEY or KEY=VALUE")
    }
    (self.key, value) = (String(key), parts.count > 1 ? String(parts[1]) : nil)
  }

  package var description: String { value.map { "\(key)=\($0)" } ?? key }
}

/// `NAME` or `NAME>=N`: a class of objects or a group of classes, and how many there are at least.
package struct FindClass: Sendable, Hashable {
  package var name: String
  package var least = 1

  package init(_ text: String) throws(UsageError) {
    let problem = UsageError("'\(text.shown)' is not a class: NAME or NAME>=N")
    guard let sign = text.firstIndex(of: ">") else {
      guard !text.isEmpty else { throw problem }
      name = text
      return
    }
    let rest = text[sign...].dropFirst()
    guard rest.first == "=", let least = Int(rest.dropFirst()), least > 0, sign > text.startIndex else { throw problem }
    (name, self.least) = (String(text[..<sign]), least)
  }
}

/// By what results are ordered; equal ones by id.
package struct FindOrder: Sendable, Hashable {
  package enum Key: String, Sendable, CaseIterable { case start, end, id, vin, bytes, changed }

  package var key: Key
  package var isDescending: Bool

  /// `start`, or `-start` for the newest first.
  package init(_ text: String) throws(UsageError) {
    isDescending = text.hasPrefix("-")
    guard let key = Key(rawValue: isDescending ? String(text.dropFirst()) : text) else {
      let all = Key.allCases.map(\.rawValue).joined(separator: ", ")
      throw UsageError("'\(text.shown)' is not an order: \(all), with - before it for the last first")
    }
    self.key = key
  }
}
