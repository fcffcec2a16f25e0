import Core
import Recordings

extension FuzzTarget {
  /// The input is a DBC file, and behind a NUL NUL the frames that are decoded by it: `{id:u32 length:u8 data}*`.
  static let dbc = FuzzTarget(name: "dbc", run: decodeByDatabase) {
    seedDatabases.map { ($0.name, Array($0.text.utf8) + [0, 0] + $0.frames) }
  }
}

private func decodeByDatabase(_ bytes: [UInt8]) throws {
  let end = bytes.indices.dropLast().first { bytes[$0] == 0 && bytes[$0 + 1] == 0 } ?? bytes.endIndex
  let database = DBC(Array(bytes[..<end]))
  for finding in database.findings {
    must((finding.offset ?? 0) <= 3 * bytes.count + 3, "a finding at \(finding.offset ?? 0) of \(bytes.count)")
  }
  must(database.findings.count <= 2000, "\(database.findings.count) findings")
  for message in database.messages {
    must(message.length <= 1785 && message.id < 1 << 29, "message \(message.id) of \(message.length) bytes")
    for signal in message.signals { check(signal, in: message) }
  }
  guard database.messages.count <= 64, let frames = CANFrames(batch(bytes[end...].dropFirst(2), database)) else {
    return
  }
  var options = CANDecoder.Options()
  options.keepsRaw = true
  options.isJ1939 = bytes.count.isMultiple(of: 2)
  var decoder = CANDecoder([CANDecoder.Source(name: "fuzz", database: database)], options)
  let parts = decoder.decode(frames, times: frames.ids.indices.map(Int64.init))
  var decoded = 0
  for part in parts {
    verify(part.batch)
    must(part.batch.count == part.rows.count, "\(part.rows.count) rows, \(part.batch.count) in the batch")
    must(part.raw.count == decoder.messages[part.message].message.signals.count, "raw columns")
    decoded += part.rows.count
  }
  let report = decoder.report(bus: "fuzz")
  must(report.decoded == decoded, "\(report.decoded) frames counted, \(decoded) decoded")
  must(report.frames + report.error + report.remote == frames.count, "\(report.frames) of \(frames.count) frames")
}

private func check(_ signal: DBC.Signal, in message: DBC.Message) {
  must((1...14_280).contains(signal.length), "a signal of \(signal.length) bits")
  guard let above = signal.selection?.multiplexor else { return }
  must(message.signals.indices.contains(above), "a multiplexor that is not there")
  // Circles were cut.
  var at = above
  for _ in 0...message.signals.count {
    guard let next = message.signals[at].selection?.multiplexor else { return }
    at = next
  }
  must(false, "a circle of multiplexors")
}

/// Frames of the input, and one of full length of each message.
private func batch(_ bytes: ArraySlice<UInt8>, _ database: DBC) -> Batch {
  var ids: [UInt32] = [], lengths: [UInt8] = [], extended: [UInt8] = [], data = Texts()
  for message in database.messages {
    ids.append(message.id)
    extended.append(message.isExtended ? 1 : 0)
    lengths.append(UInt8(min(64, message.length)))
    data.append(Array(repeating: 0xa5, count: min(64, message.length)))
  }
  var rest = bytes
  while rest.count >= 5, ids.count < 256 {
    let id = rest.prefix(4).reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
    let length = Int(rest[rest.startIndex + 4] & 127)
    rest = rest.dropFirst(5)
    ids.append(id)
    extended.append(0)
    lengths.append(UInt8(length))
    data.append(rest.prefix(length))
    rest = rest.dropFirst(length)
  }
  let schema = Schema([
    Field("id", .uint32), Field("is_extended", .bool), Field("dlc", .uint8), Field("data", .bytes),
  ])
  let columns = [Column(.uint32(ids)), Column(.bool(extended)), Column(.uint8(lengths)), Column(.text(data))]
  return Batch(schema: schema, columns: columns, count: ids.count)
}

private let seedDatabases: [(name: String, text: String, frames: [UInt8])] = [
  (
    "plain",
    "VERSION \"1\"\nNS_ :\n\tCM_\nBS_:\nBU_: A B\nBO_ 1 M: 8 A\n SG_ S : 7|16@0- (0.5,-1) [-9|9] \"km/h\" B,C\n"
      + "CM_ SG_ 1 S \"two\nlines\";\nVAL_ 1 S 0 \"off\" -1 \"on\" ;\n",
    LittleEndian.u32(1) + [8, 1, 2, 3, 4, 5, 6, 7, 8] + LittleEndian.u32(1) + [1, 9]
  ),
  (
    "multiplexed",
    "BO_ 2 M: 8 A\n SG_ X M : 0|8@1+ (1,0) [0|0] \"\" B\n SG_ Y m1M : 8|8@1+ (2,0) [0|0] \"\" B\n"
      + " SG_ Z m3 : 13|64@1+ (1,0) [0|0] \"\" B\nSG_MUL_VAL_ 2 Y X 1-2, 5-5;\nSG_MUL_VAL_ 2 Z Y 3-3;\n",
    LittleEndian.u32(2) + [8, 1, 3, 0, 0, 0, 0, 0, 0]
  ),
  (
    "truck",
    "BO_ 2364540158 EEC1: 8 A\n SG_ N : 24|16@1+ (0.125,0) [0|8031] \"rpm\" B\n SG_ F : 32|32@1- (1,0) [0|0] \"\" B\n"
      + "BA_DEF_ BO_ \"VFrameFormat\" ENUM \"StandardCAN\",\"J1939PG\";\nBA_DEF_DEF_ \"VFrameFormat\" \"StandardCAN\";\n"
      + "BA_ \"VFrameFormat\" BO_ 2364540158 1;\nBA_ \"SystemSignalLongSymbol\" SG_ 2364540158 N \"LongName\";\n"
      + "SIG_VALTYPE_ 2364540158 F : 1;\nVAL_TABLE_ T 1 \"a\" ;\nVAL_ 2364540158 N T ;\nBO_TX_BU_ 1 : A,B;\n",
    LittleEndian.u32(0x8cf0_0421) + [8, 0, 0, 0, 0xff, 0xff, 1, 2, 3]
  ),
  (
    "long", "BO_ 3 M: 64 A\n SG_ T : 3|300@1+ (1,0) [0|0] \"\" B\n SG_ U : 511|9@0+ (1e300,.5) [0|0] \"\" B\n",
    LittleEndian.u32(3) + [64] + Array(0..<64)
  ),
]
