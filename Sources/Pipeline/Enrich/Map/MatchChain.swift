import Core

/// Fixes that follow each other on roads, and the model that decodes them: a hidden Markov model whose states are
/// places on roads, in logarithms.
///
/// ```
///   log emission    = -1/2 (d / sigma)^2                 d: from the fix to the road
///   log transition  = -|route - great circle| / beta     -infinity without a route
/// ```
struct MatchChain {
  struct Layer {
    /// Which sample it is of.
    var sample: Int
    var fix: (latitude: Double, longitude: Double)
    /// The noise of the fix, in metres.
    var sigma: Double
    var candidates: [RoadCandidate]
    var emissions: [Double]
    /// From the candidate p of the layer before to c: transitions[p * candidates.count + c].
    var transitions: [Double] = []
    /// The greatest logarithm of a path that ends here, and the candidate it comes from.
    var scores: [Double]
    var origins: [Int] = []
  }

  private(set) var layers: [Layer] = []
  /// Whether a chain before it was broken off.
  let isBreak: Bool

  init(_ first: Layer, isBreak: Bool) {
    layers = [first]
    self.isBreak = isBreak
  }

  /// Adds a layer; false, and nothing is added, when no route leads to it.
  mutating func add(_ layer: Layer, transitions: [Double]) -> Bool {
    var layer = layer
    let before = layers[layers.count - 1], width = layer.candidates.count
    layer.transitions = transitions
    layer.origins = Array(repeating: 0, count: width)
    for candidate in 0..<width {
      var best = -Double.infinity
      for origin in before.scores.indices {
        let score = before.scores[origin] + transitions[origin * width + candidate]
        if score > best {
          best = score
          layer.origins[candidate] = origin
        }
      }
      layer.scores[candidate] = best + layer.emissions[candidate]
    }
    guard layer.scores.contains(where: { $0 > -.infinity }) else { return false }
    layers.append(layer)
    return true
  }

  /// The candidate of each layer on the most likely path; of equal ones the lower.
  func path() -> [Int] {
    var path = [Int](repeating: 0, count: layers.count)
    var candidate = 0
    for (index, score) in layers[layers.count - 1].scores.enumerated()
    where score > layers[layers.count - 1].scores[candidate] {
      candidate = index
    }
    for layer in layers.indices.reversed() {
      path[layer] = candidate
      if layer > 0 { candidate = layers[layer].origins[candidate] }
    }
    return path
  }

  /// How probable each candidate of `path` is, given all fixes: forward times backward.
  func probabilities(of path: [Int]) -> [Double] {
    var forward: [[Double]] = [Self.normalized(layers[0].emissions)]
    for layer in layers.dropFirst() {
      let before = forward[forward.count - 1], width = layer.candidates.count
      forward.append(
        Self.normalized(
          (0..<width).map { candidate in
            layer.emissions[candidate]
              + Self.logarithmOfSum(before.indices.map { before[$0] + layer.transitions[$0 * width + candidate] })
          }))
    }
    var probabilities = [Double](repeating: 0, count: layers.count)
    var backward = layers[layers.count - 1].candidates.map { _ in 0.0 }
    for index in layers.indices.reversed() {
      let both = Self.normalized(zip(forward[index], backward).map { $0 + $1 })
      probabilities[index] = Mathematics.exp(both[path[index]])
      guard index > 0 else { break }
      let layer = layers[index], width = layer.candidates.count
      backward = Self.normalized(
        layers[index - 1].candidates.indices.map { origin in
          Self.logarithmOfSum(
            (0..<width).map { layer.transitions[origin * width + $0] + layer.emissions[$0] + backward[$0] })
        })
    }
    return probabilities
  }

  private static func normalized(_ logarithms: [Double]) -> [Double] {
    let sum = logarithmOfSum(logarithms)
    return sum > -.infinity ? logarithms.map { $0 - sum } : logarithms
  }

  private static func logarithmOfSum(_ logarithms: [Double]) -> Double {
    guard let most = logarithms.max(), most > -.infinity else { return -.infinity }
    return most + Mathematics.log(logarithms.reduce(0) { $0 + Mathematics.exp($1 - most) })
  }
}
