import Core

/// Something that happened, at a value of the time, an angle or a distance.
///
/// ```
///   EV   type sync range cause flags:u8 3 scopes:u32 attachments creator:u16 base:i64 factor:f64
/// ```
struct MDF4Event {
  let name: String
  let comment: MDF4Comment
  let type, sync, range, cause: UInt8
  let base: Int64
  let factor: Double

  var value: Double { Double(base) * factor }

  private static let types = [
    "recording", "recording interrupt", "acquisition interrupt", "start trigger", "stop trigger", "trigger", "marker",
  ]
  private static let ranges = ["point", "begin", "end"]
  private static let causes = ["other", "error", "tool", "script", "user"]

  private init(_ block: MDF4Block, _ blocks: inout MDF4Blocks) throws {
    let body = block.body
    var input = ByteCursor(body.bytes, at: block.address + MDF4Blocks.headerSize + 8 * block.links.count)
    type = try input.u8()
    sync = try input.u8()
    range = try input.u8()
    cause = try input.u8()
    try input.skip(12)
    base = try input.i64()
    factor = try input.f64()
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

  private static func word(_ value: UInt8, _ words: [String]) -> JSON {
    .string(Int(value) < words.count ? words[Int(value)] : "\(value)")
  }

  func json(start: MDF4Start) -> JSON {
    var object: JSONObject = ["name": .string(name), "type": Self.word(type, Self.types)]
    if range != 0 { object["range"] = Self.word(range, Self.ranges) }
    object["cause"] = Self.word(cause, Self.causes)
    object["value"] = .number(value)
    let nanoseconds = (value * 1e9).rounded()
    if sync == 1, nanoseconds.magnitude < 9e18 {
      let (time, overflow) = start.nanoseconds.addingReportingOverflow(Int64(nanoseconds))
      if !overflow { object["time"] = .string("\(Timestamp(nanoseconds: time))") }
    }
    object["comment"] = comment.json
    return .object(object)
  }
}
