import Core

// ASAM MDF 4.0 to 4.3, https://www.asam.net/standards/detail/mdf/wiki/
//
//   ID (64 bytes)  HD ── FH history   DG data group ── CG channel group ── CN channel ── CC conversion
//                  ├── AT attachments │                │                   ├── CN members, or CA array
//                  ├── EV events      └── data:        └── SI source       └── SD, DL, HL, DZ: values of any length
//                  └── DG …               DT, DV, DZ, DL, HL, LD: records
//
//   block   "##XX"  reserved:u32  length:u64  link count:u64  links:u64*  body           little-endian
//
// A link is the address of a block in the file, 0 for none. The data of a group is one stream of records, cut into
// fragments at any byte; an unsorted group has records of several kinds in it, each after its id. A recorder that was
// killed leaves `UnFinMF ` and flags that say what it did not bring to an end.

extension Format {
  package static let mdf4 = Format(
    name: "mdf4", extensions: ["mf4", "mdf", "mfc", "mfe", "mfm"],
    recognises: {
      $0.starts(with: "MDF     ".utf8) || $0.starts(with: "UnFinMF ".utf8)
        || $0.starts(with: MDF4Identification.wrapper)
    },
    open: { try MDF4Reader($0) })
}

/// The identification block, the first 64 bytes.
///
/// ```
///   magic[8]  version text[8]  program[8]  4  version:u16 at 28  …  unfinalized:u16 at 60  vendor's own:u16
/// ```
struct MDF4Identification {
  static let wrapper = Array("Generic File".utf8)
  static let size = 64

  let version: Int
  let program: String
  let unfinished: MDF4Unfinished

  /// - Throws: `FormatError` for MDF 3 and for files that are packed or encrypted as a whole.
  init(_ file: FileReader) throws {
    let head = try file.bytes(at: 0, count: min(file.count, Self.size))
    if head.starts(with: Self.wrapper) { throw Self.refusal(Self.name(wrapper: head)) }
    guard head.count == Self.size else {
      throw Self.refusal("the file ends in its first block, after \(head.count) of \(Self.size) bytes", at: head.count)
    }
    version = Int(head.bytes.u16(at: 28))
    guard version >= 400 else {
      throw Self.refusal(
        "version \(version / 100).\(version % 100) is MDF 3, which has another layout; versions 4.0 to 4.3 are read",
        at: 28)
    }
    program = String(decoding: head[16..<24].prefix { $0 != 0 }, as: UTF8.self).trimmed
    let isFinished = head.starts(with: "MDF     ".utf8)
    unfinished = MDF4Unfinished(
      flags: isFinished ? [] : .init(rawValue: head.bytes.u16(at: 60)), isFinished: isFinished,
      vendor: isFinished ? 0 : head.bytes.u16(at: 62))
  }

  private static func name(wrapper head: [UInt8]) -> String {
    switch head.count > 14 ? head[14] : 0 {
    case 0x22: "a file that the recorder packed as a whole (MFC): unpack it first"
    case 0x11: "a file that the recorder encrypted: decrypt it first"
    default: "a file that the recorder packed and encrypted as a whole: decrypt and unpack it first"
    }
  }

  private static func refusal(_ problem: String, at offset: Int = 0) -> FormatError {
    FormatError(format: Format.mdf4.name, structure: "identification", offset: offset, problem: problem)
  }
}

/// What the recorder did not bring to an end.
struct MDF4Unfinished {
  struct Flags: OptionSet {
    let rawValue: UInt16
    static let cycles = Flags(rawValue: 1), reductionCycles = Flags(rawValue: 2), dataLength = Flags(rawValue: 4)
    static let reductionLength = Flags(rawValue: 8), lastList = Flags(rawValue: 16)
    static let valueBytes = Flags(rawValue: 32), valueOffsets = Flags(rawValue: 64)
  }

  let flags: Flags
  let isFinished: Bool
  /// Flags that only the program knows that wrote the file.
  let vendor: UInt16
}

/// A structure that cannot be read, and where: the rest of the file is read without it.
struct MDF4Fault: Error {
  var code: String
  var offset: Int
  var problem: String

  init(_ code: String, at offset: Int, _ problem: String) {
    self.code = code
    self.offset = offset
    self.problem = problem
  }

  func finding(_ severity: Finding.Severity, of what: String) -> Finding {
    Finding(severity, code, at: offset, "\(what): \(problem)")
  }
}

extension String {
  /// Without blanks and line ends around it.
  var trimmed: String {
    let isBlank: (Character) -> Bool = { $0.isWhitespace }
    return String(drop(while: isBlank).reversed().drop(while: isBlank).reversed())
  }
}
