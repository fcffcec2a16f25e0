package import Core

/// Where a datastream's folder lies below its zone: a template whose fields are filled with one path component each.
///
/// `dataops.md` §1. Ids are never parsed back out of paths; another template affects new datastreams only.
package struct LakeLayout: Sendable, Hashable {
  /// Presets by name; the reference architecture gives both.
  package static let presets = [
    (name: "date-vehicle", template: "{zone}/{yyyy}/{mm}/{dd}/{vin}/{measurement}/{datastream}"),
    (name: "region", template: "{region}/{zone}/{measurement}/{datastream}/{yyyy}/{mm}/{dd}"),
  ]

  /// What a template may name.
  package enum Field: String, Sendable, CaseIterable {
    case zone, yyyy, mm, dd, vin, measurement, datastream, region
  }

  /// A template that cannot be used, and why.
  package struct Failure: Error, Hashable, CustomStringConvertible {
    package var description: String
  }

  package let template: String
  private let components: [[Piece]]

  private enum Piece: Sendable, Hashable {
    case text(String)
    case field(Field)
  }

  /// A preset's name, or a template of one's own.
  package init(_ text: String) throws(Failure) {
    template = Self.presets.first { $0.name == text }?.template ?? text
    var components: [[Piece]] = []
    for component in template.split(separator: "/", omittingEmptySubsequences: false) {
      components.append(try Self.pieces(of: component))
    }
    self.components = components
    let fields = components.flatMap { $0 }.compactMap { if case .field(let field) = $0 { field } else { nil } }
    for field in [Field.zone, .datastream] where !fields.contains(field) {
      throw Failure(description: "layout \(template): has no {\(field.rawValue)}, so two things could share a folder")
    }
    guard Set(fields).count == fields.count else { throw Failure(description: "layout \(template): repeats a field") }
  }

  /// The values of the fields, for one datastream.
  package struct Values: Sendable, Hashable {
    package var zone: String
    package var datastream: String
    package var measurement: String
    package var vin: String
    package var region: String
    /// Start of the measurement; the date is taken in UTC.
    package var start: Timestamp

    package init(
      zone: String, datastream: String, measurement: String, vin: String, region: String, start: Timestamp
    ) {
      self.zone = zone
      self.datastream = datastream
      self.measurement = measurement
      self.vin = vin
      self.region = region
      self.start = start
    }
  }

  /// The path below the lake.
  package func path(_ values: Values) -> String { components.map { fill($0, values) }.joined(separator: "/") }

  /// The path below a root that holds nothing but this zone: without the component that is the zone.
  package func path(inZone values: Values) -> String {
    components.filter { $0 != [.field(.zone)] }.map { fill($0, values) }.joined(separator: "/")
  }

  /// Whether all paths of a zone lie in one folder of the lake that has the zone's name.
  package var beginsWithZone: Bool { components.first == [.field(.zone)] }

  private func fill(_ pieces: [Piece], _ values: Values) -> String {
    let day = values.start.day
    let parts = pieces.map { piece in
      switch piece {
      case .text(let text): text
      case .field(.zone): Self.component(values.zone)
      case .field(.yyyy): Self.digits(day.year, 4)
      case .field(.mm): Self.digits(day.month, 2)
      case .field(.dd): Self.digits(day.day, 2)
      case .field(.vin): Self.component(values.vin)
      case .field(.measurement): Self.component(values.measurement)
      case .field(.datastream): Self.component(values.datastream)
      case .field(.region): Self.component(values.region)
      }
    }
    return parts.joined()
  }

  private static func digits(_ value: Int, _ count: Int) -> String {
    let text = String(value)
    return String(repeating: "0", count: max(0, count - text.count)) + text
  }

  /// One path component from any text: bytes outside `[A-Za-z0-9._-]` become `%XX`; nothing becomes `_`.
  ///
  /// A first dot becomes `%2E`: nothing from data is `.`, `..` or hidden.
  package static func component(_ text: String) -> String {
    guard !text.isEmpty else { return "_" }
    var name = ""
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "."): name += name.isEmpty ? "%2E" : "."
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
        name.unicodeScalars.append(Unicode.Scalar(byte))
      default: name += "%" + digits(byte)
      }
    }
    return name
  }

  private static func digits(_ byte: UInt8) -> String {
    (byte < 0x10 ? "0" : "") + String(byte, radix: 16, uppercase: true)
  }

  /// The text and the fields of one component of a template.
  private static func pieces(of component: Substring) throws(Failure) -> [Piece] {
    guard !component.isEmpty, component.first != ".", !component.utf8.contains(where: { $0 < 0x20 || $0 == 0x7f })
    else {
      throw Failure(description: "layout: a component is not empty, does not begin with a dot and has no controls")
    }
    var pieces: [Piece] = []
    var rest = component
    while let brace = rest.firstIndex(where: { $0 == "{" || $0 == "}" }) {
      if brace > rest.startIndex { pieces.append(.text(String(rest[..<brace]))) }
      let after = rest.index(after: brace)
      guard rest[brace] == "{", let end = rest[after...].firstIndex(of: "}") else {
        throw Failure(description: "layout: unmatched brace in \(component)")
      }
      guard let field = Field(rawValue: String(rest[after..<end])) else {
        let known = Field.allCases.map { "{\($0.rawValue)}" }.joined(separator: " ")
        throw Failure(description: "layout: no field {\(rest[after..<end])}; there are \(known)")
      }
      pieces.append(.field(field))
      rest = rest[rest.index(after: end)...]
    }
    if !rest.isEmpty { pieces.append(.text(String(rest))) }
    return pieces
  }
}
