/// Where a parsed value is kept until the command runs; nil for a required value that is not there yet.
final class Slot<Value> {
  private var kept: Value?

  init(_ value: Value?) { kept = value }

  var value: Value {
    get {
      guard let kept else { preconditionFailure("a required value was read before the command line") }
      return kept
    }
    set { kept = newValue }
  }
}

/// What the parser sees of a declared argument.
protocol Declared {
  var template: ArgumentSpec { get }
  /// Takes a word; of a flag `true` or `false`. False when it is not a value.
  func accept(_ word: String) -> Bool
}

/// What the search for declared arguments sees of a group.
protocol DeclaredGroup {
  var members: [Declaration] { get }
}

/// A declared argument and its description.
struct Declaration {
  var declared: any Declared
  var spec: ArgumentSpec
}

/// Options that belong together under one title and are declared in several verbs.
package protocol Options {
  init()
  static var title: String { get }
}

/// The options of a group, as if they were declared where the group is.
@propertyWrapper package struct OptionGroup<Group: Options>: DeclaredGroup {
  package let wrappedValue: Group
  private let left: [String]

  package init() {
    wrappedValue = Group()
    left = []
  }

  /// Without what this verb does not honour: an option that does nothing is not offered.
  package init(without left: String...) {
    wrappedValue = Group()
    self.left = left
  }

  var members: [Declaration] {
    let all = declarations(wrappedValue)
    precondition(
      left.allSatisfy { name in all.contains { $0.spec.name == name } }, "\(Group.self) has not all of \(left)")
    return all.filter { !left.contains($0.spec.name) }.map { member in
      var member = member
      if member.spec.group.isEmpty { member.spec.group = Group.title }
      return member
    }
  }
}

/// Finds the declared arguments among a value's properties: `_perChannel` is `--per-channel`.
func declarations(_ value: Any) -> [Declaration] {
  Mirror(reflecting: value).children.flatMap { child -> [Declaration] in
    if let group = child.value as? any DeclaredGroup { return group.members }
    guard let declared = child.value as? any Declared, let label = child.label else { return [] }
    var spec = declared.template
    if spec.name.isEmpty {
      spec.name = label.drop { $0 == "_" }.map { $0.isUppercase ? "-\($0.lowercased())" : String($0) }.joined()
    }
    return [Declaration(declared: declared, spec: spec)]
  }
}
