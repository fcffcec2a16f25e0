import Core

extension Find {
  /// The records of a lake, then of those that its lake.json5 names, of these with the member `lake` and absolute paths.
  ///
  /// A lake after the other, or where an order is asked for all in that; of brief records nobody knows an order between lakes.
  /// - Returns: how many there were, and whether every lake could be asked; `warning` says which could not.
  package static func everywhere(
    _ lake: Lake, _ request: FindRequest, _ options: Options, warning: @escaping (String) -> Void,
    _ body: (Record) throws -> Void
  ) throws -> (count: Int, isWhole: Bool) {
    try request.check(zonesOf: lake)
    guard request.sort?.key != .changed || lake.settings.lakes.isEmpty else {
      throw UsageError("--sort changed is of one lake, and this one names others")
    }
    guard let order = request.sort, !lake.others.isEmpty, options.detail == .full else {
      var (count, isWhole) = try records(lake, request, options, warning: warning, body)
      for named in lake.others {
        var rest = request
        rest.limit = request.limit.map { $0 - count }
        guard rest.limit != 0 else { break }
        let isThere = try records(of: named, beside: lake, rest, options, warning) { record in
          try body(record)
          count += 1
        }
        isWhole = isWhole && isThere
      }
      return (count, isWhole)
    }
    var all: [Record] = []
    var (_, isWhole) = try records(lake, request, options, warning: warning) { all.append($0) }
    for named in lake.others {
      let isThere = try records(of: named, beside: lake, request, options, warning) { all.append($0) }
      isWhole = isWhole && isThere
    }
    // Of equals the lake's own come first, then as lake.json5 names them.
    let keys = all.map { order.value(of: $0) }
    let sorted = all.indices.sorted { one, other in
      let (low, high) = order.isDescending ? (keys[other], keys[one]) : (keys[one], keys[other])
      return low == high ? one < other : low < high
    }
    for place in sorted.prefix(request.limit ?? .max) { try body(all[place]) }
    return (min(all.count, request.limit ?? .max), isWhole)
  }

  /// The records of a lake that another one names; false where it could not be asked, or not wholly.
  private static func records(
    of named: LakeSettings.Federated, beside lake: Lake, _ request: FindRequest, _ options: Options,
    _ warning: @escaping (String) -> Void, _ body: (Record) throws -> Void
  ) throws -> Bool {
    do {
      let other = try Lake(LakePath.absolute(named.root, from: lake.path))
      return try records(other, request, options, warning: { warning("lake \(named.name): \($0)") }) { record in
        var record = record
        if let path = record["path"]?.string { record["path"] = .string(LakePath.absolute(path, from: other.path)) }
        record["lake"] = .string(named.name)
        try body(record)
      }.isWhole
    } catch let error as any Problem where LakeFederation.isOfOneLake(error) {
      warning("lake \(named.name): \(error)")
      return false
    }
  }
}

extension FindOrder {
  /// What a record is sorted by: text, or a number; nothing comes first.
  fileprivate struct Value: Comparable {
    var number: Double?
    var text: String?

    static func < (one: Value, other: Value) -> Bool {
      if let one = one.number, let other = other.number { return one < other }
      return (one.text ?? "") < (other.text ?? "")
    }
  }

  fileprivate func value(of record: Record) -> Value {
    let names =
      switch key {
      case .start: ["start", "start_ts", "t"]
      case .end: ["end", "end_ts", "t"]
      case .id, .vin, .bytes, .changed: [key.rawValue]
      }
    let value = names.lazy.compactMap { record[$0] }.first
    return Value(number: value?.number, text: value?.string)
  }
}
