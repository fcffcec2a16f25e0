import Core

/// A CAN database: the messages of a bus, and how their signals lie in frames, as a DBC file describes them.
///
/// ```
///   BO_ 2566844672 EngineSpeed: 8 ECM                                     DBC.Message  id 0x18FEF100, extended
///    SG_ Mode M : 7|4@0+ (1,0) [0|15] "" XXX                              DBC.Signal   Motorola, multiplexor
///    SG_ Speed m3 : 24|16@1- (0.125,-40) [-40|8191] "rpm" XXX             DBC.Signal   Intel, selected by Mode = 3
///   VAL_ 2566844672 Mode 3 "driving" 0 "parked" ;                         texts of Mode
/// ```
/// Reading never fails: what cannot be understood is a finding with its line, and the rest serves.
package struct DBC: Sendable {
  package var version = ""
  package var messages: [Message] = []
  package var comment: String?
  /// What the file itself has, such as `BusType`.
  package var attributes: [String: Value] = [:]
  package var findings: [Finding] = []

  package init() {}

  /// A message and its signals, in the order of the file.
  package struct Message: Sendable {
    /// 11 or 29 bits, without flags.
    package var id: UInt32
    package var isExtended: Bool
    package var name: String
    package var length: Int
    package var sender = ""
    package var comment: String?
    package var signals: [Signal] = []
    package var attributes: [String: Value] = [:]
    /// Frames are matched by their parameter group, whatever their source is.
    package var isJ1939 = false
    /// As `GenMsgCycleTime` says, in milliseconds.
    package var cycleTime: Double?
  }

  /// Where a value lies in a message, and what it means.
  package struct Signal: Sendable {
    package enum Order: Sendable { case intel, motorola }
    package enum Coding: Sendable { case integer, float32, float64 }

    package var name: String
    /// The lowest bit of Intel signals, the highest of Motorola ones: bit b is bit b mod 8 of byte b div 8.
    package var start: Int
    package var length: Int
    package var order: Order
    package var isSigned: Bool
    package var coding = Coding.integer
    package var factor: Number
    package var offset: Number
    package var minimum: Double
    package var maximum: Double
    package var unit: String
    package var isMultiplexor = false
    package var selection: Selection?
    /// Texts of raw values.
    package var texts: [(raw: Number, text: String)] = []
    package var comment: String?
    package var attributes: [String: Value] = [:]
  }

  /// With which values of which multiplexor a signal is in a message.
  package struct Selection: Sendable {
    /// By index into the message's signals; nil where no multiplexor could be found.
    package var multiplexor: Int?
    package var values: [ClosedRange<UInt64>]
  }

  /// A number as it was written: exact where it is whole.
  package struct Number: Sendable, Equatable {
    package var double: Double
    /// Nil when it is not whole, or from 2^63 on.
    package var integer: Int64?

    package init(_ double: Double) {
      self.double = double
      integer = Int64(exactly: double)
    }

    package init(_ integer: Int64) {
      double = Double(integer)
      self.integer = integer
    }
  }

  /// What an attribute of a file, message or signal is set to.
  package enum Value: Sendable, Equatable {
    case number(Double)
    case text(String)

    package var number: Double? { if case .number(let value) = self { value } else { nil } }
    package var text: String? { if case .text(let value) = self { value } else { nil } }
  }
}

extension DBC {
  /// The longest message of any protocol that the format describes: what J1939 carries in several frames.
  static let longestMessage = 1785

  /// Reads a database from the bytes of a file: UTF-8, or what is not as Windows-1252.
  package init(_ bytes: [UInt8]) {
    var parser = DBCParser(bytes)
    self = parser.read()
  }

  /// Reads a database from a file.
  package init(path: String) throws {
    let largest = 256 << 20
    let file = try FileReader(path)
    guard file.count <= largest else {
      throw FormatError(format: "dbc", structure: "file", offset: 0, problem: "larger than \(largest) bytes").at(path)
    }
    self.init(try file.bytes(at: 0, count: file.count))
  }
}

extension DBC.Message {
  /// The name that tables and reports use for its id: `7DF`, and eight digits for 29 bits.
  package var idText: String { Self.text(of: id, isExtended: isExtended) }

  package static func text(of id: UInt32, isExtended: Bool) -> String {
    let digits = String(id, radix: 16, uppercase: true)
    return String(repeating: "0", count: max(0, (isExtended ? 8 : 3) - digits.utf8.count)) + digits
  }
}

extension DBC.Signal {
  /// The place of the signal's first bit and the end of its last in bytes, as both byte orders count them.
  ///
  /// Motorola signals as a stream of bits that begins with the highest of byte 0.
  var streamStart: Int { order == .intel ? start : 8 * (start / 8) + 7 - start % 8 }
  /// Bytes that a frame needs to hold it.
  var neededBytes: Int { (streamStart + length + 7) / 8 }
}
