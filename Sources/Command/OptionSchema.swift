import Core

/// Renders `--generate json`: what a command accepts, for programs that write command lines.
enum OptionSchema {
  static func render(_ command: CommandSpec) -> String {
    var object: JSONObject = ["schema": "av.command/1", "version": .string(Version.number)]
    for member in describe(command).members { object[member.key] = member.value }
    object["exit_codes"] = .array(
      ExitCode.allCases.map { ["code": .integer(Int64($0.rawValue)), "meaning": .string($0.meaning)] })
    return JSON.object(object).pretty + "\n"
  }

  private static func describe(_ command: CommandSpec) -> JSONObject {
    var object: JSONObject = ["name": .string(command.name), "abstract": .string(command.abstract)]
    object["arguments"] = .array(command.arguments.map(describe))
    if !command.commands.isEmpty { object["commands"] = .array(command.commands.map { .object(describe($0)) }) }
    return object
  }

  private static func describe(_ argument: ArgumentSpec) -> JSON {
    var object: JSONObject = ["kind": .string(argument.kind.rawValue), "name": .string(argument.name)]
    if argument.kind != .operand { object["names"] = .array(argument.names.map { .string($0) }) }
    if argument.kind != .flag { object["value"] = .string(argument.valueName) }
    object["help"] = .string(argument.help)
    object["group"] = .string(argument.group)
    if case .oneOf(let choices) = argument.completion { object["choices"] = .array(choices.map { .string($0) }) }
    object["default"] = argument.defaultText.map { .string($0) }
    object["variable"] = argument.variable.map { .string($0) }
    object["required"] = .bool(argument.isRequired)
    object["repeating"] = .bool(argument.isRepeating)
    return .object(object)
  }
}
