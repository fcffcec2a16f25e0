import Core

/// What an event that was made elsewhere must have to mean something: without it, it would be in the log for nothing, or
/// hide what is known.
enum EventShape {
  private enum Kind { case text, wholeNumber, object, times }

  private static let needed: [String: [(key: String, kind: Kind)]] = [
    "tag": [("target", .object), ("key", .text)], "note": [("target", .object), ("text", .text)],
    "measurement.updated": [("measurement", .text), ("set", .times)],
    "file.facts": [("measurement", .text), ("path", .text), ("bytes", .wholeNumber)],
  ]

  /// What is wrong with an event; nil for nothing.
  static func problem(_ name: String, _ fields: JSONObject) -> String? {
    for (key, kind) in needed[name] ?? [] {
      switch (kind, fields[key]) {
      case (_, nil): return "'\(key)' is missing"
      case (.text, .string(let text)?) where !text.isEmpty: break
      case (.wholeNumber, .integer(let number)?) where number >= 0: break
      case (.object, .object(let target)?):
        guard target["measurement"]?.string != nil || target["datastream"]?.string != nil else {
          return "'\(key)' names no measurement and no datastream"
        }
      case (.times, .object(let set)?):
        for time in ["start", "end"] {
          if let value = set[time], value.timestamp == nil { return "'\(key).\(time)' is no time" }
        }
      default: return "'\(key)' is not what it should be"
      }
    }
    if name == "tag" {
      switch fields["value"] {
      case nil, .null?, .string?: break
      default: return "'value' is no text"
      }
    }
    if let count = fields["count"]?.integer, count < 0 { return "'count' is below 0" }
    return nil
  }
}
