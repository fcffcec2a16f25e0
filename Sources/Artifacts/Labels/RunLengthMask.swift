import Core

/// The pixels of an image that belong to something, as COCO's run lengths: down the columns, zeros and ones in turn.
///
/// ```
///   0 1 1      column by column: 0 0 | 1 0 | 1 1      runs: 2 zeros, 1 one, 1 zero, 2 ones
///   0 0 1
/// ```
/// The first run counts zeros and may be 0; no other is. https://cocodataset.org/#format-data
package struct RunLengthMask: Sendable, Hashable {
  package let height: Int
  package let width: Int
  package let runs: [Int]

  /// Why numbers or letters are no mask.
  package struct Failure: Error, Equatable, CustomStringConvertible {
    package var description: String
    init(_ description: String) { self.description = description }
  }

  /// Sides beyond this are no picture's.
  static let largestSide = 1 << 20

  /// Runs as they are in a file: they must fill the image.
  package init(height: Int, width: Int, runs: [Int]) throws(Failure) {
    guard 1...Self.largestSide ~= height, 1...Self.largestSide ~= width else {
      throw Failure("a mask of \(height) × \(width) pixels")
    }
    var sum = 0
    for run in runs {
      guard run >= 0, run <= height * width - sum else {
        throw Failure("its runs go beyond the \(height * width) pixels of \(height) × \(width)")
      }
      sum += run
    }
    guard sum == height * width else { throw Failure("its runs sum to \(sum), wanted \(height) × \(width)") }
    (self.height, self.width, self.runs) = (height, width, runs)
  }

  /// Runs from changes of value, which are in order; an empty run joins its neighbours.
  private init(height: Int, width: Int, changes: [Int]) {
    (self.height, self.width) = (height, width)
    var runs: [Int] = [], last = 0, index = 0
    while index < changes.count {
      guard index > 0, changes[index] == last else {
        runs.append(changes[index] - last)
        last = changes[index]
        index += 1
        continue
      }
      // Two changes at one pixel are none.
      guard index + 1 < changes.count else { break }
      runs[runs.count - 1] += changes[index + 1] - last
      last = changes[index + 1]
      index += 2
    }
    self.runs = runs
  }

  /// Pixels that belong to it.
  package var area: Int {
    var sum = 0
    for index in stride(from: 1, to: runs.count, by: 2) { sum += runs[index] }
    return sum
  }

  /// Left, top, width and height of the smallest box around its pixels; zeros where it has none.
  package var box: [Double] {
    var (left, right, top, bottom) = (width, -1, height, -1)
    var place = 0
    for (index, run) in runs.enumerated() {
      defer { place += run }
      guard index % 2 == 1, run > 0 else { continue }
      let first = place, last = place + run - 1
      (left, right) = (min(left, first / height), max(right, last / height))
      if first / height != last / height {
        (top, bottom) = (0, height - 1)
      } else {
        (top, bottom) = (min(top, first % height), max(bottom, last % height))
      }
    }
    return right < 0 ? [0, 0, 0, 0] : [left, top, right - left + 1, bottom - top + 1].map(Double.init)
  }
}

extension RunLengthMask {
  /// Runs as text: each less the one before the last, in groups of five bits, low first, with a sign.
  package var compressed: String {
    var text: [UInt8] = []
    for (index, run) in runs.enumerated() {
      var rest = index > 2 ? run - runs[index - 2] : run
      var hasMore = true
      while hasMore {
        var group = rest & 31
        rest >>= 5
        hasMore = group & 16 != 0 ? rest != -1 : rest != 0
        if hasMore { group |= 32 }
        text.append(UInt8(group + 48))
      }
    }
    return String(decoding: text, as: UTF8.self)
  }

  package init(height: Int, width: Int, compressed text: String) throws(Failure) {
    var runs: [Int] = [], value = 0, shift = 0
    for byte in text.utf8 {
      guard 48..<112 ~= byte else {
        throw Failure("'\(String(text.prefix(20)).shown)…' has a letter that means nothing")
      }
      let group = Int(byte) - 48
      guard shift < 50 else { throw Failure("a run of its text has more than ten letters") }
      value |= (group & 31) << shift
      shift += 5
      guard group & 32 == 0 else { continue }
      if group & 16 != 0 { value |= -1 << shift }
      let (run, isLarge) = value.addingReportingOverflow(runs.count > 2 ? runs[runs.count - 2] : 0)
      guard !isLarge, run >= 0 else { throw Failure("run \(runs.count) of its text is \(value)") }
      runs.append(run)
      (value, shift) = (0, 0)
    }
    guard shift == 0 else { throw Failure("its text ends inside a run") }
    try self.init(height: height, width: width, runs: runs)
  }
}

extension RunLengthMask {
  private struct Point { var x, y: Int }

  /// Steps along all edges that are taken at most, five a pixel.
  private static let mostSteps = 1 << 26

  /// The pixels inside a polygon `[x, y, x, y, …]`, bit for bit as pycocotools draws it (labels.md 2.3).
  ///
  /// The outline is walked in fifths of a pixel; where it crosses into another column of pixels, the value changes from
  /// there on down.
  package init(polygon: [Double], height: Int, width: Int) throws(Failure) {
    guard 1...Self.largestSide ~= height, 1...Self.largestSide ~= width else {
      throw Failure("a mask of \(height) × \(width) pixels")
    }
    guard polygon.count >= 6, polygon.count.isMultiple(of: 2) else {
      throw Failure("a polygon of \(polygon.count) numbers")
    }
    guard polygon.allSatisfy({ $0.isFinite && abs($0) <= Double(Self.largestSide) }) else {
      throw Failure("a corner of a polygon is no pixel")
    }
    var corners: [Point] = []
    for index in stride(from: 0, to: polygon.count, by: 2) {
      corners.append(Point(x: Int(5 * polygon[index] + 0.5), y: Int(5 * polygon[index + 1] + 0.5)))
    }
    var changes: [Int] = [], before: Point?, steps = 0
    func cross(_ point: Point) {
      defer { before = point }
      guard let before, point.x != before.x else { return }
      let side = point.x < before.x ? point.x : point.x - 1
      let column: Double = (Double(side) + 0.5) / 5 - 0.5
      guard column.rounded(.down) == column, column >= 0, column <= Double(width - 1) else { return }
      let row: Double = ((Double(min(point.y, before.y)) + 0.5) / 5 - 0.5).rounded(.up)
      changes.append(Int(column) * height + Int(min(max(row, 0), Double(height))))
    }
    for (index, corner) in corners.enumerated() {
      let next = corners[(index + 1) % corners.count]
      let across = abs(next.x - corner.x), down = abs(next.y - corner.y)
      steps += max(across, down) + 1
      guard steps <= Self.mostSteps else { throw Failure("an outline of more than \(Self.mostSteps / 5) pixels") }
      let isFlat = across >= down
      let isFlipped = isFlat ? corner.x > next.x : corner.y > next.y
      let start = isFlipped ? next : corner, end = isFlipped ? corner : next
      let count = isFlat ? across : down
      // A corner that repeats has no slope, and no way either.
      let rise = isFlat ? end.y - start.y : end.x - start.x
      let slope: Double = count == 0 ? 0 : Double(rise) / Double(count)
      for step in 0...count {
        let way = isFlipped ? count - step : step
        let other: Double = Double(isFlat ? start.y : start.x) + slope * Double(way) + 0.5
        cross(isFlat ? Point(x: start.x + way, y: Int(other)) : Point(x: Int(other), y: start.y + way))
      }
    }
    changes.append(height * width)
    self.init(height: height, width: width, changes: changes.sorted())
  }

  /// The pixels inside any of several polygons.
  package init(polygons: [[Double]], height: Int, width: Int) throws(Failure) {
    guard let first = polygons.first else { throw Failure("no polygon") }
    var mask = try RunLengthMask(polygon: first, height: height, width: width)
    for polygon in polygons.dropFirst() {
      mask = mask.union(try RunLengthMask(polygon: polygon, height: height, width: width))
    }
    self = mask
  }

  /// The pixels of either; the images are of one size.
  package func union(_ other: RunLengthMask) -> RunLengthMask {
    precondition(height == other.height && width == other.width, "masks of one size")
    var changes: [Int] = [], isSet = false
    var (one, two) = (Walk(runs), Walk(other.runs))
    while let place = [one.next, two.next].compactMap({ $0 }).min() {
      if one.next == place { one.step() }
      if two.next == place { two.step() }
      guard (one.isSet || two.isSet) != isSet, place < height * width else { continue }
      isSet.toggle()
      changes.append(place)
    }
    return RunLengthMask(height: height, width: width, changes: changes + [height * width])
  }

  /// Goes from change to change.
  private struct Walk {
    private let runs: [Int]
    private var index = 0
    private var end: Int
    var isSet = false
    init(_ runs: [Int]) { (self.runs, end) = (runs, runs.first ?? 0) }
    /// Where the run ends; nil behind the last.
    var next: Int? { index < runs.count ? end : nil }
    mutating func step() {
      index += 1
      isSet.toggle()
      if index < runs.count { end += runs[index] }
    }
  }
}
