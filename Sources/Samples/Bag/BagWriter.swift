package import Core

/// How the chunks of a bag are packed; the names are those in the chunk headers.
package enum BagCompression: String, Sendable, CaseIterable {
  case none, bz2, lz4

  func pack(_ bytes: [UInt8]) throws(CodecError) -> [UInt8] {
    switch self {
    case .none: bytes
    case .bz2: try Codec.bzip2.compress(bytes.bytes)
    case .lz4: try Codec.lz4Frame.compress(bytes.bytes)
    }
  }
}

/// Writes a ROS bag 2.0, one message after another.
///
/// ```
/// #ROSBAG V2.0\n
/// bag header        04   padded to 4096 bytes, rewritten by `close`
/// chunk             05   connections where first used, messages; packed
/// index data        04   one a connection in the chunk           } repeated
/// connection        07   every connection once more              <- index_pos
/// chunk info        06   one a chunk
/// ```
/// Memory is that of a few chunks, which are packed in parallel. `close` or `abandon` must come last, and once.
package struct BagWriter: ~Copyable {
  private let output: any PatchableOutput
  private let compression: BagCompression
  private let chunkBytes: Int
  private let jobs: Int
  private var connections: [Connection] = []
  private var chunk = ByteWriter()
  private var index: [[Entry]] = []
  private var span: TimeRange?
  /// Chunks that are full and not yet written.
  private var full: [FullChunk] = []
  /// What the finished chunks hold.
  package private(set) var chunks: [Chunk] = []

  /// A finished chunk: where its record begins and ends, its time range, and how many messages of each connection.
  package struct Chunk: Sendable, Equatable {
    package var position: Int
    package var end: Int
    package var span: TimeRange
    package var counts: [Int]
  }

  private struct Connection {
    var record: [UInt8]
    var isIntroduced = false
  }

  private struct FullChunk: Sendable {
    var bytes: [UInt8]
    var index: [[Entry]]
    var span: TimeRange
  }

  /// A message's place in its chunk.
  private struct Entry: Sendable {
    var time: Timestamp
    var offset: Int
  }

  /// A chunk is closed when it has more than `chunkBytes`.
  package init(
    _ output: any PatchableOutput, compression: BagCompression, chunkBytes: Int = 768 << 10, jobs: Int = 1
  ) throws(SystemError) {
    self.output = output
    self.compression = compression
    self.chunkBytes = chunkBytes
    self.jobs = jobs
    try output.write(Array("#ROSBAG V2.0\n".utf8) + BagRecord.bagHeader(index: 0, connections: 0, chunks: 0))
  }

  /// A new connection; it is written with its first message.
  package mutating func connect(_ topic: String, _ type: MessageDefinition, latching: Bool = false) -> Int {
    let record = BagRecord.connection(connections.count, topic: topic, type: type, latching: latching)
    connections.append(Connection(record: record))
    index.append([])
    return connections.count - 1
  }

  package mutating func write(_ message: [UInt8], on connection: Int, at time: Timestamp) throws {
    if !connections[connection].isIntroduced {
      chunk.append(connections[connection].record)
      connections[connection].isIntroduced = true
    }
    index[connection].append(Entry(time: time, offset: chunk.count))
    span = span?.extended(to: time) ?? TimeRange(start: time, end: time)
    BagRecord.message(on: connection, at: time, message, to: &chunk)
    guard chunk.count > chunkBytes else { return }
    endChunk()
    if full.count >= 2 * jobs { try writeChunks() }
  }

  /// Writes what is missing and makes the bag readable from its index.
  package mutating func close() throws {
    endChunk()
    try writeChunks()
    let start = output.count
    for connection in connections { try output.write(connection.record) }
    for chunk in chunks { try output.write(BagRecord.chunkInfo(chunk)) }
    let header = BagRecord.bagHeader(index: start, connections: connections.count, chunks: chunks.count)
    try output.rewrite(header, at: 13)
  }

  /// Leaves the file as a recorder that was killed: no index, and the open chunk cut short under a header of zeros.
  ///
  /// Packed chunks lose a quarter of their stream, plain ones the end of their last message.
  /// Returns how many messages of each connection are whole in the open chunk.
  package mutating func abandon() throws -> [Int] {
    try writeChunks()
    guard chunk.count > 0 else { return index.map { _ in 0 } }
    let packed = try compression.pack(chunk.bytes)
    let kept = compression == .none ? packed.count - 1 : packed.count * 3 / 4
    try output.write(BagRecord.chunk(compression, size: 0, data: []) + packed[..<kept])
    guard compression == .none else { return index.map { _ in 0 } }
    let last = index.compactMap { $0.last?.offset }.max()
    return index.map { entries in entries.count { $0.offset != last } }
  }

  private mutating func endChunk() {
    guard let span else { return }
    full.append(FullChunk(bytes: chunk.bytes, index: index, span: span))
    chunk.removeAll()
    index = index.map { _ in [] }
    self.span = nil
  }

  private mutating func writeChunks() throws {
    let compression = compression
    var packed: [[UInt8]] = []
    try parallelMap(full, jobs: jobs, { try compression.pack($0.bytes) }, { packed.append($0) })
    for (chunk, data) in zip(full, packed) {
      let position = output.count
      try output.write(BagRecord.chunk(compression, size: chunk.bytes.count, data: data))
      let end = output.count
      for (connection, entries) in chunk.index.enumerated() where !entries.isEmpty {
        // As ROS writes them: by time, and by place where times are equal.
        let entries = entries.sorted { ($0.time, $0.offset) < ($1.time, $1.offset) }
        try output.write(BagRecord.indexData(connection, entries.map { ($0.time, $0.offset) }))
      }
      chunks.append(Chunk(position: position, end: end, span: chunk.span, counts: chunk.index.map(\.count)))
    }
    full = []
  }
}
