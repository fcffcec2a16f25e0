import Core

/// The footer of a file as it was read: FileMetaData of `parquet.thrift`, as much as reading needs.
struct ParquetFooter: Sendable {
  /// SchemaElement.
  struct Element: Sendable {
    var name = ""
    var physical: Int?
    /// Bytes of FIXED_LEN_BYTE_ARRAY.
    var width = 0
    var repetition = ParquetSchema.Repetition.required
    var children = 0
    var converted: Int?
    var scale = 0
    var precision = 0
    var logical: Logical?
  }

  /// LogicalType, by the number of its field.
  struct Logical: Sendable, Equatable {
    var number: Int
    /// Of times 1 for ms, 2 for µs, 3 for ns; of integers bits.
    var unit = 0
    var isSigned = true
  }

  /// ColumnChunk with its ColumnMetaData.
  struct Chunk: Sendable {
    var physical = 0
    var codec = 0
    var entries = 0
    var start = 0
    var size = 0
    var filePath: String?
    var isEncrypted = false
    var statistics = Extremes()
  }

  /// Statistics: smallest and largest value in PLAIN, without the deprecated ones.
  struct Extremes: Sendable, Equatable {
    var nulls: Int?
    var lower: [UInt8]?
    var upper: [UInt8]?
  }

  struct Group: Sendable {
    var rows = 0
    var chunks: [Chunk] = []
  }

  private(set) var elements: [Element] = []
  private(set) var rows = 0
  private(set) var groups: [Group] = []
  private(set) var metadata: [(key: String, value: String)] = []
  private(set) var createdBy = ""

  private static let magic = Array("PAR1".utf8)
  private static let mostBytes = 256 << 20

  init(_ file: FileReader) throws {
    guard file.count >= 12 else {
      throw ParquetFault("file", at: 0, "wanted 12 bytes at least, found \(file.count)").of(file: file.path)
    }
    let tail = try file.bytes(at: file.count - 8, count: 8)
    let end = Array(tail[4...])
    guard end == Self.magic, try file.bytes(at: 0, count: 4) == Self.magic else {
      if end == Array("PARE".utf8) { throw ParquetFault.unsupported("the footer is encrypted").of(file: file.path) }
      throw ParquetFault("file", at: file.count - 4, "wanted PAR1 at both ends").of(file: file.path)
    }
    let size = Int(tail.bytes.u32(at: 0))
    guard size <= file.count - 12, size <= Self.mostBytes else {
      throw ParquetFault("footer", at: file.count - 8, "wanted a length of at most \(file.count - 12), not \(size)")
        .of(file: file.path)
    }
    let start = file.count - 8 - size
    var reader = ThriftReader(try file.bytes(at: start, count: size), base: start)
    do throws(ParquetFault) { try read(&reader) } catch { throw error.of(file: file.path) }
  }

  private mutating func read(_ reader: inout ThriftReader) throws(ParquetFault) {
    try reader.structure { (reader, id, kind) throws(ParquetFault) in
      switch id {
      case 2: try reader.list { (reader, _) throws(ParquetFault) in elements.append(try Element(&reader)) }
      case 3: rows = try reader.integer(kind)
      case 4: try reader.list { (reader, _) throws(ParquetFault) in groups.append(try Group(&reader)) }
      case 5: try reader.list { (reader, _) throws(ParquetFault) in metadata.append(try Self.pair(&reader)) }
      case 6: createdBy = try reader.string(kind)
      case 8: throw .unsupported("columns are encrypted")
      default: return false
      }
      return true
    }
  }

  private static func pair(_ reader: inout ThriftReader) throws(ParquetFault) -> (key: String, value: String) {
    var pair = (key: "", value: "")
    try reader.structure { (reader, id, kind) throws(ParquetFault) in
      switch id {
      case 1: pair.key = try reader.string(kind)
      case 2: pair.value = try reader.string(kind)
      default: return false
      }
      return true
    }
    return pair
  }
}

extension ParquetFooter.Element {
  fileprivate init(_ reader: inout ThriftReader) throws(ParquetFault) {
    self.init()
    try reader.structure { (reader, id, kind) throws(ParquetFault) in
      switch id {
      case 1: physical = try reader.integer(kind)
      case 2: width = try reader.integer(kind)
      case 3:
        let number = try reader.integer(kind)
        guard let known = ParquetSchema.Repetition(rawValue: Int32(truncatingIfNeeded: number)) else {
          throw reader.fault("a repetition type from 0 to 2, not \(number)")
        }
        repetition = known
      case 4: name = try reader.string(kind)
      case 5: children = try reader.integer(kind)
      case 6: converted = try reader.integer(kind)
      case 7: scale = try reader.integer(kind)
      case 8: precision = try reader.integer(kind)
      case 10: logical = try ParquetFooter.Logical(&reader)
      default: return false
      }
      return true
    }
  }
}

extension ParquetFooter.Logical {
  /// The union has one field, whose number says which type it is.
  fileprivate init(_ reader: inout ThriftReader) throws(ParquetFault) {
    self.init(number: 0)
    try reader.structure { (reader, id, kind) throws(ParquetFault) in
      number = id
      guard kind == .structure, [7, 8, 10].contains(id) else { return false }
      let isInteger = id == 10
      try reader.structure { (reader, id, kind) throws(ParquetFault) in
        switch (isInteger, id) {
        case (true, 1): unit = try reader.integer(kind)
        case (true, 2): isSigned = try reader.bool(kind)
        case (false, 2):
          try reader.structure { (_, id, _) throws(ParquetFault) in
            unit = id
            return false
          }
        default: return false
        }
        return true
      }
      return true
    }
  }
}

extension ParquetFooter.Group {
  fileprivate init(_ reader: inout ThriftReader) throws(ParquetFault) {
    self.init()
    try reader.structure { (reader, id, kind) throws(ParquetFault) in
      switch id {
      case 1: try reader.list { (reader, _) throws(ParquetFault) in chunks.append(try ParquetFooter.Chunk(&reader)) }
      case 3: rows = try reader.integer(kind)
      default: return false
      }
      return true
    }
  }
}

extension ParquetFooter.Chunk {
  fileprivate init(_ reader: inout ThriftReader) throws(ParquetFault) {
    self.init()
    try reader.structure { (reader, id, kind) throws(ParquetFault) in
      switch id {
      case 1: filePath = try reader.string(kind)
      case 3: try readMetadata(&reader)
      case 8, 9:
        isEncrypted = true
        return false
      default: return false
      }
      return true
    }
  }

  private mutating func readMetadata(_ reader: inout ThriftReader) throws(ParquetFault) {
    var data = 0, dictionary: Int?
    try reader.structure { (reader, id, kind) throws(ParquetFault) in
      switch id {
      case 1: physical = try reader.integer(kind)
      case 4: codec = try reader.integer(kind)
      case 5: entries = try reader.integer(kind)
      case 7: size = try reader.integer(kind)
      case 9: data = try reader.integer(kind)
      case 11: dictionary = try reader.integer(kind)
      case 12: try readStatistics(&reader)
      default: return false
      }
      return true
    }
    // Some writers say 0 where there is no dictionary, others let the data begin at it.
    start = min(data, dictionary.flatMap { $0 > 0 ? $0 : nil } ?? data)
  }

  private mutating func readStatistics(_ reader: inout ThriftReader) throws(ParquetFault) {
    try reader.structure { (reader, id, kind) throws(ParquetFault) in
      switch id {
      case 3: statistics.nulls = try reader.integer(kind)
      case 5: statistics.upper = try reader.binary(kind)
      case 6: statistics.lower = try reader.binary(kind)
      default: return false
      }
      return true
    }
  }
}
