/// The trace that a scheduler put a command into: the variable `TRACEPARENT` (W3C Trace Context §3.2).
///
/// ```
/// 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01
/// version · trace id · id of the caller's span · flags
/// ```
package enum TraceContext {
  /// What the environment says, if it is well formed; anything else is as if it were not there, as the standard asks.
  package static var current: String? { Environment.value("TRACEPARENT").flatMap(valid) }

  static func valid(_ text: String) -> String? {
    let parts = text.split(separator: "-", omittingEmptySubsequences: false).map { Array($0.utf8) }
    // Later versions may add parts, version ff is none.
    guard parts.count >= 4, parts.count == 4 || parts[0] != Array("00".utf8), parts[0] != Array("ff".utf8) else {
      return nil
    }
    guard zip(parts, [2, 32, 16, 2]).allSatisfy({ $0.count == $1 && $0.allSatisfy(isDigit) }), text.utf8.count <= 256
    else { return nil }
    let isNamed = parts[1...2].allSatisfy { part in part.contains { $0 != UInt8(ascii: "0") } }
    return isNamed && text.shown == text ? text : nil
  }

  /// Lower case only.
  private static func isDigit(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte)
  }
}
