/// Why an image cannot be written as one; the others of its channel go on.
package enum ImageError: Error, Equatable, CustomStringConvertible {
  /// The message has no data at all.
  case noData
  case noPixels(width: Int, height: Int)
  /// Less than `step * height`, of which only the last row's padding may lack.
  case shortData(found: Int, needed: UInt64)
  /// A row of the width takes more than the bytes from one row to the next.
  case shortStep(Int, width: Int, needed: UInt64)
  /// More pixels than are allowed.
  case tooLarge(width: Int, height: Int)
  /// A file format's rule is broken, at a byte of the data.
  case damaged(String, offset: Int, reason: String)
  /// A legal file that is not read here.
  case unsupported(String, reason: String)

  package var description: String {
    switch self {
    case .noData: "no image: no data"
    case .noPixels(let width, let height): "no image: \(width) x \(height) pixels"
    case .shortData(let found, let needed): "no image: \(found) bytes of data, \(needed) needed"
    case .shortStep(let step, let width, let needed):
      "no image: step is \(step), a row of \(width) pixels needs \(needed)"
    case .tooLarge(let width, let height): "no image: \(width) x \(height) pixels are too many"
    case .damaged(let format, let offset, let reason): "not valid \(format): at byte \(offset): \(reason)"
    case .unsupported(let format, let reason): "cannot read \(format): \(reason)"
    }
  }
}
