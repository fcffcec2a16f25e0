import Command
import Core
import Pipeline

struct CatalogCommand: Verb {
  static let name = "catalog"
  static let abstract = "Show the data products of a lake, or build its catalog as pages."
  static let discussion = """
    Products are what the domains of lake.json5 publish: a zone, or the datastreams of some kinds and tags. Shown are \
    owner, tables and columns, rows, bytes, time range, the newest datastream, the share that failed, what a product is \
    made of and used by, and where it is stored. A lake without domains has a product a zone.

    With --format html a folder of pages is built at -o that needs no server, no script and nothing from elsewhere: \
    products, coverage map, figures day by day, and a page a measurement with lineage, track and frames of its cameras. \
    A folder that a catalog was built in before is replaced.

    --format csv and parquet give a row a product, without the tables' columns.

    --check ends with status 1 when a product is stale, has no owner, or lacks an input.
    """
  static let examples = [
    (line: "av-meta catalog --lake lake --check", comment: "Whether everything is as it was promised"),
    (line: "av-meta catalog --lake lake --format html -o catalog", comment: "Pages to look at: catalog/index.html"),
  ]
  static let texts = ManualTexts(memory: "What the log says exists, and a track of 240 points a measurement.")

  enum Form: String, CaseIterable { case table, jsonl, csv, parquet, html }

  @Option("Form", value: "form", completion: .oneOf(Form.allCases.map(\.rawValue))) var format: String?
  @Option("The folder of the pages, or the file of another form", short: "o", value: "path", completion: .file)
  var output: String?
  @Option("So many measurements, the newest, have a page", value: "number") var pages: Count = 500
  @Flag("Fail when a product is stale, has no owner, or lacks an input") var check
  @Option("As the log was at this time", value: "time") var asOf: Timestamp?
  @Flag("Read around damage of the log") var salvage
  @OptionGroup(without: "run-id") var lake: LakeOptions
  @OptionGroup(
    without: "dry-run", "force", "require-end", "end", "fail-if-empty", "max-errors") var work: WorkOptions
  @OptionGroup var shown: OutputOptions

  func run() throws -> ExitCode {
    let form = try self.form()
    let home = try Lake.find(lake.lake)
    let scope = LogScope(asOf: asOf, salvages: salvage), now = asOf ?? .now, log = shown.log
    if form == .html {
      guard let output else { throw UsageError("--format html needs -o, a folder to build") }
      let site = try CatalogSite(home, scope, pages: pages.value, jobs: work.jobCount, now: now) { log.warn($0) }
      try site.write(to: output)
      return verdict(site.catalog, site.exit)
    }
    let (catalog, code) = try Catalog.read(home, scope, now: now) { log.warn($0) }
    let bytes: [UInt8] =
      switch form {
      case .table: Array(table(catalog).utf8)
      case .jsonl: Array(catalog.entries.map { $0.record.line + "\n" }.joined().utf8)
      case .csv: Array(catalog.csv.utf8)
      case .parquet: try catalog.parquet
      case .html: []
      }
    if let output {
      try StatusFile.write(bytes, to: output)
    } else {
      guard form != .parquet || !Console.isTerminal(.output) else {
        throw UsageError("--format parquet is no text: -o names a file for it")
      }
      try Console.show(bytes)
    }
    return verdict(catalog, code)
  }

  private func verdict(_ catalog: Catalog, _ code: ExitCode) -> ExitCode {
    for entry in catalog.entries {
      for fault in entry.tables?.faults ?? [] {
        shown.log.warn("\(entry.product.name): \(fault.path): \(fault.reason)")
      }
    }
    guard check else { return code }
    for finding in catalog.findings { shown.log.warn("\(finding.product): \(finding.message)") }
    return catalog.findings.isEmpty ? code : code.merged(with: .items)
  }

  private func form() throws -> Form {
    guard let format else {
      // A folder of pages, unless the name is that of a file.
      let suffix = output?.split(separator: "/").last?.split(separator: ".").last.map(String.init)
      switch suffix {
      case "csv": return .csv
      case "parquet": return .parquet
      case "json", "jsonl": return .jsonl
      default: if output != nil, !shown.json { return .html }
      }
      return shown.printsRecords ? .jsonl : .table
    }
    guard let form = Form(rawValue: format) else {
      throw UsageError("'\(format)' is not a form: \(Form.allCases.map(\.rawValue).joined(separator: ", "))")
    }
    return form
  }

  private func table(_ catalog: Catalog) -> String {
    var table = Table([
      .name("product"), .text("domain"), .name("owner"), .number("streams"), .number("rows"), .number("size"),
      .text("from"), .text("to"), .text("newest"), .number("failed"), .name("made of"),
    ])
    for entry in catalog.entries {
      table.add([
        entry.product.name, entry.domain, entry.owner ?? "", "\(entry.whole)", Measure.brief(count: entry.rows),
        Measure.brief(size: entry.bytes), entry.range.map { String("\($0.start)".prefix(10)) } ?? "",
        entry.range.map { String("\($0.end)".prefix(10)) } ?? "",
        entry.newest.map { String("\($0.time)".prefix(16)) + "Z" } ?? "",
        entry.failedShare.map { Measure.brief(number: (1000 * $0).rounded() / 10) + "%" } ?? "",
        entry.upstream.joined(separator: " "),
      ])
    }
    var text = table.render(width: Console.width(of: .output), isUnicode: Console.isUnicode)
    for flow in catalog.flows { text += "\(flow.from.shown) -> \(flow.to.shown)\n" }
    return text
  }
}

struct ReportCommand: Verb {
  static let name = "report"
  static let abstract = "Write how a lake stands as one page of HTML."
  static let discussion = """
    Runs, states, what needs a person, coverage, storage and lineage, in one file that needs nothing else. Without -o it \
    goes to standard output.
    """
  static let examples = [(line: "av-meta report --lake lake -o report.html", comment: "A page for the morning")]

  @Option("The file; else standard output", short: "o", value: "file", completion: .file) var output: String?
  @Flag("Read around damage of the log") var salvage
  @OptionGroup(without: "run-id") var lake: LakeOptions
  @OptionGroup(
    without: "dry-run", "force", "require-end", "end", "fail-if-empty", "max-errors") var work: WorkOptions
  @OptionGroup var shown: OutputOptions

  func run() throws -> ExitCode {
    let home = try Lake.find(lake.lake)
    let scope = LogScope(salvages: salvage), log = shown.log
    let report = try LakeReport(home, scope, jobs: work.jobCount) { log.warn($0) }
    if let output {
      try StatusFile.write(String(decoding: report.bytes, as: UTF8.self), to: output)
    } else {
      try Console.show(report.bytes)
    }
    return report.exit
  }
}

struct MetricsCommand: Verb {
  static let name = "metrics"
  static let abstract = "Print figures of a lake for Prometheus."
  static let discussion = """
    Gauges in the text format, for the textfile collector of node_exporter: datastreams by zone and state, bytes, rows, \
    runs by outcome, what waits for a person, and how old and how good the data products are. They are of the lake \
    itself; of products also what the lakes hold that lake.json5 names. With -o the file is replaced as a whole.
    """
  static let examples = [
    (
      line: "av-meta metrics --lake lake -o /var/lib/prometheus/node-exporter/lake.prom",
      comment: "From cron, every few minutes"
    )
  ]

  @Option("The file; else standard output", short: "o", value: "file", completion: .file) var output: String?
  @Flag("Read around damage of the log") var salvage
  @OptionGroup(without: "run-id") var lake: LakeOptions
  @OptionGroup var shown: OutputOptions

  func run() throws -> ExitCode {
    let home = try Lake.find(lake.lake)
    let scope = LogScope(salvages: salvage), log = shown.log
    let figures = try LakeFigures(home, scope) { log.warn($0) }
    let text = LakeMetrics(home, figures).text
    if let output {
      try StatusFile.write(text, to: output)
    } else {
      try Console.show(Console.isTerminal(.output) ? Self.shown(text) : text)
    }
    return figures.exit
  }
  /// Names from data may hold what a terminal obeys.
  private static func shown(_ text: String) -> String {
    text.split(separator: "\n", omittingEmptySubsequences: false).map { String($0).shown }.joined(separator: "\n")
  }
}
