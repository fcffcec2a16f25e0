import Artifacts
import Core

extension Column {
  /// Numbers, missing where NaN stands.
  static func known(_ values: [Double]) -> Column {
    let valid = values.map { !$0.isNaN }
    return Column(.float64(values), validity: valid.contains(false) ? valid : nil)
  }

  /// Texts, missing where nil stands.
  static func words(_ values: [String?]) -> Column {
    var texts = Texts()
    texts.offsets.reserveCapacity(values.count + 1)
    // Most say what the one before said.
    var last: (word: String?, bytes: [UInt8]) = (nil, [])
    for value in values {
      if value != last.word { last = (value, Array((value ?? "").utf8)) }
      texts.bytes += last.bytes
      texts.offsets.append(texts.bytes.count)
    }
    return Column(.text(texts), validity: values.contains { $0 == nil } ? values.map { $0 != nil } : nil)
  }

  static func flags(_ values: [Bool?]) -> Column {
    Column(
      .bool(values.map { $0 == true ? 1 : 0 }), validity: values.contains { $0 == nil } ? values.map { $0 != nil } : nil
    )
  }

  /// Nothing in every row.
  static func missing(_ type: FieldType, count: Int) -> Column {
    Column(empty: type).picking(Array(repeating: nil, count: count))
  }
}
