import Core

/// A figure day by day, as bars; days without anything are gaps.
struct DayBars {
  /// In order.
  private let days: [(day: CalendarDay, value: Double)]
  private let unit: String
  private let title: String
  private static let width = 360.0, height = 96.0, foot = 16.0
  /// More bars than this are weeks of a long history, and only the newest are drawn.
  private static let most = 120

  init(_ title: String, unit: String, _ days: [(day: CalendarDay, value: Double)]) {
    (self.title, self.unit) = (title, unit)
    self.days = days.sorted { $0.day.text < $1.day.text }.suffix(Self.most)
  }

  var markup: Markup {
    var markup = Markup()
    let most = days.map(\.value).max() ?? 0
    markup.element("figure") { figure in
      figure.element("figcaption") { caption in
        caption.write(title)
        if most > 0 { caption.element("span", " up to \(most.brief) \(unit) a day") }
      }
      figure.element(
        "svg",
        [
          "class": "bars", "viewBox": "0 0 \(Self.width.brief) \((Self.height + Self.foot).brief)", "role": "img",
          "aria-label": title,
        ]
      ) { svg in
        svg.element("path", ["class": "axis", "d": "M0 \((Self.height + 0.5).brief)H\(Self.width.brief)"])
        let slot = min(28, Self.width / Double(max(1, days.count)))
        for (index, day) in days.enumerated() where day.value > 0 && most > 0 {
          let size = max(1, day.value / most * (Self.height - 6))
          svg.element(
            "rect",
            [
              "x": (Double(index) * slot + slot * 0.12).brief, "y": (Self.height - size).brief,
              "width": (slot * 0.76).brief, "height": size.brief, "rx": "1.5",
            ]
          ) { $0.element("title", "\(day.day.text): \(day.value.brief) \(unit)") }
        }
        if let first = days.first, let last = days.last {
          svg.element("text", ["x": "0", "y": (Self.height + 13).brief], first.day.text)
          if days.count > 1 {
            let place = min(Self.width, max(170, Double(days.count) * slot))
            svg.element(
              "text", ["x": place.brief, "y": (Self.height + 13).brief, "text-anchor": "end"], last.day.text)
          }
        }
      }
    }
    return markup
  }
}

extension CalendarDay {
  /// `2024-02-29`.
  var text: String {
    func padded(_ number: Int, _ count: Int) -> String {
      let text = String(number.magnitude)
      return (number < 0 ? "-" : "") + String(repeating: "0", count: max(0, count - text.count)) + text
    }
    return "\(padded(year, 4))-\(padded(month, 2))-\(padded(day, 2))"
  }
}

extension Timestamp {
  /// `2024-02-29 12:00`, in UTC.
  var minute: String { String("\(self)".prefix(16).replacing("T", with: " ")) }
}
