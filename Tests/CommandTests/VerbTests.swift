import Core
import Foundation
import Testing

@testable import Command

/// A verb that fails in a chosen way.
struct Failing: Verb {
  enum Way: String, CaseIterable, ArgumentValue { case usage, configuration, system, busy, integrity, unknown, none }

  static let name = "av-fail", abstract = "Fail."
  @Operand("How to fail", value: "way") var way: Way
  @OptionGroup var output: OutputOptions

  func run() throws -> ExitCode {
    switch way {
    case .usage: throw UsageError("this is not how")
    case .configuration: throw ConfigurationError("x.json5:3", "unknown key 'a'", hint: "did you mean 'b'?")
    case .system: throw SystemError("a\u{1b}[31m.bag", cannot: "rename", code: 28)
    case .busy: throw BusyError("lake", "run 7 holds the lease")
    case .integrity: throw IntegrityError("raw/a", "sha256 is 1, should be 2")
    case .unknown: throw CocoaError(.coderInvalidValue)
    case .none: return .loss
    }
  }
}

@Test(arguments: [
  ("usage", ExitCode.usage), ("configuration", .usage), ("system", .system), ("busy", .busy),
  ("integrity", .integrity), ("unknown", .items), ("none", .loss), ("other", .usage),
])
func everyKindOfErrorHasItsExitCode(_ way: String, _ code: ExitCode) { #expect(Failing.main([way]) == code) }

@Test(arguments: [
  ([], ExitCode.usage), (["-h"], .success), (["look", "-h"], .success), (["look", "a"], .success), (["lok"], .usage),
  (["--nope"], .usage), (["check"], .usage), (["check", "x"], .success), (["--version"], .success),
  (["look", "--version"], .success), (["look", "--generate", "man"], .usage), (["--generate", "man"], .success),
  (["--generate", "xml"], .usage),
])
func aVerbWithCommandsRunsTheCommand(_ words: [String], _ code: ExitCode) { #expect(Group.main(words) == code) }

@Test func helpIsShownWhateverTheVariablesSay() {
  #expect(Demo.main(["--help"], environment: { $0 == "AV_LIMIT" ? "x" : nil }) == .success)
  #expect(Demo.main([], environment: { $0 == "AV_LIMIT" ? "x" : nil }) == .usage)
}

@Test func anErrorIsOneEscapedLineAndAHint() async {
  let result = await #expect(processExitsWith: .exitCode(6), observing: [\.standardErrorContent]) {
    Console.leave(Failing.main(["system"]))
  }
  #expect(
    String(decoding: result?.standardErrorContent ?? [], as: UTF8.self) == """
      av-fail: a\\u{1b}[31m.bag: cannot rename: No space left on device (AV-IO-003)
      hint: make room and run it again; what is complete is skipped

      """)
}

@Test func anErrorOfAnItemNamesItOnce() async {
  let result = await #expect(processExitsWith: .exitCode(0), observing: [\.standardErrorContent]) {
    let log = Log(tool: "av-x")
    log.fail(UsageError("not valid rosbag: chunk at byte 7: wanted a length"), item: "a.bag")
    log.fail(SystemError("a.bag", cannot: "open", code: 2), item: "a.bag")
    log.note("not wanted")
    log.warn("wanted")
    exit(0)
  }
  #expect(
    String(decoding: result?.standardErrorContent ?? [], as: UTF8.self) == """
      av-x: a.bag: not valid rosbag: chunk at byte 7: wanted a length (AV-USE-001)
      av-x: a.bag: cannot open: No such file or directory (AV-IO-002)
      av-x: wanted

      """)
}

@Test func aLineTakesTheStatusOfTheTerminalAway() async {
  let result = await #expect(processExitsWith: .exitCode(0), observing: [\.standardErrorContent]) {
    Console.status("10%")
    Console.status("20%")
    Console.complain("av-x: wanted")
    Console.status("30%")
    Console.leave(.success)
  }
  #expect(
    String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
      == "\r10%\u{1b}[K\r20%\u{1b}[K\r\u{1b}[Kav-x: wanted\n\r30%\u{1b}[K\r\u{1b}[K")
}

@Test func anErrorForMachinesIsOneObject() async {
  let result = await #expect(processExitsWith: .exitCode(6), observing: [\.standardErrorContent]) {
    Console.leave(Failing.main(["system", "--log-format=json"]))
  }
  #expect(
    String(decoding: result?.standardErrorContent ?? [], as: UTF8.self) == #"""
      {"schema":"av.error/1","type":"exit_error","op":"rename","path":"a\u001b[31m.bag","errno":"ENOSPC",\#
      "code":"AV-IO-003","retryable":true,"msg":"a\u001b[31m.bag: cannot rename: No space left on device",\#
      "hint":"make room and run it again; what is complete is skipped","exit":6}

      """#)
}

@Test(arguments: [
  (["--nope", "--log-format", "json"], [:]), (["--log-format=json", "--nope"], [:]),
  (["--nope"], ["AV_LOG_FORMAT": "json"]),
])
func aUsageErrorIsToldInTheFormThatWasAskedFor(_ words: [String], _ variables: [String: String]) async {
  let result = await #expect(processExitsWith: .exitCode(2), observing: [\.standardErrorContent]) {
    [words, variables] in
    Console.leave(Failing.main(words) { variables[$0] })
  }
  let text = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
  #expect(text.hasPrefix(#"{"schema":"av.error/1","type":"exit_error","code":"AV-USE-001""#))
}

@Test func theSameErrorOfAnItemIsARecord() throws {
  var tally = Tally(Log(tool: "av-x"), atMost: 2)
  let record = try tally.failed(SystemError("a.bag", cannot: "open", code: 2), item: "a.bag")
  #expect(
    record == #"{"schema":"av.error/1","type":"error","item":"a.bag","op":"open","path":"a.bag","errno":"ENOENT","#
      + #""code":"AV-IO-002","retryable":false,"msg":"a.bag: cannot open: No such file or directory"}"#)
  #expect(tally.code == .items && !tally.isFull)
  #expect(throws: SystemError.self) { try tally.failed(SystemError("a", cannot: "write", code: 28), item: "a") }
  _ = try tally.failed(IntegrityError("raw/a", "differs"), item: "raw/a")
  #expect(tally.code == .integrity && tally.isFull)
}

@Test func anEmptyRunIsASuccessUnlessAskedOtherwise() {
  var tally = Tally(Log(tool: "av-x"))
  #expect(tally.code(failIfEmpty: false) == .success)
  #expect(tally.code(failIfEmpty: true) == .nothing)
  tally.done()
  #expect(tally.code(failIfEmpty: true) == .success)
  tally.done(.loss)
  #expect(tally.code(failIfEmpty: true) == .loss)
}

/// A verb that gets a signal while it works.
struct Working: Verb {
  static let name = "av-work", abstract = "Work.", stopsCleanly = true
  @Operand("Signals to send to itself", value: "signal", completion: .none) var signals: [Int]
  @Flag("Work on after the signal") var goOn

  func run() throws -> ExitCode {
    for signal in signals {
      kill(getpid(), Int32(signal))
      // Another thread may take it, a little later.
      usleep(300_000)
    }
    if Signals.requested != nil { try Console.record("finished the step") }
    if goOn { try Console.record(Signals.takeProgressRequest() ? "progress" : "none") }
    return .success
  }
}

@Test(arguments: [SIGINT, SIGTERM, SIGHUP]) func aSignalEndsTheVerbAfterItsStep(_ signal: Int32) async {
  let result = await #expect(
    processExitsWith: .signal(signal), observing: [\.standardErrorContent, \.standardOutputContent]
  ) {
    [signal] in
    #expect(Working.main(["\(signal)"]) == .success)
    if let signal = Signals.requested { Signals.die(by: signal) }
  }
  let output = String(decoding: result?.standardOutputContent ?? [], as: UTF8.self)
  #expect(output.hasSuffix("finished the step\n"))
  let said = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
  #expect(said.hasSuffix("; run it again to go on\n"))
}

@Test func aSecondSignalEndsItAtOnce() async {
  await #expect(processExitsWith: .exitCode(143)) {
    _ = Working.main(["\(SIGINT)", "\(SIGTERM)"])
  }
}

@Test func aSignalForProgressIsAFlag() async {
  let result = await #expect(processExitsWith: .exitCode(0), observing: [\.standardOutputContent]) {
    Console.leave(Working.main(["\(SIGUSR1)", "--go-on"]))
  }
  let output = String(decoding: result?.standardOutputContent ?? [], as: UTF8.self)
  #expect(output.hasSuffix("progress\n"))
}

@Test func aVerbThatDoesNotStopCleanlyDiesBySignal() async {
  await #expect(processExitsWith: .signal(SIGTERM)) {
    _ = Failing.main(["none"])
    kill(getpid(), SIGTERM)
    sleep(5)
  }
}
