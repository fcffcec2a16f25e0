import Core

/// Values of a group that the walk over its stream has let go of: read again where they stand.
///
/// Recorders that write equal values once refer to them from anywhere later in the file.
struct MDF4OlderValues: Sendable {
  /// What follows a record id.
  enum Layout: Sendable {
    case record(size: Int)
    case value(isWanted: Bool)
  }

  /// Where a record with a value begins in the stream, and the value among those of its group.
  struct Mark: Sendable {
    let value: Int
    let position: Int
  }

  private let file: FileReader
  private let stream: MDF4Stream
  private let idBytes: Int
  private let layouts: [UInt64: Layout]
  private var marks: [Mark] = []

  /// The next mark is so many bytes of values, or of the stream, behind the last.
  private static let markValues = 256 << 10, markBytes = 1 << 20
  private static let windowSize = 64 << 10

  init(_ file: FileReader, _ stream: MDF4Stream, idBytes: Int, _ layouts: [(id: UInt64, layout: Layout)]) {
    (self.file, self.stream, self.idBytes) = (file, stream, idBytes)
    // Of groups with one id the last counts, as for the walk.
    self.layouts = Dictionary(layouts.map { ($0.id, $0.layout) }) { $1 }
  }

  /// Takes note of a value that the walk met.
  mutating func note(_ value: Int, at position: Int) {
    if let last = marks.last, value - last.value < Self.markValues, position - last.position < Self.markBytes { return }
    marks.append(Mark(value: value, position: position))
  }

  /// The values that begin at offsets, which ascend; one that is not there is left out.
  func values(at offsets: [Int]) throws -> [Int: [UInt8]] {
    var found: [Int: [UInt8]] = [:]
    var walk = Walk(self)
    for offset in offsets {
      let next = marks.indices.bisect { marks[$0].value > offset }
      guard next > 0 else { continue }
      let mark = marks[next - 1]
      if walk.value > offset || walk.position < mark.position { walk.go(to: mark) }
      if let value = try walk.value(at: offset) { found[offset] = value }
    }
    return found
  }

  /// Goes from record to record.
  private struct Walk {
    private let group: MDF4OlderValues
    private var reader: MDF4StreamReader
    private var window: [UInt8] = []
    private var windowStart = 0
    /// Of the next record, and of the value that the next record with one has.
    private(set) var position = 0
    private(set) var value = 0

    init(_ group: MDF4OlderValues) {
      self.group = group
      reader = MDF4StreamReader(group.file, group.stream)
    }

    mutating func go(to mark: Mark) { (position, value) = (mark.position, mark.value) }

    /// The value that begins at an offset; nil where none does.
    mutating func value(at offset: Int) throws -> [UInt8]? {
      while value <= offset, try has(group.idBytes, at: position) {
        let id = number(group.idBytes, at: position)
        let start = position + group.idBytes
        switch group.layouts[id] {
        case nil: return nil
        case .record(let size):
          guard size <= group.stream.count - start else { return nil }
          position = start + size
        case .value(let isWanted):
          guard try has(4, at: start) else { return nil }
          let length = Int(number(4, at: start))
          guard length <= group.stream.count - start - 4 else { return nil }
          guard isWanted else {
            position = start + 4 + length
            continue
          }
          if value == offset { return try reader.bytes(start + 4..<start + 4 + length) }
          (position, value) = (start + 4 + length, value + 4 + length)
        }
      }
      return nil
    }

    /// Whether so many bytes are there, which are in the window then.
    private mutating func has(_ count: Int, at place: Int) throws -> Bool {
      guard count <= group.stream.count - place else { return false }
      if place >= windowStart, place + count <= windowStart + window.count { return true }
      guard let bytes = try reader.bytes(place..<min(group.stream.count, place + MDF4OlderValues.windowSize)) else {
        return false
      }
      (window, windowStart) = (bytes, place)
      return true
    }

    private func number(_ count: Int, at place: Int) -> UInt64 {
      var number: UInt64 = 0
      for byte in (0..<count).reversed() { number = number << 8 | UInt64(window[place - windowStart + byte]) }
      return number
    }
  }
}
