import Core

/// Adds up what the parts of a bag gave, against what its index promises.
struct RosBagAccount {
  private(set) var messages = 0
  private var lostInChunks = 0
  /// Messages of chunk infos that name no chunk, and messages of chunks that no info names: a position may be wrong.
  private var promisedElsewhere = 0, foundElsewhere = 0
  private(set) var lostBytes: Int
  private(set) var isDamaged = false
  var findings: Findings
  private let promised: [Int: RosBagChunkInfo]
  /// Bytes between records; no loss where every promise is kept.
  private let strayBytes: Int
  private let index: RosBagIndex
  private let walk: RosBagWalk

  init(_ walk: RosBagWalk, _ index: RosBagIndex) {
    self.walk = walk
    self.index = index
    let infos = index.doubt == nil ? index.infos : walk.infos
    promised = Dictionary(infos.map { ($0.position, $0) }, uniquingKeysWith: { first, _ in first })
    strayBytes = walk.lostBytes
    lostBytes = 0
    findings = Findings(index.findings)
    findings.append(walk.findings)
    if let doubt = index.doubt, index.isClosed, walk.names.isEmpty {
      findings.append(Finding(.warning, "index-wrong", "\(doubt); the records were walked"))
    }
    if !index.isClosed {
      findings.append(
        Finding(.warning, "unclosed", "the recording was not closed: it has no index, and may lack its end"))
    }
    let chunks = walk.parts.count { if case .chunk = $0.content { true } else { false } }
    if index.isPastEnd, chunks < Int(index.header.chunkCount) {
      isDamaged = true
      findings.append(
        Finding(
          .error, "chunks-lost", "the recorder wrote \(index.header.chunkCount) chunks, \(chunks) are there")
      )
    }
    let found = Set(walk.parts.map(\.position))
    for info in infos where !found.contains(info.position) {
      let number = info.counts.reduce(0) { $0 + $1.messages }
      promisedElsewhere += number
      findings.append(
        Finding(
          .warning, "index-wrong", at: info.position < walk.length ? info.position : nil,
          "no chunk at byte \(info.position), where the index has one with \(number) messages"))
    }
  }

  mutating func add(_ part: RosBagPart, _ contents: RosBagContents) {
    messages += contents.messages
    lostBytes += contents.lostBytes
    isDamaged = isDamaged || contents.isDamaged
    findings.append(contents.findings)
    // Also of a chunk that looks open: its promise stands.
    guard let info = promised[part.position] else {
      if case .chunk = part.content { foundElsewhere += contents.messages }
      return
    }
    let wanted = info.counts.reduce(0) { $0 + $1.messages }
    guard wanted != contents.messages else { return }
    let span = "\(Timestamp(nanoseconds: info.start)) to \(Timestamp(nanoseconds: info.end))"
    if wanted > contents.messages {
      lostInChunks += wanted - contents.messages
      isDamaged = true
      findings.append(
        Finding(
          .error, "messages-lost", at: part.position, length: part.data.count,
          "\(wanted - contents.messages) of \(wanted) messages from \(span) cannot be read"))
    } else {
      findings.append(
        Finding(
          .warning, "index-wrong", at: part.position,
          "the chunk holds \(contents.messages) messages, its chunk info says \(wanted)"))
    }
  }

  /// Messages that the chunk infos promise and that could not be read; of a part of the recording those of its chunks.
  func lost(ofEverything isEverything: Bool = true) -> Int {
    lostInChunks + (isEverything ? max(0, promisedElsewhere - foundElsewhere) : 0)
  }

  /// Closed by its writer, and every promise of the bag header kept.
  var isClosedWhole: Bool {
    guard index.isClosed, !isDamaged, outcome(delivered: messages) == .whole else { return false }
    guard walk.names.isEmpty else { return true }
    return max(index.infos.count, walk.infos.count) >= Int(index.header.chunkCount)
      && max(index.connections.count, walk.connections.count) >= Int(index.header.connectionCount)
  }

  /// `delivered` is nil when only a part was asked for.
  func outcome(delivered: Int?) -> Recording.Outcome {
    let promisedMessages = promised.values.reduce(0) { $0 + $1.counts.reduce(0) { $0 + $1.messages } }
    let isAccounted = index.isClosed && !promised.isEmpty && lost(ofEverything: delivered != nil) == 0
    let isElsewhere = delivered != nil && promisedElsewhere > foundElsewhere
    let isLossy = isDamaged || isElsewhere || lostBytes > 0 || (strayBytes > 0 && !isAccounted)
    guard isLossy || promisedMessages > 0 else { return .whole }
    if delivered == 0, isLossy || promisedMessages > 0 { return .nothing }
    return isLossy ? .lossy : .whole
  }
}
