import Core

/// A leaf of some rows, shredded: which entries there are, how deep each is defined, and where its values lie.
///
/// ```
///   list<int32>   [7, 8]   null   []   [null, 9]
///   repetition     0  1     0     0      0    1      how many lists go on; 0 begins a row
///   definition     3  3     0     1      2    3      how much of  optional list · its element · optional element  is there
///   values         7  8                       9      only entries of the full definition have one
/// ```
/// https://parquet.apache.org/docs/file-format/nestedencoding. Arrays appear only when they say something: a flat
/// column without missing values has neither, and its values are not looked at.
struct Levels {
  /// Entries: values, missing values and empty lists.
  private(set) var count: Int
  /// One a entry; nil when all are defined in full.
  private(set) var definitions: [UInt8]?
  /// One a entry; nil while no list was entered.
  private(set) var repetitions: [UInt8]?
  /// Where the values of the entries defined in full lie in the column, in order.
  private(set) var runs: [Range<Int>]
  /// What the full definition is.
  private(set) var definition: UInt8 = 0
  private(set) var repetition: UInt8 = 0

  init(rows: Range<Int>) {
    count = rows.count
    runs = rows.isEmpty ? [] : [rows]
  }

  /// Steps past a value that may be missing.
  mutating func enterOptional(_ validity: [Bool]?) {
    let reached = definition
    definition += 1
    guard let validity, runs.contains(where: { Self.hasMissing(validity, in: $0) }) else {
      deepen(from: reached)
      return
    }
    if runs.count == 1, definitions == nil {
      definitions = [UInt8](
        validity[runs[0]].lazy.map { $0 ? reached + 1 : reached })
      runs = Self.present(validity, in: runs)
      return
    }
    var marks = definitions ?? [UInt8](repeating: reached, count: count)
    var entry = 0
    for run in runs {
      for row in run {
        while marks[entry] != reached { entry += 1 }
        if validity[row] { marks[entry] = definition }
        entry += 1
      }
    }
    definitions = marks
    runs = Self.present(validity, in: runs)
  }

  /// Steps past a value that is there by the schema; false if one is missing.
  func isComplete(_ validity: [Bool]?) -> Bool {
    guard let validity else { return true }
    return !runs.contains { Self.hasMissing(validity, in: $0) }
  }

  /// Steps into the elements of a list column.
  mutating func enterList(_ offsets: [Int]) {
    let reached = definition
    definition += 1
    repetition += 1
    let lists = runs.reduce(0) { $0 + $1.count }
    let elements = runs.reduce(0) { $0 + offsets[$1.upperBound] - offsets[$1.lowerBound] }
    let empty = runs.reduce(0) { total, run in total + run.count { offsets[$0] == offsets[$0 + 1] } }
    let newCount = count - lists + elements + empty
    let isFull = definitions == nil && empty == 0
    var marks = isFull ? [] : [UInt8](repeating: definition, count: newCount)
    var starts = [UInt8](repeating: repetition, count: newCount)

    var target = 0
    var entry = 0
    for run in runs {
      for row in run {
        if let definitions {
          while definitions[entry] != reached {
            marks[target] = definitions[entry]
            starts[target] = repetitions?[entry] ?? 0
            entry += 1
            target += 1
          }
        }
        let size = offsets[row + 1] - offsets[row]
        starts[target] = repetitions?[entry] ?? 0
        if size == 0 { marks[target] = reached }
        entry += 1
        target += max(size, 1)
      }
    }
    while entry < count {
      marks[target] = definitions?[entry] ?? reached
      starts[target] = repetitions?[entry] ?? 0
      entry += 1
      target += 1
    }
    count = newCount
    definitions = isFull ? nil : marks
    repetitions = starts
    runs = Self.elements(offsets, of: runs)
  }

  /// How many entries have a value.
  var values: Int { runs.reduce(0) { $0 + $1.count } }

  private mutating func deepen(from reached: UInt8) {
    guard var marks = definitions else { return }
    definitions = nil
    for index in marks.indices where marks[index] == reached { marks[index] = definition }
    definitions = marks
  }

  private static func hasMissing(_ validity: [Bool], in run: Range<Int>) -> Bool {
    let part = validity.span.extracting(run)
    var missing = false
    for index in part.indices where !part[index] { missing = true }
    return missing
  }

  private static func present(_ validity: [Bool], in runs: [Range<Int>]) -> [Range<Int>] {
    var parts: [Range<Int>] = []
    for run in runs {
      var row = run.lowerBound
      while row < run.upperBound {
        while row < run.upperBound, !validity[row] { row += 1 }
        let start = row
        while row < run.upperBound, validity[row] { row += 1 }
        if start < row { parts.append(start..<row) }
      }
    }
    return parts
  }

  private static func elements(_ offsets: [Int], of runs: [Range<Int>]) -> [Range<Int>] {
    var parts: [Range<Int>] = []
    for run in runs {
      let range = offsets[run.lowerBound]..<offsets[run.upperBound]
      guard !range.isEmpty else { continue }
      if let last = parts.last, last.upperBound == range.lowerBound {
        parts[parts.count - 1] = last.lowerBound..<range.upperBound
      } else {
        parts.append(range)
      }
    }
    return parts
  }
}
