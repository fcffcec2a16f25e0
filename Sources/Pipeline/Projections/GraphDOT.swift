import Core

/// The lineage for Graphviz: boxes from left to right, a cluster a zone, coloured by state.
///
/// https://graphviz.org/doc/info/lang.html: in a quoted string only `"` ends it, and a backslash begins an escape of labels.
struct GraphDOT {
  let graph: LineageGraph
  let story: LineageStory

  var text: String {
    var text = "digraph lineage {\n  rankdir=LR;\n  node [shape=box, style=filled, fontname=\"Helvetica\"];\n"
    var zones: [String] = []
    for node in graph.nodes {
      let zone = node.stream?.zone ?? ""
      if !zones.contains(zone) { zones.append(zone) }
    }
    for (number, zone) in zones.enumerated() {
      text += "  subgraph cluster_\(number) {\n    label=\(Self.quoted(zone.isEmpty ? "elsewhere" : zone));\n"
      for node in graph.nodes where (node.stream?.zone ?? "") == zone {
        let colour = Self.colours[node.tone] ?? "white"
        text += "    \(Self.quoted(node.id)) [label=\(Self.quoted(node.lines.joined(separator: "\n"))), "
        text += "tooltip=\(Self.quoted(node.id)), fillcolor=\"\(colour)\"];\n"
      }
      text += "  }\n"
    }
    for edge in graph.edges {
      let maker = story.maker(of: edge.child)
      let label = [maker?["tool"]?.string, maker?["version"]?.string].compactMap { $0 }.joined(separator: " ")
      text += "  \(Self.quoted(edge.parent)) -> \(Self.quoted(edge.child))"
      text += label.isEmpty ? ";\n" : " [label=\(Self.quoted(label))];\n"
    }
    return text + "}\n"
  }

  private static let colours: [LineageGraph.Node.Tone: String] = [
    .whole: "#dcefe3", .working: "#fff3cf", .failed: "#f9d7d3", .gone: "#e6e8eb", .unknown: "white",
  ]

  /// A quoted string whose lines stay lines; everything else that steers is spelled out.
  static func quoted(_ text: String) -> String {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
      String(line).shown.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
    }
    return "\"" + lines.joined(separator: "\\n") + "\""
  }
}
