import Core

extension Verb {
  /// The one place that turns errors into text and an exit code.
  package static func main() {
    Console.prepare()
    let code = main(Array(CommandLine.arguments.dropFirst()), environment: Environment.value)
    if let signal = Signals.requested { Signals.die(by: signal) }
    Console.leave(code)
  }

  static func main(_ words: [String], environment: (String) -> String? = { _ in nil }) -> ExitCode {
    if let word = words.first, let command = commands.first(where: { $0.name == word }) {
      return command.launch(Array(words.dropFirst()), as: "\(name) \(word)", of: name, environment)
    }
    return launch(words, as: name, of: name, environment)
  }

  private static func launch(
    _ words: [String], as name: String, of tool: String, _ environment: (String) -> String?
  ) -> ExitCode {
    let verb = Self()
    let output = outputOptions(verb)
    output.tool.value = tool
    do {
      if let version = Builtin.version(words, tool) { return try show(version) }
      try understand(words, verb, as: name, environment)
    } catch let leaving as Leaving {
      return leaving.code
    } catch {
      var log = output.log
      // What came after the word that was not understood still says how to tell it.
      if LogForm.isJSON(in: words, environment) { log.form = .json }
      return log.fatal(error)
    }
    if stopsCleanly { Signals.stopCleanly() }
    let outcome = Result { try verb.run() }
    if let signal = Signals.requested { output.log.stopped(by: signal) }
    switch outcome {
    case .success(let code): return code
    case .failure(let error as SystemError) where error.isInterruption: return .system
    case .failure(let error): return output.log.fatal(error)
    }
  }

  /// Fills the declared arguments, or leaves after printing what a built-in option asked for.
  private static func understand(
    _ words: [String], _ verb: Self, as name: String, _ environment: (String) -> String?
  ) throws {
    let builtin = Builtin()
    let declared = declarations(verb) + builtin.declarations(of: name)
    let command = spec(as: name, declared.map(\.spec))
    assert(Set(command.arguments.map(\.name)).count == command.arguments.count, "\(name) declares a name twice")
    var parser = Parser(command, declared.map(\.declared))
    do throws(UsageError) {
      try parser.parse(words)
    } catch {
      let isFirst = words.first?.hasPrefix("-") == false
      guard isFirst, !commands.isEmpty, let word = words.first else { throw error }
      throw UsageError("unknown command '\(word)'" + suggestion(for: word, among: commands.map { $0.name }))
    }
    if builtin.help { throw Leaving(code: try show(Help.render(command))) }
    if builtin.version { throw Leaving(code: try show(Builtin.versionText(String(name.prefix { $0 != " " })))) }
    if let form = builtin.generate { throw Leaving(code: try show(form.render(command, environment))) }
    try parser.complete(environment)
  }

  private static func spec(as name: String, _ arguments: [ArgumentSpec]) -> CommandSpec {
    let arguments = arguments.map { argument in
      var argument = argument
      if argument.group.isEmpty, argument.kind != .operand { argument.group = "Options" }
      return argument
    }
    return CommandSpec(
      name: name, abstract: abstract, discussion: discussion, examples: examples, texts: texts, arguments: arguments,
      commands: commands.map { $0.spec(in: name) })
  }

  private static func spec(in parent: String) -> CommandSpec {
    let name = "\(parent) \(name)"
    return spec(as: name, (declarations(Self()) + Builtin().declarations(of: name)).map(\.spec))
  }

  /// Everything the verb declares, for its renderers.
  static var spec: CommandSpec { spec(as: name, (declarations(Self()) + Builtin().declarations(of: name)).map(\.spec)) }

  private static func outputOptions(_ verb: Self) -> OutputOptions {
    let groups = Mirror(reflecting: verb).children.lazy.compactMap { $0.value as? OptionGroup<OutputOptions> }
    return groups.first?.wrappedValue ?? OutputOptions()
  }

  private static func show(_ text: String) throws(SystemError) -> ExitCode {
    try Console.show(text)
    return .success
  }
}

/// Thrown to leave before the verb runs, all being done.
private struct Leaving: Error {
  var code: ExitCode
}

extension SystemError {
  /// Whether it is only how a read learns of a request to stop.
  fileprivate var isInterruption: Bool { Signals.requested != nil && facts["errno"] == "EINTR" }
}

extension LogForm {
  fileprivate static func isJSON(in words: [String], _ environment: (String) -> String?) -> Bool {
    let given = words.prefix { $0 != "--" }
    if given.contains("--log-format=json")
      || zip(given, given.dropFirst()).contains(where: { $0 == ("--log-format", "json") })
    {
      return true
    }
    return !given.contains { $0.hasPrefix("--log-format") } && environment("AV_LOG_FORMAT") == "json"
  }
}
