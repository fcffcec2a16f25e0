import Core

/// The texts of a signal's raw values.
struct CANTexts: Sendable {
  private let texts: Texts
  /// By raw value less `first`; -1 where there is none.
  private let dense: [Int32]
  private let first: Int64
  /// Where values lie too far apart for a table.
  private let sparse: [Int64: Int32]
  private static let widest: UInt64 = 4096

  /// Nil for a signal without texts.
  init?(_ signal: DBC.Signal) {
    guard !signal.texts.isEmpty, signal.length <= 64 else { return nil }
    var places: [Int64: Int32] = [:]
    var texts = Texts()
    for (number, text) in signal.texts {
      guard let raw = Self.raw(number, signal), places[raw] == nil else { continue }
      places[raw] = Int32(texts.count)
      texts.append(text.utf8)
    }
    self.texts = texts
    let low = places.keys.min() ?? 0, high = places.keys.max() ?? 0
    let (span, isTooWide) = high.subtractingReportingOverflow(low)
    first = low
    guard !isTooWide, span.magnitude < Self.widest else {
      dense = []
      sparse = places
      return
    }
    var dense = [Int32](repeating: -1, count: Int(span) + 1)
    for (raw, place) in places { dense[Int(raw - low)] = place }
    self.dense = dense
    sparse = [:]
  }

  /// The raw value that a key of the database stands for; keys of IEEE signals are their values.
  private static func raw(_ number: DBC.Number, _ signal: DBC.Signal) -> Int64? {
    switch signal.coding {
    case .float32: Int64(Float(number.double).bitPattern)
    case .float64: Int64(bitPattern: number.double.bitPattern)
    case .integer: number.integer ?? UInt64(exactly: number.double).map { Int64(bitPattern: $0) }
    }
  }

  /// Null where there is no text, or no value.
  func column(_ raw: [Int64], _ present: [Bool]?) -> Column {
    var places = raw.map { Int(place(of: $0)) }
    if let present { for row in places.indices where !present[row] { places[row] = -1 } }
    return Column(.text(texts.picking(places)), validity: places.map { $0 >= 0 })
  }

  private func place(of raw: Int64) -> Int32 {
    guard !dense.isEmpty else { return sparse[raw] ?? -1 }
    let index = raw &- first
    return index >= 0 && index < dense.count ? dense[Int(index)] : -1
  }
}
