import Core

/// Turns recorded text of an encoding into UTF-8, up to the first NUL; bytes stay as they are.
struct MDF4Text {
  let form: MDF4Channel.Form

  init(_ form: MDF4Channel.Form) { self.form = form }

  func append(_ span: RawSpan, to texts: inout Texts) {
    switch form {
    case .latin1: appendLatin1(span, to: &texts)
    case .utf8: texts.append(span.extracting(0..<Self.end(span)))
    case .utf16: appendUTF16(span, isBigEndian: false, to: &texts)
    case .utf16BigEndian: appendUTF16(span, isBigEndian: true, to: &texts)
    case .markedText:
      let marks = (0..<min(3, span.byteCount)).map { span.u8(at: $0) }
      if marks.starts(with: [0xFF, 0xFE]) {
        appendUTF16(span.extracting(droppingFirst: 2), isBigEndian: false, to: &texts)
      } else if marks.starts(with: [0xFE, 0xFF]) {
        appendUTF16(span.extracting(droppingFirst: 2), isBigEndian: true, to: &texts)
      } else {
        let text = span.extracting(droppingFirst: marks == [0xEF, 0xBB, 0xBF] ? 3 : 0)
        texts.append(text.extracting(0..<Self.end(text)))
      }
    default: texts.append(span)
    }
  }

  private static func end(_ span: RawSpan) -> Int {
    var end = 0
    while end < span.byteCount, span.u8(at: end) != 0 { end += 1 }
    return end
  }

  private func appendLatin1(_ span: RawSpan, to texts: inout Texts) {
    let end = Self.end(span)
    guard (0..<end).contains(where: { span.u8(at: $0) >= 0x80 }) else {
      return texts.append(span.extracting(0..<end))
    }
    var text: [UInt8] = []
    for index in 0..<end {
      let byte = span.u8(at: index)
      if byte < 0x80 {
        text.append(byte)
      } else {
        text += [0xC0 | byte >> 6, 0x80 | byte & 0x3F]
      }
    }
    texts.append(text)
  }

  private func appendUTF16(_ span: RawSpan, isBigEndian: Bool, to texts: inout Texts) {
    var units: [UInt16] = []
    for index in 0..<span.byteCount / 2 {
      let unit = span.u16(at: 2 * index)
      guard unit != 0 else { break }
      units.append(isBigEndian ? unit.byteSwapped : unit)
    }
    texts.append(String(decoding: units, as: UTF16.self).utf8)
  }
}
