import Testing

@testable import Artifacts
@testable import Core
@testable import Pipeline

/// A table of samples that a test makes up, and the scenes of rules in it.
struct SceneFixture {
  enum Values {
    case numbers([Double?]), flags([Bool?]), words([String?])
  }

  let scratch: ScratchFolder
  static let start: Int64 = 1_700_000_000_000_000_000

  /// Rows every tenth of a second, or at the given seconds.
  init(
    seconds: [Double], _ columns: [(name: String, values: Values)],
    objects: (seconds: [Double], columns: [(name: String, values: Values)])? = nil
  ) throws {
    scratch = try ScratchFolder()
    let folder = try Folder(scratch.path)
    try Self.write(seconds, columns, "enriched.parquet", folder)
    if let objects { try Self.write(objects.seconds, objects.columns, "objects.parquet", folder) }
  }

  static func time(_ seconds: Double) -> Int64 { start + Int64((seconds * 1e9).rounded()) }

  private static func write(
    _ seconds: [Double], _ columns: [(name: String, values: Values)], _ name: String, _ folder: Folder
  ) throws {
    var fields = [Field("t_ns", .int64)], values = [Column(.int64(seconds.map(time)))]
    for (name, own) in columns {
      switch own {
      case .numbers(let numbers):
        fields.append(Field(name, .float64, isNullable: true))
        values.append(.known(numbers.map { $0 ?? .nan }))
      case .flags(let flags):
        fields.append(Field(name, .bool, isNullable: true))
        values.append(.flags(flags))
      case .words(let words):
        fields.append(Field(name, .string, isNullable: true))
        values.append(.words(words))
      }
    }
    let file = try OutputFile(name, inStaged: folder)
    var sink = try TableKind.parquet.open(Schema(fields), file, TableOptions())
    try sink.write(Batch(schema: Schema(fields), columns: values, count: seconds.count))
    try sink.finish()
    _ = try file.commit()
  }

  /// Found scenes, in seconds from the start of the table.
  struct Found: Equatable, CustomStringConvertible {
    var rule: String
    var start: Double
    var end: Double
    var description: String { "\(rule) \(start)-\(end)" }
  }

  func result(_ text: String, block: Int = SceneReader.block) throws -> SceneSearch.Result {
    let file = try RuleFile(Configuration(Array(text.utf8), file: "test"), file: "test")
    return try result(RuleSet([file.rules]), block: block)
  }

  func result(_ rules: RuleSet, block: Int = SceneReader.block) throws -> SceneSearch.Result {
    let table = try SceneTable(scratch.path)
    let binding = try RuleBinding(rules, table)
    var search = SceneSearch(table: table, rules: binding.rules)
    search.block = block
    return try search.run()
  }

  /// Of one rule, by its members.
  func scenes(_ rule: String) throws -> [Found] {
    try found(result("{rules: [{id: 'r', version: '1', type: 'r', \(rule)}]}"))
  }

  func builtIn(_ id: String) throws -> [Found] {
    let text = try Configuration(Array(BuiltinRules.text.utf8), file: "builtin")
    return try found(result(RuleSet([RuleFile(text, file: "builtin", isBuiltIn: true).rules], only: [id])))
  }

  func found(_ result: SceneSearch.Result) -> [Found] {
    result.scenes.map { scene in
      func seconds(_ time: Int64) -> Double { (Double(time - Self.start) / 1e6).rounded() / 1e3 }
      return Found(rule: scene.rule, start: seconds(scene.interval.start), end: seconds(scene.interval.end))
    }
  }
}

/// Tenths of a second, so many.
func tenths(_ count: Int) -> [Double] { (0..<count).map { Double($0) / 10 } }
