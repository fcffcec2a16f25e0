import Core

/// Values of any length: each its length in 4 bytes and then its bytes, found by the offset in the record.
struct MDF4Values {
  /// Where the values of a channel are.
  enum Source: Sendable {
    case stream(MDF4Stream)
    /// A piece of what a group of values holds, and the offset of its first byte; what is before it can be read again.
    case piece([UInt8], from: Int, older: MDF4OlderValues?)
  }

  private let file: FileReader
  private let source: Source
  private let decoder: MDF4Text
  /// Values whose place is not there.
  private(set) var missing = 0
  /// Why some could not be unpacked.
  private(set) var fault: MDF4Fault?

  /// Values that lie this close together are read at once.
  private static let widest = 32 << 20

  init(_ file: FileReader, _ source: Source, _ form: MDF4Channel.Form) {
    self.file = file
    self.source = source
    decoder = MDF4Text(form)
  }

  /// The values at offsets; null where they are not there.
  mutating func column(_ offsets: [UInt64]) throws -> Column {
    var texts = Texts()
    texts.offsets.reserveCapacity(offsets.count + 1)
    var validity = Array(repeating: true, count: offsets.count)
    switch source {
    case .piece(let bytes, let base, let older):
      let before = Set(offsets.lazy.filter { $0 < UInt64(base) }.map { Int($0) }).sorted()
      let known = before.isEmpty ? [:] : try older?.values(at: before) ?? [:]
      for (index, offset) in offsets.enumerated() {
        let place = Int(clamping: offset) - base
        if place < 0, let value = known[Int(offset)] {
          decoder.append(value.bytes, to: &texts)
        } else {
          validity[index] = append(bytes, place, &texts)
        }
      }
    case .stream(let stream):
      var reader = MDF4StreamReader(file, stream)
      if let (bytes, base) = try together(offsets, stream, &reader) {
        for (index, offset) in offsets.enumerated() {
          let place = Int(clamping: offset) - base
          if append(bytes, place, &texts) { continue }
          texts.removeLast()
          validity[index] = try appendAlone(Int(clamping: offset), &reader, &texts)
        }
      } else {
        for (index, offset) in offsets.enumerated() {
          validity[index] = try appendAlone(Int(clamping: offset), &reader, &texts)
        }
      }
      fault = reader.fault
    }
    missing = validity.count { !$0 }
    return Column(.text(texts), validity: missing == 0 ? nil : validity)
  }

  /// The bytes that hold all values, where these lie close together.
  private func together(
    _ offsets: [UInt64], _ stream: MDF4Stream, _ reader: inout MDF4StreamReader
  ) throws -> (bytes: [UInt8], base: Int)? {
    let places = offsets.lazy.map { Int(clamping: $0) }.filter { $0 <= stream.count - 4 }
    guard let first = places.min(), let last = places.max(), last - first <= Self.widest,
      var bytes = try reader.bytes(first..<last + 4)
    else { return nil }
    let length = Int(clamping: bytes.bytes.u32(at: last - first))
    if length <= min(Self.widest, stream.count - last - 4) {
      guard try reader.append(last + 4..<last + 4 + length, to: &bytes) else { return nil }
    }
    return (bytes, first)
  }

  /// Appends the value at a place of `bytes`, or an empty one and says that it is not there.
  private func append(_ bytes: [UInt8], _ place: Int, _ texts: inout Texts) -> Bool {
    guard place >= 0, place <= bytes.count - 4 else {
      texts.append([UInt8]())
      return false
    }
    let count = Int(bytes.bytes.u32(at: place))
    guard count <= bytes.count - place - 4 else {
      texts.append([UInt8]())
      return false
    }
    decoder.append(bytes.bytes.extracting(place + 4..<place + 4 + count), to: &texts)
    return true
  }

  private func appendAlone(
    _ offset: Int, _ reader: inout MDF4StreamReader, _ texts: inout Texts
  ) throws -> Bool {
    guard offset <= reader.stream.count - 4, let head = try reader.bytes(offset..<offset + 4),
      case let (place, count) = (offset + 4, Int(head.bytes.u32(at: 0))), count <= reader.stream.count - place,
      let bytes = try reader.bytes(place..<place + count)
    else {
      texts.append([UInt8]())
      return false
    }
    decoder.append(bytes.bytes, to: &texts)
    return true
  }
}

extension Texts {
  /// Takes the last string away.
  fileprivate mutating func removeLast() {
    offsets.removeLast()
    bytes.removeLast(bytes.count - (offsets.last ?? 0))
  }
}
