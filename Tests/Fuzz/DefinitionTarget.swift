import Artifacts
import Core
import Recordings

extension FuzzTarget {
  /// The input is `type \n definition NUL {length:u16 message}*`: parsed, decoded, written as a table.
  static let definition = FuzzTarget(name: "definition", run: decode) {
    seedDefinitions.map { seed in
      (seed.name, Array("\(seed.type)\n\(seed.text)".utf8) + [0] + LittleEndian.u16(seed.message.count) + seed.message)
    }
  }
}

private func decode(_ bytes: [UInt8]) throws {
  let typeEnd = bytes.firstIndex(of: UInt8(ascii: "\n")) ?? bytes.endIndex
  let textEnd = bytes[typeEnd...].firstIndex(of: 0) ?? bytes.endIndex
  let type = String(decoding: bytes[..<typeEnd], as: UTF8.self)
  let definition = try Ros1Definition(Array(bytes[typeEnd..<textEnd].dropFirst()), type: type)
  must(definition.md5sum.utf8.count == 32, "an md5sum of another length")
  let decoder = try Ros1Decoder(definition)
  let some = Set(decoder.schema.fields.enumerated().filter { $0.offset.isMultiple(of: 2) }.map(\.element.name))
  let partial = try Ros1Decoder(definition, columns: some)
  let columns = decoder.makeColumns(), fewer = partial.makeColumns()
  for message in messages(bytes[textEnd...].dropFirst()) {
    // Stepping over a column must refuse what reading it refuses.
    must(append(message, to: columns) == append(message, to: fewer), "a part decodes, or the whole, not both")
    _ = Ros1Decoder.stamp(of: message.bytes)
  }
  let batch = columns.finish(), part = fewer.finish()
  verify(batch)
  verify(part)
  must(batch.count == part.count, "\(batch.count) rows, \(part.count) of some columns")
  // Tables of some columns must be those columns; of every batch, because a batch is small.
  for field in part.schema.fields {
    must(batch[field.name].map { "\($0.count)" } == part[field.name].map { "\($0.count)" }, "column \(field.name)")
  }
  try write(batch)
  must(columns.finish().count == 0, "rows after the end")
}

private func append(_ message: [UInt8], to columns: Ros1Columns) -> Bool {
  do throws(ByteCursor.Failure) {
    try columns.append(message.bytes)
    return true
  } catch {
    must(error.offset <= message.count, "an error at byte \(error.offset) of \(message.count)")
    return false
  }
}

private func messages(_ bytes: ArraySlice<UInt8>) -> [[UInt8]] {
  var rest = bytes
  var messages: [[UInt8]] = []
  while rest.count >= 2, messages.count < 64 {
    let length = Int(rest[rest.startIndex]) | Int(rest[rest.startIndex + 1]) << 8
    rest = rest.dropFirst(2)
    messages.append(Array(rest.prefix(length)))
    rest = rest.dropFirst(length)
  }
  return messages
}

/// As every kind of table; what a kind cannot hold is an error of that kind.
private func write(_ batch: Batch) throws {
  guard batch.schema.fields.count <= 64 else { return }
  for kind in TableKind.all {
    let output = MemoryOutput()
    var options = TableOptions()
    options.compression = .none
    do {
      var sink = try kind.open(batch.schema, output, options)
      try sink.write(batch)
      try sink.finish()
      must(sink.buffered == 0, "\(kind.name): bytes that were not written")
    } catch { continue }
  }
}

/// Numbers as recordings hold them.
enum LittleEndian {
  static func u16(_ value: Int) -> [UInt8] { (0..<2).map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) } }
  static func u32(_ value: Int) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) } }
  static func u64(_ value: Int) -> [UInt8] { (0..<8).map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) } }
}

/// Types of every shape, each with a message of it.
let seedDefinitions: [(name: String, type: String, text: String, message: [UInt8])] = [
  ("string", "std_msgs/String", "string data\n", LittleEndian.u32(2) + Array("ab".utf8)),
  ("empty", "std_msgs/Empty", "", []),
  (
    "numbers", "a/N",
    "bool a\nint8 b\nuint8 c\nint16 d\nuint16 e\nint32 f\nuint32 g\nint64 h\nuint64 i\nfloat32 j\nfloat64 k\nbyte l\n"
      + "char m\ntime n\nduration o\nint32 C=1\nstring S= # x \n", Array(0..<66)
  ),
  (
    "header", "a/H",
    "Header header\nfloat64[9] k\nuint8[] data\n====\nMSG: std_msgs/Header\nuint32 seq\ntime stamp\nstring frame_id\n",
    LittleEndian.u32(1) + LittleEndian.u64(7) + LittleEndian.u32(1) + [0x6d] + Array(repeating: 0, count: 72)
      + LittleEndian.u32(2) + [1, 2]
  ),
  (
    "lists", "a/L",
    "b/P[] points\nb/P[2] two\nstring[] names\nint16[] n\nb/E[] e\n===\nMSG: b/P\nfloat32 x\nstring y\nb/Q[] q\n===\n"
      + "MSG: b/Q\nuint8[3] z\nduration[] d\n===\nMSG: b/E\n",
    LittleEndian.u32(1) + LittleEndian.u32(0) + LittleEndian.u32(1) + [0x61] + LittleEndian.u32(1) + [1, 2, 3]
      + LittleEndian.u32(0) + Array(repeating: 0, count: 24) + LittleEndian.u32(1) + LittleEndian.u32(1) + [0x62]
      + LittleEndian.u32(1) + [5, 6] + LittleEndian.u32(4)
  ),
]
