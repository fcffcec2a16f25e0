import Artifacts
import Core
import Recordings

/// Turns one message into the content of a file; many run at once.
protocol FrameRenderer: Sendable {
  /// What the index says of each frame besides times and file.
  var fields: [Field] { get }
  func render(_ batch: Batch, row: Int) -> Frame
}

/// What became of one message.
struct Frame: Sendable {
  /// Nil where the message could not be turned into a file.
  var content: Content?
  var suffix = ""
  /// One a field of the renderer.
  var cells: [Cell] = []
  /// What a reader of the file should know, or why there is none.
  var note: String?

  enum Content: Sendable {
    case made([UInt8])
    /// Bytes of the message as they are.
    case recorded(ArraySlice<UInt8>)
  }

  enum Cell: Sendable {
    case text(String?)
    case integer(Int?)
  }
}

/// A file a message in a folder of the stream's own, and an index table that says which is which.
///
/// ```
///   camera/front/1700000000000000000.png  …  camera/front/index.parquet
/// ```
final class FrameWriter: StreamWriter {
  private let place: ArtifactPlace
  private let folder: Folder
  private let renderer: any FrameRenderer
  private let index: TableWriter
  private var pending: [Job] = []
  private var outcome = StreamOutcome()
  /// Times that a file is named after; a second message of the same time gets a number.
  private var taken: [Int64: Int] = [:]
  private(set) var buffered = 0

  /// Messages are rendered together when this many bytes wait.
  private static let enough = 24 << 20

  fileprivate struct Job: Sendable {
    var rows: StreamRows
    var row: Int
    var name: String
  }

  /// A frame with its file in place.
  fileprivate struct Written: Sendable {
    var frame: Frame
    var path: String?
    var file: OutputFile.Summary?
  }

  init(_ place: ArtifactPlace, _ renderer: any FrameRenderer, _ options: TableOptions) throws {
    self.place = place
    self.renderer = renderer
    folder = try place.folder.making(place.path)
    let schema = Schema(Self.common + renderer.fields)
    let path = "\(place.path)/index.\(TableKind.parquet.suffix)"
    index = try TableWriter(.parquet, schema: schema, to: place.file(path), path: path, options: options)
  }

  private static let common = [
    Field("file", .string, isNullable: true), Field("bytes", .int64, isNullable: true, unit: "B"),
    Field("sha256", .string, isNullable: true), Field("frame_id", .string, isNullable: true),
    Field("note", .string, isNullable: true),
  ]

  func write(_ rows: StreamRows) throws {
    for row in 0..<rows.count {
      let time = rows.times[row]
      let number = (taken[time] ?? 0) + 1
      taken[time] = number
      pending.append(Job(rows: rows, row: row, name: number == 1 ? "\(time)" : "\(time)_\(number)"))
    }
    buffered += rows.messages.batch.size
    if buffered >= Self.enough { try flush() }
  }

  func flush() throws {
    var done: [(job: Job, written: Written)] = []
    done.reserveCapacity(pending.count)
    let task = FrameTask(folder: folder, path: place.path, renderer: renderer)
    try parallelMap(pending, jobs: place.jobs) {
      ($0, try task.write($0))
    } _: {
      done.append($0)
    }
    pending = []
    buffered = 0
    guard !done.isEmpty else { return }
    // One batch a run of rows that came together, so that the index has their times and places.
    var start = 0
    for end in 1...done.count where end == done.count || !done[end].job.rows.isSame(as: done[start].job.rows) {
      let part = done[start..<end]
      try note(part.map(\.written), of: done[start].job.rows.rows(part.map(\.job.row)))
      start = end
    }
  }

  private func note(_ written: [Written], of rows: StreamRows) throws {
    for frame in written {
      outcome.fileCount += frame.file == nil ? 0 : 1
      outcome.bytes += frame.file?.count ?? 0
      if let path = frame.path, let file = frame.file {
        outcome.sums.append(DatastreamContents.File(path, file))
      }
      guard frame.file == nil else { continue }
      outcome.failed += 1
      outcome.firstFailure = outcome.firstFailure ?? frame.frame.note
    }
    let frameID = rows.messages.batch["header.frame_id"] ?? .texts(written.map { _ in nil })
    var columns: [Column] = [
      .texts(written.map(\.path)), .integers(written.map { $0.file?.count }),
      .texts(written.map { $0.file?.sha256?.hex }), frameID, .texts(written.map(\.frame.note)),
    ]
    for (number, field) in renderer.fields.enumerated() {
      let cells = written.map { number < $0.frame.cells.count ? $0.frame.cells[number] : nil }
      columns.append(
        field.type == .string
          ? .texts(cells.map { if case .text(let text)? = $0 { text } else { nil } })
          : .integers(cells.map { if case .integer(let number)? = $0 { number } else { nil } }))
    }
    var rows = rows
    rows.messages.batch = Batch(
      schema: Schema(Self.common + renderer.fields), columns: columns, count: written.count)
    try index.write(rows)
  }

  func finish() throws -> StreamOutcome {
    try flush()
    let table = try index.finish()
    outcome.files = [place.path + "/"] + table.files
    outcome.fileCount += table.fileCount
    outcome.bytes += table.bytes
    outcome.rows = table.rows
    outcome.sums += table.sums
    return outcome
  }
}

/// What the threads that render share.
private struct FrameTask: Sendable {
  let folder: Folder
  let path: String
  let renderer: any FrameRenderer

  /// Renders a message and writes its file; durable when the whole folder is.
  func write(_ job: FrameWriter.Job) throws -> FrameWriter.Written {
    let frame = renderer.render(job.rows.messages.batch, row: job.row)
    guard let content = frame.content else { return FrameWriter.Written(frame: frame) }
    let name = "\(job.name).\(frame.suffix)"
    let file = try OutputFile(name, inStaged: folder, hashed: true)
    switch content {
    case .made(let bytes): try file.write(bytes)
    case .recorded(let bytes): try file.write(bytes)
    }
    return FrameWriter.Written(frame: frame, path: "\(path)/\(name)", file: try file.commit())
  }
}

extension StreamRows {
  /// Whether both are the same rows, not merely equal ones.
  fileprivate func isSame(as other: StreamRows) -> Bool {
    messages.container == other.messages.container && messages.positions == other.messages.positions
      && file == other.file
  }
}

extension Batch {
  /// About how many bytes the columns hold.
  fileprivate var size: Int {
    columns.reduce(0) { total, column in
      if case .text(let texts) = column.values { total + texts.bytes.count } else { total + 8 * count }
    }
  }
}

extension Column {
  /// Text with nil where there is none.
  static func texts(_ values: [String?]) -> Column {
    Column(.text(Texts(values.map { $0 ?? "" })), validity: values.map { $0 != nil })
  }

  /// Numbers with nil where there is none.
  static func integers(_ values: [Int?]) -> Column {
    Column(.int64(values.map { Int64($0 ?? 0) }), validity: values.map { $0 != nil })
  }
}
