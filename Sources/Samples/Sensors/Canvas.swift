/// A picture of three bytes a pixel, rows from the top, filled by spans and convex polygons.
struct Canvas {
  let width: Int
  let height: Int
  private(set) var bytes: [UInt8]
  private let order: Order

  enum Order { case rgb, bgr }

  init(width: Int, height: Int, order: Order) {
    self.width = width
    self.height = height
    self.order = order
    bytes = [UInt8](repeating: 0, count: 3 * width * height)
  }

  mutating func fill(row: Int, from start: Int, to end: Int, _ color: Color) {
    guard row >= 0, row < height else { return }
    let (first, third) = order == .rgb ? (color.red, color.blue) : (color.blue, color.red)
    var place = 3 * (row * width + max(0, start))
    let stop = 3 * (row * width + min(width, end))
    while place < stop {
      bytes[place] = first
      bytes[place + 1] = color.green
      bytes[place + 2] = third
      place += 3
    }
  }

  /// A convex polygon; pixels whose middle is inside.
  mutating func fill(_ corners: [Vector], _ color: Color) {
    guard let first = corners.first else { return }
    let (low, high) = corners.reduce((first.y, first.y)) { (min($0.0, $1.y), max($0.1, $1.y)) }
    let top = max(0, Int(max(-1, low).rounded(.up))), bottom = min(height, Int(min(1e4, high).rounded(.up)))
    for row in stride(from: top, to: bottom, by: 1) {
      let level = Double(row) + 0.5
      var left = Double.infinity, right = -Double.infinity
      for (index, one) in corners.enumerated() {
        let other = corners[(index + 1) % corners.count]
        guard (one.y <= level) != (other.y <= level) else { continue }
        let cut = one.x + (other.x - one.x) * (level - one.y) / (other.y - one.y)
        left = min(left, cut)
        right = max(right, cut)
      }
      guard left < right else { continue }
      fill(
        row: row, from: Int(min(1e4, max(-1e4, left)).rounded()), to: Int(min(1e4, max(-1e4, right)).rounded()), color)
    }
  }

  /// One sample a pixel behind a filter of red, green, green and blue: the rows go R G and G B.
  var mosaic: [UInt8] {
    var samples = [UInt8](repeating: 0, count: width * height)
    for row in 0..<height {
      for column in 0..<width {
        let channel = row & 1 + column & 1
        samples[row * width + column] = bytes[3 * (row * width + column) + channel]
      }
    }
    return samples
  }
}
