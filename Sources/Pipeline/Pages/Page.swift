/// A page of HTML that needs no server, no script and nothing from elsewhere; light and dark as the reader's system is.
struct Page {
  private let title: String
  var body = Markup()

  init(_ title: String) { self.title = title }

  var bytes: [UInt8] {
    var page = Markup()
    page.literal("<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"/>")
    page.literal("<meta name=\"viewport\" content=\"width=device-width\"/>\n")
    // Even a name that were to become markup could load and run nothing.
    page.literal("<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; ")
    page.literal("style-src 'unsafe-inline'; img-src 'self' file: data:\"/>\n")
    page.element("title", title)
    page.element("style") { $0.literal(Self.sheet) }
    page.literal("</head><body><main>\n")
    page.append(body)
    page.literal("</main></body></html>\n")
    return Array(page.text.utf8)
  }

  /// The style of every page.
  static let sheet: StaticString = """
    :root { color-scheme: light dark; --paper: #fff; --ink: #1d2731; --soft: #6b7783; --line: #e1e6eb; --edge: #c3ccd5;
      --accent: #2563a8; --whole: #e3f1e9; --whole-line: #3c8a5f; --working: #fdf2cf; --working-line: #b58a1b;
      --failed: #fae0dc; --failed-line: #c8372d; --gone: #eceff2; --gone-line: #8893a0 }
    @media (prefers-color-scheme: dark) { :root { --paper: #12181e; --ink: #dde5ec; --soft: #8b98a5; --line: #27313a;
      --edge: #3a4651; --accent: #7db4ee; --whole: #173526; --whole-line: #5fb488; --working: #3a2f0e;
      --working-line: #d3a93a; --failed: #42191a; --failed-line: #ef6d62; --gone: #222b33; --gone-line: #75828e } }
    body { font: 14px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); margin: 0 }
    main { max-width: 74rem; margin: 0 auto; padding: 1.5rem 1.25rem 4rem }
    h1 { font-size: 1.5rem; font-weight: 650; letter-spacing: -.01em; margin: 0; overflow-wrap: anywhere }
    h2 { font-size: 1.05rem; font-weight: 650; margin: 2.5rem 0 .6rem } h3 { font-size: .95rem; margin: 1.5rem 0 .4rem }
    p { margin: .2rem 0; max-width: 46rem } a { color: var(--accent); text-decoration: none } a:hover { text-decoration: underline }
    .sub, .note, figcaption span { color: var(--soft) } nav { margin-bottom: .8rem }
    dl { display: grid; grid-template-columns: max-content 1fr; gap: 0 1.2rem; margin: .6rem 0 } dt { color: var(--soft) }
    dd { margin: 0; overflow-wrap: anywhere }
    .kpis { display: grid; grid-template-columns: repeat(auto-fill, minmax(9rem, 1fr)); gap: .8rem 1.6rem; margin: 1.4rem 0 0 }
    .kpis div { border-top: 2px solid var(--edge); padding-top: .4rem } .kpis b { display: block; font-size: 1.5rem; font-weight: 600; font-variant-numeric: tabular-nums }
    .kpis span { color: var(--soft) }
    .figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(18rem, 1fr)); gap: 1.2rem 2rem } figure { margin: 0 } figcaption { margin-bottom: .3rem }
    svg { display: block; max-width: 100%; height: auto } .bars, .map { width: 100% } svg text { font: 11px system-ui, sans-serif; fill: var(--soft) }
    .bars rect { fill: var(--accent) } .bars.failed rect, .bars .gap { fill: var(--failed-line) } .axis { stroke: var(--edge) }
    .stream { display: grid; grid-template-columns: minmax(8rem, 14rem) 1fr; gap: 0 1rem; align-items: center; border-top: 1px solid var(--line) }
    .stream figcaption { overflow-wrap: anywhere; margin: .2rem 0 }
    .map { border: 1px solid var(--line); border-radius: 6px } .grid { stroke: var(--line); fill: none }
    .track path { fill: none; stroke: var(--c); stroke-width: 2.2; stroke-linejoin: round; stroke-linecap: round } .track circle { fill: var(--c); stroke: var(--paper) }
    .t0 { --c: #2563a8 } .t1 { --c: #c2571a } .t2 { --c: #3c8a5f } .t3 { --c: #8a4fa3 } .t4 { --c: #b08a14 } .t5 { --c: #b33a55 }
    @media (prefers-color-scheme: dark) { .t0 { --c: #7db4ee } .t1 { --c: #f0935c } .t2 { --c: #6cc596 } .t3 { --c: #c796de } .t4 { --c: #e0bd4d } .t5 { --c: #ee8399 } }
    .wide { overflow-x: auto } table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums }
    th { font-weight: 500; color: var(--soft); text-align: left; white-space: nowrap } th, td { padding: .3rem 1rem .3rem 0; border-bottom: 1px solid var(--line); vertical-align: top }
    td { overflow-wrap: anywhere; min-width: 3rem } .n { text-align: right; white-space: nowrap }
    .tag { display: inline-block; padding: 0 .5em; border-radius: .7em; font-size: .85em; border: 1px solid var(--gone-line); background: var(--gone); white-space: nowrap }
    .tag.whole { background: var(--whole); border-color: var(--whole-line) } .tag.working { background: var(--working); border-color: var(--working-line) }
    .tag.failed { background: var(--failed); border-color: var(--failed-line) }
    .frames { display: grid; grid-template-columns: repeat(auto-fill, minmax(11rem, 1fr)); gap: .6rem } .frames figure { overflow: hidden }
    .frames img { width: 100%; aspect-ratio: 4/3; object-fit: cover; border-radius: 4px; display: block; background: var(--gone) } .frames figcaption { font-size: .8em; color: var(--soft); overflow-wrap: anywhere }
    .scroll { overflow-x: auto; border: 1px solid var(--line); border-radius: 6px } .scroll svg { max-width: none }
    details { border-bottom: 1px solid var(--line); padding: .3rem 0 } summary { cursor: pointer }
    .lineage .name { font-weight: 600; font-size: 12px; fill: var(--ink) } .lineage .edge { fill: none; stroke: var(--edge); stroke-width: 1.5 }
    .lineage rect { stroke-width: 1 } .lineage .asked rect { stroke-width: 2.2 }
    .lineage .whole rect { fill: var(--whole); stroke: var(--whole-line) } .lineage .working rect { fill: var(--working); stroke: var(--working-line) }
    .lineage .failed rect { fill: var(--failed); stroke: var(--failed-line) } .lineage .gone rect { fill: var(--gone); stroke: var(--gone-line) }
    .lineage .unknown rect { fill: none; stroke: var(--gone-line); stroke-dasharray: 4 3 }
    @media print { main { max-width: none } details > * { display: block } }
    """
}

extension Markup {
  /// Large numbers with what they count.
  mutating func figures(_ figures: [(value: String, name: String)]) {
    element("div", ["class": "kpis"]) { list in
      for figure in figures {
        list.element("div") { item in
          item.element("b", figure.value)
          item.element("span", figure.name)
        }
      }
    }
    literal("\n")
  }
}
