import Artifacts
import Core

/// What stands for the frames that a stream lacks, where samples are padded: one file a stream, black or empty.
struct Placeholder: Sendable {
  /// Below the datastream's folder.
  let path: String
  let bytes: [UInt8]

  /// Pictures larger than this are none.
  private static let most = 1 << 28

  /// Nil for streams whose frames are no files.
  init?(for stream: SyncStream) throws {
    guard stream.table.isIndex else { return nil }
    let stem = "placeholder/\(stream.name.safeFileName)"
    if stream.table.schema.fields.contains(where: { $0.name == "points" }) {
      path = "\(stem).\(PCD.suffix)"
      bytes = PCD.empty
    } else {
      let width = try Self.first("width", stream.table) ?? 1, height = try Self.first("height", stream.table) ?? 1
      let (pixels, overflow) = width.multipliedReportingOverflow(by: height)
      guard width > 0, height > 0, !overflow, pixels <= Self.most else { return nil }
      let black = [UInt8](repeating: 0, count: pixels)
      path = "\(stem).\(PNG.suffix)"
      bytes = try PNG.encode(Picture(width: width, height: height, channels: 1, bitsPerSample: 8, bytes: black))
    }
  }

  private static func first(_ column: String, _ table: SyncTable) throws -> Int? {
    try table.numbers(column)?.first { $0.isFinite }.flatMap { Int(exactly: $0) }
  }
}
