package import Core

extension LineageStory {
  /// What is needed for the lineage of some things, read where it stands, by the index; else the whole log, once.
  ///
  /// The index is asked where the log is read strictly, as it is now, and of one lake; a folder's path names nothing in it.
  package static func read(
    about texts: [String], _ lake: Lake, mode: LineageReader.Mode = .strict, asOf: Timestamp? = nil,
    warning: @escaping (String) -> Void = { _ in }
  ) throws -> (story: LineageStory, exit: ExitCode) {
    let areIDs = texts.allSatisfy { !$0.contains("/") && $0 != "." }
    guard mode == .strict, asOf == nil, lake.settings.lakes.isEmpty, areIDs else {
      return try read(lake, mode: mode, asOf: asOf, warning: warning)
    }
    let story = try LakeIndex(lake, warning: warning).read { snapshot in
      var seeds: Set<Int64> = []
      for text in texts {
        let (subject, number) = try snapshot.subject(text)
        seeds.insert(number)
        switch subject.kind {
        case .datastream: break
        case .measurement: seeds.formUnion(try snapshot.related(to: number, .measurement))
        case .run: seeds.formUnion(try snapshot.datastreams(named: snapshot.entries(ofRun: number)))
        }
      }
      while true {
        let story = try LineageStory(lake, of: snapshot.lineage(of: seeds), snapshot)
        // Returned labels name parents of their own.
        let told = story.returned.keys.flatMap(story.parents) + story.successors.values
        let more = try told.compactMap { try snapshot.number(of: IndexSubject(kind: .datastream, id: $0)) }
        guard !seeds.isSuperset(of: more) else { return story }
        seeds.formUnion(more)
      }
    }
    return (story, .success)
  }

  /// From the lines of some subjects and of the runs that wrote them.
  private init(_ lake: Lake, of numbers: [Int64], _ snapshot: IndexSnapshot) throws {
    let lines = try snapshot.entries(of: numbers)
    let runs = try Set(lines.compactMap(\.run)).compactMap { try snapshot.number(of: IndexSubject(kind: .run, id: $0)) }
    // No line is of a run and of anything else.
    let entries = try lines + snapshot.entries(of: runs.filter { !numbers.contains($0) })
    self.init(lake, entries.sorted(by: LineageEntry.isOrdered))
  }
}

extension IndexSnapshot {
  /// Datastreams that are upstream and downstream of some, one step around these, and their measurements.
  func lineage(of seeds: Set<Int64>) throws -> [Int64] {
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

  /// The numbers of datastreams that entries name.
  func datastreams(named entries: [LineageEntry]) throws -> [Int64] {
    try Set(entries.compactMap { $0.string("datastream") }).compactMap { id in
      try number(of: IndexSubject(kind: .datastream, id: id))
    }
  }
}
