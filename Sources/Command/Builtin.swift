import Core

/// Options that every verb has.
struct Builtin {
  static let title = "General"

  @Flag(only: "Show this help", short: "h") var help
  @Flag(only: "Show the version; with --json for machines", short: "V") var version
  @Option("Print documentation or a completion script", value: "form") var generate: Form?

  /// A command of a verb is documented with its verb.
  func declarations(of name: String) -> [Declaration] {
    Command.declarations(self).filter { $0.spec.name != "generate" || !name.contains(" ") }.map { member in
      var member = member
      member.spec.group = Self.title
      member.spec.hasVariable = false
      return member
    }
  }

  enum Form: String, CaseIterable, ArgumentValue {
    case man, bash, zsh, fish, json
    /// The page avtools(7); not offered, since it is the same for every verb.
    case overview

    static var completion: ArgumentSpec.Completion { .oneOf(allCases.filter { $0 != .overview }.map(\.rawValue)) }

    func render(_ command: CommandSpec, _ environment: (String) -> String?) -> String {
      switch self {
      case .man: Manual.render(command, date: Self.date(environment))
      case .bash: Completions.bash(command)
      case .zsh: Completions.zsh(command)
      case .fish: Completions.fish(command)
      case .json: OptionSchema.render(command)
      case .overview: Overview.render(date: Self.date(environment))
      }
    }

    /// `January 1, 2026`: the release's day, or that of `SOURCE_DATE_EPOCH`.
    static func date(_ environment: (String) -> String?) -> String {
      let seconds = environment("SOURCE_DATE_EPOCH").flatMap { Int64($0) }.filter { 0..<(1 << 33) ~= $0 }
      let day = Timestamp(nanoseconds: (seconds ?? Int64(Version.day) * 86_400) * 1_000_000_000).day
      return "\(months[day.month - 1]) \(day.day), \(day.year)"
    }

    private static let months = [
      "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
      "December",
    ]
  }

  /// The answer to a command line that begins with `--version`, quickly.
  static func version(_ words: [String], _ tool: String) -> String? {
    guard let first = words.first, first == "--version" || first == "-V" || words == ["--json", "--version"] else {
      return nil
    }
    return words.contains("--json") ? versionRecord(tool) + "\n" : versionText(tool)
  }

  static func versionText(_ tool: String) -> String {
    let commit = Version.commit.map { ", commit \($0)" } ?? ""
    return "\(tool) \(Version.number) (records \(Version.records), log \(Version.log)\(commit))\n"
  }

  private static func versionRecord(_ tool: String) -> String {
    var object: JSONObject = ["name": .string(tool), "version": .string(Version.number)]
    object["records"] = .count(Version.records)
    object["log"] = .count(Version.log)
    object["compiler"] = .string(Version.compiler)
    object["commit"] = Version.commit.map { .string($0) }
    return JSON.object(object).text
  }
}

extension Optional {
  /// The value if it is there and passes.
  fileprivate func filter(_ passes: (Wrapped) -> Bool) -> Wrapped? { flatMap { passes($0) ? $0 : nil } }
}
