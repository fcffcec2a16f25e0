import Core
import Foundation
import Testing

@testable import Command

struct Group: VerbGroup {
  static let name = "av-group", abstract = "Show how a verb with commands is declared."
  static let discussion = """
    A first paragraph that tells what it is for. It is long enough to be wrapped at the eightieth column.

      literal --line 'stays' as\\is

    .A line that begins with a dot, and one with "quotes".
    """
  static let texts = ManualTexts(
    files: [(path: "lake.json5", text: "The lake's layout.")], memory: "A chunk.", seeAlso: ["av-ingest(1)", "jq(1)"],
    caveats: "None.")
  static let commands: [any Verb.Type] = [Look.self, Check.self]
}

struct Look: Verb {
  static let name = "look", abstract = "Look at recordings: don't [touch] them."
  static let discussion = "It only reads. Nothing is written."
  static let examples = [(line: "av-group look --kind csv a.bag", comment: "As a table")]
  @Operand("Recordings", value: "recording") var inputs: [String]
  @Option("Kind of table", short: "k", value: "kind") var kind = Kind.parquet
  @Option("Topics", short: "t", value: "topic") var topics: [String]
  @OptionGroup var input: InputOptions
  @OptionGroup var lake: LakeOptions
  func run() throws -> ExitCode { .success }
}

struct Check: Verb {
  static let name = "check", abstract = "Check a lake."
  @Operand("Lake to check", value: "lake", completion: .directory) var lake: String
  @Flag("Take only what is there") var wait = true
  @OptionGroup var output: OutputOptions
  func run() throws -> ExitCode { .success }
}

private let manuals = [
  (Demo.name, Manual.render(Demo.spec, date: "January 1, 2026")),
  (Typed.name, Manual.render(Typed.spec, date: "January 1, 2026")),
  (Group.name, Manual.render(Group.spec, date: "January 1, 2026")),
  ("avtools", Overview.render(date: "January 1, 2026")),
]

/// Output and status of a program; nil where it is not installed.
func run(_ program: String, _ arguments: [String], input: String = "", variables: [String: String] = [:]) throws -> (
  output: String, status: Int32
)? {
  let path = "/usr/bin/\(program)"
  guard FileManager.default.isExecutableFile(atPath: path) else { return nil }
  let file = FileManager.default.temporaryDirectory.appending(path: "av-run-\(UUID())")
  try Data(input.utf8).write(to: file)
  defer { try? FileManager.default.removeItem(at: file) }
  let process = Process(), pipe = Pipe()
  process.executableURL = URL(filePath: path)
  process.arguments = arguments
  process.environment = ["PATH": "/usr/bin:/bin", "HOME": "/nonexistent"].merging(variables) { $1 }
  process.standardInput = try FileHandle(forReadingFrom: file)
  process.standardOutput = pipe
  process.standardError = pipe
  try process.run()
  let output = pipe.fileHandleForReading.readDataToEndOfFile()
  process.waitUntilExit()
  return (String(decoding: output, as: UTF8.self), process.terminationStatus)
}

@Test func helpOfAVerbWithCommandsListsThem() {
  #expect(
    Help.render(Group.spec) == """
      Show how a verb with commands is declared.

      USAGE: av-group <command> [options]

      A first paragraph that tells what it is for. It is long enough to be wrapped at
      the eightieth column.

        literal --line 'stays' as\\is

      .A line that begins with a dot, and one with "quotes".

      COMMANDS:
        look                      Look at recordings: don't [touch] them.
        check                     Check a lake.

      GENERAL:
        -h, --help                Show this help
        -V, --version             Show the version; with --json for machines
            --generate <form>     Print documentation or a completion script (one of:
                                  man, bash, zsh, fish, json)

      See 'av-group <command> --help' for what a command takes.

      """)
}

@Test func helpHasASectionForEachGroup() {
  let help = Help.render(Group.spec.commands[0])
  #expect(
    help == """
      Look at recordings: don't [touch] them.

      USAGE: av-group look [options] [<recording>...]

      It only reads. Nothing is written.

      OPERANDS:
        <recording>...            Recordings

      OPTIONS:
        -k, --kind <kind>         Kind of table (one of: parquet, jsonl, csv)
                                  (default: parquet)
        -t, --topics <topic>      Topics (may be repeated)

      INPUT:
            --files-from <file>   Take more operands from a file, one a line; - is
                                  standard input
        -0, --null                Names in --files-from end in NUL, not newline

      LAKE:
            --lake <folder>       The lake; else the nearest folder above with
                                  lake.json5
            --run-id <uuid>       Id of the run in the log; else a new one

      GENERAL:
        -h, --help                Show this help
        -V, --version             Show the version; with --json for machines

      EXAMPLES:
        # As a table
        av-group look --kind csv a.bag

      """)
}

@Test(arguments: [Demo.spec, Typed.spec, Group.spec] + Group.spec.commands)
func helpFitsEightyColumns(_ command: CommandSpec) {
  for line in Help.render(command).split(separator: "\n") { #expect(line.count <= 80, "\(line)") }
}

/// All that is offered, of the verb and its commands.
private func offered(_ command: CommandSpec) -> [String] {
  ([command] + command.commands).flatMap(\.options).flatMap(\.names)
}

@Test(arguments: [Demo.spec, Typed.spec, Group.spec]) func renderersAgreeOnTheOptions(_ command: CommandSpec) {
  let manual = Manual.render(command, date: "")
  let bash = Completions.bash(command), zsh = Completions.zsh(command), fish = Completions.fish(command)
  let schema = OptionSchema.render(command)
  for name in offered(command) {
    #expect(manual.contains("Fl \(name.dropFirst())"))
    #expect(bash.contains(name) && zsh.contains(name) && schema.contains("\"\(name)\""))
    #expect(fish.contains(name.hasPrefix("--") ? " -l \(name.dropFirst(2)) " : " -s \(name.dropFirst()) "))
  }
  for part in command.commands {
    #expect([manual, bash, zsh, fish, schema, Help.render(command)].allSatisfy { $0.contains(part.word) })
  }
}

@Test(arguments: manuals) func manualsAreCleanMdoc(_ name: String, _ text: String) throws {
  guard let lint = try run("mandoc", ["-T", "lint", "-W", "warning"], input: text) else { return }
  #expect(lint.output == "", "\(name)")
}

@Test func manualsHaveTheirSectionsInOrder() {
  let sections = manuals[2].1.split(separator: "\n").filter { $0.hasPrefix(".Sh ") }.map { String($0.dropFirst(4)) }
  #expect(
    sections == [
      "NAME", "SYNOPSIS", "DESCRIPTION", "COMMANDS", "OPTIONS", "ENVIRONMENT", "FILES", "EXIT STATUS", "MEMORY",
      "DIAGNOSTICS", "SEE ALSO", "CAVEATS",
    ])
}

@Test func aManualShowsLiteralLinesAsTheyAre() throws {
  guard let page = try run("mandoc", ["-T", "ascii"], input: manuals[2].1) else { return }
  let text = page.output.replacing(/.\u{8}/, with: "")
  #expect(text.contains("literal --line 'stays' as\\is"))
  #expect(text.contains(".A line that begins with a dot, and one with \"quotes\"."))
  #expect(text.contains("av-group check"))
}

@Test(arguments: [Demo.spec, Typed.spec, Group.spec]) func shellsAcceptTheirScripts(_ command: CommandSpec) throws {
  for (shell, script) in [
    ("bash", Completions.bash(command)), ("zsh", Completions.zsh(command)), ("fish", Completions.fish(command)),
  ] {
    let file = FileManager.default.temporaryDirectory.appending(path: "av-script-\(UUID())")
    try Data(script.utf8).write(to: file)
    defer { try? FileManager.default.removeItem(at: file) }
    guard let check = try run(shell, ["-n", file.path]) else { continue }
    #expect(check.status == 0 && check.output == "", "\(shell)")
  }
}

@Test(arguments: [
  (["av-group", ""], ["look", "check", "-h", "--help", "-V", "--version", "--generate"]),
  (["av-group", "lo"], ["look"]),
  (["av-group", "--generate", "b"], []),
  (["av-group", "look", "--ki"], ["--kind"]),
  (["av-group", "look", "--kind", ""], ["parquet", "jsonl", "csv"]),
  (["av-group", "look", "--kind", "=", "c"], ["csv"]),
  (["av-group", "look", "--kind", "="], ["parquet", "jsonl", "csv"]),
  (["av-group", "look", "-k", "p"], ["parquet"]),
  (["av-group", "look", "--lake", ""], ["a folder"]),
  (["av-group", "look", "a"], ["a folder", "a file"]),
  (["av-group", "look", "--topics", "a"], []),
  (["av-group", "check", "a"], ["a folder"]),
  (["av-group", "check", "--log-format", "j"], ["json"]),
  (["av-group", "check", "--no-"], ["--no-wait"]),
])
func bashCompletes(_ words: [String], _ expected: [String]) throws {
  let folder = FileManager.default.temporaryDirectory.appending(path: "av-complete-\(UUID())")
  try FileManager.default.createDirectory(at: folder.appending(path: "a folder"), withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: folder) }
  try Data().write(to: folder.appending(path: "a file"))
  let quoted = words.map { "'\($0)'" }.joined(separator: " ")
  let script =
    Completions.bash(Group.spec) + """
      cd '\(folder.path)'
      COMP_WORDS=(\(quoted)) COMP_CWORD=\(words.count - 1)
      _av_group
      printf '%s\\n' "${COMPREPLY[@]}"
      """
  let answer = try #require(try run("bash", ["-c", script]))
  #expect(Set(answer.output.split(separator: "\n").map(String.init)) == Set(expected))
}

@Test func theScriptOfFishOffersWhatItShould() throws {
  let script = Completions.fish(Group.spec) + "complete -C 'av-group look --kind '\n"
  guard let answer = try run("fish", ["--no-config", "-c", script], variables: ["XDG_CONFIG_HOME": "/nonexistent"])
  else { return }
  let words = answer.output.split(separator: "\n").map { $0.prefix { $0 != "\t" } }
  #expect(Set(words) == ["csv", "jsonl", "parquet"])
}

@Test func theDateOfAManualIsTheReleasesOrWhatTheBuildSays() {
  #expect(Builtin.Form.date { _ in nil } == "January 1, 2026")
  #expect(Builtin.Form.date { $0 == "SOURCE_DATE_EPOCH" ? "1709164800" : nil } == "February 29, 2024")
  #expect(Builtin.Form.date { _ in "x" } == "January 1, 2026")
}
