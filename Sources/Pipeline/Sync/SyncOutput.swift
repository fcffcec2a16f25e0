import Artifacts
import Core

/// The files of a synchronised datastream, written into a folder that is made durable as a whole.
struct SyncOutput {
  private let folder: Folder
  private let jobs: Int
  private(set) var sums: [DatastreamContents.File] = []

  init(_ folder: Folder, jobs: Int) { (self.folder, self.jobs) = (folder, jobs) }

  /// A Parquet table.
  mutating func table(
    _ name: String, _ schema: Schema, sortedBy: String? = nil, _ write: (inout any TableSink) throws -> Void
  ) throws {
    var options = TableOptions()
    options.jobs = jobs
    options.sortedBy = sortedBy
    options.compressionLevel = 1
    let file = try OutputFile(name, inStaged: folder, hashed: true)
    var sink = try TableKind.parquet.open(schema, file, options)
    try write(&sink)
    try sink.finish()
    note(name, try file.commit())
  }

  mutating func file(_ path: String, _ bytes: [UInt8]) throws {
    var inner = folder
    var name = path
    if let slash = path.lastIndex(of: "/") {
      inner = try folder.making(String(path[..<slash]))
      name = String(path[path.index(after: slash)...])
    }
    let file = try OutputFile(name, inStaged: inner, hashed: true)
    try file.write(bytes)
    note(path, try file.commit())
  }

  /// A file that was written beside these.
  mutating func note(_ file: DatastreamContents.File) { sums.append(file) }

  mutating func note(_ path: String, _ written: OutputFile.Summary) {
    sums.append(DatastreamContents.File(path, written))
  }
}
