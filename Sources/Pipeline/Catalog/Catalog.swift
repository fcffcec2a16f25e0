package import Core

/// The data products of a lake: whose they are, what is in them, how good and how new they are, and what they are made of.
package struct Catalog: Sendable {
  package private(set) var entries: [Entry] = []
  package private(set) var findings: [Finding] = []

  /// A product as it is now.
  package struct Entry: Sendable {
    package var product: LakeProduct
    package var domain: String
    package var owner: String?
    package var contact: String?
    /// Datastreams whose files are there and verified.
    package var whole = 0
    package var failed = 0
    /// Begun and not ended.
    package var working = 0
    package var measurements = 0
    package var rows: Int64 = 0
    package var files: Int64 = 0
    package var bytes: Int64 = 0
    package var range: TimeRange?
    /// The datastream that became whole last, and when.
    package var newest: (id: String, time: Timestamp)?
    /// Where that lies.
    fileprivate var place: (lake: Lake, path: String)?
    /// The tables of the newest datastream.
    package var tables: TableSchemas?
    package var upstream: [String] = []
    package var downstream: [String] = []
    /// Absolute roots of its zone.
    package var stores: [String] = []

    /// Share of attempts that failed, of datastreams that ended; nil when there are none.
    package var failedShare: Double? {
      whole + failed == 0 ? nil : Double(failed) / Double(whole + failed)
    }
  }

  /// Something that a product lacks.
  package struct Finding: Sendable, Hashable {
    package enum Code: String, Sendable { case stale, noOwner = "no-owner", inputMissing = "input-missing" }

    package var product: String
    package var code: Code
    package var message: String
  }

  /// Reads the indexes of a lake and of those that it names, and the footers of one datastream a product.
  package static func read(
    _ lake: Lake, _ scope: LogScope = LogScope(), now: Timestamp = .now,
    warning: @escaping (String) -> Void = { _ in }
  ) throws -> (catalog: Catalog, exit: ExitCode) {
    var (catalog, exit) = try LakeFederation(lake, warning: warning).read(scope, readsTables: false) {
      try Catalog($0, now: now)
    }
    try catalog.readTables()
    return (catalog, exit)
  }

  init(_ lakes: [IndexSnapshot], now: Timestamp) throws {
    let lake = lakes[0].lake
    for (domain, facts) in lake.settings.domains.sorted(by: { $0.key < $1.key }) {
      for product in facts.products {
        entries.append(
          Entry(
            product: product, domain: domain, owner: product.owner ?? facts.owner, contact: facts.contact,
            stores: try lake.roots(of: product.zone)))
      }
    }
    if entries.isEmpty {
      // A lake that says nothing of domains has a product a zone that holds something.
      let isThere = "SELECT 1 FROM datastream WHERE zone = ?1 LIMIT 1"
      for zone in lake.settings.zones
      where try lakes.contains(where: { try !$0.numbers(isThere, [.text(zone)]).isEmpty }) {
        entries.append(
          Entry(product: LakeProduct(zone: zone), domain: lake.settings.name, stores: try lake.roots(of: zone)))
      }
    }
    try fill(from: lakes)
    check(now)
  }

  /// Reads the footers of the newest datastream of each product.
  mutating func readTables() throws {
    for index in entries.indices {
      guard let place = entries[index].place, let folder = try place.lake.folder(recorded: place.path) else { continue }
      entries[index].tables = try TableSchemas(in: folder)
    }
  }

  private mutating func fill(from lakes: [IndexSnapshot]) throws {
    var members = CatalogMembers(lakes, entries.map(\.product))
    for index in lakes.indices {
      try members.read(index) { products, row in
        for product in products { entries[product].add(row) }
      }
    }
    for (index, count) in members.measurements.enumerated() { entries[index].measurements = count }
    var links = try members.links()
    for (below, entry) in entries.enumerated() {
      for name in entry.product.inputs {
        for above in entries.indices where entries[above].product.name == name { links.insert([above, below]) }
      }
    }
    for link in links.sorted(by: { $0.lexicographicallyPrecedes($1) }) {
      entries[link[1]].upstream.append(entries[link[0]].product.name)
      entries[link[0]].downstream.append(entries[link[1]].product.name)
    }
  }

  private mutating func check(_ now: Timestamp) {
    for entry in entries {
      let name = entry.product.name
      func find(_ code: Finding.Code, _ message: String) {
        findings.append(Finding(product: name, code: code, message: message))
      }
      if entry.owner?.isEmpty ?? true { find(.noOwner, "has no owner") }
      if let most = entry.product.maxAge {
        if let newest = entry.newest {
          let (age, isAbsurd) = now.nanoseconds.subtractingReportingOverflow(newest.time.nanoseconds)
          if isAbsurd || age > most {
            find(
              .stale,
              "its newest datastream is \(Measure.brief(duration: isAbsurd ? .max : age)) old, "
                + "and may be \(Measure.text(duration: most))")
          }
        } else {
          find(.stale, "has no datastream, and its newest may be \(Measure.text(duration: most)) old")
        }
      }
      for input in entry.product.inputs {
        guard let source = entries.first(where: { $0.product.name == input }) else {
          find(.inputMissing, "needs the product \(input), which no domain offers")
          continue
        }
        if source.whole == 0 { find(.inputMissing, "needs the product \(input), which has no datastream") }
      }
    }
  }

  /// Between which domains data flows, by the dependencies of their products.
  package var flows: [(from: String, to: String)] {
    var seen: Set<[String]> = []
    for entry in entries {
      for name in entry.upstream {
        for source in entries where source.product.name == name && source.domain != entry.domain {
          seen.insert([source.domain, entry.domain])
        }
      }
    }
    return seen.sorted { $0.lexicographicallyPrecedes($1) }.map { ($0[0], $0[1]) }
  }
}

extension Catalog.Entry {
  fileprivate mutating func add(_ row: CatalogMembers.Row) {
    switch row.state {
    case .failed: failed += 1
    case .created, .startCopy, .processing: working += 1
    case .archived, .deleted, .superseded: break
    case .copyComplete, .completed:
      whole += 1
      for (value, path) in [(row.rows, \Self.rows), (row.files, \Self.files), (row.bytes, \Self.bytes)] where value > 0
      {
        self[keyPath: path] = self[keyPath: path].addingReportingOverflow(value).partialValue
      }
      if let own = row.range { range = (range ?? own).extended(to: own.start).extended(to: own.end) }
      // Of most rows the id is not needed.
      if newest.map({ $0.time < row.changed || $0.time == row.changed && $0.id < row.id }) ?? true {
        newest = (row.id, row.changed)
        place = (row.lake, row.path)
      }
    }
  }

  /// The product as a record; `av.product/1`.
  package var record: Record {
    var members: JSONObject = ["name": .string(product.name), "domain": .string(domain), "zone": .string(product.zone)]
    members["kind"] = product.kind.map { .string($0.description) }
    members["version"] = product.version.map(JSON.string)
    members["owner"] = owner.map(JSON.string)
    members["contact"] = contact.map(JSON.string)
    members["access"] = product.access.map(JSON.string)
    members["measurements"] = .count(measurements)
    members["datastreams"] = .count(whole)
    members["failed"] = .count(failed)
    members["working"] = .count(working)
    members["failed_share"] = failedShare.map(JSON.number)
    (members["rows"], members["files"], members["bytes"]) = (.count(rows), .count(files), .count(bytes))
    members["start"] = range.map { .time($0.start) }
    members["end"] = range.map { .time($0.end) }
    members["newest"] = newest.map { .string($0.id) }
    members["changed"] = newest.map { .time($0.time) }
    members["max_age"] = product.maxAge.map { .string(Measure.text(duration: $0)) }
    members["upstream"] = .array(upstream.map(JSON.string))
    members["downstream"] = .array(downstream.map(JSON.string))
    members["stores"] = .array(stores.map(JSON.string))
    members["schema_of_tables"] = tables?.json
    return Record(.product, members)
  }
}
