package import Core

/// An OSM PBF file, https://wiki.openstreetmap.org/wiki/PBF_Format: a chain of packed blocks.
///
/// ```
///   length: u32, big-endian     BlobHeader {1 type, 3 datasize}     Blob {1 raw, 2 raw_size, 3 zlib, 6 lz4, 7 zstd}
///     "OSMHeader"               first: HeaderBlock {1 bbox, 4 required_features, 5 optional_features, 16 program}
///     "OSMData"                 PrimitiveBlock; blobs of other types are left out
/// ```
/// Opening reads the header and the lengths of all blobs; a pass unpacks blobs in parallel and keeps what it selects.
package struct OSMPBF: Sendable {
  static let longestHeader = 64 << 10
  static let longestBlob = 32 << 20
  static let knownFeatures = ["OsmSchema-V0.6", "DenseNodes"]

  package let file: FileReader
  package private(set) var header = Header()
  /// Where the blobs of data are.
  private var blobs: [Range<Int>] = []

  /// What a file says of itself.
  package struct Header: Sendable, Equatable {
    package var box: MapBox?
    package var program: String?
    package var requiredFeatures: [String] = []
  }

  package static func recognises(_ start: [UInt8]) -> Bool {
    start.count >= 15 && start[0] == 0 && start[4] == 0x0a && start[6...].starts(with: "OSMHeader".utf8)
  }

  /// Throws `MapError`, `SystemError`.
  package init(_ file: FileReader) throws {
    self.file = file
    var window = Window(file)
    var position = 0
    var isFirst = true
    while position < file.count {
      let (type, blob) = try blobHeader(at: position, &window)
      if isFirst {
        guard type == "OSMHeader" else { throw error("Blob", position, "wanted an OSMHeader, found \(type)") }
        header = try readHeader(blob)
      } else if type == "OSMData" {
        blobs.append(blob)
      }
      isFirst = false
      position = blob.upperBound
    }
    guard !isFirst else { throw error("BlobHeader", 0, "the file is empty") }
  }

  /// Delivers what is selected, block by block in the file's order.
  ///
  /// Throws `MapError`, `SystemError`, and what `body`
  /// throws.
  package func read(_ selection: OSMSelection, jobs: Int, _ body: (OSMBlock) throws -> Void) throws {
    try parallelMap(blobs, jobs: jobs, { try block($0, selection) }, body)
  }

  private func blobHeader(at start: Int, _ window: inout Window) throws -> (type: String, blob: Range<Int>) {
    guard file.count - start >= 4 else {
      throw error("BlobHeader", start, "wanted 4 bytes, \(file.count - start) left")
    }
    let length = try Int(window.bytes(at: start, count: 4).reduce(UInt32(0)) { $0 << 8 | UInt32($1) })
    guard length < Self.longestHeader, length <= file.count - start - 4 else {
      let most = min(Self.longestHeader - 1, file.count - start - 4)
      throw error("BlobHeader", start, "wanted a length of at most \(most), found \(length)")
    }
    let bytes = try window.bytes(at: start + 4, count: length)
    var type = "", size: Int64 = -1
    do throws(ByteCursor.Failure) {
      var fields = ProtobufCursor(bytes.bytes, at: start + 4)
      while let field = try fields.next() {
        switch field {
        case 1: type = try fields.string()
        case 3: size = try fields.integer()
        default: break
        }
      }
    } catch { throw self.error("BlobHeader", error) }
    let first = start + 4 + length
    guard !type.isEmpty, size >= 0, size < Self.longestBlob, size <= file.count - first else {
      let most = min(Self.longestBlob - 1, file.count - first)
      throw error("BlobHeader", start, "wanted a type and a data size of at most \(most), found \"\(type)\", \(size)")
    }
    return (type, first..<first + Int(size))
  }

  /// The unpacked bytes of a blob.
  private func unpack(_ place: Range<Int>) throws -> [UInt8] {
    let stored = try file.bytes(at: place.lowerBound, count: place.count)
    var data: (codec: Codec?, range: Range<Int>)?
    var size: Int64?
    do throws(ByteCursor.Failure) {
      var fields = ProtobufCursor(stored.bytes, at: place.lowerBound)
      while let field = try fields.next() {
        switch field {
        case 1: data = (nil, try fields.range())
        case 2: size = try fields.integer()
        case 3: data = (.zlib, try fields.range())
        case 6: data = (.lz4Block, try fields.range())
        case 7: data = (.zstd, try fields.range())
        case 4, 5:
          let name = field == 4 ? "LZMA" : "bzip2"
          throw fields.failure("raw, zlib, lz4 or zstd, not \(name)")
        default: break
        }
      }
    } catch { throw self.error("Blob", error) }
    guard let data else { throw error("Blob", place.lowerBound, "wanted data, found none") }
    guard let codec = data.codec else {
      guard size == nil || size == Int64(data.range.count) else {
        throw error("Blob", place.lowerBound, "wanted \(size ?? 0) bytes of raw data, found \(data.range.count)")
      }
      return Array(stored[data.range])
    }
    guard let size, size >= 0, size < Self.longestBlob else {
      throw error(
        "Blob", place.lowerBound,
        "wanted a raw size below \(Self.longestBlob), found \(size.map(String.init) ?? "none")")
    }
    let packed = stored[data.range]
    do throws(CodecError) {
      return try codec.decompress(packed.bytes, size: Int(size), limit: Self.longestBlob)
    } catch { throw self.error("Blob", place.lowerBound, "\(error)") }
  }

  private func readHeader(_ place: Range<Int>) throws -> Header {
    let bytes = try unpack(place)
    var header = Header()
    do throws(ByteCursor.Failure) {
      var fields = ProtobufCursor(bytes.bytes)
      while let field = try fields.next() {
        switch field {
        case 1: header.box = try MapBox(fields.message())
        case 4: header.requiredFeatures.append(try fields.string())
        case 16: header.program = try fields.string()
        default: break
        }
      }
    } catch { throw self.error("HeaderBlock in the blob at \(place.lowerBound)", error) }
    for feature in header.requiredFeatures where !Self.knownFeatures.contains(feature) {
      throw MapError(
        file.path, "HeaderBlock", at: place.lowerBound, "requires the feature \(feature), which is not supported",
        code: .unsupported)
    }
    return header
  }

  private func block(_ place: Range<Int>, _ selection: OSMSelection) throws -> OSMBlock {
    let bytes = try unpack(place)
    do throws(ByteCursor.Failure) {
      let block = try OSMPrimitiveBlock(bytes)
      return try block.elements(selection)
    } catch { throw self.error("PrimitiveBlock in the blob at \(place.lowerBound)", error) }
  }

  private func error(_ structure: String, _ offset: Int, _ problem: String) -> MapError {
    MapError(file.path, structure, at: offset, problem)
  }

  private func error(_ structure: String, _ cause: ByteCursor.Failure) -> MapError {
    MapError(file.path, structure, at: cause.offset, "wanted \(cause.wanted)")
  }
}

extension MapBox {
  /// HeaderBBox {1 left, 2 right, 3 top, 4 bottom}, in 1e-9 degrees.
  fileprivate init?(_ input: consuming ProtobufCursor) throws(ByteCursor.Failure) {
    var sides = [Int64](repeating: 0, count: 5)
    while let field = try input.next() {
      if (1...4).contains(field) { sides[field] = try input.signed() }
    }
    func side(_ field: Int, _ most: Int64) -> Int32? {
      abs(Double(sides[field])) <= Double(most) * 1e9 ? Int32((Double(sides[field]) / 100).rounded()) : nil
    }
    guard let west = side(1, 180), let east = side(2, 180), let north = side(3, 90), let south = side(4, 90) else {
      return nil
    }
    self.init(south: south, west: west, north: north, east: east)
  }
}
