import Core

/// Reads a conversion with those it refers to.
///
/// ```
///   CC   type precision:u8 flags references values:u16 minimum maximum:f64 values:f64*     (masks:u64* of type 11)
/// ```
struct MDF4ConversionReader {
  private(set) var findings = Findings()
  /// Conversions around the one that is read.
  private var path: [Int] = []
  /// A few references to each other can be read again and again: a bound for all of them together.
  private var count = 0
  private static let deepest = 64
  private static let most = 100_000

  /// - Throws: `MDF4Fault` where something of it cannot be read, `SystemError`.
  mutating func read(
    _ link: Int, _ blocks: inout MDF4Blocks
  ) throws -> (conversion: MDF4Conversion, unit: String) {
    let block = try blocks.block(at: link, .conversion)
    return (try conversion(block, &blocks), try leaf("unit of a conversion", block.link(1), &blocks))
  }

  private mutating func leaf(_ what: String, _ link: Int, _ blocks: inout MDF4Blocks) throws -> String {
    do { return try blocks.text(at: link) } catch let fault as MDF4Fault {
      findings.append(fault.finding(.warning, of: what))
      return ""
    }
  }

  private mutating func conversion(_ block: MDF4Block, _ blocks: inout MDF4Blocks) throws -> MDF4Conversion {
    count += 1
    guard !path.contains(block.address), path.count < Self.deepest, count < Self.most else {
      throw MDF4Fault("conversion-circle", at: block.address, "the conversion leads to itself, or to too many others")
    }
    path.append(block.address)
    defer { path.removeLast() }
    let body: MDF4ConversionBody
    do { body = try MDF4ConversionBody(block) } catch {
      throw MDF4Fault("conversion", at: block.address, "wanted \(error.wanted)")
    }
    let values = body.values, references = Array(block.links.dropFirst(4).prefix(body.references))
    func need(_ isEnough: Bool, _ what: String) throws {
      guard isEnough else { throw MDF4Fault("conversion", at: block.address, "type \(body.type) without \(what)") }
    }
    switch body.type {
    case 0: return .none
    case 1:
      try need(values.count >= 2, "two parameters")
      return .linear(offset: values[0], factor: values[1])
    case 2:
      try need(values.count >= 6, "six parameters")
      return .rational(values)
    case 3:
      try need(!references.isEmpty, "a formula")
      let text = try blocks.text(at: references[0])
      do throws(MDF4Formula.Failure) { return .formula(try MDF4Formula(text)) } catch {
        throw MDF4Fault(
          "formula", at: block.address, "\(text.jsonQuoted): at character \(error.offset): wanted \(error.wanted)")
      }
    case 4, 5:
      let points = MDF4Points(values)
      try need(!points.isEmpty, "points")
      return body.type == 4 ? .interpolation(points) : .nearest(points)
    case 6:
      try need(values.count % 3 == 1, "a default")
      let count = values.count / 3
      return .ranges(
        MDF4Ranges(lows: (0..<count).map { values[3 * $0] }, highs: (0..<count).map { values[3 * $0 + 1] }),
        values: (0..<count).map { values[3 * $0 + 2] }, fallback: values[3 * count])
    case 7:
      try need(references.count >= values.count, "a text for each of \(values.count) values")
      let results = try references.prefix(values.count + 1).map { try result($0, &blocks) }
      return .texts(
        keys: values, results: Array(results.prefix(values.count)),
        fallback: results.count > values.count ? results[values.count] : .nothing)
    case 8:
      let count = values.count / 2
      try need(references.count >= count, "a text for each of \(count) ranges")
      let results = try references.prefix(count + 1).map { try result($0, &blocks) }
      return .rangeTexts(
        MDF4Ranges(lows: (0..<count).map { values[2 * $0] }, highs: (0..<count).map { values[2 * $0 + 1] }),
        results: Array(results.prefix(count)), fallback: results.count > count ? results[count] : .nothing)
    case 9:
      try need(values.count >= references.count, "a value for each of \(references.count) texts")
      let keys = try references.map { Array(try blocks.text(at: $0).utf8) }
      return .textValues(
        Dictionary(zip(keys, values), uniquingKeysWith: { first, _ in first }),
        fallback: values.count > keys.count ? values[keys.count] : nil)
    case 10:
      let texts = try references.map { $0 == 0 ? nil : Array(try blocks.text(at: $0).utf8) }
      let pairs = stride(from: 0, to: texts.count - 1, by: 2).compactMap { index in
        texts[index].map { ($0, texts[index + 1] ?? $0) }
      }
      return .textTexts(
        Dictionary(pairs, uniquingKeysWith: { first, _ in first }),
        fallback: texts.count % 2 == 1 ? texts[texts.count - 1] : nil)
    case 11:
      try need(references.count >= body.masks.count, "a conversion for each of \(body.masks.count) fields")
      return .bits(
        try zip(body.masks, references).map { mask, link in
          let inner = try blocks.block(at: link, .conversion)
          let name = try leaf("name of a bit field", inner.link(0), &blocks)
          return (mask, name, try conversion(inner, &blocks))
        })
    default: throw MDF4Fault("conversion", at: block.address, "type \(body.type) is not known")
    }
  }

  private mutating func result(_ link: Int, _ blocks: inout MDF4Blocks) throws -> MDF4Conversion.Result {
    guard link != 0 else { return .nothing }
    let block = try blocks.block(at: link, .text, .metadata, .conversion)
    guard block.kind != .conversion else { return .conversion(try conversion(block, &blocks)) }
    return .text(Array(try blocks.text(at: link).utf8))
  }
}

/// The body of a CC block.
private struct MDF4ConversionBody {
  let type: UInt8
  let references: Int
  let values: [Double]
  let masks: [UInt64]

  init(_ block: MDF4Block) throws(ByteCursor.Failure) {
    let body = block.body
    var input = ByteCursor(body.bytes, at: block.address + MDF4Blocks.headerSize + 8 * block.links.count)
    type = try input.u8()
    try input.skip(3)
    references = Int(try input.u16())
    let count = Int(try input.u16())
    try input.skip(16)
    guard count <= input.remaining / 8 else { throw input.fail("\(count) values, \(input.remaining) bytes left") }
    var masks: [UInt64] = []
    for _ in 0..<count { masks.append(try input.u64()) }
    self.masks = masks
    values = masks.map { Double(bitPattern: $0) }
  }
}
