import Core

/// A bag as a list of records, taken apart and put together again: what the mutator works on.
struct BagSketch {
  struct Record {
    var fields: [(name: [UInt8], value: [UInt8])]
    var data: [UInt8]

    subscript(name: String) -> [UInt8]? {
      get { fields.first { $0.name == Array(name.utf8) }?.value }
      set {
        guard let newValue else { return }
        if let index = fields.firstIndex(where: { $0.name == Array(name.utf8) }) {
          fields[index].value = newValue
        } else {
          fields.append((Array(name.utf8), newValue))
        }
      }
    }

    var op: UInt8 { self["op"]?.first ?? 0 }
  }

  var line = Array("#ROSBAG V2.0\n".utf8)
  var records: [Record] = []
  /// What stands behind the last record that could be taken apart.
  var rest: [UInt8] = []

  init(_ records: [Record]) { self.records = records }

  init(_ bytes: [UInt8]) {
    let end = bytes.firstIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
    line = Array(bytes[..<end])
    (records, rest) = Self.records(Array(bytes[end...]))
  }

  static func records(_ bytes: [UInt8]) -> ([Record], rest: [UInt8]) {
    var records: [Record] = []
    var position = 0
    while let header = block(bytes, position), let data = block(bytes, header.upperBound) {
      records.append(Record(fields: fields(Array(bytes[header])), data: Array(bytes[data])))
      position = data.upperBound
    }
    return (records, Array(bytes[position...]))
  }

  static func bytes(_ records: [Record]) -> [UInt8] {
    var bytes: [UInt8] = []
    for record in records {
      var header: [UInt8] = []
      for (name, value) in record.fields {
        header += LittleEndian.u32(name.count + 1 + value.count) + name + [UInt8(ascii: "=")] + value
      }
      bytes += LittleEndian.u32(header.count) + header + LittleEndian.u32(record.data.count) + record.data
    }
    return bytes
  }

  var bytes: [UInt8] { line + Self.bytes(records) + rest }

  /// Makes positions and counts true: `index_pos` and those of the chunk infos, in the order of the chunks.
  mutating func repairIndex() {
    var position = line.count
    var chunks: [Int] = []
    var index: Int?
    for record in records {
      if record.op == 5 { chunks.append(position) }
      if record.op == 7 || record.op == 6, index == nil { index = position }
      position += Self.bytes([record]).count
    }
    var (infos, connections) = (0, 0)
    for number in records.indices {
      if records[number].op == 7 { connections += 1 }
      guard records[number].op == 6 else { continue }
      if infos < chunks.count { records[number]["chunk_pos"] = LittleEndian.u64(chunks[infos]) }
      infos += 1
    }
    for number in records.indices where records[number].op == 3 {
      records[number]["index_pos"] = LittleEndian.u64(index ?? 0)
      records[number]["conn_count"] = LittleEndian.u32(connections)
      records[number]["chunk_count"] = LittleEndian.u32(infos)
    }
  }

  /// A length and that many bytes.
  private static func block(_ bytes: [UInt8], _ position: Int) -> Range<Int>? {
    guard bytes.count - position >= 4 else { return nil }
    let length = Int(bytes.bytes.u32(at: position))
    guard length <= bytes.count - position - 4 else { return nil }
    return position + 4..<position + 4 + length
  }

  private static func fields(_ header: [UInt8]) -> [(name: [UInt8], value: [UInt8])] {
    var fields: [(name: [UInt8], value: [UInt8])] = []
    var position = 0
    while let field = block(header, position) {
      let equals = header[field].firstIndex(of: UInt8(ascii: "=")) ?? field.upperBound
      fields.append((Array(header[field.lowerBound..<equals]), Array(header[equals..<field.upperBound].dropFirst())))
      position = field.upperBound
    }
    return fields
  }
}

extension BagSketch.Record {
  init(_ op: UInt8, _ fields: [(String, [UInt8])], _ data: [UInt8] = []) {
    self.fields = fields.map { (Array($0.utf8), $1) } + [(Array("op".utf8), [op])]
    self.data = data
  }

  static func bag() -> Self {
    Self(
      3,
      [("index_pos", LittleEndian.u64(0)), ("conn_count", LittleEndian.u32(0)), ("chunk_count", LittleEndian.u32(0))])
  }

  static func connection(_ id: Int, topic: String, type: String, definition: String) -> Self {
    let inner = Self(
      0,
      [
        ("topic", Array(topic.utf8)), ("type", Array(type.utf8)), ("md5sum", Array("*".utf8)),
        ("message_definition", Array(definition.utf8)),
      ])
    let data = BagSketch.bytes([inner]).dropFirst(4).dropLast(4)
    return Self(7, [("conn", LittleEndian.u32(id)), ("topic", Array(topic.utf8))], Array(data))
  }

  static func message(_ id: Int, at time: Int, _ data: [UInt8]) -> Self {
    Self(2, [("conn", LittleEndian.u32(id)), ("time", LittleEndian.u32(time) + LittleEndian.u32(1))], data)
  }

  /// A chunk, the index data behind it, and its chunk info.
  static func chunk(_ content: [Self], _ compression: String) throws -> (chunk: Self, index: [Self], info: Self) {
    let plain = BagSketch.bytes(content)
    let chunk = try Self(5, [("compression", Array(compression.utf8)), ("size", LittleEndian.u32(plain.count))])
      .packed(plain)
    var entries: [[UInt8]: [UInt8]] = [:]
    var position = 0
    for record in content {
      if record.op == 2 {
        entries[record["conn"] ?? [], default: []] += (record["time"] ?? []) + LittleEndian.u32(position)
      }
      position += BagSketch.bytes([record]).count
    }
    let sorted = entries.sorted { $0.key.lexicographicallyPrecedes($1.key) }
    let index = sorted.map { id, entries in
      Self(4, [("ver", LittleEndian.u32(1)), ("conn", id), ("count", LittleEndian.u32(entries.count / 12))], entries)
    }
    let times = content.compactMap { $0.op == 2 ? $0["time"] : nil }
    let info = Self(
      6,
      [
        ("ver", LittleEndian.u32(1)), ("chunk_pos", LittleEndian.u64(0)),
        ("start_time", times.first ?? LittleEndian.u64(0)),
        ("end_time", times.last ?? LittleEndian.u64(0)), ("count", LittleEndian.u32(sorted.count)),
      ],
      sorted.flatMap { $0.key + LittleEndian.u32($0.value.count / 12) })
    return (chunk, index, info)
  }

  var codec: Codec? {
    switch self["compression"] {
    case Array("lz4".utf8): .lz4Frame
    case Array("bz2".utf8): .bzip2
    default: nil
    }
  }

  /// This chunk with other content, packed as its header says.
  func packed(_ plain: [UInt8]) throws -> Self {
    var chunk = self
    chunk["size"] = LittleEndian.u32(plain.count)
    chunk.data = try codec?.compress(plain.bytes, level: codec == .bzip2 ? 1 : nil) ?? plain
    return chunk
  }
}

/// Bags of every compression and of both versions, one that was not closed, one with two channels of one topic.
func bagSeeds() throws -> [(name: String, bytes: [UInt8])] {
  var seeds: [(name: String, bytes: [UInt8])] = []
  for compression in ["none", "lz4", "bz2"] {
    // The memory that libbz2 takes is what a run then costs most.
    for count in 1...(compression == "bz2" ? 1 : 2) {
      let used = seedDefinitions.dropFirst(count == 1 ? 0 : 2).prefix(count == 1 ? 1 : 3)
      let connections = used.enumerated().map {
        BagSketch.Record.connection($0, topic: "/t\($0)", type: $1.type, definition: $1.text)
      }
      let messages = used.enumerated().flatMap { index, seed in
        [1, 2].map { BagSketch.Record.message(index, at: $0, seed.message) }
      }
      let first = try BagSketch.Record.chunk(connections + messages, compression)
      let second = try BagSketch.Record.chunk(Array(messages.reversed()), compression)
      var bag = BagSketch(
        [.bag(), first.chunk] + first.index + [second.chunk] + second.index + connections + [first.info, second.info])
      bag.repairIndex()
      seeds.append(("\(compression)-\(count)", bag.bytes))
      guard compression != "bz2" else { continue }
      seeds.append(("\(compression)-\(count)-open", BagSketch([.bag(), first.chunk, second.chunk]).bytes))
    }
  }
  let text = Array("std_msgs/String".utf8)
  let names: [(String, [UInt8])] = [("topic", Array("/a".utf8)), ("type", text), ("md5", Array("*".utf8))]
  let time: [(String, [UInt8])] = [("sec", LittleEndian.u32(5)), ("nsec", LittleEndian.u32(6))]
  var old = BagSketch([
    .bag(), .init(1, names + [("def", Array("string data".utf8))]),
    .init(2, names + time, LittleEndian.u32(1) + [0x61]),
  ])
  old.line = Array("#ROSRECORD V1.2\n".utf8)
  seeds.append(("version-1.2", old.bytes))
  let open = BagSketch.Record(5, [("compression", Array("none".utf8)), ("size", LittleEndian.u32(0))])
  let string = BagSketch.Record.connection(0, topic: "/a", type: "std_msgs/String", definition: "string data")
  seeds.append(
    ("chunk-open", BagSketch([.bag(), open, string, .message(0, at: 1, LittleEndian.u32(1) + [0x61])]).bytes))
  return seeds
}
