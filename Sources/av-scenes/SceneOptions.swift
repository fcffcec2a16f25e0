import Command
import Core
import Pipeline

extension SceneTableFormat: ArgumentValue {}

/// Which rules.
struct RuleOptions: Options {
  static let title = "Rules"

  @Option("Rules: a file, or builtin; else builtin alone", short: "r", value: "file", completion: .file) var rules:
    [String]
  @Option("Only these rules, with commas", value: "ids") var only: [String]
  @Option("Terms of the OpenLABEL ontology by type (JSON5)", value: "file", completion: .file) var openlabelTypes:
    String?
  @Option("A cut around each scene: its length, and from where on, as 15s,-3s", value: "length,offset") var segments:
    String?

  @Option("Parquet, or one Delta table of many drives", value: "format") var tableFormat = SceneTableFormat.parquet

  @Option("Draw a page beside the table: the time line, and the signals of each scene", value: "form") var report:
    ReportForm?

  enum ReportForm: String, CaseIterable, ArgumentValue { case html }

  func settings() throws -> SceneSettings {
    let ids = only.flatMap { $0.split(separator: ",").map(String.init) }
    var settings = try SceneSettings(files: rules.isEmpty ? [BuiltinRules.name] : rules, only: ids)
    if let openlabelTypes { try settings.set(terms: openlabelTypes) }
    if let segments, !settings.set(cut: segments) {
      throw UsageError("'\(segments)' is not a length and an offset such as 15s,-3s")
    }
    return settings
  }
}

/// More of the table.
struct SceneTableOptions: Options {
  static let title = "Table"

  @Option("Folder of the samples that the table was made of", value: "folder", completion: .directory) var samples:
    String?
}

/// Questions instead of scenes.
struct InquiryOptions: Options {
  static let title = "Questions"

  @Option("Say why there are scenes: of all rules, or of one at an instant", value: "all|rule@time") var explain:
    String?
  @Option("Compare with what is true: scenes, or a sample drive's truth", value: "file", completion: .file) var score:
    String?
  @Flag("Check rule files, and do nothing else") var check
  @Flag("Print the rules that come with the tool") var printRules

  var isEmpty: Bool { explain == nil && score == nil }

  /// The rule and the instant of a question; nil for all rules.
  func place(_ text: String) throws -> (String, Timestamp)? {
    guard text != "all" else { return nil }
    let parts = text.split(separator: "@", maxSplits: 1).map(String.init)
    guard parts.count == 2, let instant = Timestamp(parts[1]) else {
      throw UsageError("'\(text)' is neither 'all' nor RULE@TIME, as hard_brake@2024-03-12T09:30:12Z")
    }
    return (parts[0], instant)
  }
}
