import Core

/// What made a datastream: the command, its configuration, inputs and versions, and how to make it again.
package struct Explanation: Sendable {
  let id: String
  private let stream: LineageView.Datastream
  private let story: LineageStory

  /// Of a datastream; nil where the log does not know it.
  package init?(_ id: String, in story: LineageStory) {
    guard let stream = story.view.datastreams[id] else { return nil }
    (self.id, self.stream, self.story) = (id, stream, story)
  }

  /// The datastreams that a subject leads to: itself, those of a measurement, or those that a run worked on.
  package static func all(of subject: LineageView.Subject, in story: LineageStory) -> [Explanation] {
    LineageGraph(of: subject, in: story, depth: 0).nodes.compactMap { Explanation($0.id, in: story) }
  }

  private var attempt: LineageStory.Attempt? { story.making(id) }
  private var run: LineageView.Run? { attempt?.run.flatMap { story.view.runs[$0] } }
  private var tool: String? { run?.facts["tool"]?.string }
  private var arguments: [String] { run?.facts["args"]?.array?.compactMap(\.string) ?? [] }

  var isDeleted: Bool { stream.state == .deleted }

  /// The command that the run was started with, as a shell takes it.
  package var command: String? { tool.map { Self.line([$0] + arguments) } }

  /// A command line that makes the datastream again; nil for what was copied from landing, and where nobody knows how.
  ///
  /// The parents' records go into the tool that took them, with the options that it had then, from the folder that it ran
  /// in. Only the same configuration gives the same id; the log has its digest.
  package var again: String? {
    guard let tool, let lake = story.lake(of: id), !stream.parents.isEmpty, stream.zone != "raw" else { return nil }
    let home = ["--lake", lake.path]
    var words =
      [tool]
      + Self.without(
        [
          "--lake": true, "--run-id": true, "--force": false, "-f": false, "--dry-run": false, "-n": false,
          "--metrics-file": true, "--max-runtime": true,
        ], arguments)
    words += home + ["--force"]
    let parents = Self.line(["av-meta", "show", "--json"] + stream.parents + home)
    // What `show` adds is nothing that a tool has to take.
    let folder = run?.facts["folder"]?.string.map { "cd \($0.shellQuoted) && " } ?? ""
    return "\(folder)\(parents) | \(Self.line(words))"
  }

  private static func line(_ words: [String]) -> String { words.map(\.shellQuoted).joined(separator: " ") }

  /// The words without some options; true says that a value follows.
  private static func without(_ options: [String: Bool], _ words: [String]) -> [String] {
    var kept: [String] = [], index = 0
    while index < words.count {
      let word = words[index]
      index += 1
      if word == "--" { return kept + words[(index - 1)...] }
      if let takesValue = options[word] {
        if takesValue { index += 1 }
        continue
      }
      if let equals = word.firstIndex(of: "="), options[String(word[..<equals])] == true { continue }
      kept.append(word)
    }
    return kept
  }

  /// What it is, who made it, of what, by what command; `av.explanation/1`.
  package var record: Record {
    var made: JSONObject = story.maker(of: id) ?? [:]
    made["command"] = command.map(JSON.string)
    made["args"] = run?.facts["args"]
    made["folder"] = run?.facts["folder"]
    made["outcome"] = run?.outcome?["outcome"]
    var members: JSONObject = [
      "id": .string(id), "measurement": .string(stream.measurement), "zone": .string(stream.zone),
      "kind": .string(stream.kind), "state": .string(stream.state.rawValue), "path": .string(stream.path),
      "made_by": .object(made),
    ]
    for key in ["stage", "config", "output_version"] { members[key] = stream.facts[key] }
    members["attempts"] = .count(story.attempts[id]?.count ?? 0)
    members["inputs"] = .array(
      story.parents(of: id).map { parent in
        let other = story.view.datastreams[parent]
        var input: JSONObject = ["id": .string(parent)]
        input["zone"] = other.map { .string($0.zone) }
        input["kind"] = other.map { .string($0.kind) }
        input["state"] = other.map { .string($0.state.rawValue) }
        input["path"] = other.map { .string($0.path) }
        input["digest"] = other?.outcome["digest"]
        return .object(input)
      })
    for key in ["source", "rows", "files", "bytes", "digest", "start", "end", "error"] {
      members[key] = stream.outcome[key]
    }
    members["again"] = again.map(JSON.string)
    return Record(.explanation, members)
  }

  /// The same for people, a fact a line; everything is escaped.
  package var text: String {
    var facts: [(String, String)] = []
    let measurement = story.view.measurements[stream.measurement]
    facts.append(("of", "measurement \(stream.measurement)" + (measurement.map { ", vehicle \($0.vin)" } ?? "")))
    if let tool {
      var words = "\(tool) \(run?.facts["version"]?.string ?? "")"
      if let user = run?.facts["user"]?.string { words += " by \(user)" }
      if let host = run?.facts["host"]?.string { words += " on \(host)" }
      facts.append(("made by", words))
    }
    if let attempt {
      var words = "\(attempt.start)".prefix(19) + "Z"
      if let end = attempt.end {
        let (span, isAbsurd) = end.nanoseconds.subtractingReportingOverflow(attempt.start.nanoseconds)
        if !isAbsurd { words += ", took \(Measure.brief(duration: span))" }
      } else {
        words += attempt.isAbandoned ? ", never ended" : ", goes on"
      }
      facts.append(("when", String(words)))
      if let run = attempt.run { facts.append(("run", run)) }
    }
    if let count = story.attempts[id]?.count, count > 1 { facts.append(("attempts", "\(count)")) }
    if let command { facts.append(("command", command)) }
    if let folder = run?.facts["folder"]?.string { facts.append(("in", folder)) }
    if let config = stream.facts["config"]?.string {
      facts.append(("settings", "\(config), output version \(stream.facts["output_version"]?.integer ?? 1)"))
    }
    if let source = stream.outcome["source"]?.string { facts.append(("from", source)) }
    for parent in story.parents(of: id) {
      let other = story.view.datastreams[parent]
      let words = [
        other.map { "\($0.zone)/\($0.kind)" } ?? "not in this lake", parent, other?.state.rawValue,
        other?.outcome["digest"]?.string,
      ]
      facts.append(("from", words.compactMap { $0 }.joined(separator: "  ")))
    }
    if let error = stream.outcome["error"]?["msg"]?.string { facts.append(("failed", error)) }
    let amounts = ["rows", "files", "bytes"].compactMap { key in
      stream.outcome[key]?.integer.map { "\(Measure.brief(count: $0)) \(key)" }
    }
    if !amounts.isEmpty { facts.append(("gave", amounts.joined(separator: ", "))) }
    if let digest = stream.outcome["digest"]?.string { facts.append(("digest", digest)) }
    facts.append(("path", stream.path))
    if let time = story.deleted[id] { facts.append(("deleted", "\(time)")) }
    if let again { facts.append(("again", again)) }
    var text = "\(stream.zone.shown)/\(stream.kind.shown)  \(id.shown)  \(stream.state.rawValue)\n"
    for (name, value) in facts {
      text += "  \(name)" + String(repeating: " ", count: max(1, 10 - name.count)) + value.shown + "\n"
    }
    return text
  }
}
