import Testing

@testable import Core
@testable import Recordings

/// Frames as `can_msgs/Frame` has them.
private func frames(_ frames: [(id: UInt32, data: [UInt8])], extended: Bool = false) throws -> CANFrames {
  var data = Texts()
  for frame in frames { data.append(frame.data) }
  let columns = [
    Column(.uint32(frames.map(\.id))), Column(.bool(frames.map { _ in extended ? 1 : 0 })),
    Column(.uint8(frames.map { UInt8($0.data.count) })), Column(.text(data)),
  ]
  let schema = Schema([
    Field("id", .uint32), Field("is_extended", .bool), Field("len", .uint8), Field("data", .bytes),
  ])
  return try #require(CANFrames(Batch(schema: schema, columns: columns, count: frames.count)))
}

private func decoder(_ text: String, _ change: (inout CANDecoder.Options) -> Void = { _ in }) -> CANDecoder {
  var options = CANDecoder.Options()
  change(&options)
  return CANDecoder([CANDecoder.Source(name: "test.dbc", database: DBC(Array(text.utf8)))], options)
}

private func decode(_ decoder: inout CANDecoder, _ frames: CANFrames) -> [CANDecoder.Part] {
  decoder.decode(frames, times: (0..<Int64(frames.count)).map { $0 * 1_000_000 })
}

/// A column's values as text, `-` where there is none.
private func shown(_ batch: Batch, _ name: String) -> [String] {
  guard let column = batch[name] else { return ["no column"] }
  return (0..<batch.count).map { row in
    guard column.validity?[row] ?? true else { return "-" }
    return switch column.values {
    case .int64(let values): "\(values[row])"
    case .uint64(let values): "\(values[row])"
    case .uint8(let values): "\(values[row])"
    case .float64(let values): "\(values[row])"
    case .text(let texts): String(decoding: texts[row], as: UTF8.self)
    default: "?"
    }
  }
}

private func decoded(_ text: String, _ all: [(id: UInt32, data: [UInt8])], extended: Bool = false) throws -> Batch {
  var decoder = decoder(text)
  return try #require(decode(&decoder, frames(all, extended: extended)).first).batch
}

/// Bit by bit, by the numbering of databases.
private func naive(_ signal: DBC.Signal, _ data: [UInt8]) -> UInt64 {
  var value: UInt64 = 0
  var place = signal.start
  for index in 0..<signal.length {
    let bit = UInt64(data[place / 8] >> UInt8(place % 8) & 1)
    value |= bit << UInt64(signal.order == .intel ? index : signal.length - 1 - index)
    place = signal.order == .intel ? place + 1 : place % 8 == 0 ? place + 15 : place - 1
  }
  return value
}

@Test(arguments: [8, 20, 64]) func everyPlaceLengthAndOrderIsExact(_ size: Int) throws {
  var random = SeededGenerator(seed: UInt64(size))
  for _ in 0..<600 {
    let order: DBC.Signal.Order = Bool.random(using: &random) ? .intel : .motorola
    let length = Int.random(in: 1...64, using: &random)
    let start = Int.random(in: 0..<size * 8, using: &random), isSigned = Bool.random(using: &random)
    let line = "SG_ S : \(start)|\(length)@\(order == .intel ? 1 : 0)\(isSigned ? "-" : "+") (1,0) [0|0] \"\" X"
    let text = "BO_ 1 M: \(size) X\n \(line)\n"
    let signal = try #require(DBC(Array(text.utf8)).messages.first?.signals.first)
    guard signal.neededBytes <= size else { continue }
    let all = (0..<3).map { _ in (UInt32(1), (0..<size).map { _ in UInt8.random(in: 0...255, using: &random) }) }
    let batch = try decoded(text, all)
    let wanted = all.map { frame in
      let raw = naive(signal, frame.1)
      let unused = UInt64(64 - length)
      return isSigned ? "\(Int64(bitPattern: raw << unused) >> Int64(unused))" : "\(raw)"
    }
    #expect(shown(batch, "S") == wanted, "\(line)")
  }
}

@Test func wholeFactorsGiveIntegersAndOthersDoubles() throws {
  let text = """
    BO_ 1 M: 8 X
     SG_ Counter : 0|64@1+ (1,0) [0|0] "" X
     SG_ Scaled : 0|16@1- (10,-5) [0|0] "" X
     SG_ Tenths : 0|16@1+ (0.1,0) [0|0] "" X
     SG_ Huge : 0|32@1+ (9223372036854775807,0) [0|0] "" X
     SG_ Whole : 0|8@1+ (2.0,1.0) [0|0] "" X
    """
  let batch = try decoded(
    text, [(1, [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]), (1, [3, 0, 0, 0, 0, 0, 0, 0])])
  #expect(shown(batch, "Counter") == ["18446744073709551615", "3"])
  #expect(shown(batch, "Scaled") == ["-15", "25"])
  #expect(shown(batch, "Tenths") == ["\(65535 * 0.1)", "\(3 * 0.1)"])
  #expect(shown(batch, "Whole") == ["511", "7"])
  #expect(batch.schema.fields.map(\.type) == [.uint64, .int64, .float64, .float64, .int64])
}

@Test func ieeeSignalsAreWidenedBeforeTheyAreScaled() throws {
  let text = """
    BO_ 1 M: 8 X
     SG_ F : 7|32@0- (0.1,1) [0|0] "" X
     SG_ G : 32|32@1- (1,0) [0|0] "" X
    SIG_VALTYPE_ 1 F : 1;
    SIG_VALTYPE_ 1 G : 1;
    BO_ 2 N: 8 X
     SG_ D : 0|64@1- (1,0) [0|0] "" X
    SIG_VALTYPE_ 2 D : 2;
    """
  let float = Float(3.3).bitPattern.bigEndian, nan = Float.nan.bitPattern
  let bytes =
    (0..<4).map { UInt8(truncatingIfNeeded: float >> (8 * $0)) }
    + (0..<4).map { UInt8(truncatingIfNeeded: nan >> (8 * $0)) }
  let batch = try decoded(text, [(1, bytes)])
  #expect(shown(batch, "F") == ["\(Double(Float(3.3)) * 0.1 + 1)"])
  #expect(shown(batch, "G") == ["nan"])
  let double = (0..<8).map { UInt8(truncatingIfNeeded: (-2.5).bitPattern >> (8 * $0)) }
  #expect(try shown(decoded(text, [(2, double)]), "D") == ["-2.5"])
}

@Test func textsStandBesideNumbers() throws {
  let text = """
    BO_ 1 M: 1 X
     SG_ Gear : 0|3@1- (2,1) [0|0] "" X
    VAL_ 1 Gear 0 "N" 1 "D" -1 "R" ;
    """
  let batch = try decoded(text, [(1, [0]), (1, [1]), (1, [7]), (1, [2])])
  #expect(shown(batch, "Gear") == ["1", "3", "-1", "5"])
  #expect(shown(batch, "Gear.text") == ["N", "D", "R", "-"])
}

private let multiplexed = """
  BO_ 1 M: 4 X
   SG_ Mode M : 0|4@1- (1,0) [0|0] "" X
   SG_ A m1 : 8|8@1+ (1,0) [0|0] "" X
   SG_ Sub m15M : 8|8@1+ (1,0) [0|0] "" X
   SG_ B m3 : 16|8@1+ (1,0) [0|0] "" X
   SG_ Always : 24|8@1+ (1,0) [0|0] "" X
  SG_MUL_VAL_ 1 A Mode 1-2, 5-5;
  SG_MUL_VAL_ 1 Sub Mode 15-15;
  SG_MUL_VAL_ 1 B Sub 3-4;
  """

@Test func onlySelectedSignalsHaveValues() throws {
  var decoder = decoder(multiplexed)
  let all: [(UInt32, [UInt8])] = [
    (1, [1, 10, 20, 30]), (1, [2, 11, 21, 31]), (1, [5, 12, 22, 32]), (1, [0xf, 3, 23, 33]), (1, [0xf, 9, 24, 34]),
    (1, [6, 13, 25, 35]),
  ]
  let batch = try #require(decode(&decoder, frames(all)).first).batch
  #expect(shown(batch, "Mode") == ["1", "2", "5", "-1", "-1", "6"])
  #expect(shown(batch, "A") == ["10", "11", "12", "-", "-", "-"])
  #expect(shown(batch, "Sub") == ["-", "-", "-", "3", "9", "-"])
  #expect(shown(batch, "B") == ["-", "-", "-", "23", "-", "-"])
  #expect(shown(batch, "Always") == ["30", "31", "32", "33", "34", "35"])
  // Mode 6, and Sub 9 under Mode 15.
  #expect(decoder.report(bus: "b").messages.map(\.unknownSelector) == [2])
}

@Test func aMultiplexorNeedsNoMarkWhereItIsNamed() throws {
  let text = """
    BO_ 291 Msg: 8 X
     SG_ Sel : 0|8@1+ (1,0) [0|255] "" X
     SG_ A m1 : 8|8@1+ (1,0) [0|255] "" X
     SG_ B m2 : 8|8@1+ (1,0) [0|255] "" X
    SG_MUL_VAL_ 291 A Sel 1-3;
    SG_MUL_VAL_ 291 B Sel 4-4, 7-9;
    """
  var decoder = decoder(text)
  let batch = try #require(decode(&decoder, frames([(291, [3, 7]), (291, [5, 8]), (291, [9, 9])])).first).batch
  #expect(shown(batch, "A") == ["7", "-", "-"])
  #expect(shown(batch, "B") == ["-", "-", "9"])
  #expect(decoder.report(bus: "b").messages.map(\.unknownSelector) == [1])
}

@Test func wholeNumbersStayExactUpToTheLargestUnsigned() throws {
  func values(_ signal: String, _ raw: [UInt64]) throws -> [String] {
    let frames = raw.map { raw in (UInt32(1), (0..<8).map { UInt8(truncatingIfNeeded: raw >> UInt64(8 * $0)) }) }
    return try shown(decoded("BO_ 1 M: 8 X\n SG_ A : \(signal) [0|0] \"\" X\n", frames.map { ($0.0, $0.1) }), "A")
  }
  #expect(try values("0|63@1+ (2,1)", [(1 << 62) + 1, 0]) == ["9223372036854775811", "1"])
  #expect(try values("0|8@1+ (1,9223372036854775807)", [2]) == ["9223372036854775809"])
  #expect(try values("0|64@1+ (1,0)", [.max]) == ["18446744073709551615"])
  #expect(
    try values("0|64@1+ (1,-9223372036854775808)", [1, .max]) == ["-9223372036854775807", "9223372036854775807"])
  #expect(try values("0|63@1+ (-1,9223372036854775807)", [1]) == ["9223372036854775806"])
  #expect(try values("0|64@1+ (2,0)", [3]) == ["6.0"], "what fits neither is a double")
  #expect(try values("0|63@1- (4,0)", [3]) == ["12.0"], "and so is what may be below 0 and too large")
}

@Test func shortFramesLoseOnlyWhatDoesNotFit() throws {
  var decoder = decoder(multiplexed)
  let batch = try #require(
    decode(&decoder, frames([(1, [1, 7, 8, 9]), (1, [1, 7]), (1, []), (1, [1, 7, 8, 9, 10])])).first
  ).batch
  #expect(shown(batch, "Mode") == ["1", "1", "-", "1"])
  #expect(shown(batch, "A") == ["7", "7", "-", "7"])
  #expect(shown(batch, "Always") == ["9", "-", "-", "9"])
  let message = decoder.report(bus: "b").messages[0]
  #expect(message.short == 2 && message.long == 1 && message.unknownSelector == 0)
}

@Test func signalsBehindTheMessageAreThereWhenTheFrameIs() throws {
  let text = "BO_ 1 M: 2 X\n SG_ Far : 24|8@1+ (1,0) [0|0] \"\" X\n SG_ Near : 0|8@1+ (1,0) [0|0] \"\" X\n"
  let batch = try decoded(text, [(1, [1, 2]), (1, [1, 2, 3, 4])])
  #expect(shown(batch, "Far") == ["-", "4"])
  #expect(shown(batch, "Near") == ["1", "1"])
}

@Test func textsOfManyBytesAreDigits() throws {
  let text = """
    BO_ 1 M: 64 X
     SG_ Name : 8|80@1+ (1,0) [0|0] "" X
     SG_ Turned : 15|72@0+ (1,0) [0|0] "" X
     SG_ TooFar : 0|1000@1+ (1,0) [0|0] "" X
    """
  let batch = try decoded(text, [(1, (0..<64).map { UInt8($0) }), (1, [1, 2, 3])])
  #expect(shown(batch, "Name") == ["0102030405060708090a", "-"])
  #expect(shown(batch, "Turned") == ["010203040506070809", "-"])
  #expect(shown(batch, "TooFar") == ["-", "-"])
}

private let truck = """
  BO_ 2364540158 EEC1: 8 X
   SG_ Speed : 24|16@1+ (0.125,0) [0|8031.875] "rpm" X
   SG_ Torque : 16|8@1+ (1,-125) [-125|125] "%" X
  BO_ 100 Plain: 8 X
   SG_ P : 0|8@1+ (1,0) [0|0] "" X
  BA_ "ProtocolType" "J1939";
  """

@Test func groupsMatchWhateverTheirSourceIs() throws {
  // EEC1 is PGN F004, whatever source and priority are.
  var decoder = decoder(truck)
  let data: [UInt8] = [0, 0, 125, 8, 0, 0, 0, 0]
  let parts = decode(
    &decoder, try frames([(0x0cf0_0400, data), (0x18f0_0421, data), (0x18f1_0421, data), (100, data)], extended: true))
  #expect(parts.count == 1)
  #expect(shown(parts[0].batch, "sa") == ["0", "33"])
  #expect(shown(parts[0].batch, "Speed") == ["1.0", "1.0"])
  #expect(shown(parts[0].batch, "Torque") == ["0", "0"])
  let report = decoder.report(bus: "b")
  #expect(report.summary == "b: 4 ids, 2 decoded (50.0 % of frames), 2 without message: 00000064, 18F10421")
}

@Test func theDestinationIsNoPartOfAGroup() throws {
  let text =
    "BO_ \(0x98ea_fffe as UInt32) Request: 3 X\n SG_ A : 0|8@1+ (1,0) [0|0] \"\" X\nBA_ \"ProtocolType\" \"J1939\";\n"
  var decoder = decoder(text)
  let parts = decode(&decoder, try frames([(0x18ea_2110, [1, 2, 3]), (0x19ea_2110, [1, 2, 3])], extended: true))
  #expect(shown(parts[0].batch, "da") == ["33"])
  #expect(shown(parts[0].batch, "sa") == ["16"])
  #expect(parts[0].rows == [0], "the data page is part of the group")
}

@Test func framesOf11BitsAreNeverGroups() throws {
  var decoder = decoder(
    "BO_ 2147483902 TSC1: 8 X\n SG_ A : 0|8@1+ (1,0) [0|0] \"\" X\nBA_ \"ProtocolType\" \"J1939\";\n")
  #expect(decode(&decoder, try frames([(0xfe, [1]), (0x7e8, [1])])).isEmpty)
}

@Test func notAvailableIsNull() throws {
  let all: [(UInt32, [UInt8])] = [
    (0x0cf0_0400, [0, 0, 255, 0xff, 0xff, 0, 0, 0]), (0x0cf0_0400, [0, 0, 254, 0, 0xfe, 0, 0, 0]),
    (0x0cf0_0400, [0, 0, 251, 0xff, 0xfa, 0, 0, 0]),
  ]
  var one = decoder(truck)
  let batch = try #require(decode(&one, frames(all, extended: true)).first).batch
  #expect(shown(batch, "Speed") == ["-", "-", "\(0xfaff * 0.125)"])
  #expect(shown(batch, "Torque") == ["-", "-", "126"])
  let report = one.report(bus: "b")
  #expect(report.messages[0].notAvailable == 4)
  #expect(report.messages[0].outOfRange == 1, "126 %")
  var other = decoder(truck) { ($0.keepsUnavailable, $0.keepsRaw) = (true, true) }
  let part = try #require(decode(&other, frames(all, extended: true)).first)
  #expect(shown(part.batch, "Torque") == ["130", "129", "126"])
  #expect(part.raw.count == 2)
}

@Test func valuesBeyondTheLimitsAreNullWhereThatIsAskedFor() throws {
  let text = "BO_ 1 M: 8 X\n SG_ A : 0|8@1+ (1,0) [10|20] \"\" X\n SG_ B : 8|8@1+ (0.5,0) [0|5.3] \"\" X\n"
  let all: [(UInt32, [UInt8])] = [(1, [9, 10]), (1, [10, 11]), (1, [20, 12])]
  for isChecked in [false, true] {
    var one = decoder(text) { $0.checksRange = isChecked }
    let batch = try #require(decode(&one, frames(all)).first).batch
    #expect(shown(batch, "A") == [isChecked ? "-" : "9", "10", "20"])
    #expect(shown(batch, "B") == ["5.0", "5.5", isChecked ? "-" : "6.0"], "half a step is none")
    #expect(one.report(bus: "b").messages[0].outOfRange == 2)
  }
}

@Test func theFirstDatabaseThatKnowsAnIdHasIt() throws {
  let one = DBC(Array("BO_ 1 One: 8 X\n SG_ A : 0|8@1+ (1,0) [0|0] \"\" X\n".utf8))
  let two = DBC(Array("BO_ 1 Two: 8 X\n SG_ A : 0|8@1+ (1,0) [0|0] \"\" X\nBO_ 2 Three: 8 X\n".utf8))
  let sources = [CANDecoder.Source(name: "1.dbc", database: one), CANDecoder.Source(name: "2.dbc", database: two)]
  var decoder = CANDecoder(sources)
  let parts = decode(&decoder, try frames([(1, [1]), (2, [1])]))
  #expect(parts.map { decoder.messages[$0.message].message.name } == ["One", "Three"])
  #expect(decoder.findings.map(\.code) == ["can-duplicate"])
}

@Test func everyFrameIsCountedSomewhere() throws {
  var decoder = decoder("BO_ 2566844672 M: 8 X\n SG_ A : 0|8@1+ (1,0) [0|0] \"\" X\n")
  let all = (0..<20_000 as Range<UInt32>).map { (id: $0 + 4096, data: [UInt8](repeating: 0, count: Int($0 % 9))) }
  #expect(decode(&decoder, try frames(all, extended: true)).isEmpty)
  _ = decode(&decoder, try frames([(1, [])]))
  let report = decoder.report(bus: "b")
  #expect(report.frames == 20_001)
  #expect(report.identifiers.count == 1 << 14)
  #expect(report.otherIdentifiers == 20_001 - 1 << 14)
  #expect(report.unused == ["test.dbc"])
  #expect(report.unseen == ["M"])
  #expect(report.hints == ["no id matches any message of test.dbc"])
}

@Test func likelyMistakesAreNamed() throws {
  var one = decoder("BO_ 2147483649 M: 8 X\n SG_ A : 0|8@1+ (1,0) [0|0] \"\" X\n")
  _ = decode(&one, try frames([(1, [1])]))
  #expect(one.report(bus: "b").hints.contains { $0.contains("bit 31") })
  var two = decoder("BO_ 2364540158 EEC1: 8 X\n")
  _ = decode(&two, try frames([(0x0cf0_0400, [1])], extended: true))
  #expect(two.report(bus: "b").hints.contains { $0.contains("J1939") })
  var three = decoder("BO_ 1 M: 8 X\n")
  _ = decode(&three, try frames([(1, [1])]))
  #expect(three.report(bus: "b").hints == ["1 of 1 frames are shorter than their message"])
}

@Test func idsAreFoundAgainHoweverMany() throws {
  let ids = (0..<5000 as Range<UInt32>).map { 0x1000 + $0 * 4097 }
  let text = ids.map { "BO_ \($0 | 1 << 31) M\($0): 8 X\n" }.joined()
  var decoder = decoder(text)
  for _ in 0..<2 { #expect(decode(&decoder, try frames(ids.map { ($0, [1]) }, extended: true)).count == 5000) }
  let report = decoder.report(bus: "b")
  #expect(report.identifiers.allSatisfy { $0.frames == 2 && $0.message == "M\($0.id)" })
}
