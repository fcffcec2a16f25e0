import Core

/// A data group: one stream of records, of one channel group (sorted) or several.
struct MDF4DataGroup {
  let address: Int
  /// Bytes of the id before each record; 0 in a sorted group.
  let idBytes: Int
  let data: Int
  /// Indices into `MDF4Index.groups`.
  var groups: [Int] = []

  var isSorted: Bool { idBytes == 0 }
}

/// A channel group: records of one layout, with one time base.
struct MDF4Group: Sendable {
  /// Numbers of the data group and of the group in it, from 0.
  let dataGroup, number: Int
  let address: Int
  let recordID, cycles: UInt64
  let dataBytes, invalidationBytes: Int
  let holdsValues, isBusEvent: Bool
  /// Acquisition name, path of the source, or the numbers.
  var name: String
  let source: MDF4Source?
  let comment: MDF4Comment
  let reductions: Int
  /// The address of the group that has this one's master.
  let masterGroup: Int
  var channels: [MDF4Channel] = []

  var recordBytes: Int { dataBytes + invalidationBytes }

  /// The channel that says when, how far or at which angle; nil where there is none.
  var master: Int? { channels.firstIndex { $0.isMaster } }
  /// The master, if it is a time.
  var timeMaster: Int? { channels.firstIndex { $0.isMaster && $0.sync == 1 } }

  /// The ASAM name of what a bus event group records, such as `CAN_DataFrame`.
  var eventName: String? {
    channels.first { channel in
      channel.depth == 0 && MDF4Group.eventPrefixes.contains { channel.name.hasPrefix($0) }
    }?.name
  }

  private static let eventPrefixes = ["CAN_", "LIN_", "FLX_", "ETH_", "MOST_", "K_LINE"]
}

/// What the blocks of a file say: one walk over the headers, no data touched.
struct MDF4Index {
  let identification: MDF4Identification
  private(set) var header: MDF4Header
  private(set) var dataGroups: [MDF4DataGroup] = []
  private(set) var groups: [MDF4Group] = []
  private(set) var comment = MDF4Comment()
  private(set) var reductions = 0
  private(set) var hierarchy = 0
  private(set) var findings = Findings()
  /// Some structure is damaged so that channels or groups are missing.
  private(set) var isDamaged = false
  /// Addresses that links name, ascending; of unfinalized files only.
  private(set) var named: [Int] = []

  private static let mostInAList = 1 << 24

  /// - Throws: `FormatError` where there is no header to begin with, `SystemError`.
  init(_ file: FileReader) throws {
    identification = try MDF4Identification(file)
    var blocks = MDF4Blocks(file, keepingNames: !identification.unfinished.isFinished)
    do {
      header = try MDF4Header(blocks.block(at: MDF4Identification.size, .header))
    } catch let fault as MDF4Fault {
      throw FormatError(
        format: Format.mdf4.name, structure: "header", offset: fault.offset, problem: fault.problem)
    } catch let failure as ByteCursor.Failure {
      throw FormatError(format: Format.mdf4.name, structure: "header", cause: failure)
    }
    if identification.version > 430 {
      findings.append(
        Finding(
          .warning, "version", at: 28, "version \(identification.version) is newer than 4.30, the last that is known"))
    }
    let link = header.comment
    comment = try attempt("comment of the file", .warning) { try blocks.comment(at: link) } ?? MDF4Comment()
    try readDataGroups(&blocks)
    hierarchy = try count(header.hierarchy, .hierarchy, &blocks)
    findings.append(blocks.warnings)
    named = blocks.named.sorted()
    tellGroupsApart()
  }

  private mutating func readDataGroups(_ blocks: inout MDF4Blocks) throws {
    var walk = MDF4ChannelWalk()
    var visited: Set<Int> = []
    var link = header.dataGroups
    while link != 0 {
      guard visited.insert(link).inserted else { return circle("data groups", link) }
      let block: MDF4Block
      do { block = try blocks.block(at: link, .dataGroup) } catch let fault as MDF4Fault {
        damage(fault, "data group \(dataGroups.count)")
        guard link > blocks.file.count - MDF4Blocks.headerSize else { break }
        try recoverDataGroup(&walk, blocks.file)
        break
      }
      let idBytes = Int(block.body.first ?? 0)
      var group = MDF4DataGroup(address: link, idBytes: idBytes, data: block.link(2))
      if ![0, 1, 2, 4, 8].contains(idBytes) {
        damage(MDF4Fault("record-id", at: link, "record ids of \(idBytes) bytes"), "data group \(dataGroups.count)")
      } else {
        try readGroups(block.link(1), &group, &walk, &blocks)
      }
      dataGroups.append(group)
      link = block.link(0)
    }
    findings.append(walk.findings)
    isDamaged = isDamaged || walk.isDamaged
  }

  /// The file ends before its last data group: a channel group and data that nothing names are of it.
  private mutating func recoverDataGroup(_ walk: inout MDF4ChannelWalk, _ file: FileReader) throws {
    var blocks = MDF4Blocks(file, keepingNames: true)
    var channelGroups: [Int] = [], data: [Int] = []
    var address = MDF4Identification.size
    while address <= file.count - MDF4Blocks.headerSize, let header = try? blocks.dataHeader(at: address) {
      if header.kind == .channelGroup { channelGroups.append(address) }
      if header.kind == .data || header.kind == .packed || header.kind == .list { data.append(address) }
      if !header.kind.isData { _ = try? blocks.block(at: address, header.kind) }
      let length = Int(clamping: header.length)
      guard length >= MDF4Blocks.headerSize, length <= file.count - address else { break }
      address = (address + length + 7) / 8 * 8
    }
    channelGroups.removeAll(where: blocks.named.contains)
    data.removeAll(where: blocks.named.contains)
    guard channelGroups.count == 1, data.count == 1 else { return }
    var group = MDF4DataGroup(address: channelGroups[0], idBytes: 0, data: data[0])
    var own = MDF4Blocks(file)
    try readGroups(channelGroups[0], &group, &walk, &own)
    dataGroups.append(group)
    findings.append(
      Finding(
        .info, "recovered", at: data[0], "the data group is behind the end of the file; its channels and data are not"))
  }

  private mutating func readGroups(
    _ first: Int, _ dataGroup: inout MDF4DataGroup, _ walk: inout MDF4ChannelWalk, _ blocks: inout MDF4Blocks
  ) throws {
    var visited: Set<Int> = []
    var link = first
    while link != 0 {
      let place = "channel group \(dataGroups.count).\(dataGroup.groups.count)"
      guard visited.insert(link).inserted else { return circle("channel groups", link) }
      let block: MDF4ChannelGroup
      do { block = try MDF4ChannelGroup(blocks.block(at: link, .channelGroup)) } catch {
        return damage(try MDF4Fault(error, "block-length"), place)
      }
      let source = try attempt("source of \(place)", .warning) { try walk.source(block.source, &blocks) } ?? nil
      let name = try attempt("name of \(place)", .warning) { try blocks.text(at: block.name) } ?? ""
      let comment = try attempt("comment of \(place)", .warning) { try blocks.comment(at: block.comment) }
      let numbers = "\(dataGroups.count).\(dataGroup.groups.count)"
      let plain = [name, source?.path ?? ""].first { !$0.isEmpty } ?? numbers
      var group = MDF4Group(
        dataGroup: dataGroups.count, number: dataGroup.groups.count, address: link, recordID: block.recordID,
        cycles: block.cycles, dataBytes: block.dataBytes, invalidationBytes: block.invalidationBytes,
        holdsValues: block.holdsValues, isBusEvent: block.isBusEvent, name: plain, source: source,
        comment: comment ?? MDF4Comment(), reductions: block.reductions, masterGroup: block.master)
      group.channels = try walk.channels(block.channels, of: numbers, &blocks)
      reductions += try count(block.reductions, .reduction, &blocks)
      dataGroup.groups.append(groups.count)
      groups.append(group)
      link = block.next
    }
  }

  /// How many blocks are in a list that is counted and otherwise ignored.
  private mutating func count(_ first: Int, _ kind: MDF4Kind, _ blocks: inout MDF4Blocks) throws -> Int {
    var visited: Set<Int> = []
    var link = first
    while link != 0, visited.insert(link).inserted {
      guard let block = try attempt("\(kind.rawValue) block", .warning, { try blocks.block(at: link, kind) }) else {
        break
      }
      link = block.link(0)
    }
    return visited.count
  }

  /// Names that several groups have get the groups' numbers.
  private mutating func tellGroupsApart() {
    let delivered = groups.indices.filter { !groups[$0].holdsValues }
    let counts = Dictionary(delivered.map { (groups[$0].name, 1) }, uniquingKeysWith: +)
    for index in delivered where counts[groups[index].name, default: 0] > 1 {
      groups[index].name += "/\(groups[index].dataGroup).\(groups[index].number)"
    }
  }

  private mutating func attempt<Value>(
    _ what: String, _ severity: Finding.Severity, _ body: () throws -> Value
  ) throws -> Value? {
    do { return try body() } catch let fault as MDF4Fault {
      findings.append(fault.finding(severity, of: what))
      return nil
    }
  }

  private mutating func damage(_ fault: MDF4Fault, _ what: String) {
    isDamaged = true
    findings.append(fault.finding(.error, of: what))
  }

  private mutating func circle(_ list: String, _ link: Int) {
    damage(MDF4Fault("link-circle", at: link, "the list comes back to this block"), "list of \(list)")
  }
}

extension MDF4Fault {
  /// What went wrong with a structure; other errors are thrown on.
  init(_ error: any Error, _ code: String) throws {
    switch error {
    case let fault as MDF4Fault: self = fault
    case let failure as ByteCursor.Failure: self.init(code, at: failure.offset, "wanted \(failure.wanted)")
    default: throw error
    }
  }
}
