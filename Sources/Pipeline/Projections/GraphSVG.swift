import Core

/// The lineage as one drawn picture: boxes in layers, no script and nothing from elsewhere; titles carry full ids.
struct GraphSVG {
  private let graph: LineageGraph
  private let layout: LayeredLayout
  private static let most = 300
  private static let box = (width: 168.0, height: 54.0), gap = (x: 56.0, y: 18.0), margin = 14.0

  init(_ graph: LineageGraph) {
    self.graph = graph.collapsed(above: Self.most)
    var numbers: [String: Int] = [:]
    for (number, node) in self.graph.nodes.enumerated() { numbers[node.id] = number }
    layout = LayeredLayout(
      nodes: self.graph.nodes.count,
      edges: self.graph.edges.compactMap { edge in
        guard let parent = numbers[edge.parent], let child = numbers[edge.child] else { return nil }
        return (parent, child)
      })
  }

  /// A file of its own, with its colours.
  var file: String {
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n" + picture(isAlone: true).text + "\n"
  }

  /// For a page, whose style has the colours.
  var markup: Markup { picture(isAlone: false) }

  private var width: Double {
    2 * Self.margin + Double(layout.layers) * Self.box.width + Double(max(0, layout.layers - 1)) * Self.gap.x
  }
  private var height: Double {
    2 * Self.margin + Double(layout.rows) * Self.box.height + Double(max(0, layout.rows - 1)) * Self.gap.y
  }

  private func picture(isAlone: Bool) -> Markup {
    var markup = Markup()
    let (width, height) = (width.brief, height.brief)
    markup.element(
      "svg",
      [
        "xmlns": "http://www.w3.org/2000/svg", "class": "lineage", "viewBox": "0 0 \(width) \(height)", "width": width,
        "height": height, "role": "img", "aria-label": "lineage",
      ]
    ) { svg in
      if isAlone {
        svg.element("style") { $0.literal(Self.style) }
        svg.element("rect", ["class": "back", "width": "100%", "height": "100%"])
      }
      for route in layout.routes where route.count > 1 {
        svg.element("path", ["class": "edge", "d": path(route)])
      }
      for (node, place) in zip(graph.nodes, layout.places) { draw(node, at: place, &svg) }
    }
    return markup
  }

  private func draw(_ node: LineageGraph.Node, at place: LayeredLayout.Place, _ svg: inout Markup) {
    let (x, y) = (left(place), top(place))
    let mark = node.distance == 0 && node.count == 1 ? " asked" : ""
    svg.element("g", ["class": "node \(node.tone.rawValue)\(mark)"]) { group in
      group.element("title", node.count == 1 ? node.id : "\(node.count) datastreams of \(node.id)")
      group.element(
        "rect",
        [
          "x": x.brief, "y": y.brief, "width": Self.box.width.brief, "height": Self.box.height.brief, "rx": "6",
        ])
      for (number, line) in node.lines.enumerated() {
        group.element(
          "text",
          [
            "class": number == 0 ? "name" : "more", "x": (x + 10).brief, "y": (y + 18 + 14 * Double(number)).brief,
          ], Self.shortened(line))
      }
    }
  }

  private func left(_ place: LayeredLayout.Place) -> Double {
    Self.margin + Double(place.layer) * (Self.box.width + Self.gap.x)
  }
  private func top(_ place: LayeredLayout.Place) -> Double {
    Self.margin + place.row * (Self.box.height + Self.gap.y)
  }

  /// From the right side of the parent to the left side of the child, level through the layers between.
  private func path(_ route: [LayeredLayout.Place]) -> String {
    var text = ""
    for (place, next) in zip(route, route.dropFirst()) {
      let (x, y) = (left(place) + Self.box.width, top(place) + Self.box.height / 2)
      let (toX, toY) = (left(next), top(next) + Self.box.height / 2)
      if text.isEmpty { text = "M\(x.brief) \(y.brief)" } else { text += "H\(x.brief)" }
      let middle = (x + toX) / 2
      text += "C\(middle.brief) \(y.brief) \(middle.brief) \(toY.brief) \(toX.brief) \(toY.brief)"
    }
    return text
  }

  /// As much as a box holds, in the middle of a font's widths.
  private static func shortened(_ line: String) -> String {
    let line = line.shown
    return line.count <= 24 ? line : line.prefix(15) + "…" + line.suffix(8)
  }

  static let style: StaticString = """
    :root { color-scheme: light dark; --paper: #fff; --ink: #1d2731; --soft: #6b7783; --line: #c3ccd5; \
    --accent: #2563a8; --whole: #e3f1e9; --whole-line: #3c8a5f; --working: #fdf2cf; --working-line: #b58a1b; \
    --failed: #fae0dc; --failed-line: #c8372d; --gone: #eceff2; --gone-line: #8893a0 } \
    @media (prefers-color-scheme: dark) { :root { --paper: #12181e; --ink: #dde5ec; --soft: #8b98a5; --line: #3a4651; \
    --accent: #7db4ee; --whole: #173526; --whole-line: #5fb488; --working: #3a2f0e; --working-line: #d3a93a; \
    --failed: #42191a; --failed-line: #ef6d62; --gone: #222b33; --gone-line: #75828e } } \
    .lineage .back { fill: var(--paper) } .lineage text { font: 11px system-ui, sans-serif; fill: var(--soft) } \
    .lineage .name { font-weight: 600; font-size: 12px; fill: var(--ink) } \
    .lineage .edge { fill: none; stroke: var(--line); stroke-width: 1.5 } \
    .lineage rect { stroke-width: 1 } .lineage .asked rect { stroke-width: 2.5 } \
    .lineage .whole rect { fill: var(--whole); stroke: var(--whole-line) } \
    .lineage .working rect { fill: var(--working); stroke: var(--working-line) } \
    .lineage .failed rect { fill: var(--failed); stroke: var(--failed-line) } \
    .lineage .gone rect { fill: var(--gone); stroke: var(--gone-line) } \
    .lineage .unknown rect { fill: none; stroke: var(--gone-line); stroke-dasharray: 4 3 }
    """
}
