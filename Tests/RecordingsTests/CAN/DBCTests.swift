import Foundation
import Testing

@testable import Core
@testable import Recordings

private func database(_ text: String) -> DBC { DBC(Array(text.utf8)) }

private func codes(_ database: DBC) -> [String] { database.findings.map(\.code) }

@Test func aMessageHasItsSignals() throws {
  let dbc = database(
    """
    VERSION "1.2"
    NS_ :
    \tCM_
    \tBA_DEF_

    BS_: 500000 : 0,0
    BU_: ECM TCM
    BO_ 100 Engine: 8 ECM
     SG_ Speed : 8|16@1+ (0.25,-40) [-40|8191] "rpm" TCM, XXX
     SG_ Torque : 7|12@0- (1e-1,.5) [0|0] "Nm" TCM
    BO_ 2566844672 Cruise : 8 Vector__XXX

    CM_ "the file";
    CM_ BO_ 100 "says \\"hello\\"; // still text
    on two lines";
    CM_ SG_ 100 Speed "of the crankshaft";
    """)
  #expect(dbc.findings.isEmpty)
  #expect(dbc.version == "1.2")
  #expect(dbc.comment == "the file")
  #expect(dbc.messages.map(\.name) == ["Engine", "Cruise"])
  let engine = dbc.messages[0]
  #expect(engine.id == 100 && !engine.isExtended && engine.length == 8 && engine.sender == "ECM")
  #expect(engine.comment == "says \"hello\"; // still text\non two lines")
  let speed = engine.signals[0]
  #expect(speed.order == .intel && !speed.isSigned && speed.start == 8 && speed.length == 16)
  #expect(speed.factor.double == 0.25 && speed.offset.integer == -40 && speed.unit == "rpm" && speed.maximum == 8191)
  #expect(speed.comment == "of the crankshaft")
  let torque = engine.signals[1]
  #expect(torque.order == .motorola && torque.isSigned && torque.factor.double == 0.1 && torque.offset.double == 0.5)
  #expect(dbc.messages[1].id == 0x18fe_f100 && dbc.messages[1].isExtended)
}

@Test func theOrderOfStatementsIsFree() throws {
  let dbc = database(
    """
    VAL_ 1 Gear 0 "N" 1 "D" -1 "R" 4294967295 "none" 2.0 "two"
    ;
    BA_ "GenMsgCycleTime" BO_ 1 50;
    SIG_VALTYPE_ 1 Level:1;
    BO_ 1 M: 8 X
    SG_ Gear:0|8@1-(1,0)[0|0]"" X
    SG_ Level : 32|32@1- (1,0) [0|0] "" X
    BA_DEF_ BO_ "GenMsgCycleTime" INT 0 10000;
    """)
  #expect(dbc.findings.isEmpty)
  let message = try #require(dbc.messages.first)
  #expect(message.signals[0].texts.map(\.text) == ["N", "D", "R", "none", "two"])
  #expect(message.signals[0].texts.compactMap(\.raw.integer) == [0, 1, -1, 4_294_967_295, 2])
  #expect(message.signals[1].coding == .float32)
  #expect(message.cycleTime == 50)
}

@Test func aLineBeyondRepairIsNamedAndTheRestServes() throws {
  let dbc = database(
    """
    BO_ 1 A: 8 X
     SG_ Good : 0|8@1+ (1,0) [0|1] "" X
     SG_ Bad : 0|8@1? (1,0) [0|1] "" X
     SG_ AlsoGood : 8|8@1+ (1,0) [0|1] "" X
    BO_ two B: 8 X
    BO_ 3 C: 8 X
    WHAT_IS_THIS 1 2 3
    CM_ BO_ 3 "no end
    BO_ 4 D: 8 X
    CM_ BO_ 4 "good";
    """)
  #expect(dbc.messages.map(\.name) == ["A", "C", "D"])
  #expect(dbc.messages[0].signals.map(\.name) == ["Good", "AlsoGood"])
  #expect(dbc.messages[2].comment == "good")
  let lines = dbc.findings.map(\.message)
  #expect(lines.count == 4)
  #expect(lines[0].hasPrefix("line 3, column 17: wanted '+'"))
  #expect(lines[1].hasPrefix("line 5, column 5: wanted a number"))
  #expect(lines[2].hasPrefix("line 7, column 1: 'WHAT_IS_THIS'"))
  #expect(lines[3].hasPrefix("line 8, column 11: a text has no closing quote"))
}

@Test func nothingIsADatabaseWithoutMessages() {
  #expect(DBC([]).messages.isEmpty)
  #expect(codes(DBC([])) == ["dbc-empty"])
  #expect(codes(DBC(Array("PK\u{3}\u{4}".utf8))) == ["dbc-syntax", "dbc-empty"])
}

@Test func textsAreWindows1252WhereTheyAreNotUTF8() throws {
  let head = Array("BO_ 1 M: 8 X\n SG_ T : 0|8@1+ (1,0) [0|0] \"".utf8), tail = Array("\" X\n".utf8)
  let units: [([UInt8], String)] = [
    ([0xb0, 0x43], "°C"), ([0xc2, 0xb0, 0x43], "°C"), ([0x80], "€"), ([0xb5, 0x6d], "µm"), ([0x81], "\u{81}"),
  ]
  for (bytes, text) in units { #expect(DBC(head + bytes + tail).messages.first?.signals.first?.unit == text) }
  let marked = DBC([0xef, 0xbb, 0xbf] + head + tail)
  #expect(marked.findings.isEmpty && marked.messages.count == 1)
}

@Test(arguments: ["\n", "\r\n", "\r"]) func anyLineEndServes(_ end: String) throws {
  let lines = ["BO_ 1 M: 8 X", " SG_ A : 0|8@1+ (1,0) [0|0] \"\" X", " SG_ B : 8|8@9+ (1,0) [0|0] \"\" X", ""]
  let dbc = database(lines.joined(separator: end))
  #expect(dbc.messages.first?.signals.map(\.name) == ["A"])
  #expect(dbc.findings.first?.message.hasPrefix("line 3, ") == true)
}

@Test func namesMayBeginWithADigitAndBeLong() throws {
  let dbc = database(
    """
    BO_ 1 2017_5: 8 X
     SG_ 0_COUNTER : 0|8@1+ (1,0) [0|0] "" X
     SG_ Cut : 8|8@1+ (1,0) [0|0] "" X
    BA_ "SystemSignalLongSymbol" SG_ 1 Cut "CutAtThirtyTwoLettersButNotHereAnyMore";
    BA_ "SystemMessageLongSymbol" BO_ 1 "TheMessageWithTheLongestNameOfThemAll";
    VAL_ 1 Cut 1 "found by the short name";
    """)
  let message = try #require(dbc.messages.first)
  #expect(message.name == "TheMessageWithTheLongestNameOfThemAll")
  #expect(message.signals.map(\.name) == ["0_COUNTER", "CutAtThirtyTwoLettersButNotHereAnyMore"])
  #expect(message.signals[1].texts.count == 1)
}

@Test func idsThatCannotBeAreTakenOrNamed() throws {
  let dbc = database(
    """
    BO_ 3221225472 VECTOR__INDEPENDENT_SIG_MSG: 0 Vector__XXX
     SG_ Orphan : 0|8@1+ (1,0) [0|0] "" X
    BO_ 2048 NoFlag: 8 X
     SG_ A : 0|8@1+ (1,0) [0|0] "" X
    BO_ 4831838208 TooLong: 8 X
    BO_ 1610612736 Wide: 8 X
    BO_ 5 One: 8 X
     SG_ A : 0|8@1+ (1,0) [0|0] "" X
     SG_ A : 8|8@1+ (1,0) [0|0] "" X
    BO_ 5 Again: 8 X
     SG_ B : 0|8@1+ (1,0) [0|0] "" X
    BO_ 2147483653 SameNumberExtended: 8 X
    """)
  #expect(dbc.messages.map(\.name) == ["NoFlag", "One", "SameNumberExtended"])
  #expect(dbc.messages.map(\.isExtended) == [true, false, true])
  #expect(dbc.messages[1].signals.count == 1)
  #expect(codes(dbc) == ["dbc-id", "dbc-id", "dbc-id", "dbc-duplicate", "dbc-duplicate"])
}

@Test func frameFormatsAreResolvedByTheirText() throws {
  func isJ1939(_ names: String, _ value: String, _ rest: String = "") -> Bool? {
    database(
      """
      BO_ 2364540158 EEC1: 8 X
      BA_DEF_ BO_ "VFrameFormat" ENUM \(names);
      BA_DEF_DEF_ "VFrameFormat" "\(rest.isEmpty ? "StandardCAN" : rest)";
      \(value.isEmpty ? "" : "BA_ \"VFrameFormat\" BO_ 2364540158 \(value);")
      """
    ).messages.first?.isJ1939
  }
  let old = "\"StandardCAN\",\"ExtendedCAN\",\"reserved\",\"J1939PG\""
  let new = "\"StandardCAN\",\"ExtendedCAN\",\"StandardCAN_FD\",\"ExtendedCAN_FD\",\"J1939PG\""
  #expect(isJ1939(old, "3") == true)
  #expect(isJ1939(new, "3") == false)
  #expect(isJ1939(new, "4") == true)
  #expect(isJ1939(old, "\"J1939PG\"") == true)
  #expect(isJ1939(old, "", "J1939PG") == true)
  #expect(isJ1939(old, "1") == false)
  let marked = database("BO_ 2364540158 A: 8 X\nBO_ 1 B: 8 X\nBA_ \"ProtocolType\" \"J1939\";\n")
  #expect(marked.messages.map(\.isJ1939) == [true, false])
}

@Test func multiplexorsThatCannotBeLeaveTheirSignalsWithoutValues() throws {
  let dbc = database(
    """
    BO_ 1 Circle: 8 X
     SG_ A m0M : 0|8@1+ (1,0) [0|0] "" X
     SG_ B m0M : 8|8@1+ (1,0) [0|0] "" X
     SG_ C : 16|8@1+ (1,0) [0|0] "" X
    BO_ 2 Lonely: 8 X
     SG_ D m1 : 0|8@1+ (1,0) [0|0] "" X
    SG_MUL_VAL_ 1 A B 0-0;
    SG_MUL_VAL_ 1 B A 0-0, 3-7;
    """)
  #expect(dbc.messages[0].signals.map { $0.selection?.multiplexor } == [nil, nil, nil])
  #expect(dbc.messages[0].signals[1].selection?.values == [0...0, 3...7])
  #expect(codes(dbc) == ["dbc-multiplexor", "dbc-multiplexor"])
}

@Test func attributesAreKeptByObject() throws {
  let dbc = database(
    """
    BO_ 1 M: 8 X
     SG_ S : 0|8@1+ (1,0) [0|0] "" X
    BA_DEF_ BO_ "Receivable" BOOL False True;
    BA_DEF_ "BusType" STRING ;
    BA_ "BusType" "CAN FD";
    BA_ "Receivable" BO_ 1 True;
    BA_ "SPN" SG_ 1 S 190;
    BA_ "Node" BU_ X 3;
    """)
  #expect(dbc.findings.isEmpty)
  #expect(dbc.attributes == ["BusType": .text("CAN FD")])
  #expect(dbc.messages[0].attributes == ["Receivable": .text("True")])
  #expect(dbc.messages[0].signals[0].attributes == ["SPN": .number(190)])
}

@Test func statementsOfNoInterestAreStepped() throws {
  let dbc = database(
    """
    BO_ 1 M: 8 X
     SG_ S : 0|8@1+ (1,0) [0|0] "" X
    BO_TX_BU_ 1 : A,B;
    EV_ Var: 0 [0|1] "" 0 1 DUMMY_NODE_VECTOR0 Vector__XXX;
    ENVVAR_DATA_ Var: 4;
    SIG_GROUP_ 1 G 1 : S;
    BA_REL_ "Rel" BU_SG_REL_ X SG_ 1 S "a;b";
    BA_DEF_REL_ BU_SG_REL_ "Rel" STRING ;
    VAL_ Var 1 "on" 0 "off" ;
    VAL_TABLE_ OnOff 1 "on" 0 "off" ;
    VAL_ 1 S OnOff ;
    CM_ EV_ Var "a variable";
    CM_ 1234 "a bare number";
    CM_ SG_ 1 "no signal";
    """)
  #expect(dbc.findings.isEmpty)
  #expect(dbc.messages[0].signals[0].texts.map(\.text) == ["on", "off"])
}

@Test func findingsAreBoundedAndTimeIsLinear() {
  let line = "CM_ \"never closed\nBO_ x\nSG_ : 1\nVAL_ 1 S 0 \"\n"
  let dbc = database(String(repeating: line, count: 5000))
  #expect(dbc.messages.isEmpty)
  #expect(dbc.findings.count <= 400)
  let chain = (0..<5000).map { " SG_ S\($0) m0M : 0|8@1+ (1,0) [0|0] \"\" X\n" }.joined()
  let links = (1..<5000).map { "SG_MUL_VAL_ 1 S\($0) S\($0 - 1) 0-0;\n" }.joined()
  #expect(database("BO_ 1 M: 8 X\n\(chain)\(links)").messages.first?.signals.count == 5000)
}

/// Cut anywhere, or with any byte changed: read, with findings, or not at all.
@Test func damagedTextIsReadWithoutATrap() {
  let text = Array(
    """
    VERSION "1"
    BO_ 1 M: 8 X
     SG_ S m1M : 0|8@1- (1.5e3,-1) [0|0x10] "°\\"" X,Y
    VAL_ 1 S 0 "off" -1 "x;" ;
    CM_ SG_ 1 S "two
    lines";
    BA_DEF_ BO_ "VFrameFormat" ENUM "A","B";
    BA_ "VFrameFormat" BO_ 1 1;
    SG_MUL_VAL_ 1 S S 1-2, 3-3;
    SIG_VALTYPE_ 1 S : 1;
    """.utf8)
  for end in text.indices { _ = DBC(Array(text[..<end])) }
  var random = SeededGenerator(seed: 4)
  for index in text.indices {
    for byte in [0, 0x22, 0x3b, 0x0a, 0xff, UInt8.random(in: 0...255, using: &random)] {
      var changed = text
      changed[index] = byte
      _ = DBC(changed)
    }
  }
}

private enum Databases {
  static let paths: [String] = {
    guard let folder = SharedData.folder.map({ $0 + "/dbc" }) else { return [] }
    return ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted().map { folder + "/" + $0 }
      .filter { $0.lowercased().hasSuffix(".dbc") }
  }()
}

@Test(.enabled(if: !Databases.paths.isEmpty, "no shared data"), arguments: Databases.paths)
func everyRealDatabaseIsRead(_ path: String) throws {
  let dbc = try DBC(path: path)
  let bytes = try FileReader(path).bytes(at: 0, count: FileReader(path).count)
  let lines = String(decoding: bytes, as: UTF8.self).split { $0 == "\n" || $0 == "\r\n" || $0 == "\r" }
  let messages = lines.count { $0.hasPrefix("BO_ ") && !$0.contains("VECTOR__INDEPENDENT_SIG_MSG") }
  let refused = dbc.findings.count { $0.code == "dbc-duplicate" && $0.message.contains(": message ") }
  #expect(dbc.messages.count + refused == messages)
  let broken = dbc.findings.filter { $0.code == "dbc-syntax" }.map(\.message)
  // One line of one file has the byte order 2.
  let isKnown = path.hasSuffix("GENIVI__tesla_can.24076f.dbc")
  #expect(broken.count == (isKnown ? 1 : 0), "\(broken)")
  #expect(broken.allSatisfy { $0.hasPrefix("line 118, column 5: signal DAS_steeringHapticRequest ") })
}
