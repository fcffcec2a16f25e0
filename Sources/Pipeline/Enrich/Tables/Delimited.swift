/// The records of comma-separated text (RFC 4180), one at a time: quoted fields may hold commas, quotes and line ends.
///
/// Lines end in CR LF or LF; a byte order mark before the first is skipped. Memory is the text and one record.
struct Delimited {
  private let bytes: ArraySlice<UInt8>
  private var position: Int
  /// Of the record that was read last, from 1 on.
  private(set) var line = 0
  private var nextLine = 1

  init(_ bytes: ArraySlice<UInt8>) {
    self.bytes = bytes.starts(with: [0xef, 0xbb, 0xbf]) ? bytes.dropFirst(3) : bytes
    position = self.bytes.startIndex
  }

  init(_ bytes: [UInt8]) { self.init(bytes[...]) }

  /// A quote that is not closed, in a record that begins at a line.
  struct Failure: Error, Equatable {
    var line: Int
  }

  /// The fields of the next record, nil at the end; an empty line is a record of one empty field.
  mutating func next() throws(Failure) -> [String]? {
    guard position < bytes.endIndex else { return nil }
    line = nextLine
    var fields: [String] = []
    while true {
      if bytes[position...].first == UInt8(ascii: "\"") { fields.append(try quoted()) } else { fields.append(plain()) }
      guard position < bytes.endIndex, bytes[position] == UInt8(ascii: ",") else { break }
      position += 1
      if position == bytes.endIndex {
        fields.append("")
        break
      }
    }
    endLine()
    return fields
  }

  private mutating func plain() -> String {
    let end = bytes[position...].firstIndex { $0 == UInt8(ascii: ",") || $0 == UInt8(ascii: "\n") } ?? bytes.endIndex
    var text = bytes[position..<end]
    if text.last == UInt8(ascii: "\r"), end == bytes.endIndex || bytes[end] == UInt8(ascii: "\n") { text.removeLast() }
    position = end
    return String(decoding: text, as: UTF8.self)
  }

  private mutating func quoted() throws(Failure) -> String {
    var text: [UInt8] = []
    position += 1
    while position < bytes.endIndex {
      let byte = bytes[position]
      position += 1
      if byte == UInt8(ascii: "\"") {
        guard position < bytes.endIndex, bytes[position] == UInt8(ascii: "\"") else {
          // What follows a closed quote belongs to the field, as other readers have it.
          return String(decoding: text, as: UTF8.self) + plain()
        }
        position += 1
      }
      if byte == UInt8(ascii: "\n") { nextLine += 1 }
      text.append(byte)
    }
    throw Failure(line: line)
  }

  private mutating func endLine() {
    guard position < bytes.endIndex else { return }
    position += 1
    nextLine += 1
  }
}
