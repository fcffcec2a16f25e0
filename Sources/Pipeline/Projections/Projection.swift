import Core

/// The forms in which `av-meta lineage` shows a graph (`lineage.md` §4).
package enum Projection: String, Sendable, CaseIterable {
  case text, table, json, jsonl, openlineage, prov, dot, mermaid, svg

  /// The graph in this form; nil for a table, which is drawn by who shows it.
  ///
  /// `name` is the lake's. Everything that comes from data is escaped for the form.
  package func text(_ graph: LineageGraph, in story: LineageStory, lake name: String) throws -> String? {
    switch self {
    case .table: return nil
    case .text: return LineageRecords(graph, in: story).text
    case .json: return LineageRecords(graph, in: story).document.pretty + "\n"
    case .jsonl: return LineageRecords(graph, in: story).records.map { $0.line + "\n" }.joined()
    case .openlineage: return try OpenLineage(graph, in: story, lake: name).lines.map { $0.text + "\n" }.joined()
    case .prov: return Provenance(graph, in: story, lake: name).document.pretty + "\n"
    case .dot: return GraphDOT(graph: graph, story: story).text
    case .mermaid: return GraphMermaid(graph).text
    case .svg: return GraphSVG(graph).file
    }
  }
}
