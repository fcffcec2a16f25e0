/// Something wrong with a drive, as it happens to real ones.
package enum Defect: Sendable, Equatable {
  /// A stream's messages with stamps in these nanoseconds of the drive are missing.
  case dropout(stream: String, from: Int64, to: Int64)
  /// A stream's stamps are late by so many nanoseconds.
  case offset(stream: String, nanoseconds: Int64)
  /// A stream's clock runs too fast, in millionths, from its first message on.
  case drift(stream: String, ppm: Double)
  /// So many bytes are missing at the end of the bag.
  case truncate(bytes: Int)
  /// The recorder was killed.
  case unclosed

  package static let forms = [
    "dropout:<stream>:<from>-<to>", "offset:<stream>:<ms>", "drift:<stream>:<ppm>", "truncate:<bytes>", "unclosed",
  ]

  /// Seconds and milliseconds may have decimals; nil for anything else than `forms` with a stream there is.
  package init?(_ text: String) {
    let words = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
    let stream = words.count > 1 ? Stream.all.first { $0.name == words[1] || $0.topic == words[1] }?.name : nil
    switch (words[0], words.count, stream) {
    case ("unclosed", 1, _): self = .unclosed
    case ("truncate", 2, _):
      guard let bytes = Int(words[1]), bytes >= 0 else { return nil }
      self = .truncate(bytes: bytes)
    case ("offset", 3, let stream?):
      guard let milliseconds = Double(words[2]), abs(milliseconds) < 1e9 else { return nil }
      self = .offset(stream: stream, nanoseconds: Int64((milliseconds * 1e6).rounded()))
    case ("drift", 3, let stream?):
      guard let ppm = Double(words[2]), abs(ppm) < 1e5 else { return nil }
      self = .drift(stream: stream, ppm: ppm)
    case ("dropout", 3, let stream?):
      let ends = words[2].split(separator: "-").compactMap { Double($0) }
      guard ends.count == 2, ends[0] >= 0, ends[0] < ends[1], ends[1] < 1e6 else { return nil }
      self = .dropout(stream: stream, from: Int64((ends[0] * 1e9).rounded()), to: Int64((ends[1] * 1e9).rounded()))
    default: return nil
    }
  }

  /// The text that means this.
  package var text: String {
    switch self {
    case .dropout(let stream, let from, let to): "dropout:\(stream):\(Double(from) / 1e9)-\(Double(to) / 1e9)"
    case .offset(let stream, let nanoseconds): "offset:\(stream):\(Double(nanoseconds) / 1e6)"
    case .drift(let stream, let ppm): "drift:\(stream):\(ppm)"
    case .truncate(let bytes): "truncate:\(bytes)"
    case .unclosed: "unclosed"
    }
  }
}

/// What the defects of one stream do to its messages.
struct StreamClock: Sendable {
  private(set) var offset: Int64 = 0
  private(set) var ppm = 0.0
  private var dropouts: [Range<Int64>] = []
  private let phase: Int64

  init(_ stream: Stream, _ defects: [Defect]) {
    phase = stream.phase
    for defect in defects {
      switch defect {
      case .dropout(stream.name, let from, let to): dropouts.append(from..<to)
      case .offset(stream.name, let nanoseconds): offset += nanoseconds
      case .drift(stream.name, let ppm): self.ppm += ppm
      case .dropout, .offset, .drift, .truncate, .unclosed: break
      }
    }
  }

  func isDropped(_ time: Int64) -> Bool { dropouts.contains { $0.contains(time) } }

  /// What the stream's clock shows at a time of the drive.
  func stamp(_ time: Int64) -> Int64 { time + offset + Int64((ppm * 1e-6 * Double(time - phase)).rounded()) }
}
