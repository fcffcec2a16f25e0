import Core

/// What is a scene, as a rule file says it (scenes.md 3); everything in it is checked and every name of a `let` replaced.
struct SceneRule: Sendable {
  var id: String
  var version: String
  var type: String
  var layer: Layer
  var base: Base
  var per = Scope.sample
  /// Nanoseconds; scenes shorter than this are dropped, longer than `longest` cut.
  var shortest: Int64 = 0
  var longest = Int64.max
  /// Shorter interruptions and unknown stretches are bridged.
  var gap: Int64 = 0
  var padding: (before: Int64, after: Int64) = (0, 0)
  /// Whether a scene that the data's edge cuts may be shorter than `shortest`.
  var keepsTruncated = false
  /// A scene begins earlier, or ends later, while these hold.
  var extension_: (back: Expression?, forward: Expression?) = (nil, nil)
  /// Ids of rules: a scene is within one of theirs, overlaps none, overlaps one of each.
  var during: [String] = []
  var notDuring: [String] = []
  /// Around the scenes of `notDuring`, nanoseconds.
  var margin: Int64 = 0
  var overlaps: [String] = []
  var filter: Expression?
  var aggregates: [(name: String, value: Expression)] = []
  /// Which objects' tracks are its actors.
  var actors: Expression?
  var tags: [String] = []
  var requires: [String] = []
  var isOptional = false
  var isEnabled = true
  /// Whether it is only a step of another, and gives no scenes of its own.
  var isStep = false
  var isBuiltIn = false
  /// What it means, for people.
  var text: String?
  /// Of the file that it is from, for errors.
  var file: String

  enum Layer: String, Sendable, CaseIterable {
    case ego, road, infrastructure, temporary, objects, environment, digital
  }

  enum Scope: String, Sendable, CaseIterable {
    case sample
    /// Once for each track of the table of objects.
    case track
  }

  enum Base: Sendable {
    /// Begins where `enter` is true and ends where `exit` is; nil for where `enter` is not.
    case condition(enter: Expression, exit: Expression?)
    case sequence([Step], Span)
  }

  /// A step of a sequence: scenes of any of these rules.
  struct Step: Sendable {
    var rules: [String]
    /// After the end of the step before, nanoseconds.
    var within = Int64.max
    var shortest: Int64 = 0
    var longest = Int64.max
    /// On the values that the scene stores.
    var filter: Expression?
  }

  /// From which step's start or end to which.
  struct Span: Sendable, Equatable {
    struct End: Sendable, Equatable {
      /// The step's number.
      var step: Int
      var isStart: Bool
    }

    var from: End
    var to: End
  }
}

extension SceneRule {
  /// Ids of rules whose scenes it needs.
  var needs: [String] {
    var ids = during + notDuring + overlaps
    if case .sequence(let steps, _) = base { ids += steps.flatMap(\.rules) }
    return ids
  }

  /// All expressions over rows: of the rule itself, and within its aggregates.
  var conditions: [Expression] {
    var all = [extension_.back, extension_.forward].compactMap { $0 }
    if case .condition(let enter, let exit) = base { all += [enter] + [exit].compactMap { $0 } }
    return all
  }

  /// How it ends by its own words.
  var exit: Expression? {
    guard case .condition(let enter, let exit) = base else { return nil }
    return exit ?? Expression(.not(enter))
  }

  /// What it says, with every default filled in, for its digest.
  var json: JSON {
    func text(_ expression: Expression?) -> JSON { expression.map { .string("\($0)") } ?? .null }
    let base: JSON =
      switch self.base {
      case .condition(let enter, _): ["enter": text(enter), "exit": text(exit)]
      case .sequence(let steps, let span):
        [
          "steps": .array(
            steps.map { step in
              [
                "rules": .array(step.rules.map { .string($0) }), "within_ns": .count(step.within),
                "min_ns": .count(step.shortest), "max_ns": .count(step.longest), "where": text(step.filter),
              ]
            }), "span": .string("\(span)"),
        ]
      }
    return [
      "id": .string(id), "version": .string(version), "type": .string(type), "layer": .string(layer.rawValue),
      "base": base, "per": .string(per.rawValue), "min_ns": .count(shortest), "max_ns": .count(longest),
      "gap_ns": .count(gap), "pad_ns": [.count(padding.before), .count(padding.after)],
      "keep_truncated": .bool(keepsTruncated),
      "extend": [text(extension_.back), text(extension_.forward)],
      "during": .array(during.map { .string($0) }), "not_during": .array(notDuring.map { .string($0) }),
      "margin_ns": .count(margin), "overlaps": .array(overlaps.map { .string($0) }), "where": text(filter),
      "agg": .array(aggregates.map { [.string($0.name), text($0.value)] }), "actors": text(actors),
      "tags": .array(tags.map { .string($0) }), "requires": .array(requires.map { .string($0) }),
    ]
  }

  /// SHA-256 of what it says.
  var digest: String { Digest.sha256(Array(json.canonical.utf8)).hex }
}

extension SceneRule.Span: CustomStringConvertible {
  var description: String {
    func end(_ end: End) -> String { "\(end.step + 1).\(end.isStart ? "start" : "end")" }
    return "\(end(from))..\(end(to))"
  }
}
