import Core

/// Something that happened, at a value of the time, an angle or a distance.
///
/// ```
///   EV   type sync range cause flags:u8 3 scopes:u32 attachments creator:u16 base:i64 factor:f64
/// ```
struct MDF4Event: Sendable {
  let address: Int
  let name: String
  let comment: MDF4Comment
  /// What follows the header and the links.
  let body: [UInt8]
  /// The event that this one follows from, and that with which the range began that ends here; 0 for none.
  let parent, begin: Int
  /// Groups and channels that it is about; none for all.
  let scopes: [Int]
  private let type, sync, range, cause: UInt8
  private let base: Int64
  private let factor: Double

  var value: Double { Double(base) * factor }

  /// After the start of the measurement; nil of an event at an angle, a distance or an index.
  private var elapsed: Int64? {
    guard sync == 1 else { return nil }
    // Powers of ten are exact.
    if let unit = [1e-9: 1, 1e-6: 1000, 1e-3: 1_000_000, 1: 1_000_000_000][factor] as Int64? {
      let product = base.multipliedReportingOverflow(by: unit)
      return product.overflow ? nil : product.partialValue
    }
    let nanoseconds = (value * 1e9).rounded()
    return nanoseconds.magnitude < 9e18 ? Int64(nanoseconds) : nil
  }

  /// When it happened; nil where that is not known.
  func time(start: MDF4Start) -> Timestamp? {
    let sum = elapsed.map { start.nanoseconds.addingReportingOverflow($0) }
    return sum.flatMap { $0.overflow ? nil : Timestamp(nanoseconds: $0.partialValue) }
  }

  private static let types = [
    "recording", "recording interrupt", "acquisition interrupt", "start trigger", "stop trigger", "trigger", "marker",
  ]
  private static let ranges = ["point", "begin", "end"]
  private static let causes = ["other", "error", "tool", "script", "user"]
  private static let syncs = ["none", "time", "angle", "distance", "index"]

  var typeName: String { Self.word(type, Self.types) }
  var rangeName: String { Self.word(range, Self.ranges) }
  var causeName: String { Self.word(cause, Self.causes) }
  /// What `value` is one of.
  var syncName: String { Self.word(sync, Self.syncs) }

  private init(_ block: MDF4Block, _ blocks: inout MDF4Blocks) throws {
    let body = block.body
    (address, self.body) = (block.address, body)
    var input = ByteCursor(body.bytes, at: block.address + MDF4Blocks.headerSize + 8 * block.links.count)
    type = try input.u8()
    sync = try input.u8()
    range = try input.u8()
    cause = try input.u8()
    try input.skip(4)
    let scopes = Int(try input.u32())
    try input.skip(4)
    base = try input.i64()
    factor = try input.f64()
    (parent, begin) = (block.link(1), block.link(2))
    self.scopes = Array(block.links.dropFirst(5).prefix(scopes))
    name = try blocks.text(at: block.link(3))
    comment = try blocks.comment(at: block.link(4))
  }

  static func all(of index: MDF4Index, _ file: FileReader) throws -> (events: [MDF4Event], findings: Findings) {
    var blocks = MDF4Blocks(file)
    var events: [MDF4Event] = [], findings = Findings(), visited: Set<Int> = []
    var link = index.header.events
    while link != 0, visited.insert(link).inserted {
      do {
        let block = try blocks.block(at: link, .event)
        link = block.link(0)
        events.append(try MDF4Event(block, &blocks))
      } catch {
        let fault = try MDF4Fault(error, "block-length")
        findings.append(fault.finding(.warning, of: "event \(events.count)"))
      }
    }
    findings.append(blocks.warnings)
    return (events, findings)
  }

  private static func word(_ value: UInt8, _ words: [String]) -> String {
    Int(value) < words.count ? words[Int(value)] : "\(value)"
  }

  /// `begin` is the place of the event with which its range began.
  func json(start: MDF4Start, begin: Int?) -> JSON {
    var object: JSONObject = ["name": .string(name), "type": .string(typeName)]
    if range != 0 { object["range"] = .string(rangeName) }
    object["begins_at"] = begin.map { .count($0) }
    object["cause"] = .string(causeName)
    object["value"] = .number(value)
    object["time"] = time(start: start).map { .string("\($0)") }
    object["comment"] = comment.json
    return .object(object)
  }
}
