/// Which ways cars drive on, and in which directions, by their tags.
package struct RoadRules: Sendable, Equatable {
  /// https://wiki.openstreetmap.org/wiki/Key:highway; each also with `_link`.
  package static let defaultClasses = [
    "motorway", "trunk", "primary", "secondary", "tertiary", "unclassified", "residential", "living_street", "service",
    "road",
  ]

  package var classes: Set<String>

  /// A class stands for its links, too.
  package init(classes: [String] = RoadRules.defaultClasses) {
    self.classes = Set(classes + classes.map { $0 + "_link" })
  }

  package func isDrivable(_ tags: OSMTags) -> Bool {
    guard let highway = tags["highway"], classes.contains(highway) else { return false }
    guard tags["access"] == "no" else { return true }
    return tags["motor_vehicle"].map { $0 != "no" } ?? false
  }
}

/// In which directions of its points a road may be driven.
package struct RoadDirections: OptionSet, Sendable, Hashable {
  package let rawValue: UInt8

  package init(rawValue: UInt8) { self.rawValue = rawValue }

  package static let forward = RoadDirections(rawValue: 1)
  package static let backward = RoadDirections(rawValue: 2)
  package static let both: RoadDirections = [.forward, .backward]

  package init(_ tags: OSMTags) {
    let oneway = tags["oneway"]
    let isImplied =
      ["roundabout", "circular"].contains(tags["junction"]) || ["motorway", "motorway_link"].contains(tags["highway"])
    switch oneway {
    case "yes", "true", "1": self = .forward
    case "-1", "reverse": self = .backward
    case "no", "false", "0": self = .both
    default: self = isImplied ? .forward : .both
    }
  }
}

/// Speed limits as OpenStreetMap writes them, https://wiki.openstreetmap.org/wiki/Key:maxspeed.
package struct SpeedLimits: Sendable, Equatable {
  /// What a text such as `DE:urban` stands for, in km/h: given by the user, there is no default.
  package var implicit: [String: Double]

  package init(implicit: [String: Double] = [:]) { self.implicit = implicit }

  /// In km/h: `50`, `30 mph`, `10 knots`, and of several (`50;70`, `50|70`) the smallest; nil for what is no number.
  package func kilometersPerHour(_ tag: String) -> Double? {
    if let value = implicit[tag] { return value }
    var smallest: Double?
    for part in tag.split(omittingEmptySubsequences: false, whereSeparator: { $0 == ";" || $0 == "|" }) {
      guard let value = Self.single(part) else { return nil }
      smallest = min(smallest ?? value, value)
    }
    return smallest
  }

  private static func single(_ text: Substring) -> Double? {
    let text = text.drop { $0 == " " }
    let digits = text.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
    guard let first = digits.first, first != ".", let value = Double(digits), value > 0, value.isFinite else {
      return nil
    }
    let unit = String(text[digits.endIndex...].filter { $0 != " " })
    switch unit {
    case "": return value
    case "mph": return value * 1.609344
    case "knots": return value * 1.852
    default: return nil
    }
  }
}

/// What stands at a node of a road.
package enum RoadEvent: UInt8, Sendable, CaseIterable {
  case signal = 1, stop, giveWay, crossing

  package init?(highway: String?) {
    switch highway {
    case "traffic_signals": self = .signal
    case "stop": self = .stop
    case "give_way": self = .giveWay
    case "crossing": self = .crossing
    default: return nil
    }
  }
}
