/// The kinds of values; each accessor names its key as known, and nil says that the key is absent.
extension Configuration {
  package func string(_ key: String) throws(ConfigurationError) -> String? { try read(key, "a text", \.string) }

  /// Paths, one or a list; those that are not absolute begin at the configuration file's folder.
  package func paths(_ key: String) throws(ConfigurationError) -> [String]? {
    let parts = document.file.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
    let folder = parts.dropLast().map { String($0) ?? "" }.joined(separator: "/")
    return try strings(key)?.map { parts.count < 2 || $0.utf8.first == UInt8(ascii: "/") ? $0 : "\(folder)/\($0)" }
  }

  package func bool(_ key: String) throws(ConfigurationError) -> Bool? { try read(key, "true or false", \.bool) }

  package func integer(
    _ key: String, in range: ClosedRange<Int64> = .min ... .max
  ) throws(ConfigurationError) -> Int64? {
    let wanted = "an integer" + (range == .min ... .max ? "" : " from \(range.lowerBound) to \(range.upperBound)")
    return try read(key, wanted) { value in
      // A text that reads like an integer is none here.
      guard value.string == nil, let integer = value.integer, range.contains(integer) else { return nil }
      return integer
    }
  }

  /// A finite number.
  package func number(
    _ key: String, in range: ClosedRange<Double> = -.infinity ... .infinity
  ) throws(ConfigurationError) -> Double? {
    let isAny = range == -.infinity ... .infinity
    return try read(key, "a number" + (isAny ? "" : " from \(range.lowerBound) to \(range.upperBound)")) { value in
      value.number.flatMap { $0.isFinite && range.contains($0) ? $0 : nil }
    }
  }

  /// A list of texts; one text alone is a list of one.
  package func strings(_ key: String) throws(ConfigurationError) -> [String]? {
    try read(key, "a text or a list of texts") { value in
      if let text = value.string { return [text] }
      guard let elements = value.array else { return nil }
      let texts = elements.compactMap(\.string)
      return texts.count == elements.count ? texts : nil
    }
  }

  /// Nanoseconds, from a text such as `1.5s`.
  package func duration(_ key: String) throws(ConfigurationError) -> Int64? {
    try read(key, "a duration such as '90s', '30m' or '250ms'") {
      $0 == .integer(0) ? 0 : $0.string.flatMap(Measure.duration)
    }
  }

  /// Bytes, from a text such as `10M` or an integer.
  package func size(_ key: String) throws(ConfigurationError) -> Int64? {
    try read(key, "a size such as '10M' or '1.5G'") { value in
      guard let text = value.string else { return value.integer.flatMap { $0 >= 0 ? $0 : nil } }
      return Measure.size(text)
    }
  }

  /// Hertz, from a text such as `2Hz` or a number.
  package func rate(_ key: String) throws(ConfigurationError) -> Double? {
    try read(key, "a rate above zero such as '2Hz' or 0.5") { value in
      guard let text = value.string else { return value.number.flatMap { $0.isFinite && $0 > 0 ? $0 : nil } }
      return Measure.rate(text)
    }
  }

  /// Metres, from a text such as `5m` or a number.
  package func distance(_ key: String) throws(ConfigurationError) -> Double? {
    try read(key, "a distance such as '5m' or '1.5km'") { value in
      guard let text = value.string else { return value.number.flatMap { $0.isFinite && $0 >= 0 ? $0 : nil } }
      return Measure.distance(text)
    }
  }

  package func time(_ key: String) throws(ConfigurationError) -> Timestamp? {
    try read(key, "a time such as '2024-05-01T12:00:00Z'", \.timestamp)
  }

  /// Patterns of names, one or a list.
  package func globs(_ key: String) throws(ConfigurationError) -> GlobSet? {
    guard let patterns = try strings(key) else { return nil }
    do throws(Glob.Failure) {
      return try GlobSet(patterns)
    } catch {
      throw self.error(key, "is refused: \(error)")
    }
  }

  /// One of the cases of an enum, by its raw value.
  package func choice<Choice: CaseIterable & RawRepresentable<String>>(
    _ key: String, of _: Choice.Type = Choice.self
  ) throws(ConfigurationError) -> Choice? {
    let names = Choice.allCases.map(\.rawValue)
    guard let value = value(key) else { return nil }
    if let choice = value.string.flatMap(Choice.init) { return choice }
    let meant = value.string.flatMap { names.nearest(to: $0) }.map { "; did you mean '\($0)'?" } ?? ""
    throw error(key, "must be one of \(names.joined(separator: ", ")), not \(value.kind)\(meant)")
  }

  private func read<Value>(
    _ key: String, _ wanted: String, _ convert: (JSON) -> Value?
  ) throws(ConfigurationError) -> Value? {
    guard let value = value(key) else { return nil }
    guard let converted = convert(value) else { throw wrong(key, wanted, value) }
    return converted
  }
}
