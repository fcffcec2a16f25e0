import Core

/// The channels of a bag: one a topic and type, however many connections it has.
struct RosBagChannels: Sendable {
  /// In order of name and type.
  private(set) var channels: [Channel] = []
  /// Index into `channels` by connection id.
  private(set) var index: [UInt32: Int] = [:]
  /// By channel; nil where the definition cannot be used.
  private(set) var decoders: [Ros1Decoder?] = []
  private(set) var findings = Findings()
  private var connections: [UInt32: RosBagConnection] = [:]

  /// Connections may repeat: each chunk can hold them again.
  init(_ all: [RosBagConnection]) {
    var redefined: Set<UInt32> = []
    for connection in all {
      guard let first = connections[connection.id] else {
        connections[connection.id] = connection
        continue
      }
      let isSame = first.topic == connection.topic && first.type == connection.type && first.md5 == connection.md5
      if !isSame { redefined.insert(connection.id) }
    }
    for id in redefined.sorted() {
      findings.append(
        Finding(.warning, "connection-redefined", "connection \(id) is defined twice; the first definition is used"))
    }
    build()
  }

  private mutating func build() {
    let named = connections.values.map { (name: String(name: $0.topic), connection: $0) }
    let sorted = named.sorted {
      ($0.name, $0.connection.type, $0.connection.id) < ($1.name, $1.connection.type, $1.connection.id)
    }
    var definitions = RosBagDefinitions()
    for (name, connection) in sorted {
      let compiled = definitions.compiled(connection)
      if let last = channels.last, last.name == name, last.type == connection.type, last.schema == compiled.schema {
        index[connection.id] = channels.count - 1
        continue
      }
      index[connection.id] = channels.count
      var channel = Channel(
        name: name, type: connection.type, kind: SensorKind(topic: name, type: connection.type), schema: compiled.schema
      )
      channel.undecoded = compiled.problem
      channels.append(channel)
      decoders.append(compiled.decoder)
      note(compiled, connection, channel)
    }
    let own = Dictionary(grouping: connections.values) { index[$0.id] ?? -1 }
    for index in channels.indices { describe(index, own[index] ?? []) }
  }

  /// What only a bag knows of a channel.
  private mutating func describe(_ channel: Int, _ own: [RosBagConnection]) {
    let digests = Set(own.map(\.md5)).sorted()
    channels[channel].facts["md5sum"] = .string(digests.joined(separator: " "))
    channels[channel].facts["connections"] = .count(own.count)
    if own.contains(where: \.isLatching) { channels[channel].facts["latched"] = true }
    let callers = Set(own.compactMap(\.caller)).sorted()
    if !callers.isEmpty { channels[channel].facts["callerids"] = .array(callers.map { .string($0) }) }
  }

  private mutating func note(_ compiled: RosBagDefinitions.Compiled, _ connection: RosBagConnection, _ channel: Channel)
  {
    if let problem = compiled.problem {
      findings.append(Finding(.warning, "definition", "\(channel.name): messages stay undecoded: \(problem)"))
    } else if let sum = compiled.md5, connection.md5 != "*", sum != connection.md5 {
      findings.append(
        Finding(
          .warning, "md5-mismatch",
          "\(channel.name): md5sum is \(connection.md5), the definition's is \(sum); decoded by the definition"))
    }
  }

  mutating func set(messages: Int, rhythm: Rhythm?, range: TimeRange?, of channel: Int) {
    channels[channel].messages = messages
    channels[channel].rhythm = rhythm
    channels[channel].range = range
  }
}
