import Core
import Recordings

/// Frames of one bus from several channels, brought into the order of time; on ties in the order of the channels.
///
/// They are held as bytes, and sorted when all are there. What is too much goes to a file in the folder of results,
/// in sorted runs that are merged at the end: memory stays bounded, for the price of 61 bytes and the data of each frame,
/// written and read once.
///
/// ```
///   time log container position publish stamp : i64   id order : u32   file : u16   source flags length : u8   data
///   0    8   16        24       32      40            48 52            56           58     59    60             61
/// ```
final class CANSorter {
  private let folder: Folder
  private let name: String
  private var bytes: [UInt8] = []
  private var entries: [Key] = []
  /// Recordings that frames are of.
  private var files: [String] = []
  private var output: OutputFile?
  /// Where each run is in the output.
  private var runs: [Range<Int>] = []

  /// So many bytes are held.
  static let most = 32 << 20
  fileprivate static let head = 61
  /// Bytes of a run that are read at once.
  fileprivate static let step = 64 << 10
  /// Frames that are decoded together.
  private static let chunk = 8192

  fileprivate struct Key: Comparable {
    var time: Int64
    var order: UInt32
    /// Where it begins: earlier ones came earlier.
    var start: Int

    static func < (one: Key, other: Key) -> Bool {
      (one.time, one.order, one.start) < (other.time, other.order, other.start)
    }
  }

  init(_ folder: Folder, _ name: String) { (self.folder, self.name) = (folder, name) }

  var buffered: Int { bytes.count + 24 * entries.count }

  /// Takes the frames of some rows; `order` is the place of their channel.
  func add(_ rows: StreamRows, _ frames: CANFrames, _ numbers: [Int], order: Int) throws {
    if files.last != rows.file { files.append(rows.file) }
    let flags: UInt8 = (rows.messages.publish == nil ? 0 : 1) | (rows.messages.stamps == nil ? 0 : 2)
    for row in numbers {
      entries.append(Key(time: rows.times[row], order: UInt32(clamping: order), start: bytes.count))
      put(UInt64(bitPattern: rows.times[row]), 8)
      put(UInt64(bitPattern: rows.messages.log[row]), 8)
      put(UInt64(bitPattern: rows.containers?[row] ?? rows.messages.container), 8)
      put(UInt64(bitPattern: rows.messages.positions[row]), 8)
      put(UInt64(bitPattern: rows.messages.publish?[row] ?? 0), 8)
      put(UInt64(bitPattern: rows.messages.stamps?[row] ?? 0), 8)
      put(UInt64(frames.ids[row]), 4)
      put(UInt64(UInt32(clamping: order)), 4)
      put(UInt64(UInt16(clamping: files.count - 1)), 2)
      bytes.append(rows.sources[row].rawValue)
      bytes.append(flags)
      bytes.append(frames.lengths[row])
      bytes.append(contentsOf: frames.data[row].prefix(Int(frames.lengths[row])))
    }
    if buffered > Self.most { try flush() }
  }

  private func put(_ value: UInt64, _ count: Int) {
    for byte in 0..<count { bytes.append(UInt8(truncatingIfNeeded: value >> UInt64(8 * byte))) }
  }

  /// Writes what is held as a run.
  func flush() throws {
    guard !entries.isEmpty else { return }
    let output = try output ?? OutputFile(name, inStaged: folder)
    self.output = output
    let start = output.count
    try output.write(sorted())
    runs.append(start..<output.count)
  }

  /// What is held, in order; nothing is held then.
  private func sorted() -> [UInt8] {
    entries.sort()
    var result: [UInt8] = []
    result.reserveCapacity(bytes.count)
    for entry in entries {
      result += bytes[entry.start..<entry.start + Self.head + Int(bytes[entry.start + Self.head - 1])]
    }
    (bytes, entries) = ([], [])
    return result
  }

  /// Gives all frames in order, some thousands at a time; nothing may follow.
  func merge(_ body: (StreamRows, CANFrames) throws -> Void) throws {
    var readers: [Run] = []
    if output == nil {
      readers = [Run(held: sorted())]
    } else {
      try flush()
      try output?.commit()
      let file = try FileReader(name, in: folder)
      readers = runs.map { Run(file, $0) }
    }
    for index in readers.indices { try readers[index].fill() }
    var chunk = Chunk()
    while let first = readers.indices.filter({ !readers[$0].isAtEnd }).min(by: { readers[$0].key < readers[$1].key }) {
      // Frames of one run mostly follow one another.
      let next = readers.indices.filter { $0 != first && !readers[$0].isAtEnd }.map { readers[$0].key }.min()
      repeat {
        if chunk.count == Self.chunk || !chunk.takes(readers[first]) { try give(&chunk, body) }
        chunk.add(readers[first])
        try readers[first].advance()
      } while !readers[first].isAtEnd && next.map { readers[first].key < $0 } ?? true
    }
    try give(&chunk, body)
    if output != nil { try folder.remove(name) }
    output = nil
  }

  private func give(_ chunk: inout Chunk, _ body: (StreamRows, CANFrames) throws -> Void) throws {
    guard chunk.count > 0 else { return }
    try body(chunk.rows(files), CANFrames(ids: chunk.ids, lengths: chunk.lengths, data: chunk.data))
    chunk = Chunk()
  }
}

extension CANSorter {
  /// A sorted part, read as it is needed.
  fileprivate struct Run {
    private var file: FileReader?
    /// What was not read yet.
    private var rest: Range<Int>
    private(set) var bytes: [UInt8]
    /// Where the next frame is in the bytes.
    private(set) var at = 0
    /// Its place among all: of equal frames the earlier run's come first.
    private let start: Int

    init(held: [UInt8]) { (file, rest, bytes, start) = (nil, 0..<0, held, 0) }

    init(_ file: FileReader, _ range: Range<Int>) {
      (self.file, rest, bytes, start) = (file, range, [], range.lowerBound)
    }

    var isAtEnd: Bool { at == bytes.count }

    var key: Key { Key(time: integer(0), order: bytes.bytes.u32(at: at + 52), start: start) }

    func integer(_ offset: Int) -> Int64 { Int64(bitPattern: bytes.bytes.u64(at: at + offset)) }

    mutating func advance() throws {
      at += CANSorter.head + Int(bytes[at + CANSorter.head - 1])
      try fill()
    }

    /// Has a whole frame in the bytes, if there is one.
    mutating func fill() throws {
      guard let file, !rest.isEmpty, bytes.count - at < CANSorter.head + 64 else { return }
      let count = min(CANSorter.step, rest.count)
      bytes = Array(bytes[at...]) + (try file.bytes(at: rest.lowerBound, count: count))
      at = 0
      rest = rest.lowerBound + count..<rest.upperBound
    }
  }

  /// Frames that go on together: of one recording, with the same kinds of times.
  fileprivate struct Chunk {
    private(set) var ids: [UInt32] = []
    private(set) var lengths: [UInt8] = []
    private(set) var data = Texts()
    private var times: [Int64] = [], log: [Int64] = [], publish: [Int64] = [], stamps: [Int64] = []
    private var containers: [Int64] = [], positions: [Int64] = []
    private var sources: [StreamClock.Source] = []
    private var file: UInt16 = 0
    private var flags: UInt8 = 0

    var count: Int { ids.count }

    func takes(_ run: Run) -> Bool {
      let frame = run.bytes.bytes
      return ids.isEmpty || frame.u16(at: run.at + 56) == file && frame.u8(at: run.at + 59) == flags
    }

    mutating func add(_ run: Run) {
      let frame = run.bytes.bytes
      times.append(run.integer(0))
      log.append(run.integer(8))
      containers.append(run.integer(16))
      positions.append(run.integer(24))
      publish.append(run.integer(32))
      stamps.append(run.integer(40))
      ids.append(frame.u32(at: run.at + 48))
      file = frame.u16(at: run.at + 56)
      sources.append(StreamClock.Source(rawValue: frame.u8(at: run.at + 58)) ?? .log)
      flags = frame.u8(at: run.at + 59)
      let length = frame.u8(at: run.at + 60)
      lengths.append(length)
      data.append(run.bytes[run.at + CANSorter.head..<run.at + CANSorter.head + Int(length)])
    }

    func rows(_ files: [String]) -> StreamRows {
      let messages = ChannelBatch(
        channel: 0, log: log, publish: flags & 1 == 0 ? nil : publish, stamps: flags & 2 == 0 ? nil : stamps,
        container: containers.first ?? 0, positions: positions,
        batch: Batch(schema: Schema([]), columns: [], count: count))
      return StreamRows(messages, times: times, sources: sources, containers: containers, file: files[Int(file)])
    }
  }
}
