import Core

/// Where the names of inputs come from besides the operands.
package struct InputOptions: Options {
  package static let title = "Input"

  @Option(
    "Take more operands from a file, one a line; - is standard input", value: "file", completion: .file)
  package var filesFrom: String?
  @Flag("Names in --files-from end in NUL, not newline", short: "0") package var null

  package init() {}

  /// What a verb does when it is given no names.
  package enum Missing: Sendable {
    /// Names are needed: a usage error.
    case isRefused
    /// Records come on standard input, unless that is a terminal.
    case isStandardInput
  }

  /// The inputs in order: operands first, then the list; `-` is standard input.
  package func inputs(_ operands: [String], missing: Missing, value: String = "input") throws -> InputList {
    let list = try filesFrom.map { try LineInput(ByteInput($0), separator: null ? 0 : UInt8(ascii: "\n")) }
    guard operands.isEmpty, list == nil else {
      if filesFrom == "-", operands.contains("-") {
        throw UsageError("standard input cannot be a list of names and an input")
      }
      return InputList(operands, list)
    }
    guard missing == .isStandardInput else { throw UsageError("missing <\(value)>") }
    guard !Console.isTerminal(.input) else {
      throw UsageError("missing <\(value)>; records are read from standard input unless it is a terminal")
    }
    return InputList(["-"], nil)
  }
}

/// What a verb works on.
package enum Input: Sendable, Equatable {
  case standardInput
  case path(String)
}

/// Inputs one after another; a list of any length is read as it is needed.
package struct InputList {
  private var operands: ArraySlice<String>
  private var list: LineInput?

  init(_ operands: [String], _ list: LineInput?) {
    self.operands = operands[...]
    self.list = list
  }

  /// The next input; a name in a list that is not UTF-8 is an error with its line.
  package mutating func next() throws -> Input? {
    if let operand = operands.popFirst() { return operand == "-" ? .standardInput : .path(operand) }
    while let line = try list?.next() {
      guard !line.bytes.isEmpty else { continue }
      guard let name = String(validating: line.bytes, as: UTF8.self), !name.utf8.contains(0) else {
        throw NameError(place: "\(list?.input.path ?? ""):\(line.number)")
      }
      return .path(name)
    }
    return nil
  }

  /// All of them; only for verbs that need all at once.
  package mutating func rest() throws -> [Input] {
    var inputs: [Input] = []
    while let input = try next() { inputs.append(input) }
    return inputs
  }
}

/// A name in a list that cannot be a path here.
struct NameError: Problem, Equatable {
  var place: String
  var description: String { "\(place): the name is not UTF-8 without NUL" }
  var code: ProblemCode { .record }
  var exitCode: ExitCode { .items }
}
