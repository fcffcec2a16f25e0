import Core

/// The records of some inputs, line by line (`cli.md` CL-6 to CL-8, CL-12).
///
/// A line that is not a record is a problem with its place, and the lines after it are read; a last line without
/// newline is one even if it parses, since its producer died in the middle. Memory is one line.
package struct RecordStream {
  /// Whether every input has to say at its end how many records it had.
  package enum End: Sendable { case optional, required }

  /// What a line is.
  package enum Item: Sendable, Equatable {
    case record(Record, at: String)
    /// Of a type that this version does not know: to be passed on as it is.
    case foreign(Record, at: String)
    /// For people, once a type.
    case warning(String)
    /// A line that must not be acted on.
    case problem(RecordError)
  }

  private let end: End
  private var paths: ArraySlice<String>
  private var input: LineInput?
  private var path = ""
  /// Records since the beginning of the input, or since its last `end`.
  private var count = 0
  private var isEnded = false
  private var waiting: [Item] = []
  private var warned: Set<String> = []

  /// Reads files, pipes and devices; `-`, and no path at all, is standard input.
  package init(_ paths: [String] = [], end: End = .optional) {
    self.paths = paths.isEmpty ? ["-"] : paths[...]
    self.end = end
  }

  /// The next item; nil at the end of the last input.
  package mutating func next() throws -> Item? {
    while waiting.isEmpty {
      if input == nil {
        guard let path = paths.popFirst() else { return nil }
        input = LineInput(try ByteInput(path))
        (self.path, count, isEnded) = (path, 0, false)
      }
      if let line = try input?.next() {
        try take(line)
      } else {
        input = nil
        if end == .required, !isEnded || count > 0 {
          waiting.append(.problem(RecordError(path, "ends after \(count) records without a record that says so")))
        }
      }
    }
    return waiting.removeFirst()
  }

  private mutating func take(_ line: LineInput.Line) throws {
    let place = "\(path):\(line.number)"
    guard line.isTerminated else {
      waiting.append(.problem(RecordError(place, "the last line has no newline: it may be cut, and is not acted on")))
      return
    }
    // An empty line carries nothing that could be lost.
    guard !line.bytes.isEmpty else { return }
    do throws(RecordError) {
      let record = try Self.record(line.bytes, at: place)
      try take(record, at: place)
    } catch {
      waiting.append(.problem(error))
    }
  }

  private static func record(_ bytes: [UInt8], at place: String) throws(RecordError) -> Record {
    let json: JSON
    do throws(JSON.Failure) { json = try JSON.parse(bytes) } catch {
      throw RecordError("\(place):\(error.column)", "not JSON: \(error.problem)")
    }
    guard let object = json.object else { throw RecordError(place, "not a record: no object") }
    return Record(object)
  }

  private mutating func take(_ record: Record, at place: String) throws(RecordError) {
    guard let type = record.type else { throw RecordError(place, "not a record: has no type") }
    guard let kind = record.kind else {
      count += 1
      if warned.insert(type).inserted {
        waiting.append(.warning("\(place): records of type '\(type.shown)' are not known here and are passed on"))
      }
      waiting.append(.foreign(record, at: place))
      return
    }
    if let schema = record["schema"], schema != .string(kind.schema) {
      let found = schema.string ?? schema.text
      throw RecordError(place, "has schema \(found.shown), and this avtools reads \(kind.schema)")
    }
    guard kind == .end else {
      count += 1
      waiting.append(.record(record, at: place))
      return
    }
    defer { (count, isEnded) = (0, true) }
    guard record["count"]?.integer == Int64(count) else {
      throw RecordError(place, "says \(record["count"]?.text ?? "no") records, and there were \(count)")
    }
  }
}

/// Records on their way out, counted for the `end` that a reader may want.
package struct RecordOutput {
  private let write: (String) throws -> Void
  private let appendsEnd: Bool
  package private(set) var count = 0

  /// Whether the last record tells how many there were.
  package enum End: Sendable { case none, counted }

  /// `write` takes a line without its newline.
  package init(end: End = .none, _ write: @escaping (String) throws -> Void) {
    self.write = write
    appendsEnd = end == .counted
  }

  package mutating func put(_ record: Record) throws {
    try write(record.line)
    count += 1
  }

  package mutating func finish() throws {
    if appendsEnd { try write(Record.end(count: count).line) }
  }
}
