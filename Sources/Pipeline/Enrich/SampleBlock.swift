import Core

/// What is known of some consecutive samples, from which the columns of all groups are made.
struct SampleBlock: Sendable {
  var rows: Range<Int>
  var times: [Int64]
  var states: EgoStates
  /// Positions of samples; NaN where there is none.
  var latitudes: [Double]
  var longitudes: [Double]

  init(_ rows: Range<Int>, _ times: [Int64], _ states: EgoStates) {
    (self.rows, self.times, self.states) = (rows, times, states)
    (latitudes, longitudes) = (states[.latitude], states[.longitude])
  }

  func position(_ row: Int) -> (latitude: Double, longitude: Double)? {
    MapTrack.isPlace(latitudes[row], longitudes[row]) ? (latitudes[row], longitudes[row]) : nil
  }

  /// The columns of the group of the vehicle.
  func ego(source: String?) -> [Column] {
    EnrichSchema.ego.map { field in
      if let column = EgoColumn(rawValue: field.name) { return .known(states[column]) }
      if let word = EgoWord(rawValue: field.name) {
        return states.words[word].map(Column.words) ?? .missing(.string, count: times.count)
      }
      if field.name == "gnss_ok" { return states.fix.map(Column.flags) ?? .missing(.bool, count: times.count) }
      return source.map { .constant($0, count: times.count) } ?? .missing(.string, count: times.count)
    }
  }

  /// The columns of the group of the sun; `tunnels` says where the sky is not seen.
  func sun(tunnels: [Bool?]?) -> [Column] {
    var values = Array(repeating: [Double](), count: 4), light: [String?] = [], glare: [Bool?] = []
    let headings = states[.heading]
    for row in times.indices {
      guard let position = position(row) else {
        for index in values.indices { values[index].append(.nan) }
        light.append(nil)
        glare.append(nil)
        continue
      }
      let sun = SunPosition(at: times[row], latitude: position.latitude, longitude: position.longitude)
      var relative = (sun.azimuth - headings[row]).remainder(dividingBy: 360)
      if relative <= -180 { relative += 360 }
      let own = [sun.elevation, sun.elevation + sun.refraction, sun.azimuth, relative]
      for index in values.indices { values[index].append(own[index]) }
      light.append(sun.light.rawValue)
      let isLow = sun.elevation > 0 && sun.elevation < 15
      // A high sun does not glare whatever the heading; a low one may, and that hangs on the heading.
      glare.append(!isLow || tunnels?[row] == true ? false : relative.isNaN ? nil : abs(relative) < 30)
    }
    return values.map { Column.known($0) } + [.words(light), .flags(glare)]
  }

  /// The columns of the group of space.
  func space(_ settings: SpaceSettings, _ countries: [Regions]) -> [Column] {
    var hashes = Texts(), keys = Texts(), codes: [String?] = [], valid: [Bool] = []
    for row in times.indices {
      let position = position(row)
      valid.append(position != nil)
      hashes.append(
        position.map { Geohash.text(latitude: $0.latitude, longitude: $0.longitude, length: settings.geohash) } ?? [])
      keys.append(
        position.map { Quadkey.text(latitude: $0.latitude, longitude: $0.longitude, zoom: settings.quadkey) } ?? [])
      codes.append(area(position, countries))
    }
    let validity = valid.contains(false) ? valid : nil
    return [Column(.text(hashes), validity: validity), Column(.text(keys), validity: validity), .words(codes)]
  }

  func area(_ position: (latitude: Double, longitude: Double)?, _ regions: [Regions]) -> String? {
    guard let position else { return nil }
    return regions.lazy.compactMap { $0.name(latitude: position.latitude, longitude: position.longitude) }.first
  }
}

extension SampleBlock {
  /// The columns of the group of the weather, and the samples without it by reason.
  func weather(_ join: WeatherJoin, coarse: EarthPoint?) -> (columns: [Column], unmatched: [String: Int]) {
    var matches: [WeatherJoin.Match?] = [], unmatched: [String: Int] = [:]
    matches.reserveCapacity(times.count)
    for row in times.indices {
      let own = position(row).map { EarthPoint(latitude: $0.latitude, longitude: $0.longitude) }
      switch join.match(at: times[row], position: own ?? coarse, isCoarse: own == nil) {
      case .success(let match): matches.append(match)
      case .failure(let refusal):
        matches.append(nil)
        unmatched[refusal.miss.rawValue, default: 0] += 1
      }
    }
    var columns = WeatherField.allCases.map { field in
      Column.known(matches.map { $0?.observation[field] ?? .nan })
    }
    columns += [
      .words(matches.map { $0?.observation.state.condition?.rawValue }),
      .words(matches.map { $0?.observation.state.intensity?.rawValue }),
      .words(matches.map { $0?.road }),
      .words(matches.map { $0.map { join.stations[$0.station].source } }),
      .words(matches.map { $0.map { join.stations[$0.station].name } }),
      .known(matches.map { $0?.age ?? .nan }), .known(matches.map { $0?.distance ?? .nan }),
      .words(matches.map { $0?.method.rawValue }),
    ]
    return (columns, unmatched)
  }

  /// The columns of the group of objects, and how many samples have them.
  func objects(_ join: ObjectJoin) -> (columns: [Column], matched: Int) {
    let speeds = states[.speed]
    let names = EnrichSchema.objects.map(\.name)
    var counts = ObjectSummary.counted.map { _ in [Int32]() }, valid: [Bool] = [], classes: [String?] = []
    var numbers = Array(repeating: [Double](), count: 5)
    var rest = join.frames(of: rows)
    for row in times.indices {
      let end = rest.firstIndex { $0.sample != rows.lowerBound + row } ?? rest.endIndex
      let own = rest[..<end]
      rest = rest[end...]
      let summary =
        own.isEmpty
        ? nil : ObjectSummary(own, at: times[row], speed: speeds[row], path: path(row), join.settings)
      valid.append(summary != nil)
      classes.append(summary?.nearestInPathClass)
      for index in counts.indices { counts[index].append(summary?.counts[index] ?? 0) }
      let values = [
        summary?.nearest, summary?.nearestInPath, summary?.timeToCollision, summary?.headway, summary?.age,
      ]
      for index in numbers.indices { numbers[index].append(values[index] ?? .nan) }
    }
    let validity = valid.contains(false) ? valid : nil
    var columns = counts.map { Column(.int32($0), validity: validity) }
    columns += [.known(numbers[0]), .known(numbers[1]), .words(classes)] + numbers[2...].map { Column.known($0) }
    precondition(columns.count == names.count, "a column a field")
    return (columns, valid.count { $0 })
  }

  func path(_ row: Int) -> EgoPath? {
    guard let speeds = states.numbers[.speed], let rates = states.numbers[.yawRate] else { return nil }
    return EgoPath(speed: speeds[row], yawRate: rates[row])
  }
}
