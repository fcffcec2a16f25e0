import Core

/// The lineage for Mermaid, which Markdown viewers draw.
///
/// Ids are `n0`, `n1`, … in order of appearance, so that no text of the data is syntax; in quoted labels `#` begins an entity.
struct GraphMermaid {
  let graph: LineageGraph
  private static let most = 300

  init(_ graph: LineageGraph) { self.graph = graph.collapsed(above: Self.most) }

  var text: String {
    var text = "flowchart LR\n", names: [String: String] = [:]
    for (number, node) in graph.nodes.enumerated() {
      names[node.id] = "n\(number)"
      text += "  n\(number)[\"\(node.lines.map(Self.escaped).joined(separator: "<br/>"))\"]:::\(node.tone.rawValue)\n"
    }
    for edge in graph.edges {
      guard let parent = names[edge.parent], let child = names[edge.child] else { continue }
      text += "  \(parent) --> \(child)\n"
    }
    text += "  classDef whole fill:#dcefe3,stroke:#3c8a5f,color:#10301f\n"
    text += "  classDef working fill:#fff3cf,stroke:#b58a1b,color:#3d2e05\n"
    text += "  classDef failed fill:#f9d7d3,stroke:#c8372d,color:#4a0f0a\n"
    text += "  classDef gone fill:#e6e8eb,stroke:#8893a0,color:#2a333c\n"
    return text + "  classDef unknown fill:#ffffff,stroke:#8893a0,color:#2a333c,stroke-dasharray:3 3\n"
  }

  /// Everything that is not plain is an entity by number, which Mermaid writes as `#60;`.
  static func escaped(_ text: String) -> String {
    var escaped = ""
    for scalar in text.shown.unicodeScalars {
      switch scalar {
      case "a"..."z", "A"..."Z", "0"..."9", " ", "_", "-", "/", ".", ",", ":": escaped.unicodeScalars.append(scalar)
      default: escaped += "#\(scalar.value);"
      }
    }
    return escaped
  }
}
