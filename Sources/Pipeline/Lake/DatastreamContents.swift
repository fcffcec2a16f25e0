package import Core

/// The files of a datastream: what COPY_COMPLETE and COMPLETED say of them, and what can be checked later.
package struct DatastreamContents: Sendable, Hashable {
  /// One regular file.
  package struct File: Sendable, Hashable {
    /// Below the datastream's folder.
    package var path: String
    package var bytes: Int
    /// SHA-256 in hexadecimal; nil when nobody has read it.
    package var sha256: String?

    package init(path: String, bytes: Int, sha256: String? = nil) {
      self.path = path
      self.bytes = bytes
      self.sha256 = sha256
    }

    /// One that was written just now.
    init(_ path: String, _ written: OutputFile.Summary) {
      self.init(path: path, bytes: written.count, sha256: written.sha256?.hex)
    }
  }

  /// In the order of their paths' bytes.
  package let files: [File]
  /// What is neither a file nor a folder: links, devices.
  package private(set) var others: [String] = []

  package init(_ files: [File]) { self.files = files.sorted { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) } }

  /// The files below a folder, without names that begin with a dot; nothing is read.
  package init(of folder: Folder) throws(SystemError) {
    var files: [File] = []
    var others: [String] = []
    try Self.list(folder, below: "", depth: 0, &files, &others)
    self.init(files)
    self.others = others
  }

  package var bytes: Int { files.reduce(0) { $0 + $1.bytes } }

  /// One digest for all: SHA-256 of the lines `hex  path\n`, in the order of the paths; nil unless all files have theirs.
  ///
  /// `sha256:` and 64 hexadecimal digits; the lines are what `sha256sum` prints.
  package var digest: String? {
    var lines: [UInt8] = []
    for file in files {
      guard let sha256 = file.sha256 else { return nil }
      lines += Array("\(sha256)  \(file.path)\n".utf8)
    }
    return "sha256:" + Digest.sha256(lines).hex
  }

  /// What the transition that completes the datastream says of its files.
  package var facts: JSONObject {
    var facts: JSONObject = ["files": .count(files.count), "bytes": .count(bytes)]
    facts["digest"] = digest.map(JSON.string)
    return facts
  }

  /// The same with every digest taken from the files, several at a time.
  package func hashed(in folder: Folder, jobs: Int) throws -> DatastreamContents {
    var hashed: [File] = []
    try parallelMap(files, jobs: jobs) { file in
      var file = file
      (file.sha256, file.bytes) = try Self.digest(of: file.path, in: folder)
      return file
    } _: {
      hashed.append($0)
    }
    var contents = DatastreamContents(hashed)
    contents.others = others
    return contents
  }

  /// SHA-256 of a file in hexadecimal, and its size, as the medium has it; a file that changes meanwhile is an error.
  package static func digest(of path: String, in folder: Folder) throws(SystemError) -> (sha256: String, bytes: Int) {
    let file = try FileReader(path, in: folder)
    // What is in memory proves nothing.
    file.dropCache()
    var hasher = Digest.Hasher(.sha256)
    var offset = 0
    while offset < file.count {
      let bytes = try file.bytes(at: offset, count: min(1 << 20, file.count - offset))
      hasher.update(bytes.bytes)
      offset += bytes.count
    }
    try file.checkUnchanged()
    return (hasher.finish().hex, file.count)
  }

  private static func list(
    _ folder: Folder, below prefix: String, depth: Int, _ files: inout [File], _ others: inout [String]
  ) throws(SystemError) {
    for entry in try folder.entries() where !entry.name.hasPrefix(".") {
      let path = prefix + entry.name
      switch entry.kind {
      case .file: files.append(File(path: path, bytes: entry.size))
      case .folder where depth < 32:
        try list(Folder(entry.name, in: folder), below: path + "/", depth: depth + 1, &files, &others)
      case .folder, .link, .other: others.append(path)
      }
    }
  }
}
