import Core

/// A channel: how its values lie in a record, and what they mean.
struct MDF4Channel: Sendable {
  /// How a value is coded.
  enum Form: Sendable, Equatable {
    case unsigned, signed, float, complex
    case latin1, utf8, utf16, utf16BigEndian, markedText
    case bytes, date, time
    case unknown(UInt8)
  }

  /// Where a value is.
  enum Place: Sendable, Equatable {
    /// In the record.
    case record
    /// In the stream at `data`, by the offset in the record.
    case stream
    /// In the record, as long as another channel says.
    case measured
    /// The number of the record is the value.
    case number
  }

  let address: Int
  /// The number in its list; names of faults and of channels without a name.
  let path: String
  var name: String
  let depth: Int
  let place: Place
  let isMaster: Bool
  let isSynchronisation: Bool
  let sync: UInt8
  let form: Form
  let isBigEndian: Bool
  let byteOffset, bitOffset, bitCount: Int
  let flags: UInt32
  let invalidationBit: Int
  let unit: String?
  /// The content type of MIME samples.
  let contentType: String?
  let comment: MDF4Comment
  let source: MDF4Source?
  let conversion: MDF4Conversion
  /// SD, list or channel group of values of any length; the channel with the length.
  let data: Int
  /// Of an array: sizes and steps of the dimensions, outermost first.
  var dimensions: [(size: Int, step: Int)] = []
  /// Its members carry the values.
  var isStructure = false
  let attachments: [Int]
  let range, limits: ClosedRange<Double>?
  /// Why it cannot be read.
  var fault: String?

  /// Bytes of a value in the record.
  var byteCount: Int { (bitOffset + bitCount + 7) / 8 }
  var isAllInvalid: Bool { flags & 1 != 0 }
  var hasInvalidationBit: Bool { flags & 2 != 0 }
}

/// Walks the channels of groups; blocks that several channels share are read once.
struct MDF4ChannelWalk {
  private(set) var findings = Findings()
  private(set) var isDamaged = false
  private var sources: [Int: MDF4Source] = [:]
  private var conversions: [Int: (conversion: MDF4Conversion, unit: String)] = [:]
  private var texts: [Int: String] = [:]
  private static let deepest = 64

  mutating func source(_ link: Int, _ blocks: inout MDF4Blocks) throws -> MDF4Source? {
    guard link != 0 else { return nil }
    if let known = sources[link] { return known }
    let source = try MDF4Source(link, &blocks)
    sources[link] = source
    return source
  }

  /// The channels of a list, each followed by its members.
  mutating func channels(_ first: Int, of group: String, _ blocks: inout MDF4Blocks) throws -> [MDF4Channel] {
    var channels: [MDF4Channel] = []
    var visited: Set<Int> = []
    try add(first, path: group, parent: nil, &visited, &channels, &blocks)
    tellApart(&channels)
    return channels
  }

  private mutating func add(
    _ first: Int, path: String, parent: MDF4Channel?, _ visited: inout Set<Int>, _ channels: inout [MDF4Channel],
    _ blocks: inout MDF4Blocks
  ) throws {
    var link = first, number = 0
    while link != 0 {
      let place = "\(path).\(number)"
      guard visited.insert(link).inserted else {
        return damage(
          MDF4Fault("link-circle", at: link, "the list comes back to this block"), "list of channels \(path)")
      }
      let block: MDF4ChannelBlock
      do { block = try MDF4ChannelBlock(blocks.block(at: link, .channel)) } catch {
        return damage(try MDF4Fault(error, "block-length"), "channel \(place)")
      }
      var channel = try channel(block, at: link, path: place, parent: parent, &blocks)
      let own = channels.count
      channels.append(channel)
      if block.composition != 0 {
        try compose(block.composition, &channel, place, &visited, &channels, &blocks)
        channels[own] = channel
      }
      link = block.next
      number += 1
    }
  }

  /// Members of a structure, or the sizes of an array.
  private mutating func compose(
    _ link: Int, _ channel: inout MDF4Channel, _ place: String, _ visited: inout Set<Int>,
    _ channels: inout [MDF4Channel], _ blocks: inout MDF4Blocks
  ) throws {
    var link = link, depth = 0
    do {
      while link != 0 {
        let block = try blocks.block(at: link, .channel, .array)
        guard block.kind == .array else {
          guard channel.depth < Self.deepest else {
            throw MDF4Fault("too-deep", at: link, "more than \(Self.deepest) structures in one another")
          }
          let before = channels.count
          try add(link, path: place, parent: channel, &visited, &channels, &blocks)
          channel.isStructure = channels.count > before
          return
        }
        guard visited.insert(link).inserted, depth < Self.deepest else {
          throw MDF4Fault("link-circle", at: link, "the array is composed of itself")
        }
        let array = try MDF4Array(block)
        try channel.add(array, at: link)
        link = array.composition
        depth += 1
      }
    } catch {
      let fault = try MDF4Fault(error, "block-length")
      channel.fault = fault.problem
      damage(fault, "composition of channel \(channel.name)")
    }
  }

  private mutating func channel(
    _ block: MDF4ChannelBlock, at link: Int, path: String, parent: MDF4Channel?, _ blocks: inout MDF4Blocks
  ) throws -> MDF4Channel {
    var name = try leaf("name of channel \(path)") { walk in try walk.text(block.name, &blocks) } ?? ""
    if name.isEmpty { name = path }
    if let parent, !name.hasPrefix(parent.name + ".") { name = "\(parent.name).\(name)" }
    let comment = try leaf("comment of channel \(path)") { _ in try blocks.comment(at: block.comment) }
    let source = try leaf("source of channel \(path)") { walk in try walk.source(block.source, &blocks) } ?? nil
    var conversion = MDF4Conversion.none, conversionUnit = ""
    do { (conversion, conversionUnit) = try self.conversion(block.conversion, &blocks) } catch {
      let problem = try MDF4Fault(error, "conversion")
      conversion = .unreadable(problem.problem)
      damage(problem, "conversion of channel \(name)")
    }
    let form = MDF4Channel.Form(block.dataType)
    if !conversion.isNone, conversion.takesTexts != form.isText || !form.isText && !form.isNumber {
      findings.append(
        Finding(
          .info, "conversion-type", at: link,
          "channel \(name): a conversion of \(conversion.takesTexts ? "texts" : "numbers"), which its values are not"))
      conversion = form.isNumber && conversion.takesTexts ? .unreadable("it is for texts") : .none
    }
    let isMIME = [11, 12].contains(block.dataType)
    let unit =
      try leaf("unit of channel \(path)") { walk in
        block.unit == 0 ? conversionUnit : try walk.text(block.unit, &blocks)
      } ?? ""
    let isMaster = block.type == 2 || block.type == 3
    let own = unit.isEmpty ? isMaster ? Self.units[block.sync] : nil : unit
    var channel = MDF4Channel(
      address: link, path: path, name: name, depth: (parent?.depth ?? -1) + 1, place: .init(type: block.type),
      isMaster: isMaster, isSynchronisation: block.type == 4, sync: block.sync, form: form,
      isBigEndian: [1, 3, 5, 16].contains(block.dataType), byteOffset: block.byteOffset,
      bitOffset: Int(block.bitOffset), bitCount: block.bitCount, flags: block.flags,
      invalidationBit: block.invalidationBit, unit: isMIME ? nil : own, contentType: isMIME ? own : nil,
      comment: comment ?? MDF4Comment(), source: source ?? parent?.source, conversion: conversion, data: block.data,
      attachments: block.attachments, range: block.range, limits: block.limits, fault: nil)
    channel.dimensions = parent?.dimensions ?? []
    // VLSC of MDF 4.3: how its values are stored is not public, and a guess would make values up.
    if block.type == 7 { channel.fault = "values of any length whose lengths another channel has are not supported" }
    if block.type > 7 { channel.fault = "channel type \(block.type) is not known" }
    if case .unknown(let type) = channel.form { channel.fault = "data type \(type) is not known" }
    return channel
  }

  private static let units: [UInt8: String] = [1: "s", 2: "rad", 3: "m"]

  private mutating func text(_ link: Int, _ blocks: inout MDF4Blocks) throws -> String {
    guard link != 0 else { return "" }
    if let known = texts[link] { return known }
    let text = try blocks.text(at: link)
    texts[link] = text
    return text
  }

  private mutating func conversion(
    _ link: Int, _ blocks: inout MDF4Blocks
  ) throws -> (conversion: MDF4Conversion, unit: String) {
    guard link != 0 else { return (.none, "") }
    if let known = conversions[link] { return known }
    var reader = MDF4ConversionReader()
    let result = try reader.read(link, &blocks)
    findings.append(reader.findings)
    conversions[link] = result
    return result
  }

  private mutating func leaf<Value>(
    _ what: String, _ body: (inout MDF4ChannelWalk) throws -> Value
  ) throws -> Value? {
    do { return try body(&self) } catch let fault as MDF4Fault {
      findings.append(fault.finding(.warning, of: what))
      return nil
    }
  }

  private mutating func damage(_ fault: MDF4Fault, _ what: String) {
    isDamaged = true
    findings.append(fault.finding(.error, of: what))
  }

  /// Names that are there twice get the source, then a number.
  private func tellApart(_ channels: inout [MDF4Channel]) {
    var counts: [String: Int] = [:]
    for channel in channels { counts[channel.name, default: 0] += 1 }
    guard counts.count < channels.count else { return }
    for index in channels.indices where counts[channels[index].name, default: 0] > 1 {
      if let source = channels[index].source, !source.name.isEmpty { channels[index].name += "@\(source.name)" }
    }
    var seen: [String: Int] = [:]
    for index in channels.indices {
      let name = channels[index].name
      seen[name, default: 0] += 1
      if let number = seen[name], number > 1 { channels[index].name = "\(name)#\(number)" }
    }
  }
}

extension MDF4Channel.Place {
  init(type: UInt8) {
    self =
      switch type {
      case 1: .stream
      case 3, 6: .number
      case 5: .measured
      default: .record
      }
  }
}

extension MDF4Channel.Form {
  init(_ type: UInt8) {
    self =
      switch type {
      case 0, 1: .unsigned
      case 2, 3: .signed
      case 4, 5: .float
      case 6: .latin1
      case 7: .utf8
      case 8: .utf16
      case 9: .utf16BigEndian
      case 10, 11, 12: .bytes
      case 13: .date
      case 14: .time
      case 15, 16: .complex
      case 17: .markedText
      default: .unknown(type)
      }
  }

  var isText: Bool {
    switch self {
    case .latin1, .utf8, .utf16, .utf16BigEndian, .markedText: true
    default: false
    }
  }

  var isNumber: Bool { isInteger || self == .float }

  var isInteger: Bool { self == .unsigned || self == .signed }
}

extension MDF4Channel {
  /// More dimensions, inside of those it has; the innermost step of an array is its base.
  fileprivate mutating func add(_ array: MDF4Array, at link: Int) throws {
    guard array.storage == 0 else {
      throw MDF4Fault("unsupported", at: link, "arrays with a group for each element are not supported")
    }
    guard !array.isDynamic else {
      throw MDF4Fault("unsupported", at: link, "arrays whose sizes change are not supported")
    }
    let sizes = array.sizes.map { Int(clamping: $0) }
    let steps = array.isInverse ? sizes : sizes.reversed()
    var own: [(size: Int, step: Int)] = []
    var step = array.base
    for size in steps {
      own.append((size, step))
      step = step.multipliedReportingOverflow(by: max(1, size)).partialValue
    }
    // A scaling axis or interval axis is an array as any other; the dimensions keep their order.
    dimensions += array.isInverse ? own : own.reversed()
    var elements = 1
    for dimension in dimensions {
      let (product, isTooLarge) = elements.multipliedReportingOverflow(by: dimension.size)
      guard !isTooLarge, product <= Self.mostElements else {
        throw MDF4Fault(
          "array-size", at: link, "an array of \(sizes.map(String.init).joined(separator: " × ")) elements")
      }
      elements = product
    }
  }

  private static let mostElements = 1 << 20
}
