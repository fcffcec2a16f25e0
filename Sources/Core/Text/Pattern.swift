/// A pattern as a machine that is in many states at once, so that matching costs at most states × characters.
///
/// This is K. Thompson's construction; no pattern makes it try the same twice.
struct Pattern: Sendable, Hashable {
  /// What a syntax is read into.
  indirect enum Node {
    case character(Unicode.Scalar)
    case set(CharacterSet)
    case anything
    case start, end
    case sequence([Node])
    case choice([Node])
    case repeated(Node, atLeast: Int, atMost: Int?)
  }

  /// Some characters, or all others.
  struct CharacterSet: Sendable, Hashable {
    var ranges: [ClosedRange<UInt32>] = []
    var isNegated = false
    /// Whether a slash never belongs to it.
    var staysInLevel = false

    func contains(_ scalar: Unicode.Scalar) -> Bool {
      guard !(staysInLevel && scalar == "/") else { return false }
      return ranges.contains { $0 ~= scalar.value } != isNegated
    }
  }

  private enum Instruction: Hashable {
    case character(Unicode.Scalar)
    case set(CharacterSet)
    case anything
    case start, end
    case both(Int, Int)
    case jump(Int)
    case match
  }

  /// Whether the whole text must match, or a part of it.
  enum Extent { case whole, part }

  private var program: [Instruction] = []
  private let extent: Extent
  private static let longest = 10_000

  /// Nil when repetitions make it longer than is sensible.
  init?(_ node: Node, _ extent: Extent) {
    self.extent = extent
    emit(node)
    guard program.count <= Self.longest else { return nil }
    program.append(.match)
  }

  private mutating func emit(_ node: Node) {
    guard program.count <= Self.longest else { return }
    switch node {
    case .character(let scalar): program.append(.character(scalar))
    case .set(let set): program.append(.set(set))
    case .anything: program.append(.anything)
    case .start: program.append(.start)
    case .end: program.append(.end)
    case .sequence(let nodes): for node in nodes { emit(node) }
    case .choice(let nodes): emit(choice: nodes[...])
    case .repeated(let node, let least, let most): emit(node, atLeast: least, atMost: most)
    }
  }

  private mutating func emit(choice nodes: ArraySlice<Node>) {
    var exits: [Int] = []
    for (index, node) in nodes.enumerated() {
      guard index < nodes.count - 1 else {
        emit(node)
        break
      }
      let fork = program.count
      program.append(.match)
      emit(node)
      exits.append(program.count)
      program.append(.match)
      program[fork] = .both(fork + 1, program.count)
    }
    for exit in exits { program[exit] = .jump(program.count) }
  }

  private mutating func emit(_ node: Node, atLeast least: Int, atMost most: Int?) {
    for _ in 0..<least {
      let before = program.count
      emit(node)
      // What is empty is so however often, and does not make the program longer.
      guard program.count > before, program.count <= Self.longest else { break }
    }
    guard let most else {
      let fork = program.count
      program.append(.match)
      emit(node)
      program.append(.jump(fork))
      program[fork] = .both(fork + 1, program.count)
      return
    }
    var forks: [Int] = []
    for _ in least..<max(least, most) where program.count <= Self.longest {
      forks.append(program.count)
      program.append(.match)
      emit(node)
    }
    for fork in forks { program[fork] = .both(fork + 1, program.count) }
  }

  func matches(_ text: String) -> Bool {
    let text = Array(text.unicodeScalars)
    var states = States(program.count)
    var following = States(program.count)
    for position in 0...text.count {
      if position == 0 || extent == .part { follow(0, at: position, of: text.count, into: &states) }
      if states.hasMatch, extent == .part || position == text.count { return true }
      guard position < text.count, !(states.list.isEmpty && extent == .whole) else { return false }
      following.removeAll()
      for state in states.list where accepts(program[state], text[position]) {
        follow(state + 1, at: position + 1, of: text.count, into: &following)
      }
      swap(&states, &following)
    }
    return false
  }

  private func accepts(_ instruction: Instruction, _ scalar: Unicode.Scalar) -> Bool {
    switch instruction {
    case .character(let wanted): wanted == scalar
    case .set(let set): set.contains(scalar)
    case .anything: true
    case .start, .end, .both, .jump, .match: false
    }
  }

  /// Enters a state and all that are reached from it without a character.
  private func follow(_ state: Int, at position: Int, of count: Int, into states: inout States) {
    states.pending.append(state)
    while let state = states.pending.popLast() {
      guard states.insert(state) else { continue }
      switch program[state] {
      case .both(let one, let other): states.pending += [other, one]
      case .jump(let target): states.pending.append(target)
      case .start: if position == 0 { states.pending.append(state + 1) }
      case .end: if position == count { states.pending.append(state + 1) }
      case .match: states.hasMatch = true
      case .character, .set, .anything: states.list.append(state)
      }
    }
  }

  /// The states that the machine is in.
  private struct States {
    var list: [Int] = []
    var pending: [Int] = []
    var hasMatch = false
    /// The round in which a state was entered last; so that a round begins without clearing them all.
    private var entered: [Int]
    private var round = 1

    init(_ count: Int) { entered = Array(repeating: 0, count: count) }

    mutating func insert(_ state: Int) -> Bool {
      guard entered[state] != round else { return false }
      entered[state] = round
      return true
    }

    mutating func removeAll() {
      list.removeAll(keepingCapacity: true)
      hasMatch = false
      round += 1
    }
  }
}
