import Core

/// How the chunks of a segment are laid out: one value for all segments that are alike.
struct TDMSLayout: Hashable, Sendable {
  struct Part: Hashable, Sendable {
    /// Number of the object in the index.
    var object: Int32
    /// Number of its raw index.
    var raw: Int32
  }

  /// Why chunks cannot be read.
  enum Fault: Error, Hashable {
    case tooLarge
    case widthUnknown(TDMSType)
    case countsDiffer
    case widthsDiffer
    case bufferUnknown(Int)
    /// More values than the bytes that are said to hold them.
    case countTooLarge(Int)
    case scalerType(UInt32)
    /// A scaler whose bytes lie behind the end of its row.
    case scalerOutside(Int)
    /// The raw index as before, of an object that never had one.
    case indexUnknown
  }

  /// Objects with data, in the order of their values.
  var parts: [Part]
  var isInterleaved: Bool
  var isBigEndian: Bool
}

/// Where one sequence of values lies in a chunk: value i begins at `start + i * stride`.
struct TDMSPlace: Sendable {
  var type: TDMSType
  var start: Int
  var stride: Int
  /// Where the first row begins in which it lies with others; its own start where it lies alone.
  var row: Int
  /// Bytes of a value; 0 for strings, whose places are those of the numbers that say where each ends.
  var width: Int
  var count: Int
  /// Of strings: offsets and characters.
  var bytes = 0
  /// Of a digital line: its bit in the byte.
  var bit: UInt8?
  /// The scale that takes these values, of a DAQmx scaler.
  var scale: UInt32?
}

/// Sizes of a layout's chunk, and how many values of each part some bytes of it hold.
struct TDMSChunk: Sendable {
  private struct Run: Sendable {
    var count: Int
    /// Bytes of a value; 0 for strings and DAQmx data.
    var width: Int
    var bytes: Int
    /// Of DAQmx data: its raw buffer.
    var buffer: Int?
  }

  private(set) var bytes = 0
  private var runs: [Run] = []
  /// Width, rows and first byte of each raw buffer.
  private(set) var buffers: [(width: Int, rows: Int, start: Int)] = []
  private let isInterleaved: Bool
  /// Of each part: its values, or those of each of its scalers.
  private(set) var places: [[TDMSPlace]] = []

  /// `extended` is the width that extended floats are taken to have.
  init(_ indexes: [TDMSRawIndex], interleaved: Bool, extended: Int) throws(TDMSLayout.Fault) {
    // One channel of strings can be marked so; its values are not.
    isInterleaved = interleaved && !indexes.contains { $0.type == .string } && indexes.allSatisfy(\.scalers.isEmpty)
    if isInterleaved, Set(indexes.map(\.count)).count > 1 { throw .countsDiffer }
    let buffered = indexes.filter { !$0.scalers.isEmpty }
    if let first = buffered.first {
      guard buffered.allSatisfy({ $0.widths == first.widths }) else { throw .widthsDiffer }
      var rows = Array(repeating: 0, count: first.widths.count)
      for index in buffered {
        for scaler in index.scalers {
          guard rows.indices.contains(scaler.buffer) else { throw .bufferUnknown(scaler.buffer) }
          rows[scaler.buffer] = max(rows[scaler.buffer], index.count)
        }
      }
      for (width, rows) in zip(first.widths, rows) {
        guard width > 0 || rows == 0 else { throw .countTooLarge(rows) }
        buffers.append((width, rows, bytes))
        try add(width, rows)
      }
    }
    let row = isInterleaved ? indexes.reduce(0) { $0.addingSaturated(Self.width(of: $1.type, extended) ?? 0) } : nil
    for index in indexes {
      if let scaler = index.scalers.first {
        runs.append(Run(count: index.count, width: 0, bytes: 0, buffer: scaler.buffer))
        var own: [TDMSPlace] = []
        for scaler in index.scalers { own.append(try place(of: scaler, count: index.count)) }
        places.append(own)
      } else if index.type == .string {
        // Each string has 4 bytes that say where it ends.
        guard index.count <= index.stringBytes / 4 else { throw .countTooLarge(index.count) }
        runs.append(Run(count: index.count, width: 0, bytes: index.stringBytes))
        places.append([
          TDMSPlace(
            type: .string, start: bytes, stride: 4, row: bytes, width: 0, count: index.count, bytes: index.stringBytes)
        ])
        try add(1, index.stringBytes)
      } else {
        guard let width = Self.width(of: index.type, extended) else { throw .widthUnknown(index.type) }
        let start = row == nil ? bytes : runs.reduce(0) { $0 + $1.width }
        places.append([
          TDMSPlace(
            type: index.type, start: start, stride: row ?? width, row: row == nil ? start : 0, width: width,
            count: index.count)
        ])
        try add(width, index.count)
        runs.append(Run(count: index.count, width: width, bytes: width * index.count))
      }
    }
  }

  private static func width(of type: TDMSType, _ extended: Int) -> Int? {
    type.width ?? (type.isExtended ? extended : nil)
  }

  private func place(of scaler: TDMSScaler, count: Int) throws(TDMSLayout.Fault) -> TDMSPlace {
    guard let type = TDMSType(scaler: scaler.type), let width = type.width else { throw .scalerType(scaler.type) }
    let buffer = buffers[scaler.buffer]
    let offset = scaler.isLine ? scaler.offset / 8 : scaler.offset
    guard count == 0 || offset <= buffer.width - width else { throw .scalerOutside(scaler.offset) }
    return TDMSPlace(
      type: type, start: buffer.start + offset, stride: buffer.width, row: buffer.start, width: width, count: count,
      bit: scaler.isLine ? UInt8(scaler.offset % 8) : nil, scale: scaler.scale)
  }

  private mutating func add(_ width: Int, _ count: Int) throws(TDMSLayout.Fault) {
    let (size, isLarge) = width.multipliedReportingOverflow(by: count)
    let (sum, isLarger) = bytes.addingReportingOverflow(size)
    guard !isLarge, !isLarger else { throw .tooLarge }
    bytes = sum
  }

  /// Values of each part in a whole chunk.
  var counts: [Int] { runs.map(\.count) }

  /// Values of each part in the first `size` bytes of a chunk.
  func counts(in size: Int) -> [Int] {
    if isInterleaved {
      let row = runs.reduce(0) { $0 + $1.width }
      return runs.map { row > 0 ? min($0.count, size / row) : 0 }
    }
    let buffered = buffers.last.map { $0.start + $0.width * $0.rows } ?? 0
    var left = max(0, size - buffered)
    return runs.map { run in
      if let number = run.buffer {
        let buffer = buffers[number]
        return buffer.width > 0 ? min(run.count, max(0, size - buffer.start) / buffer.width) : 0
      }
      let own = min(left, run.bytes)
      left -= own
      return run.width > 0 ? own / run.width : own == run.bytes ? run.count : 0
    }
  }
}
