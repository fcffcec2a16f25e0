import Core

/// What is found when everything is walked: counts, times, and what does not hold.
struct MDF4Tally {
  private let plan: MDF4Plan
  /// By table, of those that were walked.
  private(set) var rhythms: [Int: Rhythm] = [:]
  private(set) var findings = Findings()
  private(set) var isLossy = false
  private(set) var lost = 0

  init(_ plan: MDF4Plan) { self.plan = plan }

  /// Record times of tables, or of all.
  mutating func addTimes(of tables: Set<Int>? = nil, jobs: Int) throws {
    var run = MDF4Run(plan, Selection(channels: tables, form: .times))
    for table in plan.tables.indices where tables?.contains(table) ?? true { rhythms[table] = Rhythm() }
    try run.read(jobs: jobs, { ($0.channel, $0.log) }) { table, times in
      for time in times { rhythms[table]?.add(time) }
    }
    findings.append(run.findings)
    isLossy = isLossy || run.isLossy
    lost = run.lost
  }

  /// Unpacks every fragment of values of any length.
  mutating func checkValues(jobs: Int) throws {
    var fragments: [MDF4Fragment] = [], seen: Set<Int> = []
    for stream in plan.tables.flatMap({ $0.streams.values }) {
      fragments += stream.fragments.filter { $0.packing != nil && seen.insert($0.block).inserted }
    }
    let file = plan.file
    try parallelMap(fragments.sorted { $0.block < $1.block }, jobs: jobs) { fragment -> MDF4Fault? in
      do { _ = try fragment.bytes(of: file) } catch let fault as MDF4Fault { return fault }
      return nil
    } _: { fault in
      guard let fault else { return }
      isLossy = true
      findings.append(fault.finding(.error, of: "values of variable length"))
    }
  }

  /// Compares every embedded file with its checksum.
  mutating func checkAttachments() throws {
    for attachment in try MDF4Attachment.all(of: plan.index, plan.file).attachments {
      guard let problem = try attachment.problem(plan.file) else { continue }
      findings.append(problem)
      isLossy = isLossy || problem.severity == .error
    }
  }
}
