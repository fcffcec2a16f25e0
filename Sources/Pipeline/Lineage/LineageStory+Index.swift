package import Core

extension LineageStory {
  /// What is needed for the lineage of some things, named by ids, their beginnings or folders of datastreams.
  ///
  /// Lakes that are named are looked into; `warning` takes what a person should know of these. The second value says
  /// whether everything could be read.
  package static func read(
    about texts: [String], _ lake: Lake, _ scope: LogScope = LogScope(),
    warning: @escaping (String) -> Void = { _ in }
  ) throws -> (story: LineageStory, exit: ExitCode) {
    let (story, exit) = try LakeFederation(lake, warning: warning).read(scope, readsTables: false) {
      try LineageStory(about: texts, in: $0)
    }
    return (story, exit)
  }

  init(about texts: [String], in lakes: [IndexSnapshot]) throws {
    var seeds = LineageSeeds(lakes)
    for text in texts { try seeds.add(text) }
    repeat { self = try seeds.story() } while try seeds.add(ids: Array(successors.values))
  }
}

/// What a question of lineage is about, in the index of each lake, and what it leads to.
private struct LineageSeeds {
  private let lakes: [IndexSnapshot]
  private var numbers: [Set<Int64>]

  init(_ lakes: [IndexSnapshot]) {
    self.lakes = lakes
    numbers = Array(repeating: [], count: lakes.count)
  }

  mutating func add(_ text: String) throws {
    guard !text.contains("/"), text != "." else { return try add(folder: text) }
    let (place, subject, number) = try lakes.subject(text)
    switch subject.kind {
    case .datastream: numbers[place].insert(number)
    case .measurement:
      // Several lakes may have something of it.
      for (place, lake) in lakes.enumerated() {
        if let number = try lake.number(of: subject) {
          numbers[place].formUnion(try lake.related(to: number, .measurement))
        }
      }
    case .run:
      numbers[place].insert(number)
      numbers[place].formUnion(try lakes[place].datastreams(named: lakes[place].entries(ofRun: number)))
    }
  }

  /// The folder of a datastream; which of several is meant is told by the story.
  private mutating func add(folder: String) throws {
    let folders = try LineageStory.folders(folder, seenFrom: lakes.map(\.lake))
    for (place, lake) in lakes.enumerated() {
      for path in folders.map(lake.lake.recorded) {
        numbers[place].formUnion(try lake.numbers("SELECT no FROM datastream WHERE path = ?1", [.text(path)]))
      }
    }
  }

  /// Adds datastreams wherever they are known; false where all were there already.
  mutating func add(ids: some Sequence<String>) throws -> Bool {
    var isMore = false
    for id in ids {
      for (place, lake) in lakes.enumerated() {
        guard let number = try lake.number(of: IndexSubject(kind: .datastream, id: id)) else { continue }
        if numbers[place].insert(number).inserted { isMore = true }
      }
    }
    return isMore
  }

  /// What is upstream and downstream of the seeds in all lakes, from the lines of these and of the runs that wrote them.
  mutating func story() throws -> LineageStory {
    var found = try closures()
    // A datastream that several lakes know leads on in each.
    while lakes.count > 1 {
      var isMore = false
      for (place, lake) in lakes.enumerated() where try add(ids: lake.datastreams(found[place])) { isMore = true }
      guard isMore else { break }
      found = try closures()
    }
    var entries: [[LineageEntry]] = []
    for (lake, found) in zip(lakes, found) {
      let lines = try lake.entries(of: found)
      let runs = try Set(lines.compactMap(\.run)).compactMap { try lake.number(of: IndexSubject(kind: .run, id: $0)) }
      // No line is of a run and of anything else.
      let all = try lines + lake.entries(of: runs.filter { !found.contains($0) })
      entries.append(all.sorted(by: LineageEntry.isOrdered))
    }
    return LineageStory(lakes.map(\.lake), entries)
  }

  private func closures() throws -> [[Int64]] { try zip(lakes, numbers).map { try $0.lineage(of: $1) } }
}

extension IndexSnapshot {
  /// Datastreams that are upstream and downstream of some, one step around these, and their measurements.
  fileprivate func lineage(of seeds: Set<Int64>) throws -> [Int64] {
    try database.run("CREATE TEMP TABLE IF NOT EXISTS seed(no INTEGER PRIMARY KEY); DELETE FROM temp.seed")
    for seed in seeds { try database.run("INSERT INTO temp.seed VALUES(?1)", [.integer(seed)]) }
    return try numbers(
      """
      WITH RECURSIVE up(no) AS (SELECT no FROM temp.seed UNION SELECT e.parent FROM up CROSS JOIN edge e ON e.child = up.no),
      down(no) AS (SELECT no FROM temp.seed UNION SELECT e.child FROM down CROSS JOIN edge e ON e.parent = down.no),
      own(no) AS (SELECT no FROM up UNION SELECT no FROM down),
      wide(no) AS (SELECT no FROM own UNION SELECT e.parent FROM own CROSS JOIN edge e ON e.child = own.no
      UNION SELECT e.child FROM own CROSS JOIN edge e ON e.parent = own.no)
      SELECT no FROM wide UNION SELECT d.measurement FROM wide CROSS JOIN datastream d ON d.no = wide.no
      """)
  }

  /// The ids of the datastreams among some subjects.
  fileprivate func datastreams(_ numbers: [Int64]) throws -> [String] {
    let find = try database.statement("SELECT id FROM subject WHERE no = ?1 AND kind = 2")
    var ids: [String] = []
    for number in numbers {
      try find.bind([.integer(number)])
      if try find.next(), let id = find.text(0) { ids.append(id) }
      find.reset()
    }
    return ids
  }

  /// The numbers of datastreams that entries name.
  fileprivate func datastreams(named entries: [LineageEntry]) throws -> [Int64] {
    try Set(entries.compactMap { $0.string("datastream") }).compactMap { id in
      try number(of: IndexSubject(kind: .datastream, id: id))
    }
  }
}
