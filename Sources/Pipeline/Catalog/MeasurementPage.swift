import Core

/// The page of a measurement: facts, datastreams, scenes, track, lineage and some frames.
struct MeasurementPage: Sendable {
  let file: String
  let bytes: [UInt8]
  /// Names and contents of pictures, for the folder `frames`.
  let frames: [(name: String, bytes: [UInt8])]

  /// A name that only we chose: ids come from data.
  static func file(_ drive: LakeKPIs.Drive, _ number: Int) -> String {
    "\(Identifier(drive.id).map { "\($0)" } ?? "measurement-\(number)").html"
  }

  /// What the log and the index say of a measurement.
  struct Facts: Sendable {
    let story: LineageStory
    /// How many scenes of each type, by type.
    let scenes: [(type: String, count: Int64)]

    init(_ id: String, _ lakes: [IndexSnapshot]) throws {
      story = try LineageStory(about: [id], in: lakes)
      var counts: [String: Int64] = [:]
      for lake in lakes {
        guard let number = try lake.number(of: IndexSubject(kind: .measurement, id: id)) else { continue }
        let found = try lake.database.query(
          "SELECT w.text, s.count FROM scene_count s JOIN word w ON w.no = s.type WHERE s.measurement = ?1",
          [.integer(number)])
        while try found.next() { counts[found.text(0) ?? "", default: 0] += found.integer(1) ?? 0 }
      }
      scenes = counts.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }
  }

  init(_ drive: LakeKPIs.Drive, _ facts: Facts, number: Int) throws {
    let story = facts.story
    file = Self.file(drive, number)
    var pictures: [(String, [UInt8])] = [], captions: [(file: String, path: String)] = []
    let measurement = story.view.measurements[drive.id]
    for id in measurement?.datastreams ?? [] {
      guard let stream = story.view.datastreams[id], stream.state.isWhole, stream.zone == "extracted",
        let folder = try story.folder(of: id)
      else { continue }
      for frame in try ContactSheet(of: folder).frames {
        let name = "\(number)-\(pictures.count).\(frame.suffix)"
        pictures.append((name, frame.bytes))
        captions.append((name, frame.path))
      }
    }
    frames = pictures
    var page = Page("Measurement \(drive.id)")
    page.body.element("nav") { $0.element("a", ["href": "../index.html"], "Catalog") }
    page.body.element("h1", drive.vin.isEmpty ? drive.id : drive.vin)
    page.body.element("p", ["class": "sub"], drive.id)
    Self.facts(drive, measurement, &page.body)
    Self.streams(measurement, story, &page.body)
    if let map = drive.track.flatMap({ CoverageMap([(drive.vin, $0)]) }) {
      page.body.element("h2", "Track")
      page.body.append(map.markup)
    }
    if !facts.scenes.isEmpty {
      page.body.element("h2", "Scenes")
      page.body.table(["type", "scenes"], texts: 1, facts.scenes.map { [.init($0.type), .init("\($0.count)")] })
    }
    page.body.element("h2", "Lineage")
    page.body.element("div", ["class": "scroll"]) { place in
      place.append(GraphSVG(LineageGraph(of: .measurement(drive.id), in: story)).markup)
    }
    if !captions.isEmpty {
      page.body.element("h2", "Frames")
      page.body.element("div", ["class": "frames"]) { sheet in
        for caption in captions {
          sheet.element("figure") { figure in
            figure.element("img", ["src": "../frames/\(caption.file)", "alt": caption.path, "loading": "lazy"])
            figure.element("figcaption", caption.path.split(separator: "/").dropFirst().joined(separator: " "))
          }
        }
      }
    }
    Self.files(measurement, &page.body)
    bytes = page.bytes
  }

  private static func facts(
    _ drive: LakeKPIs.Drive, _ measurement: LineageView.Measurement?, _ body: inout Markup
  ) {
    var facts: [(name: String, value: String)] = [
      ("start", measurement?.start.map { "\($0)" } ?? ""), ("end", measurement?.end.map { "\($0)" } ?? ""),
      ("distance", drive.track.map { ($0.metres / 1000).brief + " km" } ?? ""),
    ]
    for key in ["region", "driver", "notes", "source"] { facts.append((key, measurement?.facts[key]?.string ?? "")) }
    facts.append(("tags", (measurement?.tags ?? []).map { "\($0.key)=\($0.value)" }.joined(separator: ", ")))
    facts.append(("waits in", measurement?.parked?["path"]?.string ?? ""))
    facts.append(("conflict", measurement?.conflict?.description ?? ""))
    body.list(facts)
  }

  private static func streams(
    _ measurement: LineageView.Measurement?, _ story: LineageStory, _ body: inout Markup
  ) {
    body.element("h2", "Datastreams")
    body.table(
      ["datastream", "zone", "state", "made by", "changed", "rows", "files", "size"], texts: 5,
      (measurement?.datastreams ?? []).compactMap { id -> [Markup.Cell]? in
        guard let stream = story.view.datastreams[id] else { return nil }
        let maker = story.maker(of: id)
        let made = [maker?["tool"]?.string, maker?["version"]?.string].compactMap { $0 }.joined(separator: " ")
        func number(_ key: String) -> Markup.Cell {
          .init(stream.outcome[key]?.integer.map { Measure.brief(count: $0) } ?? "–")
        }
        return [
          .init(id), .init("\(stream.zone)/\(stream.kind)"), .init(stream.state.rawValue, tone: stream.state.tone),
          .init(made), .init(stream.changed.minute), number("rows"), number("files"),
          .init(stream.outcome["bytes"]?.integer.map { Measure.brief(size: $0) + "B" } ?? "–"),
        ]
      })
    for id in measurement?.datastreams ?? [] {
      guard let stream = story.view.datastreams[id], let problem = stream.outcome["error"]?["msg"]?.string else {
        continue
      }
      body.element("p") { line in
        line.element("span", ["class": "tag failed"], "failed")
        line.write(" \(stream.zone)/\(stream.kind): \(problem)")
      }
    }
  }

  private static func files(_ measurement: LineageView.Measurement?, _ body: inout Markup) {
    guard let files = measurement?.files, !files.isEmpty else { return }
    body.element("h2", "Recordings")
    body.table(
      ["file", "format", "verdict", "messages", "size"], texts: 3,
      files.sorted { $0.key < $1.key }.map { path, facts in
        [
          .init(path), .init(facts["format"]?.string ?? ""), .init(facts["verdict"]?.string ?? ""),
          .init(facts["messages"]?.integer.map { Measure.brief(count: $0) } ?? ""),
          .init(facts["bytes"]?.integer.map { Measure.brief(size: $0) + "B" } ?? ""),
        ]
      })
  }
}

extension DatastreamState {
  /// The class of its label on pages.
  var tone: String {
    switch self {
    case .copyComplete, .completed: "whole"
    case .failed: "failed"
    case .created, .startCopy, .processing: "working"
    case .archived, .deleted, .superseded: "gone"
    }
  }
}
