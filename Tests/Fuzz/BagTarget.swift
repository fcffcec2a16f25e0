import Core
import Recordings

extension FuzzTarget {
  /// The input is a recording: opened, read in every form, checked.
  static let bag = FuzzTarget(name: "bag", run: readRecording, seeds: bagSeeds)
}

private let file = ScratchFile()

func readRecording(_ bytes: [UInt8]) throws {
  file.fill(bytes)
  let reader = try Format.open(FileReader(file.path))
  let whole = reader.recording
  // Any message takes more than eight bytes, but a few packed bytes can be many.
  var messages: [Selection.Form: Int] = [:]
  // Not everything for every input, which would be half as fast.
  let choice = bytes.reduce(0) { $0 &+ $1 }
  for form in [Selection.Form.decoded, choice & 1 == 0 ? .raw : .times] {
    var delivered = 0
    let report = try reader.read(Selection(form: form), jobs: 1) { batch in
      must(whole.channels.indices.contains(batch.channel), "channel \(batch.channel)")
      verify(batch)
      if form == .decoded { must(batch.batch.schema == whole.channels[batch.channel].schema, "another schema") }
      delivered += batch.log.count
    }
    must(report.messages == delivered, "\(report.messages) messages reported, \(delivered) delivered")
    messages[form] = report.messages + (form == .decoded ? report.undecoded : 0)
    verify(report.findings, in: bytes.count)
    must(report.outcome == .whole || !report.findings.isEmpty, "a loss without a finding")
  }
  must(Set(messages.values).count == 1, "messages by form: \(messages)")
  guard choice & 2 == 0 else { return try readParts(reader) }
  let checked = try reader.check(jobs: 1)
  verify(checked.findings, in: bytes.count)
  must(checked.messages == checked.channels.reduce(0) { $0 + $1.messages }, "messages of channels and of the recording")
}

/// Narrower selections, with as many results at most.
private func readParts(_ reader: any RecordingReader) throws {
  if let range = reader.recording.range {
    let middle = TimeRange(start: range.start, end: range.start)
    _ = try reader.read(Selection(range: middle, form: .times), jobs: 1) { batch in
      must(batch.log.allSatisfy { $0 == range.start.nanoseconds }, "a message out of the range")
    }
  }
  _ = try reader.read(Selection(channels: [0], form: .raw, parts: 1), jobs: 1) { batch in
    must(batch.channel == 0, "a channel that was not asked for")
  }
}

private func verify(_ batch: ChannelBatch) {
  let count = batch.batch.count
  must(batch.log.count == count && batch.positions.count == count, "\(count) rows, \(batch.log.count) times")
  must(batch.stamps.map { $0.count == count } ?? true, "stamps")
  verify(batch.batch)
}

private func verify(_ findings: [Finding], in length: Int) {
  for finding in findings {
    // A finding's place lies in the file; its length may be that of unpacked bytes.
    must((0...length).contains(finding.offset ?? 0), "a finding at byte \(finding.offset ?? 0) of \(length)")
    must(finding.length ?? 0 >= 0, "a finding of \(finding.length ?? 0) bytes: \(finding.message)")
    must(finding.message.utf8.count < 16 << 10, "a finding with a message of \(finding.message.utf8.count) bytes")
  }
}

/// Every column has as many rows as the batch, of its field's type, and offsets that rise.
func verify(_ batch: Batch) {
  must(batch.columns.count == batch.schema.fields.count, "columns and fields")
  for (field, column) in zip(batch.schema.fields, batch.columns) { verify(column, field.type, batch.count) }
}

private func verify(_ column: Column, _ type: FieldType, _ count: Int) {
  if case .structure(let members) = column.values, members.isEmpty { return }
  must(column.count == count, "\(column.count) values in \(count) rows")
  switch (column.values, type) {
  case (.bool, .bool), (.int8, .int8), (.int16, .int16), (.int32, .int32), (.int64, .int64), (.int64, .time),
    (.int64, .duration), (.int64, .timestamp), (.uint8, .uint8), (.uint16, .uint16), (.uint32, .uint32),
    (.uint64, .uint64), (.float32, .float32), (.float64, .float64):
    break
  case (.text(let texts), .string), (.text(let texts), .bytes): verify(texts.offsets, upTo: texts.bytes.count)
  case (.list(let offsets, let element), .list(let inner)):
    verify(offsets, upTo: element.count)
    verify(element, inner, element.count)
  case (.structure(let columns), .structure(let fields)):
    must(columns.count == fields.count, "members")
    for (column, field) in zip(columns, fields) { verify(column, field.type, count) }
  default: must(false, "values that are no \(type)")
  }
}

private func verify(_ offsets: [Int], upTo end: Int) {
  must(offsets.first == 0 && offsets.last == end, "offsets from \(offsets.first ?? -1) to \(offsets.last ?? -1)")
  must(zip(offsets, offsets.dropFirst()).allSatisfy { $0 <= $1 }, "offsets that fall")
}
