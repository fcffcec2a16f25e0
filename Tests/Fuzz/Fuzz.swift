import Core
import Glibc

/// One parser under test: what `AV_FUZZ_TARGET` names.
///
/// A target takes any bytes. It may refuse them with an error of its own; it must not trap, and `must` checks what has
/// to be true of what it accepts.
struct FuzzTarget: Sendable {
  var name: String
  var run: @Sendable ([UInt8]) throws -> Void
  /// Small valid inputs, written by `AV_FUZZ_SEEDS=<folder>`.
  var seeds: @Sendable () throws -> [(name: String, bytes: [UInt8])]

  static let all: [FuzzTarget] = [
    .bag, .mdf4, .tdms, .formula, .definition, .json, .records, .configuration, .text, .glob, .codec, .image, .metadata,
    .cloud,
    .lineage, .manifest, .dbc, .parquet, .osm, .enrich, .find, .scenes, .delta, .coco, .openLABEL,
  ]
}

/// An invariant that does not hold: ends the process, and libFuzzer keeps the input.
func must(_ condition: Bool, _ message: @autoclosure () -> String, line: UInt = #line) {
  guard !condition else { return }
  Console.complain("invariant at line \(line): \(message())")
  abort()
}

/// What lives as long as the process; libFuzzer runs one input after the other on one thread.
private struct State {
  var target: FuzzTarget
  var runs = 0
  var descriptors = 0
}

private nonisolated(unsafe) var state: State?

/// Picks the target, or writes seeds and exits.
@_cdecl("LLVMFuzzerInitialize")
package func initialize(
  _ count: UnsafeMutablePointer<Int32>, _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafePointer<CChar>>>
) -> Int32 {
  guard let name = Environment.value("AV_FUZZ_TARGET"), let target = FuzzTarget.all.first(where: { $0.name == name })
  else {
    Console.complain("AV_FUZZ_TARGET must be one of \(FuzzTarget.all.map(\.name).joined(separator: " "))")
    exit(2)
  }
  if let folder = Environment.value("AV_FUZZ_SEEDS") {
    do {
      for seed in try target.seeds() { try fill("\(folder)/\(seed.name)", seed.bytes) }
      exit(0)
    } catch {
      Console.complain("\(error)")
      exit(1)
    }
  }
  unsafe state = State(target: target)
  return 0
}

@_cdecl("LLVMFuzzerTestOneInput")
package func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
  let bytes = unsafe Array(UnsafeBufferPointer(start: start, count: count))
  do { try unsafe state?.target.run(bytes) } catch { must("\(error)".utf8.count < 64 << 10, "an error of 64 KiB") }
  watchDescriptors()
  return 0
}

/// Counts the files and folders that are open now and then: none may be left behind by any input.
private func watchDescriptors() {
  guard var now = unsafe state else { return }
  now.runs += 1
  if now.runs.isMultiple(of: 1024) {
    // Not pipes: libFuzzer talks to a symbolizer.
    let open = (0..<64 as Range<Int32>).count { descriptor in
      var info = stat()
      return unsafe fstat(descriptor, &info) == 0 && [S_IFREG, S_IFDIR].contains(info.st_mode & S_IFMT)
    }
    if now.descriptors == 0 { now.descriptors = open }
    must(open <= now.descriptors, "\(open) files are open, were \(now.descriptors)")
  }
  unsafe state = now
}

/// Makes a file of `bytes`, or makes it hold nothing else.
func fill(_ path: String, _ bytes: [UInt8]) throws {
  let file = unsafe open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
  guard file >= 0 else { throw SystemError(path, cannot: "create") }
  defer { close(file) }
  guard unsafe write(file, bytes, bytes.count) == bytes.count else { throw SystemError(path, cannot: "write") }
}
