import Core

@testable import Artifacts

/// A table of the matrix that other readers are tried with.
struct MatrixTable {
  var name: String
  var fields: [Field]
  var columns: [[Cell]] = []
  var sortedBy: String?

  var rows: Int { columns[0].count }

  init(_ name: String) {
    self.name = name
    fields = []
  }

  /// Adds a column whose cells are made by their row.
  mutating func add(
    _ name: String, _ type: FieldType, rows: Int, missing: Missing = .never, _ cell: (Int, inout Seeded) -> Cell
  ) {
    var random = Seeded(UInt64(fields.count * 1_000 + rows))
    fields.append(Field(name, type, isNullable: missing != .never))
    columns.append(
      (0..<rows).map { row in
        let value = cell(row, &random)
        return switch missing {
        case .never, .possible: value
        case .sometimes: random.oneIn(7) ? .missing : value
        case .always: .missing
        }
      })
  }

  enum Missing { case never, possible, sometimes, always }

  /// The rows in batches of uneven sizes.
  func batches() -> [Batch] {
    var batches: [Batch] = []
    var start = 0
    var size = 1
    while start < rows {
      let end = min(rows, start + size)
      batches.append(Batch(fields, columns.map { Array($0[start..<end]) }))
      start = end
      size = size * 3 + 1
    }
    return batches
  }
}

extension MatrixTable {
  private static let epoch: Int64 = 1_663_574_400_000_000_000
  private static let texts = [
    "", "a", "brake", "Straße", "日本語", "naïve", "🚗", "tab\tand\nline", "\u{0}", "\u{10ffff}", "quote\"",
  ]
  private static let numbers: [Double] = [
    0, -0.0, 1, -1, .nan, .infinity, -.infinity, .pi, .leastNonzeroMagnitude, -.leastNonzeroMagnitude,
    .greatestFiniteMagnitude, 0.1, 1e-30,
  ]

  /// Every flat type, with extremes; required, sometimes, never and always missing.
  static func flat(rows: Int) -> MatrixTable {
    var table = MatrixTable("flat-\(rows)")
    table.sortedBy = "t_ns"
    table.add("t_ns", .time, rows: rows) { row, _ in .integer(epoch + Int64(row) * 10_000_001) }
    table.add("ts", .timestamp, rows: rows) { row, _ in .integer(epoch / 1_000 + Int64(row) * 10_001) }
    table.add("dt", .duration, rows: rows) { row, _ in .integer(Int64(row) * -7) }
    let signed: [(String, FieldType, Int64, Int64)] = [
      ("i8", .int8, -128, 127), ("i16", .int16, -32_768, 32_767), ("i32", .int32, -1 << 31, 1 << 31 - 1),
      ("i64", .int64, .min, .max), ("u8", .uint8, 0, 255), ("u16", .uint16, 0, 65_535),
      ("u32", .uint32, 0, 1 << 32 - 1),
    ]
    for (name, type, low, high) in signed {
      for missing in [Missing.never, .sometimes] {
        table.add(missing == .never ? name : "\(name)_null", type, rows: rows, missing: missing) { row, random in
          row % 4 == 0
            ? .integer(low) : row % 4 == 1 ? .integer(high) : .integer(.random(in: low...high, using: &random))
        }
      }
    }
    for missing in [Missing.never, .sometimes, .always] {
      let suffix = missing == .never ? "" : missing == .always ? "_all_null" : "_null"
      table.add("u64" + suffix, .uint64, rows: rows, missing: missing) { row, random in
        row % 3 == 0 ? .unsigned(.max) : row % 3 == 1 ? .unsigned(1 << 63) : .unsigned(random.next())
      }
      table.add("f64" + suffix, .float64, rows: rows, missing: missing) { row, _ in .number(numbers[row % 13]) }
      table.add("f32" + suffix, .float32, rows: rows, missing: missing) { row, _ in
        .number(Double(Float(numbers[row % 13])))
      }
      table.add("flag" + suffix, .bool, rows: rows, missing: missing) { _, random in .bool(random.oneIn(3)) }
      table.add("text" + suffix, .string, rows: rows, missing: missing) { row, _ in .text(texts[row % texts.count]) }
      table.add("bytes" + suffix, .bytes, rows: rows, missing: missing) { row, random in
        .text((0..<row % 90).map { _ in random.oneIn(3) ? UInt8.random(in: 0...255, using: &random) : 0xff })
      }
    }
    table.add("possible", .float64, rows: rows, missing: .possible) { row, _ in .number(Double(row) / 8) }
    table.add("zeros", .float64, rows: rows, missing: .sometimes) { row, _ in .number([-0.0, 0, -0.0, 1][row % 4]) }
    table.add("negative_zeros", .float64, rows: rows) { _, _ in .number(-0.0) }
    table.add("constant", .int32, rows: rows) { _, _ in .integer(42) }
    table.add("constant_text", .string, rows: rows) { _, _ in .text("same") }
    table.add("long", .string, rows: rows) { row, _ in
      .text(String(repeating: "p", count: 64) + String(repeating: "x", count: 230) + "\(100_000 + row)")
    }
    table.add("emoji_cut", .string, rows: rows) { row, _ in
      .text(String(repeating: "q", count: 62) + ["🚗", "🚙", "\u{10ffff}", "z"][row % 4] + "\(row % 5)")
    }
    table.add("highest", .string, rows: rows) { _, _ in .text(String(repeating: "\u{10ffff}", count: 20)) }
    table.add("json", .string, rows: rows) { row, _ in .text("{\"id\":\(row),\"tags\":[\"a\",null]}") }
    table.add("unique", .string, rows: rows) { row, _ in .text("frame-\(row)") }
    table.add("counter", .int32, rows: rows) { row, _ in .integer(Int64(row / 3)) }
    return table
  }

  /// Lists, structures, and each in the other, missing at every level.
  static func nested(rows: Int) -> MatrixTable {
    var table = MatrixTable("nested-\(rows)")
    let point = FieldType.structure([
      Field("x", .float64), Field("y", .float64, isNullable: true), Field("label", .string, isNullable: true),
      Field("tags", .list(.string), isNullable: true),
    ])
    let pose = FieldType.structure([
      Field("position", .structure([Field("x", .float64), Field("y", .float64)])),
      Field("covariance", .list(.float64)), Field("header", .structure([Field("seq", .uint32)]), isNullable: true),
    ])
    table.add("id", .int64, rows: rows) { row, _ in .integer(Int64(row)) }
    let types: [(String, FieldType)] = [
      ("numbers", .list(.float64)), ("floats", .list(.float32)), ("names", .list(.string)), ("flags", .list(.bool)),
      ("blobs", .list(.bytes)), ("small", .list(.uint8)), ("large", .list(.uint64)), ("times", .list(.timestamp)),
      ("matrix", .list(.list(.int32))), ("cube", .list(.list(.list(.int16)))), ("point", point), ("pose", pose),
      ("points", .list(point)), ("grid", .list(.list(point))), ("poses", .list(pose)),
    ]
    for (name, type) in types {
      table.add(name, type, rows: rows) { _, random in .random(type, &random) }
      table.add("\(name)_null", type, rows: rows, missing: .sometimes) { _, random in .random(type, &random) }
    }
    table.add("points_all_null", .list(point), rows: rows, missing: .always) { _, random in .random(point, &random) }
    table.add("empty", .list(.int64), rows: rows) { _, _ in .list([]) }
    return table
  }

  /// Enough rows for three pages.
  static func long(rows: Int) -> MatrixTable {
    var table = MatrixTable("long-\(rows)")
    table.sortedBy = "t_ns"
    table.add("t_ns", .time, rows: rows) { row, _ in .integer(epoch + Int64(row) * 10_000_001) }
    table.add("log_ns", .time, rows: rows) { row, _ in
      .integer(epoch + Int64(row) * 10_000_000 + Int64(row &* row % 7919) * 1000)
    }
    table.add("place", .int64, rows: rows, missing: .sometimes) { row, _ in
      .integer(row % 999 == 0 ? -1 << 40 : Int64(row * 3 - row &* row % 97 * 1000))
    }
    table.add("speed", .float64, rows: rows, missing: .sometimes) { row, _ in .number(Double(row % 700) / 10) }
    table.add("state", .string, rows: rows) { row, _ in .text(["idle", "drive", "brake"][row / 100 % 3]) }
    table.add("frame", .string, rows: rows, missing: .sometimes) { row, _ in .text("frame-\(row)") }
    table.add("flag", .bool, rows: rows, missing: .sometimes) { row, _ in .bool(row % 3 == 0) }
    table.add("ranges", .list(.float32), rows: rows, missing: .sometimes) { row, _ in
      .list((0..<row % 4).map { .number(Double($0)) })
    }
    let box = FieldType.structure([Field("id", .int32), Field("name", .string, isNullable: true)])
    table.add("boxes", .list(box), rows: rows) { row, _ in
      .list((0..<row % 3).map { .structure([.integer(Int64(row + $0)), $0 == 1 ? .missing : .text("car")]) })
    }
    return table
  }

  /// Enough bytes for several pages, one of a single row.
  static func big() -> MatrixTable {
    var table = MatrixTable("big")
    let rows = 3_000
    table.add("text", .string, rows: rows) { row, _ in .text("\(row)" + String(repeating: "y", count: 1_000)) }
    table.add("ranges", .list(.float64), rows: rows) { row, random in
      .list((0..<(row == 1_500 ? 150_000 : row % 60)).map { .number(Double($0 &+ row)) })
    }
    return table
  }

  static func wide() -> MatrixTable {
    var table = MatrixTable("wide")
    for column in 0..<500 {
      table.add("signal \(column)", column % 2 == 0 ? .float64 : .int32, rows: 10, missing: .sometimes) { row, _ in
        column % 2 == 0 ? .number(Double(row * column)) : .integer(Int64(row - column))
      }
    }
    return table
  }
}

extension Cell {
  /// A value of a type; elements of lists and nullable members are sometimes missing.
  fileprivate static func random(_ type: FieldType, _ random: inout Seeded) -> Cell {
    switch type {
    case .bool: .bool(random.oneIn(2))
    case .int8, .int16, .int32, .int64, .time, .duration: .integer(.random(in: -99...99, using: &random))
    case .timestamp: .integer(.random(in: 0...1_700_000_000_000_000, using: &random))
    case .uint8, .uint16, .uint32: .integer(.random(in: 0...255, using: &random))
    case .uint64: .unsigned(random.next())
    case .float32: .number(Double(Float.random(in: -9...9, using: &random)))
    case .float64:
      random.oneIn(9)
        ? .number([.nan, -0.0, 0, .infinity].randomElement(using: &random) ?? 0)
        : .number(.random(in: -9...9, using: &random))
    case .string: .text(["", "car", "Fußgänger", "🚲"].randomElement(using: &random) ?? "")
    case .bytes: .text((0..<Int.random(in: 0...4, using: &random)).map { _ in .random(in: 0...255, using: &random) })
    case .list(let element):
      .list(
        (0..<Int.random(in: 0...3, using: &random)).map { _ in
          random.oneIn(6) ? .missing : Cell.random(element, &random)
        })
    case .structure(let fields):
      .structure(
        fields.map { field in
          field.isNullable && random.oneIn(4) ? .missing : Cell.random(field.type, &random)
        })
    }
  }
}
