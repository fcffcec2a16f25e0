import Core
import Foundation
import Testing

@testable import Artifacts

/// What other writers do and ours does not: frames of several blocks, milliseconds, counts that do not agree.
@Suite struct ParquetLimitsTests {
  /// As Hadoop's `BlockCompressorStream` cuts what is larger than its buffer.
  private func hadoop(_ frames: [[[UInt8]]]) throws -> [UInt8] {
    func bigEndian(_ number: Int) -> [UInt8] {
      (0..<4).reversed().map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
    }
    return try frames.flatMap { blocks in
      try bigEndian(blocks.reduce(0) { $0 + $1.count })
        + blocks.flatMap { block in
          let packed = try Codec.lz4Block.compress(block.bytes)
          return bigEndian(packed.count) + packed
        }
    }
  }

  @Test func framesOfHadoopHaveSeveralBlocks() throws {
    let bytes = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 / 7) }
    let first = Array(bytes[..<262_144]), second = Array(bytes[262_144..<290_000]), rest = Array(bytes[290_000...])
    let codec = try PageCodec(5, "c")
    for frames in [[[bytes]], [[first, second, rest]], [[first, second], [rest]], [[first], [second], [rest]]] {
      #expect(try codec.unpack(hadoop(frames), size: bytes.count) == bytes)
      #expect(throws: ParquetFault.self) { try codec.unpack(hadoop(frames), size: bytes.count - 1) }
      #expect(throws: ParquetFault.self) { try codec.unpack(hadoop(frames).dropLast(), size: bytes.count) }
    }
    // Some writers left the sizes out.
    #expect(try codec.unpack(Codec.lz4Block.compress(bytes.bytes), size: bytes.count) == bytes)
  }

  /// A table of 20 rows whose footer says that they are 19.
  @Test func moreRowsThanTheRowGroupHasAreTold() throws {
    var table = MatrixTable("surplus")
    table.add("a", .int64, rows: 20) { row, _ in .integer(Int64(row * row)) }
    var bytes = try table.file(Variant(compression: .none, dictionary: .whereSmaller, groups: 1))
    // Field 3 of FileMetaData and of RowGroup, right after field 2; between them num_values of the column chunk.
    let places = bytes.indices.dropLast().filter { bytes[$0] == 0x16 && bytes[$0 + 1] == 40 }
    try #require(places.count == 3)
    for place in [places[0], places[2]] { bytes[place + 1] = 38 }
    let file = try ParquetBytes(bytes)
    let found = #expect(throws: ParquetFault.self) { try file.parquet.read { _ in } }
    #expect(found?.column == "a")
    #expect(found?.problem == "wanted 19 rows, found more")
  }

  /// 2022-09-30T08:40:00.000Z, null, and 250 ms later, in milliseconds; written by pyarrow.
  @Test func extentsAreInTheUnitOfTheColumn() throws {
    let text =
      "UEFSMRUAFSwVLCwVBhUAFQYVBhwYCLpiio2DAQAAGAjAYYqNgwEAABYCKAi6YoqNgwEAABgIwGGKjYMBAAAREQAAAAIAAAADBcBhio2DAQAAumKK"
      + "jYMBAAAVBBksNQAYBnNjaGVtYRUCABUEJQIYAXQlEkyMERwcAAAAAAAWBhkcGRwmABwVBBklBgAZGAF0FQAWBhaqARaqASYIPBgIumKKjYMBAAAY"
      + "CMBhio2DAQAAFgIoCLpiio2DAQAAGAjAYYqNgwEAABERABkcFQAVABUCADwpBhkmAgQAAAAWqgEWBiYIFqoBACggcGFycXVldC1jcHAtYXJyb3cg"
      + "dmVyc2lvbiAyNi4wLjEZHBwAAAC3AAAAUEFSMQ=="
    let file = try ParquetBytes(Array(#require(Data(base64Encoded: text))))
    let batch = try file.parquet.batch(group: 0)
    guard case .int64(let times)? = batch["t"]?.values else { return #expect(Bool(false)) }
    let extent = try #require(file.parquet.extent(of: "t", group: 0))
    #expect(extent.range == times[0]...times[2])
    #expect(extent.range == 1_664_527_000_000_000...1_664_527_000_250_000)
    #expect(extent.nulls == 1)
  }
}

/// A file in memory as a file on disk, as long as this is kept.
private final class ParquetBytes {
  let parquet: ParquetFile
  private let path: String

  init(_ bytes: [UInt8]) throws {
    path = FileManager.default.temporaryDirectory.appending(path: "av-\(UUID()).parquet").path
    try Data(bytes).write(to: URL(filePath: path))
    parquet = try ParquetFile(FileReader(path))
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }
}
