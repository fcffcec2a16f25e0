import Core

/// Raw values and presence of a message's signals, each computed once.
struct CANSelectors {
  private let plan: CANMessagePlan
  private let words: [UInt64]
  private let lengths: [UInt8]?
  private let count: Int
  private var raws: [Int: [Int64]] = [:]
  private var presences: [Int: [Bool]] = [:]

  init(_ plan: CANMessagePlan, _ words: [UInt64], _ lengths: [UInt8]?, _ count: Int) {
    (self.plan, self.words, self.lengths, self.count) = (plan, words, lengths, count)
  }

  mutating func raw(of index: Int) -> [Int64] {
    guard plan.isMultiplexed else { return plan.signals[index].raw(words, stride: plan.stride, count: count) }
    if let known = raws[index] { return known }
    let raw = plan.signals[index].raw(words, stride: plan.stride, count: count)
    if plan.message.signals[index].isMultiplexor { raws[index] = raw }
    return raw
  }

  /// In which frames a signal is; nil for all.
  ///
  /// Circles were cut when the database was read.
  mutating func presence(of index: Int) -> [Bool]? {
    if !plan.isMultiplexed, lengths == nil, plan.signals[index].neededBytes <= 64 { return nil }
    if let known = presences[index] { return known }
    var present = lengths.map { lengths in lengths.map { Int($0) >= plan.signals[index].neededBytes } }
    if plan.signals[index].neededBytes > 64 { present = Array(repeating: false, count: count) }
    if let selection = plan.message.signals[index].selection {
      var chosen = Array(repeating: false, count: count)
      if let multiplexor = selection.multiplexor, plan.signals[multiplexor].signal.length <= 64 {
        let above = presence(of: multiplexor)
        let values = unsigned(multiplexor)
        for row in 0..<count where above?[row] ?? true && present?[row] ?? true {
          chosen[row] = selection.values.contains { $0.contains(values[row]) }
        }
      }
      present = chosen
    }
    if plan.message.signals[index].isMultiplexor { presences[index] = present }
    return present
  }

  /// Selectors are compared by their bits.
  private mutating func unsigned(_ index: Int) -> [UInt64] {
    let unused = UInt64(64 - plan.signals[index].signal.length)
    return raw(of: index).map { (UInt64(bitPattern: $0) << unused) >> unused }
  }

  /// Frames in which a selector has a value that no signal waits for.
  mutating func unknown() -> Int {
    guard plan.isMultiplexed else { return 0 }
    var isUnknown: [Bool]?
    for (index, signal) in plan.message.signals.enumerated() where signal.isMultiplexor && signal.length <= 64 {
      let waiting = plan.message.signals.compactMap { $0.selection?.multiplexor == index ? $0.selection?.values : nil }
      guard !waiting.isEmpty else { continue }
      let present = presence(of: index)
      let values = unsigned(index)
      for row in 0..<count where present?[row] ?? true {
        guard !waiting.contains(where: { $0.contains { $0.contains(values[row]) } }) else { continue }
        if isUnknown == nil { isUnknown = Array(repeating: false, count: count) }
        isUnknown?[row] = true
      }
    }
    return isUnknown?.count { $0 } ?? 0
  }
}
