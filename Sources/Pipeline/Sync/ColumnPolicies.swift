import Core

/// How each column of a state stream is sampled: as the rules say, else by what the column is.
struct ColumnPolicies: Sendable {
  /// A column, or several that are one value.
  struct Entry: Sendable, Equatable {
    /// Of the table, without times; more than one for positions (latitude, longitude) and turns (x, y, z, w).
    var columns: [String]
    var policy: Interpolation
    /// Of the first column.
    var unit: String?
  }

  let entries: [Entry]

  /// Some column is put between rows.
  var interpolates: Bool {
    entries.contains { entry in
      switch entry.policy {
      case .linear, .circular, .circularDegrees, .circularRadians, .geodetic, .slerp: true
      case .previous, .nearest, .next, .none: false
      }
    }
  }

  /// - Throws: `SyncError` when a rule asks of a column what it cannot have.
  init(_ schema: Schema, _ rules: StreamRules, stream: String) throws(SyncError) {
    var left = schema.fields.filter { Self.isSampled($0.type) }
    var entries: [Entry] = []
    while !left.isEmpty {
      let field = left.removeFirst()
      let asked = rules.policies?.first { $0.column.matches(field.name) }?.policy
      let policy = asked ?? Self.usual(field, among: schema.fields)
      var columns = [field.name]
      switch policy {
      case .slerp:
        guard let group = Self.group(field.name, ["x", "y", "z", "w"], among: schema) else {
          throw .policy(stream: stream, column: field.name, "is no quaternion of columns x, y, z and w")
        }
        columns = group
      case .geodetic:
        guard let pair = Self.position(field.name, among: schema) else {
          throw .policy(stream: stream, column: field.name, "is no latitude or longitude with its partner beside it")
        }
        columns = pair
      case .linear, .circular, .circularDegrees, .circularRadians:
        guard Self.isNumber(field.type) else {
          throw .policy(
            stream: stream, column: field.name, "has no numbers, and cannot be sampled as \(policy.rawValue)")
        }
        if policy == .circular, Resampling.period(policy, unit: field.unit) == nil {
          throw .policy(
            stream: stream, column: field.name, "has no unit of an angle: say circular-deg or circular-rad")
        }
      case .previous, .nearest, .next, .none: break
      }
      left.removeAll { columns.contains($0.name) }
      entries.append(Entry(columns: columns, policy: policy, unit: field.unit))
    }
    self.entries = entries
  }

  /// Whether a value of this type can be sampled at all.
  static func isSampled(_ type: FieldType) -> Bool {
    switch type {
    case .bool, .string, .time, .duration, .timestamp: true
    case .bytes, .list, .structure: false
    default: isNumber(type)
    }
  }

  static func isNumber(_ type: FieldType) -> Bool {
    switch type {
    case .int8, .int16, .int32, .int64, .uint8, .uint16, .uint32, .uint64, .float32, .float64: true
    default: false
    }
  }

  private static func usual(_ field: Field, among fields: [Field]) -> Interpolation {
    guard field.type == .float32 || field.type == .float64 else { return .previous }
    let schema = Schema(fields)
    if group(field.name, ["x", "y", "z", "w"], among: schema) != nil { return .slerp }
    if position(field.name, among: schema) != nil { return .geodetic }
    let name = field.name.lowercased()
    let isDirection = ["heading", "course", "yaw", "azimuth"].contains { name.contains($0) }
    let isRate = name.contains("rate") || name.contains("vel") || name.contains("acc")
    return isDirection && !isRate && Resampling.period(.circular, unit: field.unit) != nil ? .circular : .linear
  }

  /// `a.x`, `a.y`, … where all are there as floating-point numbers.
  private static func group(_ name: String, _ members: [String], among schema: Schema) -> [String]? {
    guard let dot = name.lastIndex(of: "."), members.contains(String(name[name.index(after: dot)...])) else {
      return nil
    }
    let names = members.map { name[...dot] + $0 }.map(String.init)
    return names.allSatisfy { isFloat($0, schema) } ? names : nil
  }

  /// Latitude and longitude of one point, under the names that are usual.
  private static func position(_ name: String, among schema: Schema) -> [String]? {
    for (latitude, longitude) in [("latitude", "longitude"), ("lat", "lon"), ("lat", "lng"), ("Latitude", "Longitude")]
    {
      for (own, other) in [(latitude, longitude), (longitude, latitude)] where name.hasSuffix(own) {
        let prefix = name.dropLast(own.count)
        guard prefix.isEmpty || ["_", "."].contains(prefix.last) else { continue }
        let partner = prefix + other
        guard isFloat(String(partner), schema), isFloat(name, schema) else { continue }
        return [String(prefix + latitude), String(prefix + longitude)]
      }
    }
    return nil
  }

  private static func isFloat(_ name: String, _ schema: Schema) -> Bool {
    schema.fields.contains { $0.name == name && ($0.type == .float64 || $0.type == .float32) }
  }
}
