package import Core

/// What became of the frames of a bus: every frame is counted somewhere, so that an empty result explains itself.
package struct CANReport: Sendable {
  package var bus: String
  package var databases: [Database] = []
  /// Where the databases disagree.
  package var findings: [Finding] = []
  /// By id.
  package var identifiers: [Identifier] = []
  /// Frames of ids that are not listed, because there are too many.
  package var otherIdentifiers = 0
  /// Messages that were decoded, in the order of the databases.
  package var messages: [Message] = []
  /// Messages of the databases that no frame belongs to.
  package var unseen: [String] = []
  /// Databases of which no message was met.
  package var unused: [String] = []
  package var remote = 0
  package var error = 0
  package var overload = 0
  /// Likely mistakes of configuration.
  package var hints: [String] = []

  package init(bus: String) { self.bus = bus }

  package struct Database: Sendable {
    package var name: String
    /// Lines that could not be understood, and what is odd.
    package var findings: [Finding]
  }

  package struct Identifier: Sendable {
    package var id: UInt32
    package var isExtended: Bool
    package var message: String?
    package var frames: Int
    package var range: TimeRange?
    /// Median, in nanoseconds.
    package var period: Double?
    package var lengths: [Int]

    package var text: String { DBC.Message.text(of: id, isExtended: isExtended) }
  }

  package struct Message: Sendable {
    package var name: String
    package var id: String
    package var database: String
    package var frames: Int
    /// Frames of fewer and of more bytes than the message has.
    package var short: Int
    package var long: Int
    /// Frames in which a multiplexor has a value that no signal has.
    package var unknownSelector: Int
    /// Values beyond the database's limits, which are written all the same.
    package var outOfRange: Int
    /// J1939 values that say that there is none.
    package var notAvailable: Int
  }

  /// Data frames.
  package var frames: Int { identifiers.reduce(otherIdentifiers) { $0 + $1.frames } }
  /// Nothing at all was on it.
  package var isIdle: Bool { frames == 0 && remote == 0 && error == 0 && overload == 0 }
  package var decoded: Int { messages.reduce(0) { $0 + $1.frames } }

  /// A line for people: `can1: 11 ids, 9 decoded (98.3 % of frames), 2 without message: 7E8, 7DF`.
  package var summary: String {
    let unknown = identifiers.filter { $0.message == nil }
    let tenths = frames == 0 ? 0 : decoded * 1000 / frames
    let ids = "\(identifiers.count) \(identifiers.count == 1 ? "id" : "ids")"
    var text =
      "\(bus): \(ids), \(identifiers.count - unknown.count) decoded (\(tenths / 10).\(tenths % 10) % of frames)"
    if !unknown.isEmpty {
      let most = unknown.sorted { ($1.frames, $0.id) < ($0.frames, $1.id) }
      let more = unknown.count > 8 ? " and \(unknown.count - 8) more" : ""
      text += ", \(unknown.count) without message: \(most.prefix(8).map(\.text).joined(separator: ", "))\(more)"
    }
    for (count, name) in [(remote, "remote"), (error, "error"), (overload, "overload")] where count > 0 {
      text += ", \(count) \(name) frames"
    }
    let short = messages.reduce(0) { $0 + $1.short }, selectors = messages.reduce(0) { $0 + $1.unknownSelector }
    if short > 0 { text += ", \(short) too short" }
    if selectors > 0 { text += ", \(selectors) with an unknown selector" }
    return text
  }

  package var json: JSON {
    var object: JSONObject = [
      "bus": .string(bus), "databases": .array(databases.map(\.json)), "frames": .count(frames),
      "decoded": .count(decoded), "remote": .count(remote), "error": .count(error), "overload": .count(overload),
    ]
    object["messages"] = .array(messages.map(\.json))
    object["ids"] = .array(identifiers.map(\.json))
    if otherIdentifiers > 0 { object["frames_of_other_ids"] = .count(otherIdentifiers) }
    object["messages_not_seen"] = .array(unseen.map { .string($0) })
    if !unused.isEmpty { object["databases_not_used"] = .array(unused.map { .string($0) }) }
    if !findings.isEmpty { object["findings"] = .array(findings.map(\.json)) }
    if !hints.isEmpty { object["hints"] = .array(hints.map { .string($0) }) }
    return .object(object)
  }
}

extension CANReport.Database {
  var json: JSON { ["name": .string(name), "findings": .array(findings.map(\.json))] }
}

extension CANReport.Identifier {
  var json: JSON {
    var object: JSONObject = ["id": .string(text), "extended": .bool(isExtended)]
    object["message"] = message.map { .string($0) } ?? .null
    object["frames"] = .count(frames)
    object["first"] = range.map { .string("\($0.start)") }
    object["last"] = range.map { .string("\($0.end)") }
    object["median_period_ms"] = period.map { .number(($0 / 1e3).rounded() / 1e3) }
    object["lengths"] = .array(lengths.map { .count($0) })
    return .object(object)
  }
}

extension CANReport.Message {
  var json: JSON {
    [
      "name": .string(name), "id": .string(id), "database": .string(database), "frames": .count(frames),
      "short": .count(short), "long": .count(long), "unknown_mux": .count(unknownSelector),
      "out_of_range": .count(outOfRange), "not_available": .count(notAvailable),
    ]
  }
}
