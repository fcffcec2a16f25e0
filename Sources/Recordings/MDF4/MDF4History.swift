import Core

/// Who wrote or changed the file, and when.
///
/// ```
///   FH   time ns:u64 zone:i16 daylight saving:i16 time flags:u8 3
/// ```
struct MDF4History {
  let time: MDF4Start
  /// What was done, and the tool.
  let comment: MDF4Comment

  /// From the first entry, that of the file's making, on; findings on those that cannot be read.
  static func all(of index: MDF4Index, _ file: FileReader) throws -> (entries: [MDF4History], findings: Findings) {
    var blocks = MDF4Blocks(file)
    var entries: [MDF4History] = [], findings = Findings(), visited: Set<Int> = []
    var link = index.header.history
    while link != 0, visited.insert(link).inserted {
      do {
        let block = try blocks.block(at: link, .history)
        link = block.link(0)
        var input = ByteCursor(block.body.bytes, at: block.address + MDF4Blocks.headerSize + 8 * block.links.count)
        let time = try MDF4Start(from: &input)
        entries.append(MDF4History(time: time, comment: try blocks.comment(at: block.link(1))))
      } catch {
        let fault = try MDF4Fault(error, "block-length")
        findings.append(fault.finding(.warning, of: "entry \(entries.count) of the file's history"))
      }
    }
    findings.append(blocks.warnings)
    return (entries, findings)
  }

  var json: JSON {
    var object: JSONObject = [:]
    if !time.isUnknown { object["time"] = .string("\(Timestamp(nanoseconds: time.nanoseconds))") }
    if time.isLocal { object["clock"] = "local" }
    object["comment"] = comment.json
    return .object(object)
  }
}
