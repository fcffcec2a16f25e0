import Core

/// Areas and boxes of shapes in pixels.
package enum LabelGeometry {
  /// By the shoelace formula, of all parts together.
  package static func area(polygons: [[Double]]) -> Double {
    polygons.reduce(0) { sum, polygon in
      var twice = 0.0
      for index in stride(from: 0, to: polygon.count - 1, by: 2) {
        let next = (index + 2) % polygon.count
        twice += polygon[index] * polygon[next + 1] - polygon[next] * polygon[index + 1]
      }
      return sum + abs(twice) / 2
    }
  }

  /// Left, top, width and height around `[x, y, x, y, …]` of several parts.
  package static func box(polygons: [[Double]]) -> [Double] {
    var (left, top, right, bottom) = (Double.infinity, Double.infinity, -Double.infinity, -Double.infinity)
    for polygon in polygons {
      for index in stride(from: 0, to: polygon.count - 1, by: 2) {
        (left, right) = (min(left, polygon[index]), max(right, polygon[index]))
        (top, bottom) = (min(top, polygon[index + 1]), max(bottom, polygon[index + 1]))
      }
    }
    return left <= right ? [left, top, right - left, bottom - top] : [0, 0, 0, 0]
  }

  /// The four corners of a box, as one polygon.
  package static func corners(_ box: [Double]) -> [Double] {
    let (x, y, w, h) = (box[0], box[1], box[2], box[3])
    return [x, y, x + w, y, x + w, y + h, x, y + h]
  }

  /// x, y, z, quaternion x, y, z, w, and sizes, of 10 numbers, or of 9 with Euler angles, turned about z, then y, then x.
  ///
  /// Nil for another number of them (OpenLABEL 1.0, cuboid).
  static func cuboid(_ numbers: [Double]) -> [Double]? {
    guard numbers.count == 9 else { return numbers.count == 10 ? numbers : nil }
    let half = numbers[3...5].map { $0 / 2 }
    let (sx, sy, sz) = (Mathematics.sin(half[0]), Mathematics.sin(half[1]), Mathematics.sin(half[2]))
    let (cx, cy, cz) = (Mathematics.cos(half[0]), Mathematics.cos(half[1]), Mathematics.cos(half[2]))
    let turn = [
      sx * cy * cz - cx * sy * sz, cx * sy * cz + sx * cy * sz, cx * cy * sz - sx * sy * cz,
      cx * cy * cz + sx * sy * sz,
    ]
    return numbers[..<3] + turn + numbers[6...]
  }

  /// What two boxes share, by what they cover together.
  package static func overlap(_ one: [Double], _ two: [Double]) -> Double {
    let width = min(one[0] + one[2], two[0] + two[2]) - max(one[0], two[0])
    let height = min(one[1] + one[3], two[1] + two[3]) - max(one[1], two[1])
    guard width > 0, height > 0 else { return 0 }
    return width * height / (one[2] * one[3] + two[2] * two[3] - width * height)
  }

  /// To so many decimals.
  package static func rounded(_ value: Double, _ decimals: Int = 3) -> Double {
    var scale = 1.0
    for _ in 0..<decimals { scale *= 10 }
    let scaled = (value * scale).rounded()
    return abs(scaled) < 9e15 ? scaled / scale : value
  }
}

extension JSON {
  /// The numbers of a list of nothing else; nil for anything else.
  var numbers: [Double]? {
    guard let array else { return nil }
    var numbers: [Double] = []
    numbers.reserveCapacity(array.count)
    for element in array {
      guard let number = element.number else { return nil }
      numbers.append(number)
    }
    return numbers
  }

  static func numbers(_ values: [Double]) -> JSON { .array(values.map { .number($0) }) }

  /// An integer that is written as one.
  var whole: Int? { if case .integer(let value) = self { Int(exactly: value) } else { nil } }
}
