import Core

/// What the segments of a file say: one pass over their lead-ins and metadata, no raw data read.
struct TDMSIndex: Sendable {
  struct Object: Sendable {
    var path: TDMSPath
    /// As written, in order of first appearance; the last value of each name.
    private(set) var properties: [(name: String, value: TDMSProperty)] = []
    /// Type of its values; nil where it never had any.
    var type: TDMSType?
    /// Types and scales of its scalers, of DAQmx data.
    fileprivate(set) var forms: [TDMSScalerForm] = []
    /// Values whose bytes are in the file.
    var count = 0
    /// Why its values cannot be read, and where in the file that shows.
    fileprivate(set) var fault: (offset: Int, problem: String)?
    /// The last raw index that it had, by number.
    fileprivate var raw: Int32?
    private var placeOfProperty: [String: Int] = [:]

    init(path: TDMSPath) { self.path = path }

    subscript(name: String) -> TDMSProperty? { placeOfProperty[name].map { properties[$0].value } }

    fileprivate mutating func set(_ name: String, _ value: TDMSProperty) {
      if let place = placeOfProperty[name] {
        properties[place].value = value
      } else {
        placeOfProperty[name] = properties.count
        properties.append((name, value))
      }
    }
  }

  /// The raw data of one segment.
  struct Segment: Sendable {
    /// Where it begins in the file.
    var position: Int
    var data: Range<Int>
    var layout: Int32
    /// Whole chunks; what is left of `data` is a cut one.
    var chunks: Int
  }

  /// A start time set from a segment on, where it is another than before.
  struct Start: Sendable, Equatable {
    /// The object's values before it.
    var value: Int
    var time: TDMSTimestamp
  }

  private(set) var objects: [Object] = []
  private(set) var rawIndexes: [TDMSRawIndex] = []
  private(set) var layouts: [TDMSLayout] = []
  private(set) var chunks: [TDMSChunk] = []
  /// Those with raw data.
  private(set) var segments: [Segment] = []
  private(set) var segmentCount = 0
  private(set) var startsOfObject: [Int: [Start]] = [:]
  private(set) var version: UInt32 = 0
  /// The first segment of an index file whose lead-in is another in the data file.
  private(set) var mismatch: Int?
  /// An index file lies beside the file, used or not.
  var hasCompanion = false
  /// An index file alone: positions of raw data are those in the data file that it belongs to.
  var isIndexFile = false
  /// How long the segments say that the file with the raw data is.
  private(set) var dataEnd = 0
  /// Bytes of the file in which values were or can have been, and that are not read.
  private(set) var lostBytes = 0
  var findings = Findings()
  /// Values that a segment or the index file says there are, and that are not in the file.
  var isCut = false
  /// The length of the last segment was not written.
  private(set) var isUnclosed = false

  /// The number of a raw index that is not known.
  private static let unknown: Int32 = -1
  /// Metadata of one segment that is held in memory.
  private static let mostMetadata = 256 << 20
  /// Places in all layouts together: a file can change a long list in each of many segments.
  private static let mostParts = 8 << 20

  /// The list that goes on: objects with the raw index each has now, nil for one without data.
  private var list: [(object: Int, raw: Int32?)] = []
  private var placeInList: [Int: Int] = [:]
  private var objectOfPath: [String: Int] = [:]
  private var objectOfParsed: [TDMSPath: Int] = [:]
  private var numberOfRaw: [TDMSRawIndex: Int32] = [:]
  private var numberOfLayout: [TDMSLayout: Int32] = [:]
  private var current: (layout: Int32, contents: UInt32)?
  private var parts = 0

  /// By the segments of a file; those of an index file are compared with `data`, the first, the last and every `step`th.
  ///
  /// - Throws: `FormatError` when it does not begin as TDMS, `SystemError`.
  init(_ file: FileReader, comparedWith data: FileReader? = nil, every step: Int = 1000) throws {
    var window = Window(file, size: 64 << 10)
    var position = 0
    isIndexFile = try window.bytes(at: 0, count: min(4, file.count)) == TDMSLeadIn.indexTag
    while position < file.count {
      let place = dataEnd
      guard let next = try readSegment(at: position, of: file, &window) else { break }
      if let data, (segmentCount - 1) % step == 0 || next >= file.count, place <= data.count - TDMSLeadIn.size {
        let own = try window.bytes(at: position, count: TDMSLeadIn.size)
        let other = try data.bytes(at: place, count: TDMSLeadIn.size)
        guard other == TDMSLeadIn.tag + own.dropFirst(4) else {
          mismatch = segmentCount - 1
          break
        }
      }
      position = next
    }
  }

  /// Where the next segment begins; nil when this was the last that can be read.
  private mutating func readSegment(at position: Int, of file: FileReader, _ window: inout Window) throws -> Int? {
    let left = file.count - position
    let tag = try window.bytes(at: position, count: min(4, left))
    let wanted = isIndexFile ? TDMSLeadIn.indexTag : TDMSLeadIn.tag
    guard left >= TDMSLeadIn.size, tag == wanted else {
      guard position > 0 || wanted.starts(with: tag) && left > 0 else {
        throw FormatError(format: "tdms", structure: "lead-in", offset: 0, problem: "wanted TDSm")
      }
      try endAt(position, of: file, isLeadIn: wanted.starts(with: tag), &window)
      return nil
    }
    let lead = try leadIn(at: position, &window)
    if version == 0 { version = lead.version }
    if lead.version != 4712, lead.version != 4713 {
      findings.append(
        Finding(.warning, "version", at: position + 8, "version \(lead.version) is not known; 4712 and 4713 are"))
    }
    let start = position + TDMSLeadIn.size, rest = left - TDMSLeadIn.size
    guard let raw = Int(exactly: lead.raw), raw <= rest else {
      lose(left, "segment-cut", at: position, "the segment's metadata ends behind the end of the file")
      return nil
    }
    var size = isIndexFile ? raw : rest
    if let next = Int(exactly: lead.next), isIndexFile, next <= Int.max / 2 - dataEnd {
      size = next
    } else if lead.next == .max {
      isUnclosed = true
      findings.append(
        Finding(.warning, "unclosed", at: position, "the segment's length was not written; data goes on to the end"))
    } else if let next = Int(exactly: lead.next), next <= rest {
      size = next
    } else {
      isCut = true
      findings.append(
        Finding(
          .warning, "truncated", at: position, length: left,
          "the segment is \(lead.next) bytes long, \(rest) are in the file"))
    }
    guard raw <= size else {
      lose(left, "offset-wrong", at: position, "raw data begins at \(raw), behind the segment's end at \(size)")
      return nil
    }
    if lead.hasMetadata || lead.hasNewList {
      guard raw <= Self.mostMetadata else {
        lose(left, "metadata-large", at: position, "\(raw) bytes of metadata; \(Self.mostMetadata) are read at most")
        return nil
      }
      let bytes = try window.bytes(at: start, count: lead.hasMetadata ? raw : 0)
      do throws(ByteCursor.Failure) {
        try readMetadata(bytes, at: start, lead)
      } catch {
        lose(left, "metadata-wrong", at: error.offset, "wanted \(error.wanted)")
        return nil
      }
    }
    segmentCount += 1
    let own = isIndexFile ? dataEnd : position, data = own + TDMSLeadIn.size
    dataEnd = data + size
    addData(data + raw..<dataEnd, of: lead, at: own)
    return isIndexFile ? start + raw : dataEnd
  }

  private func leadIn(at position: Int, _ window: inout Window) throws -> TDMSLeadIn {
    let bytes = try window.bytes(at: position, count: TDMSLeadIn.size)
    var input = ByteCursor(bytes.bytes, at: position)
    return try TDMSLeadIn(from: &input)
  }

  /// Says what lies where a segment should begin.
  private mutating func endAt(
    _ position: Int, of file: FileReader, isLeadIn: Bool, _ window: inout Window
  ) throws {
    let left = file.count - position
    if isLeadIn { return lose(left, "segment-cut", at: position, "the file ends inside a lead-in") }
    var at = position
    while at < file.count {
      let bytes = try window.bytes(at: at, count: min(32 << 10, file.count - at))
      guard bytes.allSatisfy({ $0 == 0 }) else {
        return lose(left, "bytes-after", at: position, "\(left) bytes after the last segment are none")
      }
      at += bytes.count
    }
    findings.append(
      Finding(.info, "padding", at: position, length: left, "\(left) zero bytes follow the last segment"))
  }

  private mutating func lose(_ bytes: Int, _ code: String, at position: Int, _ message: String) {
    lostBytes += bytes
    findings.append(Finding(.error, code, at: position, length: bytes, message))
  }
}

/// Metadata: what changes in the list of objects.
extension TDMSIndex {
  private mutating func readMetadata(_ bytes: [UInt8], at start: Int, _ lead: TDMSLeadIn) throws(ByteCursor.Failure) {
    if lead.hasNewList {
      list.removeAll(keepingCapacity: true)
      placeInList.removeAll(keepingCapacity: true)
      current = nil
    }
    guard lead.hasMetadata else { return }
    let bigEndian = lead.isBigEndian
    var input = ByteCursor(bytes.bytes, at: start)
    // An object is a path, a raw index and a count of properties at least.
    for _ in 0..<(try input.count(of: 12, bigEndian)) {
      let place = input.offset
      let object = try number(of: input.tdmsString(bigEndian), at: place)
      switch try TDMSRawIndex.read(from: &input, bigEndian: bigEndian) {
      case .none: set(nil, of: object)
      case .asBefore:
        if let raw = objects[object].raw {
          set(raw, of: object)
        } else {
          refuse(object, at: place, "its layout is said to be as before, and there is none before")
          set(Self.unknown, of: object)
        }
      case .new(let index):
        let forms = TDMSIndex.forms(of: index)
        if objects[object].type == nil {
          objects[object].type = index.type
          objects[object].forms = forms
        } else if objects[object].type != index.type || objects[object].forms != forms {
          refuse(object, at: place, "its type changes to \(index.type)")
        }
        set(number(of: index), of: object)
      }
      for _ in 0..<(try input.count(of: 8, bigEndian)) {
        let (name, value) = try TDMSProperty.read(from: &input, bigEndian: bigEndian)
        if let value { set(name, value, of: object) }
      }
    }
  }

  private mutating func refuse(_ object: Int, at offset: Int, _ problem: String) {
    guard objects[object].fault == nil else { return }
    objects[object].fault = (offset, problem)
    findings.append(Finding(.error, "channel-layout", at: offset, "\(objects[object].path): \(problem)"))
  }

  private static func forms(of index: TDMSRawIndex) -> [TDMSScalerForm] {
    index.scalers.map { TDMSScalerForm(type: $0.type, scale: $0.scale) }
  }

  private mutating func number(of path: String, at offset: Int) throws(ByteCursor.Failure) -> Int {
    if let known = objectOfPath[path] { return known }
    guard let parsed = TDMSPath(path) else {
      throw ByteCursor.Failure(offset: offset, wanted: "a path, not \(path.jsonQuoted)")
    }
    objectOfPath[path] = objects.count
    objectOfParsed[parsed] = objects.count
    objects.append(Object(path: parsed))
    return objects.count - 1
  }

  /// The number of an object, where it has any properties or values.
  func number(of path: TDMSPath) -> Int? { objectOfParsed[path] }

  private mutating func number(of raw: TDMSRawIndex) -> Int32 {
    if let known = numberOfRaw[raw] { return known }
    let number = Int32(rawIndexes.count)
    numberOfRaw[raw] = number
    rawIndexes.append(raw)
    return number
  }

  private mutating func set(_ raw: Int32?, of object: Int) {
    if let raw, raw != Self.unknown { objects[object].raw = raw }
    if let place = placeInList[object] {
      guard list[place].raw != raw else { return }
      list[place].raw = raw
      current = nil
    } else {
      placeInList[object] = list.count
      list.append((object, raw))
      if raw != nil { current = nil }
    }
  }

  private mutating func set(_ name: String, _ value: TDMSProperty, of object: Int) {
    if name == "wf_start_time", case .timestamp(let time) = value, objects[object][name] != value {
      startsOfObject[object, default: []].append(Start(value: objects[object].count, time: time))
    }
    objects[object].set(name, value)
  }
}

/// Raw data: how many values of which objects.
extension TDMSIndex {
  private mutating func addData(_ data: Range<Int>, of lead: TDMSLeadIn, at position: Int) {
    guard !data.isEmpty else { return }
    let layout: Int32
    do throws(TDMSLayout.Fault) {
      layout = try self.layout(of: lead, bytes: data.count)
    } catch {
      return lose(data.count, "layout-wrong", at: position, "the segment's chunks cannot be read: \(error)")
    }
    let chunk = chunks[Int(layout)]
    guard chunk.bytes > 0 else {
      return lose(data.count, "chunk-empty", at: position, "\(data.count) bytes of raw data, but no channel has any")
    }
    let whole = data.count / chunk.bytes, rest = data.count % chunk.bytes
    segments.append(Segment(position: position, data: data, layout: layout, chunks: whole))
    let counts = chunk.counts, more = rest > 0 ? chunk.counts(in: rest) : []
    for (place, part) in layouts[Int(layout)].parts.enumerated() {
      // Values of width 0 do not exist, but for strings and lines, of which a chunk can hold many in few bytes.
      let (sum, isLarge) = counts[place].multipliedReportingOverflow(by: whole)
      objects[Int(part.object)].count &+= isLarge ? 0 : sum
      if rest > 0 { objects[Int(part.object)].count &+= more[place] }
    }
    if rest > 0 {
      isCut = true
      // An index file tells of data that is not in it.
      let place = isIndexFile ? position : data.upperBound - rest
      findings.append(
        Finding(
          .warning, "chunk-cut", at: place, length: rest,
          "the last chunk has \(rest) of \(chunk.bytes) bytes"))
    }
  }

  /// The number of the layout that the list makes now.
  private mutating func layout(of lead: TDMSLeadIn, bytes: Int) throws(TDMSLayout.Fault) -> Int32 {
    let contents = lead.contents & 0x60
    if let current, current.contents == contents { return current.layout }
    let parts = list.compactMap { entry in
      entry.raw.map { TDMSLayout.Part(object: Int32(entry.object), raw: $0) }
    }
    guard !parts.contains(where: { $0.raw == Self.unknown }) else { throw .indexUnknown }
    let layout = TDMSLayout(parts: parts, isInterleaved: lead.isInterleaved, isBigEndian: lead.isBigEndian)
    if let known = numberOfLayout[layout] {
      current = (known, contents)
      return known
    }
    self.parts += parts.count
    guard self.parts <= Self.mostParts else { throw .tooLarge }
    let indexes = parts.map { rawIndexes[Int($0.raw)] }
    var chunk = try TDMSChunk(indexes, interleaved: lead.isInterleaved, extended: 16)
    if indexes.contains(where: \.type.isExtended), chunk.bytes == 0 || bytes % chunk.bytes != 0 {
      // Windows and Linux write 10 bytes or 16: the one is right for which the size comes out whole.
      chunk = try TDMSChunk(indexes, interleaved: lead.isInterleaved, extended: 10)
      guard chunk.bytes > 0, bytes % chunk.bytes == 0 else { throw .widthUnknown(.extended) }
    }
    let number = Int32(layouts.count)
    numberOfLayout[layout] = number
    layouts.append(layout)
    chunks.append(chunk)
    current = (number, contents)
    return number
  }
}
