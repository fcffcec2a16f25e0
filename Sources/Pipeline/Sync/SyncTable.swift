import Artifacts
import Core

/// A table of a stream's messages, whose columns are read when they are needed.
struct SyncTable: Sendable {
  /// The stream's name: `camera/front`.
  let name: String
  /// Below its datastream's folder.
  let path: String
  /// The datastream's folder, as the sample data name it.
  let folder: String
  /// Each message is a file of its own, and the table their index.
  let isIndex: Bool
  let schema: Schema
  let rows: Int
  /// What extraction wrote beside the columns.
  let metadata: [String: String]
  /// Which rows are read at once, in order.
  let groups: [Range<Int>]
  /// Reads some columns of a group, in the order of their names.
  let read: @Sendable (_ group: Int, _ columns: [String]) throws -> Batch

  /// As the sample data name it.
  var place: String { "\(folder)/\(path)" }

  /// Columns that say when and where a message was recorded, and not what it says.
  static let times: Set = [
    "t_ns", "ts", "time_source", "log_ns", "pub_ns", "stamp_ns", "source_file", "source_container", "source_offset",
  ]

  /// The message's own columns.
  var message: Schema { Schema(schema.fields.filter { !Self.times.contains($0.name) }) }

  var hasTimes: Bool { schema.fields.contains { $0.name == "t_ns" && $0.type == .int64 } }

  func times() throws -> RecordedTimes {
    let names = ["t_ns", "log_ns", "pub_ns", "stamp_ns"].filter { name in
      schema.fields.contains { $0.name == name && $0.type == .int64 }
    }
    var recorded = RecordedTimes(used: [])
    recorded.used.reserveCapacity(rows)
    for group in groups.indices {
      let batch = try read(group, names)
      recorded.used += batch["t_ns"]?.integers(orNull: 0) ?? []
      recorded.log += batch["log_ns"]?.integers(orNull: 0) ?? []
      recorded.publish += batch["pub_ns"]?.integers(orNull: 0) ?? []
      recorded.stamps += batch["stamp_ns"]?.integers(orNull: 0) ?? []
    }
    if rows > 0, schema.fields.contains(where: { $0.name == "time_source" && $0.type == .string }),
      case .text(let texts)? = try read(0, ["time_source"]).columns.first?.values, texts.count > 0
    {
      recorded.source = String(decoding: texts[0], as: UTF8.self)
    }
    // What nobody set says nothing.
    if !recorded.stamps.contains(where: { $0 != 0 }) { recorded.stamps = [] }
    if !recorded.publish.contains(where: { $0 != 0 }) { recorded.publish = [] }
    return recorded
  }

  /// A whole column as numbers, NaN for what is missing; nil where there is none of numbers.
  func numbers(_ column: String) throws -> [Double]? {
    guard schema.fields.contains(where: { $0.name == column }) else { return nil }
    var numbers: [Double] = []
    numbers.reserveCapacity(rows)
    for group in groups.indices {
      guard let own = try read(group, [column]).columns.first?.numbers else { return nil }
      numbers += own
    }
    return numbers
  }

  /// A whole column of texts, empty for what is missing.
  func texts(_ column: String) throws -> Texts? {
    guard schema.fields.contains(where: { $0.name == column && $0.type == .string }) else { return nil }
    var texts = Texts()
    for group in groups.indices {
      guard case .text(let own)? = try read(group, [column]).columns.first?.values else { return nil }
      for row in 0..<own.count { texts.append(own[row]) }
    }
    return texts
  }

  /// A digest of what each of some messages says: of the file's, or of all its own columns.
  func contents(of wanted: Set<Int>) throws -> [Int: [UInt8]] {
    let hasDigest = schema.fields.contains { $0.name == "sha256" && $0.type == .string }
    let names = hasDigest ? ["sha256"] : message.fields.map(\.name).filter { $0 != "file" }
    var contents: [Int: [UInt8]] = [:]
    guard !names.isEmpty else { return contents }
    for (group, rows) in groups.enumerated() {
      let own = wanted.filter { rows.contains($0) }
      guard !own.isEmpty else { continue }
      let batch = try read(group, names)
      for row in own {
        var bytes: [UInt8] = []
        for column in batch.columns { column.append(row - rows.lowerBound, to: &bytes) }
        // A frame without a file has no digest, and cannot be told from others.
        if !hasDigest || bytes.first == 1 { contents[row] = Digest.sha256(bytes) }
      }
    }
    return contents
  }
}

extension Column {
  func integers(orNull other: Int64) -> [Int64] {
    guard case .int64(let values) = values else { return [] }
    guard let validity else { return values }
    return zip(values, validity).map { $1 ? $0 : other }
  }

  /// The value of a row as bytes that differ where values do.
  func append(_ row: Int, to bytes: inout [UInt8]) {
    guard validity?[row] ?? true else { return bytes.append(0) }
    bytes.append(1)
    func add(_ value: some FixedWidthInteger) {
      for shift in stride(from: 0, to: value.bitWidth, by: 8) {
        bytes.append(UInt8(truncatingIfNeeded: value >> shift))
      }
    }
    switch values {
    case .bool(let values): add(values[row])
    case .int8(let values): add(values[row])
    case .int16(let values): add(values[row])
    case .int32(let values): add(values[row])
    case .int64(let values): add(values[row])
    case .uint8(let values): add(values[row])
    case .uint16(let values): add(values[row])
    case .uint32(let values): add(values[row])
    case .uint64(let values): add(values[row])
    case .float32(let values): add(values[row].bitPattern)
    case .float64(let values): add(values[row].bitPattern)
    case .text(let texts):
      add(texts[row].count)
      bytes += texts[row]
    case .list(let offsets, let element):
      add(offsets[row + 1] - offsets[row])
      for index in offsets[row]..<offsets[row + 1] { element.append(index, to: &bytes) }
    case .structure(let members):
      for member in members { member.append(row, to: &bytes) }
    }
  }
}
