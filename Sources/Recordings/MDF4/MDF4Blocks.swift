import Core

/// The kinds of blocks, by the letters of their ids.
enum MDF4Kind: String, Sendable {
  case header = "HD", history = "FH", hierarchy = "CH", attachment = "AT", event = "EV"
  case dataGroup = "DG", channelGroup = "CG", channel = "CN", conversion = "CC", array = "CA", source = "SI"
  case reduction = "SR", text = "TX", metadata = "MD"
  case data = "DT", values = "SD", reductionData = "RD", columnValues = "DV", columnInvalidation = "DI"
  case packed = "DZ", list = "DL", columnList = "LD", packedList = "HL"
}

/// A block: its links, and the bytes after them.
struct MDF4Block {
  let kind: MDF4Kind
  let address: Int
  let links: [Int]
  let body: [UInt8]

  /// The link of a number; 0, none, where there are fewer.
  func link(_ index: Int) -> Int { index < links.count ? links[index] : 0 }
}

/// The header of a block with data in it.
struct MDF4DataHeader {
  let kind: MDF4Kind
  let address: Int
  /// Of the whole block, as written.
  let length: UInt64
  /// The first 24 bytes of the body of a DZ block.
  let packing: [UInt8]

  /// Whether it is a packed block of a kind.
  func isPacked(_ original: MDF4Kind) -> Bool {
    kind == .packed && packing.starts(with: Array(original.rawValue.utf8))
  }
}

/// Reads blocks of a file; every length and link is compared with what is there.
struct MDF4Blocks {
  static let headerSize = 24
  /// Bodies of blocks that are no data; texts have fewer bytes, lists 8 bytes an entry.
  private static let largestBody = 256 << 20

  let file: FileReader
  private var window: Window
  /// Texts lie apart from what names them.
  private var textWindow: Window
  private(set) var warnings = Findings()
  /// Every address that some link names, where it was asked to be kept.
  private(set) var named: Set<Int> = []
  private let keepsNames: Bool

  init(_ file: FileReader, keepingNames: Bool = false) {
    self.file = file
    window = Window(file)
    textWindow = Window(file, size: 4 << 10)
    keepsNames = keepingNames
  }

  mutating func warn(_ finding: Finding) { warnings.append(finding) }

  /// The block at a link, which must be of one of the kinds.
  ///
  /// - Throws: `MDF4Fault` where there is none, `SystemError`.
  mutating func block(at address: Int, _ kinds: MDF4Kind...) throws -> MDF4Block {
    let isText = kinds.contains(.text)
    let (kind, length, count) = try header(at: address, isText: isText)
    guard kinds.contains(kind) else {
      let wanted = kinds.map(\.rawValue).joined(separator: " or ")
      throw MDF4Fault("link-kind", at: address, "wanted a \(wanted) block, found \(kind.rawValue)")
    }
    let room = file.count - address
    guard let length = Int(exactly: length), length <= room else {
      throw MDF4Fault("block-length", at: address, "\(kind.rawValue) of \(length) bytes, \(room) are left")
    }
    guard count <= UInt64((length - Self.headerSize) / 8), length <= Self.largestBody else {
      throw MDF4Fault("block-length", at: address, "\(kind.rawValue) of \(length) bytes with \(count) links")
    }
    let bytes =
      try isText
      ? textWindow.bytes(at: address + Self.headerSize, count: length - Self.headerSize)
      : window.bytes(at: address + Self.headerSize, count: length - Self.headerSize)
    let linkBytes = 8 * Int(count)
    var links: [Int] = []
    links.reserveCapacity(Int(count))
    for place in stride(from: 0, to: linkBytes, by: 8) {
      let link = Int(clamping: bytes.bytes.u64(at: place))
      links.append(link)
      if keepsNames { named.insert(link) }
    }
    return MDF4Block(kind: kind, address: address, links: links, body: Array(bytes[linkBytes...]))
  }

  /// The header of a data block, whose length nothing is read by yet.
  mutating func dataHeader(at address: Int) throws -> MDF4DataHeader {
    let (kind, length, _) = try header(at: address, isText: false)
    let place = address + Self.headerSize
    let packing = kind == .packed ? try window.bytes(at: place, count: min(24, file.count - place)) : []
    return MDF4DataHeader(kind: kind, address: address, length: length, packing: packing)
  }

  private mutating func header(
    at address: Int, isText: Bool
  ) throws -> (kind: MDF4Kind, length: UInt64, links: UInt64) {
    guard address >= MDF4Identification.size, address <= file.count - Self.headerSize else {
      throw MDF4Fault(
        "link-outside", at: min(address, file.count), "a link to byte \(address), the file has \(file.count)")
    }
    let bytes =
      try isText
      ? textWindow.bytes(at: address, count: Self.headerSize) : window.bytes(at: address, count: Self.headerSize)
    let head = bytes.bytes
    let name = String(decoding: bytes[2..<4], as: UTF8.self)
    guard bytes[0] == UInt8(ascii: "#"), bytes[1] == UInt8(ascii: "#"), let kind = MDF4Kind(rawValue: name) else {
      throw MDF4Fault("link-kind", at: address, "no block begins here: \(Array(bytes.prefix(4)).hex)")
    }
    let (length, links) = (head.u64(at: 8), head.u64(at: 16))
    if address % 8 != 0 {
      warnings.append(Finding(.warning, "misaligned", at: address, "a \(kind.rawValue) block at no multiple of 8"))
    }
    guard length >= UInt64(Self.headerSize) || kind.isData else {
      throw MDF4Fault("block-length", at: address, "\(kind.rawValue) of \(length) bytes")
    }
    return (kind, length, links)
  }
}

extension MDF4Kind {
  /// Whether a block of the kind holds data rather than structure.
  var isData: Bool {
    switch self {
    case .data, .values, .reductionData, .columnValues, .columnInvalidation, .packed: true
    default: false
    }
  }
}
