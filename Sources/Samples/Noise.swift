import Core

/// Numbers that look random and depend only on a seed and on what they are for, so that no order of work changes them.
struct Noise {
  private var state: UInt64

  init(_ seed: UInt64, _ purpose: UInt64, _ index: UInt64 = 0) {
    state = seed
    for word in [purpose, index] { state = next() ^ word &* 0xd6e8_feb8_6659_fd93 }
  }

  /// SplitMix64.
  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var value = state
    value = (value ^ value >> 30) &* 0xbf58_476d_1ce4_e5b9
    value = (value ^ value >> 27) &* 0x94d0_49bb_1331_11eb
    return value ^ value >> 31
  }

  mutating func uniform(_ low: Double, _ high: Double) -> Double {
    low + (high - low) * Double(next() >> 11) / Double(1 << 53)
  }

  /// Mean 0, standard deviation 1.
  mutating func normal() -> Double {
    let radius = (-2 * Mathematics.log(uniform(1e-300, 1))).squareRoot()
    return radius * Mathematics.cos(2 * .pi * uniform(0, 1))
  }
}
