package import Core

/// What the log says exists, folded in memory: measurements with files, datastreams with states and parents, runs.
///
/// The fold takes entries in the log's order (time, writer, seq); what it cannot take is kept as a conflict and never
/// hidden. Memory grows with what exists, not with the number of events.
package struct LineageView: Sendable {
  package internal(set) var measurements: [String: Measurement] = [:]
  package internal(set) var datastreams: [String: Datastream] = [:]
  package internal(set) var runs: [String: Run] = [:]
  /// Ids of the datastreams that were made from one, in the order of their creation.
  package internal(set) var children: [String: [String]] = [:]
  /// Folders of landing that were seen incomplete, by path; the newest event of each.
  package internal(set) var incomplete: [String: JSONObject] = [:]
  /// Ids of the raw datastreams that were copied from a folder of landing, by its path.
  package internal(set) var sources: [String: Set<String>] = [:]
  /// Ids of the raw datastreams that are whole, and of which nobody has said yet that landing was cleared.
  package internal(set) var uncleared: Set<String> = []
  /// Time of the newest entry: what is written next is later.
  package internal(set) var newest: Timestamp?
  /// Contradictions that belong to no datastream that exists.
  package internal(set) var conflicts: [Conflict] = []
  package internal(set) var alarms: [LineageEntry] = []

  package init() {}

  /// A measurement as the log tells it.
  package struct Measurement: Sendable, Hashable {
    package var id: String
    /// The keys of `measurement.created` with everything that was `set` since; those of the envelope left out.
    package var facts: JSONObject
    /// The newest `file.facts` of each file, by its path in the manifest.
    package var files: [String: JSONObject] = [:]
    /// Ids of its datastreams, in the order of their creation.
    package var datastreams: [String] = []
    package var tags: [Tag] = []
    package var notes: [Note] = []
    /// Where it is parked in the error zone, and how often it was tried; nil when it is not.
    package var parked: JSONObject?
    /// How often it failed since it was last whole.
    package var attempts = 0
    /// The newest `landing.cleared`.
    package var cleared: JSONObject?
    package var conflict: Conflict?

    package var vin: String { facts["vin"]?.string ?? "" }
    package var region: String? { facts["region"]?.string }
    package var start: Timestamp? { facts["start"]?.timestamp }
    package var end: Timestamp? { facts["end"]?.timestamp }
    /// Digest of its manifest: `sha256:` and 64 hexadecimal digits.
    package var manifest: String? { facts["manifest"]?.string }
  }

  /// A datastream as the log tells it.
  package struct Datastream: Sendable, Hashable {
    package var id: String
    /// The keys of `datastream.created`.
    package var facts: JSONObject
    package var history: StateHistory
    /// Facts of the newest transition that counted: start, end, rows, files, bytes, digest; or the `error`.
    package var outcome: JSONObject = [:]
    /// Files that were copied and read back in the newest attempt, by path.
    package var copies: [String: Copy] = [:]
    package var tags: [Tag] = []
    package var notes: [Note] = []
    /// The run that wrote the newest transition, and when.
    package var run: String?
    package var changed: Timestamp
    package var conflict: Conflict?

    package var state: DatastreamState { history.state }
    package var measurement: String { facts["measurement"]?.string ?? "" }
    package var zone: String { facts["zone"]?.string ?? "" }
    package var kind: String { facts["kind"]?.string ?? "" }
    /// Relative to the lake where it is inside, absolute elsewhere.
    package var path: String { facts["path"]?.string ?? "" }
    package var parents: [String] { facts["parents"]?.array?.compactMap(\.string) ?? [] }
  }

  /// A file that was copied and read back.
  package struct Copy: Sendable, Hashable {
    package var zone: String
    package var bytes: Int?
    package var sha256: String
  }

  /// A value set on a measurement or datastream; the newest of a key and source counts.
  package struct Tag: Sendable, Hashable {
    package var key: String
    package var value: String
    package var source: String?
    package var start: Timestamp?
    package var end: Timestamp?
  }

  /// What a person wrote about a measurement or datastream; all are kept.
  package struct Note: Sendable, Hashable {
    package var text: String
    package var source: String?
    package var time: Timestamp
  }

  /// A run of a tool.
  package struct Run: Sendable, Hashable {
    package var id: String
    /// The keys of `run.start`.
    package var facts: JSONObject
    package var start: Timestamp?
    package var end: Timestamp?
    /// The keys of `run.end`; nil while it runs, or when it crashed.
    package var outcome: JSONObject?
    /// The keys of `run.overdue`: it took longer than expected.
    package var overdue: JSONObject?
  }

  /// A contradiction in the log, and the line that brought it.
  package struct Conflict: Sendable, Hashable, CustomStringConvertible {
    package var subject: String
    package var place: String
    package var problem: String
    package var description: String { "\(place): \(subject): \(problem)" }
  }

  /// Every contradiction, those of measurements and datastreams by id.
  package var allConflicts: [Conflict] {
    let measured = measurements.values.compactMap(\.conflict) + datastreams.values.compactMap(\.conflict)
    return conflicts + measured.sorted { ($0.subject, $0.place) < ($1.subject, $1.place) }
  }
}
