package import Core

/// Judges an OpenLABEL 1.0 document: what its schema lets pass as well, O1 to O20 of labels.md 3.4.
package struct OpenLABELCheck {
  var findings = LabelFindings()
  let root: JSONObject
  var ontologies: [String: Boundary] = [:]
  var resources: Set<String> = []
  var systems: Set<String> = []
  var streams: [String: Stream] = [:]
  var elements: [Kind: [String: Element]] = [:]
  /// Numbers of the frames, in order.
  var frames: [Int] = []
  /// Which relations and elements each frame has is in their `occurrences`.
  var relations: [String: Element] = [:]

  /// What has a type and may be in frames.
  enum Kind: String, CaseIterable {
    case objects, actions, events, contexts
    var singular: String { String(rawValue.dropLast()) }
  }

  struct Boundary {
    var types: Set<String>
    var isExclusive: Bool
  }

  struct Stream {
    /// Nil where no intrinsics say it.
    var size: (width: Double, height: Double)?
    var lastNumber: Int64?
  }

  struct Element {
    var type: String
    var intervals: [ClosedRange<Int>]?
    /// Frames in which it occurs.
    var occurrences: [Int] = []
    /// Of each data's name: what it is, where, and the kinds of its attributes.
    var data: [String: [Datum]] = [:]
  }

  struct Datum {
    var type: String
    /// Nil for what stands at the top.
    var frame: Int?
    var attributes: [String: String]
  }

  package static func findings(in document: JSON) -> LabelFindings {
    guard let root = document["openlabel"]?.object, document.object?.members.count == 1 else {
      var findings = LabelFindings()
      findings.add(LabelFinding("O20", at: "", "wanted an object with the one member 'openlabel'"))
      return findings
    }
    var check = OpenLABELCheck(root: root)
    check.check()
    return check.findings
  }

  private init(root: JSONObject) { self.root = root }

  private mutating func check() {
    checkMembers(root, "", required: ["metadata"], allowed: Self.sections)
    checkMetadata()
    checkOntologies()
    checkSystems()
    checkStreams()
    for kind in Kind.allCases { checkElements(kind) }
    checkRelations()
    checkTags()
    checkFrames()
    checkIntervals()
    checkPointers()
  }

  private static let sections: Set = [
    "metadata", "ontologies", "resources", "objects", "actions", "events", "contexts", "relations", "tags", "frames",
    "frame_intervals", "coordinate_systems", "streams",
  ]

  // MARK: What checks share

  mutating func add(
    _ code: String, _ place: String, id: String? = nil, _ problem: String, _ severity: LabelFinding.Severity = .error
  ) {
    findings.add(LabelFinding(code, severity, at: "/openlabel" + place, id: id, problem))
  }

  /// A key as a part of a pointer.
  static func part(_ key: String) -> String {
    guard key.contains("~") || key.contains("/") else { return key }
    return String(key.flatMap { $0 == "~" ? "~0" : $0 == "/" ? "~1" : "\($0)" })
  }

  /// Members that must and may be there; false when one that must is missing.
  @discardableResult
  mutating func checkMembers(
    _ object: JSONObject, _ place: String, id: String? = nil, required: [String] = [], allowed: Set<String>? = nil
  ) -> Bool {
    var isWhole = true
    for key in required where object[key] == nil {
      add("O20", place, id: id, "has no '\(key)'")
      isWhole = false
    }
    guard let allowed else { return isWhole }
    for member in object.members where !allowed.contains(member.key) && !required.contains(member.key) {
      let near = allowed.nearest(to: member.key).map { "; did it mean '\($0)'?" } ?? ""
      add("O20", "\(place)/\(Self.part(member.key))", id: id, "is no member of OpenLABEL here\(near)")
    }
    return isWhole
  }

  /// The members of a section whose values are objects, with their places.
  mutating func objects(_ json: JSON?, _ place: String) -> [(key: String, value: JSONObject, place: String)] {
    guard let json else { return [] }
    guard let section = json.object else {
      add("O20", place, "wanted an object, found \(json.kind)")
      return []
    }
    var members: [(String, JSONObject, String)] = []
    for member in section.members {
      let own = "\(place)/\(Self.part(member.key))"
      if let object = member.value.object {
        members.append((member.key, object, own))
      } else {
        add("O20", own, "wanted an object, found \(member.value.kind)")
      }
    }
    return members
  }

  /// Whether a key is the number or UUID that uids are.
  mutating func checkUID(_ key: String, _ place: String) {
    let digits = key.hasPrefix("-") ? key.dropFirst() : key[...]
    if !digits.isEmpty, digits.utf8.allSatisfy({ 48...57 ~= $0 }) {
      if digits.count > 1 && digits.hasPrefix("0") || key == "-0" {
        add("O19", place, id: key, "its key is not canonical")
      }
    } else if Identifier(key) == nil {
      add("O20", place, id: key, "its key is neither a whole number nor a UUID")
    }
  }

  /// O3 (O6 and O9 for others): ends that are numbers, in order and apart; nil where one is not.
  mutating func intervals(_ json: JSON?, _ place: String, id: String? = nil, code: String = "O3") -> [ClosedRange<Int>]?
  {
    guard let json else { return nil }
    guard let list = json.array else {
      add("O20", place, id: id, "wanted a list, found \(json.kind)")
      return nil
    }
    var ranges: [ClosedRange<Int>] = []
    for (index, interval) in list.enumerated() {
      guard let start = interval["frame_start"]?.whole, let end = interval["frame_end"]?.whole, start >= 0,
        end >= start,
        end <= 1 << 40
      else {
        add(
          code, "\(place)/\(index)", id: id,
          "wanted frame_start and frame_end from 0, found \(interval.text.prefix(80))")
        return nil
      }
      if let last = ranges.last, last.upperBound >= start {
        add(code, "\(place)/\(index)", id: id, "begins at \(start), and the interval before ends at \(last.upperBound)")
        return nil
      }
      ranges.append(start...end)
    }
    return ranges
  }

  /// O11: a norm of 1.
  mutating func checkQuaternion(_ numbers: [Double], _ place: String, id: String? = nil) {
    let norm = numbers.reduce(0) { $0 + $1 * $1 }.squareRoot()
    if !(abs(norm - 1) <= 1e-3) {
      add("O11", place, id: id, "a quaternion of norm \(LabelGeometry.rounded(norm, 6)), wanted 1")
    }
  }

  /// O1 and O16, of what has a type.
  mutating func checkOntology(_ object: JSONObject, _ place: String, id: String, code: String = "O1") {
    for resource in object["resource_uid"]?.object?.members ?? [] where !resources.contains(resource.key) {
      add("O1", "\(place)/resource_uid", id: id, "resource '\(resource.key.shown)' is not declared")
    }
    guard let value = object["ontology_uid"] else { return }
    guard let uid = value.string ?? value.whole.map({ "\($0)" }) else {
      return add("O20", "\(place)/ontology_uid", id: id, "wanted a text, found \(value.kind)")
    }
    guard let boundary = ontologies[uid] else {
      return add(code, "\(place)/ontology_uid", id: id, "ontology '\(uid.shown)' is not declared")
    }
    let type = object["type"]?.string ?? ""
    if !boundary.types.isEmpty, boundary.types.contains(type) == boundary.isExclusive {
      let problem = boundary.isExclusive ? "is excluded by" : "is not in the boundary_list of"
      add("O16", "\(place)/type", id: id, "type '\(type.shown)' \(problem) ontology '\(uid.shown)'")
    }
  }

  /// O19: times are texts.
  mutating func checkTime(_ json: JSON?, _ place: String) {
    guard let json else { return }
    if let number = json.number, abs(number) >= 9_007_199_254_740_992 {
      add("O19", place, "a time as a number of 2^53 or more, which others round", .warning)
    } else if json.string == nil, json.number == nil {
      add("O20", place, "wanted a text or a number, found \(json.kind)")
    }
  }
}
