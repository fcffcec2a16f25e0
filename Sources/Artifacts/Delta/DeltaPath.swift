import Core

/// Paths of data files as they stand in a log: relative to the table, parts of a URI.
enum DeltaPath {
  /// The path below the table's folder; nil for what leads anywhere else.
  static func file(_ text: String) -> String? {
    var bytes: [UInt8] = []
    var rest = Array(text.utf8)[...]
    while let byte = rest.popFirst() {
      if byte == UInt8(ascii: "%") {
        guard rest.count >= 2, let code = UInt8(hex: rest.prefix(2)) else { return nil }
        bytes.append(code)
        rest = rest.dropFirst(2)
      } else {
        bytes.append(byte)
      }
    }
    guard let path = String(validating: bytes, as: UTF8.self), !path.isEmpty, !bytes.contains(0) else { return nil }
    let parts = path.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).map { String($0) }
    guard parts.allSatisfy({ $0 != nil && $0 != "" && $0 != "." && $0 != ".." }) else { return nil }
    // `file:///…`, `s3://…`: a colon before the first slash is a scheme's, unless it was written as %3A.
    guard !(text.prefix { $0 != "/" }).utf8.contains(UInt8(ascii: ":")) else { return nil }
    return path
  }

  /// How a partition's value stands in names of folders; nil for a value that engines encode differently.
  ///
  /// They escape twice, once or not at all (delta-io/delta-rs#1446, #1651), so only what needs no escape is written.
  static func folder(_ column: String, _ value: String) -> String? {
    let name = "\(column)=\(value)"
    return isPlain(value) && isPlain(column) && name.utf8.count <= 255 ? name : nil
  }

  private static func isPlain(_ text: String) -> Bool {
    !text.isEmpty
      && text.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
          UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
          true
        default: false
        }
      }
  }
}

extension UInt8 {
  /// Of two hexadecimal digits.
  fileprivate init?(hex digits: ArraySlice<UInt8>) {
    var value: UInt8 = 0
    for digit in digits {
      switch digit {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): value = value << 4 | (digit - UInt8(ascii: "0"))
      case UInt8(ascii: "a")...UInt8(ascii: "f"): value = value << 4 | (digit - UInt8(ascii: "a") + 10)
      case UInt8(ascii: "A")...UInt8(ascii: "F"): value = value << 4 | (digit - UInt8(ascii: "A") + 10)
      default: return nil
      }
    }
    self = value
  }
}
