import Glibc

/// Where a tool's bytes go: a file that appears whole or not at all, a file in a staged folder, or standard output.
///
/// Nothing is there before `commit`, which throws if any byte was not written. After the first error every call throws.
package final class OutputFile: ByteOutput {
  package let path: String
  package private(set) var count = 0
  private var target: Target
  private var buffer: [UInt8] = []
  private var hasher: Digest.Hasher?
  private var failure: SystemError?

  private enum Target: ~Copyable {
    case atomic(AtomicFile)
    case plain(PlainFile)
    case standardOutput
    case closed
  }

  /// What was written.
  package struct Summary: Sendable, Equatable {
    package var count: Int
    /// Of all bytes, where it was asked for.
    package var sha256: [UInt8]?
  }

  private static let room = 256 << 10

  /// A new file that gets its name when it is whole; `run` marks it until then.
  package init(
    _ name: String, in folder: Folder, run: String, existing: Existing = .refuse, hashed: Bool = false
  ) throws(SystemError) {
    target = .atomic(try AtomicFile(name, in: folder, run: run, existing: existing))
    path = "\(folder.path)/\(name)"
    hasher = hashed ? Digest.Hasher(.sha256) : nil
  }

  /// A new file in a folder that will be made durable and named as a whole (`StagedFolder`).
  package init(_ name: String, inStaged folder: Folder, hashed: Bool = false) throws(SystemError) {
    path = "\(folder.path)/\(name)"
    target = .plain(PlainFile(descriptor: try folder.open(name, O_WRONLY | O_CREAT | O_EXCL, mode: FileMode.file)))
    hasher = hashed ? Digest.Hasher(.sha256) : nil
  }

  /// Takes over an open descriptor.
  init(descriptor: Int32, path: String) {
    self.path = path
    target = .plain(PlainFile(descriptor: descriptor))
    hasher = nil
  }

  private init() {
    path = "standard output"
    target = .standardOutput
    hasher = nil
  }

  /// Standard output, buffered; several of them would mix their bytes.
  package static func standardOutput() -> OutputFile { OutputFile() }

  package func write(_ bytes: [UInt8]) throws(SystemError) { try write(bytes.bytes) }

  package func write(_ bytes: ArraySlice<UInt8>) throws(SystemError) {
    // Only borrowed for the call.
    let span = bytes.span
    try unsafe write(span.bytes)
  }

  package func write(_ bytes: RawSpan) throws(SystemError) {
    if let failure { throw failure }
    count += bytes.byteCount
    hasher?.update(bytes)
    if buffer.count + bytes.byteCount > Self.room { try flush() }
    guard bytes.byteCount < Self.room else { return try send(bytes) }
    if buffer.capacity < Self.room { buffer.reserveCapacity(Self.room) }
    unsafe bytes.withUnsafeBytes { unsafe buffer.append(contentsOf: $0) }
  }

  /// Hands over what is buffered: for a reader at the other end of standard output.
  package func flush() throws(SystemError) {
    if let failure { throw failure }
    guard !buffer.isEmpty else { return }
    var full: [UInt8] = []
    swap(&full, &buffer)
    try send(full.bytes)
    full.removeAll(keepingCapacity: true)
    swap(&full, &buffer)
  }

  private func send(_ bytes: RawSpan) throws(SystemError) {
    do throws(SystemError) {
      switch target {
      case .atomic(let file): try file.write(bytes)
      case .plain(let file): try writeAll(bytes, to: file.descriptor, path)
      case .standardOutput: try Console.show(bytes)
      case .closed: throw SystemError(path, cannot: "write", code: EBADF)
      }
    } catch {
      failure = error
      throw error
    }
  }

  /// Ends the file: all bytes are written, the descriptor is closed, an atomic file is durable and has its name.
  @discardableResult
  package func commit() throws(SystemError) -> Summary {
    try flush()
    failure = SystemError(path, cannot: "write", code: EBADF)
    buffer = []
    var target = Target.closed
    swap(&target, &self.target)
    switch consume target {
    case .atomic(let file): try file.commit()
    case .plain(let file): try file.close(path)
    case .standardOutput: break
    case .closed: throw SystemError(path, cannot: "close", code: EBADF)
    }
    return Summary(count: count, sha256: hasher.take()?.finish())
  }
}

/// An open file that gets neither a sync nor a name of its own.
private struct PlainFile: ~Copyable {
  var descriptor: Int32

  consuming func close(_ path: String) throws(SystemError) {
    let closed = Glibc.close(descriptor)
    descriptor = -1
    guard closed == 0 || errno == EINTR else { throw SystemError(path, cannot: "close") }
  }

  deinit { if descriptor >= 0 { Glibc.close(descriptor) } }
}
