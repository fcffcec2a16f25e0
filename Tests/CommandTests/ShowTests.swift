import Core
import Foundation
import Synchronization
import Testing

@testable import Command

private func table() -> Table {
  var table = Table([.name("CHANNEL"), .number("MESSAGES"), .text("KIND")])
  table.add(["/imu/data", "1,200", "imu"])
  table.add(["/camera/front/left/image_raw", "30"])
  return table
}

@Test func aTableAlignsItsColumns() {
  #expect(
    table().render(width: 80) == """
      CHANNEL                       MESSAGES  KIND
      /imu/data                        1,200  imu
      /camera/front/left/image_raw        30

      """)
}

@Test func aTableShortensNamesAndNothingElse() {
  #expect(
    table().render(width: 35)
      == """
      CHANNEL              MESSAGES  KIND
      /imu/data               1,200  imu
      /camera/...mage_raw        30

      """)
  #expect(table().render(width: 35, isUnicode: true).contains("/camera/f…image_raw"))
}

@Test(arguments: [1, 2, 10, 25]) func aTableInANarrowPlaceStillHasAllRows(_ width: Int) {
  #expect(table().render(width: width).split(separator: "\n").count == 3)
}

@Test func aTableEscapesWhatCouldSteerTheTerminal() {
  var table = Table([.text("NAME")])
  table.add(["a\u{1b}[2J\nb"])
  let text = table.render(width: 80)
  #expect(!text.contains("\u{1b}") && text.split(separator: "\n").count == 2)
}

@Test(arguments: [("abc", 3), ("日本", 4), ("e\u{301}", 1), ("", 0)])
func textHasAWidth(_ text: String, _ columns: Int) { #expect(width(of: text) == columns) }

@Test(arguments: [
  ("abcdefghij", 10, "abcdefghij"), ("abcdefghij", 7, "ab...ij"), ("abcdefghij", 3, "..."), ("abcdefghij", 0, ""),
  ("日本語日本語", 8, "日...語"),
])
func theMiddleGoesFirst(_ text: String, _ most: Int, _ short: String) { #expect(shortened(text, to: most) == short) }

/// What a progress shows, with a clock of its own.
private final class Stage: Sendable {
  let time = Mutex<Int64>(0)
  let shown = Mutex<[String?]>([])
  let said = Mutex<[String]>([])

  func progress(
    _ choice: ProgressChoice, terminal: Bool, bytes: Int64? = 4000, _ change: (inout Log) -> Void = { _ in }
  )
    -> Command.Progress
  {
    var log = Log(tool: "av-x")
    change(&log)
    return Command.Progress(
      choice, log, ProgressState(totalBytes: bytes, totalItems: 4), isTerminal: terminal,
      clock: { self.time.withLock { $0 } }, width: { 60 },
      show: { line in self.shown.withLock { $0.append(line) } }, say: { line in self.said.withLock { $0.append(line) } }
    )
  }

  var lines: [String] { said.withLock { $0 } }
  var bars: [String?] { shown.withLock { $0 } }

  func wait(_ milliseconds: Int64) { time.withLock { $0 += milliseconds * 1_000_000 } }
}

@Test func aBarIsDrawnAtMostTenTimesASecondAndErased() {
  let stage = Stage()
  do {
    let progress = stage.progress(.auto, terminal: true)
    progress.item("landing/a.bag")
    for _ in 0..<1000 {
      stage.wait(1)
      progress.advance(bytes: 1)
    }
    progress.itemDone()
    progress.finish()
  }
  let shown = stage.bars
  #expect((9...10).contains(shown.count { $0 != nil }))
  #expect(shown.last == .some(nil))
  #expect(shown.dropLast(2).last == "1000 of 3.9K  25%  1000/s  3s left  0 of 4  landing/a.bag")
}

@Test func withoutATerminalThereIsALineAMinute() {
  let stage = Stage()
  let progress = stage.progress(.auto, terminal: false)
  for _ in 0..<150 {
    stage.wait(1000)
    progress.advance(bytes: 10)
  }
  progress.finish()
  #expect(stage.lines.count == 2)
  #expect(stage.bars.isEmpty)
}

@Test func recordsOfProgressAreObjects() {
  let stage = Stage()
  let progress = stage.progress(.json, terminal: false) { $0.run = "r" }
  stage.wait(2000)
  progress.advance(bytes: 1000)
  #expect(
    stage.lines == [
      #"{"schema":"av.progress/1","type":"progress","run":"r","items":0,"of":4,"failed":0,"bytes":1000,"total":4000,"#
        + #""rate":500,"eta":6.0}"#
    ])
}

@Test(arguments: [ProgressChoice.auto, .bar, .json]) func quietMeansNoProgress(_ choice: ProgressChoice) {
  let stage = Stage()
  let progress = stage.progress(choice, terminal: true) { $0.level = .errors }
  stage.wait(100_000)
  progress.advance(bytes: 1)
  progress.finish()
  #expect(stage.lines.isEmpty && stage.bars.isEmpty)
}

@Test func progressIsEscapedAndFitsTheTerminal() {
  var state = ProgressState(totalBytes: 10)
  state.item = "a\u{1b}[2J/" + String(repeating: "x", count: 200)
  for columns in [1, 10, 40, 80] { #expect(width(of: state.line(width: columns)) <= columns) }
  #expect(!state.line(width: 80).contains("\u{1b}"))
}

@Test(arguments: [
  (ColorChoice.always, ["NO_COLOR": "1"], true), (.never, ["CLICOLOR_FORCE": "1"], false),
  (.auto, ["CLICOLOR_FORCE": "1"], true), (.auto, ["CLICOLOR_FORCE": "1", "NO_COLOR": "1"], false),
  (.auto, ["CLICOLOR_FORCE": "0", "TERM": "dumb"], false),
])
func colourIsAsTheVariablesSay(_ choice: ColorChoice, _ variables: [String: String], _ isOn: Bool) {
  #expect(choice.isOn(.error) { variables[$0] } == isOn)
}

@Test(arguments: [
  ("a\nb\n", "\n", ["a", "b"]), ("a\n\nb", "\n", ["a", "b"]), ("a\nb\0c\0", "\0", ["a\nb", "c"]), ("", "\n", []),
])
func aListOfNamesIsRead(_ list: String, _ end: String, _ names: [String]) throws {
  let file = FileManager.default.temporaryDirectory.appending(path: "av-list-\(UUID())")
  try Data(list.utf8).write(to: file)
  defer { try? FileManager.default.removeItem(at: file) }
  let look = try parsed(Look.self, ["x", "-", "--files-from", file.path] + (end == "\0" ? ["-0"] : []))
  var inputs = try look.input.inputs(look.inputs, missing: .isRefused)
  #expect(try inputs.rest() == [.path("x"), .standardInput] + names.map { .path($0) })
}

@Test func aNameThatIsNotUTF8IsAnErrorWithItsLine() throws {
  let file = FileManager.default.temporaryDirectory.appending(path: "av-list-\(UUID())")
  try Data([0x61, 0x0a, 0xff, 0x0a]).write(to: file)
  defer { try? FileManager.default.removeItem(at: file) }
  var inputs = try parsed(Look.self, ["--files-from", file.path]).input.inputs([], missing: .isRefused)
  #expect(try inputs.next() == .path("a"))
  #expect(throws: NameError(place: "\(file.path):2")) { try inputs.next() }
}

@Test func noNameAtAllIsRefused() throws {
  let look = try parsed(Look.self, [])
  #expect(throws: UsageError.self) { try look.input.inputs(look.inputs, missing: .isRefused) }
}

@Test func sizesThatAManifestOnlyClaimsAddUpToTheLargest() {
  let stage = Stage()
  let progress = stage.progress(.json, terminal: false)
  progress.expect(bytes: .max)
  progress.expect(bytes: .max)
  stage.wait(2000)
  progress.advance(bytes: 1)
  #expect(stage.lines.count == 1)
  #expect(stage.lines.allSatisfy { $0.contains("9223372036854775807") })
}
