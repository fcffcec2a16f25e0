import Core

/// Where was driven, as a picture of its own: tracks over a grid of degrees, nothing from elsewhere.
///
/// A plate carrée whose degrees of longitude are as wide as they are on the ground in the middle of the map.
struct CoverageMap {
  private let tracks: [(name: String, track: LakeTrack)]
  private let west, east, south, north, stretch: Double
  private static let width = 760.0, mostHeight = 400.0, least = 0.0008

  /// Nil where nobody was anywhere.
  init?(_ tracks: [(name: String, track: LakeTrack)]) {
    let points = tracks.flatMap { $0.track.lines.joined() }
    guard let first = points.first else { return nil }
    var (low, high) = (first, first)
    for point in points { (low, high) = (pointwiseMin(low, point), pointwiseMax(high, point)) }
    let middle = (low + high) / 2
    let stretch = max(0.05, Mathematics.cos(middle.y * .pi / 180))
    // At least some hundred metres, and a margin; not higher than is pleasant.
    var half = pointwiseMax((high - low) / 2 * 1.12, SIMD2(Self.least / stretch, Self.least))
    half.x = max(half.x, half.y * Self.width / Self.mostHeight / stretch)
    half.y = max(half.y, half.x * stretch * 0.3)
    (west, east, south, north) = (middle.x - half.x, middle.x + half.x, middle.y - half.y, middle.y + half.y)
    self.stretch = stretch
    self.tracks = tracks
  }

  private var scale: Double { Self.width / (east - west) }
  private var height: Double { (north - south) * scale / stretch }

  private func x(_ longitude: Double) -> Double { (longitude - west) * scale }
  private func y(_ latitude: Double) -> Double { (north - latitude) * scale / stretch }

  var markup: Markup {
    var markup = Markup()
    markup.element(
      "svg",
      [
        "class": "map", "viewBox": "0 0 \(Self.width.brief) \(height.brief)", "role": "img",
        "aria-label": "where was driven",
      ]
    ) { svg in
      grid(&svg)
      for (number, (name, track)) in tracks.enumerated() {
        svg.element("g", ["class": "track t\(number % 6)"]) { group in
          group.element("title", name)
          for line in track.lines where line.count > 1 { group.element("path", ["d": path(line)]) }
          if let start = track.lines.first?.first {
            group.element("circle", ["cx": x(start.x).brief, "cy": y(start.y).brief, "r": "3.5"])
          }
        }
      }
    }
    return markup
  }

  private func path(_ line: [SIMD2<Double>]) -> String {
    var text = ""
    for point in line { text += (text.isEmpty ? "M" : "L") + "\(x(point.x).brief) \(y(point.y).brief)" }
    return text
  }

  /// Four to nine lines each way, at round degrees.
  private func grid(_ svg: inout Markup) {
    let step = Self.step(max(east - west, (north - south)))
    for index in Self.lines(west, east, step) {
      let degrees = Double(index) * step, place = x(degrees)
      svg.element("path", ["class": "grid", "d": "M\(place.brief) 0V\(height.brief)"])
      svg.element(
        "text", ["x": (place + 4).brief, "y": (height - 6).brief], Self.label(degrees, "E", "W", step))
    }
    for index in Self.lines(south, north, step) {
      let degrees = Double(index) * step, place = y(degrees)
      svg.element("path", ["class": "grid", "d": "M0 \(place.brief)H\(Self.width.brief)"])
      svg.element("text", ["x": "4", "y": (place - 4).brief], Self.label(degrees, "N", "S", step))
    }
  }

  private static func step(_ span: Double) -> Double {
    [0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30].first { span / $0 <= 8 } ?? 45
  }

  private static func lines(_ from: Double, _ to: Double, _ step: Double) -> ClosedRange<Int> {
    let first = Int((from / step).rounded(.up)), last = Int((to / step).rounded(.down))
    return first...max(first, last)
  }

  private static func label(_ degrees: Double, _ positive: String, _ negative: String, _ step: Double) -> String {
    let scaled = Int64((degrees.magnitude * 10_000).rounded())
    var text = "\(scaled / 10_000)"
    if step < 1 {
      let rest = String(scaled % 10_000)
      text += "." + (String(repeating: "0", count: 4 - rest.count) + rest).prefix(step < 0.01 ? 4 : 2)
    }
    return text + "°" + (degrees < 0 ? negative : positive)
  }
}
