package import Core

/// The CAN frames of a batch, whatever names its columns have.
///
/// | source | columns |
/// |---|---|
/// | `can_msgs/Frame` and what bridges make of it | `id`, `is_extended`, `is_rtr`, `is_error`, `dlc`, `data` |
/// | `ros2_socketcan_msgs/FdFrame`, `dataspeed_can_msgs/Frame`, `marti_can_msgs/CanFrame` | `len`; none; `msg_type`, `data_length` |
/// | bus logging of MDF4 | `CAN_DataFrame.ID`, `.IDE`, `.DLC`, `.DataLength`, `.DataBytes`, `.BusChannel`, … |
///
/// Names count by their part behind the last dot. Row i's data are the first `lengths[i]` bytes of the data's row i.
package struct CANFrames: Sendable {
  /// What a frame carries; only `data` is ever decoded.
  package enum Kind: UInt8, Sendable { case data, remote, error, overload }

  package let count: Int
  /// 11 or 29 bits, and bit 31 where they are 29.
  package let ids: [UInt32]
  /// Nil where all are data.
  package let kinds: [Kind]?
  package let lengths: [UInt8]
  package let data: Texts
  /// The number of the bus, where frames of several buses are mixed.
  package let channels: [UInt8]?

  static let extended: UInt32 = 1 << 31
  /// Bytes of a CAN FD frame by its length code.
  private static let coded: [Int] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 12, 16, 20, 24, 32, 48, 64]

  /// Nil when the columns are not those of frames.
  package init?(_ batch: Batch) {
    let columns = Columns(batch.schema)
    guard columns.areFrames else { return nil }
    count = batch.count
    let raw = columns.id.map { Self.identifiers(batch.columns[$0]) } ?? Array(repeating: 0, count: batch.count)
    let flags = Flags(batch, columns)
    // Ids of SocketCAN carry flags: 31 extended, 30 remote, 29 error.
    let bits = raw.reduce(0, |)
    if let isExtended = flags.extended {
      ids = zip(raw, isExtended).map { id, flag in
        let low = id & 0x1fff_ffff
        return flag != 0 || id >> 31 == 1 ? low | Self.extended : low
      }
    } else {
      ids = bits & 0x6000_0000 == 0 ? raw : raw.map { $0 & (Self.extended | 0x1fff_ffff) }
    }
    let isMixed = bits & 0x6000_0000 != 0 || flags.hasError || flags.hasRemote
    kinds = isMixed || columns.kind != .data ? Self.kinds(raw, flags, columns.kind) : nil
    data =
      columns.data.flatMap { if case .text(let texts) = batch.columns[$0].values { texts } else { nil } }
      ?? Texts(offsets: Array(repeating: 0, count: batch.count + 1))
    channels = columns.channel.map { Self.integers(batch.columns[$0]).map { UInt8(truncatingIfNeeded: $0) } }
    lengths = Self.lengths(batch, columns, data)
  }

  /// Data frames, ids with bit 31 where they have 29 bits.
  package init(ids: [UInt32], lengths: [UInt8], data: Texts) {
    precondition(ids.count == lengths.count && ids.count == data.count, "a frame has an id, a length and data")
    (count, self.ids, self.lengths, self.data) = (ids.count, ids, lengths, data)
    (kinds, channels) = (nil, nil)
  }

  /// Whether columns are those of frames that say which bus each is of.
  package static func haveBusNumbers(_ schema: Schema) -> Bool {
    let columns = Columns(schema)
    return columns.areFrames && columns.channel != nil
  }

  /// Whether columns are those of frames.
  package static func areFrames(_ schema: Schema) -> Bool { Columns(schema).areFrames }

  private static func kinds(_ raw: [UInt32], _ flags: Flags, _ kind: Kind) -> [Kind] {
    raw.indices.map { row in
      guard kind == .data else { return kind }
      if flags.error?[row] ?? 0 != 0 || raw[row] >> 29 & 1 == 1 { return .error }
      return flags.remote?[row] ?? 0 != 0 || raw[row] >> 30 & 1 == 1 ? .remote : .data
    }
  }

  /// How many of the bytes that are there belong to a frame.
  private static func lengths(_ batch: Batch, _ columns: Columns, _ data: Texts) -> [UInt8] {
    let offsets = data.offsets
    guard let column = columns.length else {
      return zip(offsets, offsets.dropFirst()).map { UInt8(min(64, $1 - $0)) }
    }
    let said = bytes(batch.columns[column])
    return said.indices.map { row in
      let there = min(64, offsets[row + 1] - offsets[row]), length = Int(said[row])
      // Over 8 it may be a length code; an array of just that many bytes says that it is not.
      let isCode = columns.lengthIsCode && length > 8 && length < 16 && there > 8 && there != length
      return UInt8(min(there, isCode ? coded[length] : length))
    }
  }

  /// Numbers up to 255; what is no such number is more than any frame has.
  private static func bytes(_ column: Column) -> [UInt8] {
    switch column.values {
    case .bool(let values), .uint8(let values): values
    default: integers(column).map { UInt8(exactly: $0) ?? 255 }
    }
  }

  private static func identifiers(_ column: Column) -> [UInt32] {
    if case .uint32(let values) = column.values { return values }
    return integers(column).map { UInt32(truncatingIfNeeded: $0) }
  }

  private static func integers(_ column: Column) -> [Int64] {
    switch column.values {
    case .bool(let values), .uint8(let values): values.map(Int64.init)
    case .int8(let values): values.map(Int64.init)
    case .int16(let values): values.map(Int64.init)
    case .int32(let values): values.map(Int64.init)
    case .int64(let values): values
    case .uint16(let values): values.map(Int64.init)
    case .uint32(let values): values.map(Int64.init)
    case .uint64(let values): values.map { Int64(truncatingIfNeeded: $0) }
    case .float32(let values): values.map { Int64(exactly: $0.rounded()) ?? -1 }
    case .float64(let values): values.map { Int64(exactly: $0.rounded()) ?? -1 }
    case .text, .list, .structure: Array(repeating: 0, count: column.count)
    }
  }

  /// One flag a row, 0 for no, where there is a column for it.
  private struct Flags {
    var extended, remote, error: [UInt8]?

    init(_ batch: Batch, _ columns: Columns) {
      func flags(_ column: Int?) -> [UInt8]? { column.map { CANFrames.bytes(batch.columns[$0]) } }
      extended = flags(columns.isExtended)
      remote = flags(columns.isRemote)
      error = flags(columns.isError)
      // marti_can_msgs: bits 1 remote, 2 extended, 128 status.
      if let bits = flags(columns.type) {
        remote = bits.map { $0 & 1 }
        extended = bits.map { $0 & 2 }
        error = bits.map { $0 & 128 }
      }
    }

    var hasRemote: Bool { remote?.contains { $0 != 0 } ?? false }
    var hasError: Bool { error?.contains { $0 != 0 } ?? false }
  }

  /// Which column is what.
  private struct Columns {
    var id, isExtended, isRemote, isError, type, length, data, channel: Int?
    /// The length is a code by the table of CAN FD.
    var lengthIsCode = false
    /// What all rows are, by the name that bus logging gives its groups.
    var kind = Kind.data

    /// Frames without an id are error and overload frames.
    var areFrames: Bool {
      switch kind {
      case .data: id != nil && data != nil && (length != nil || type != nil || isExtended != nil)
      case .remote: id != nil
      case .error, .overload: true
      }
    }

    init(_ schema: Schema) {
      var isExact = false
      for (index, field) in schema.fields.enumerated() {
        let parts = field.name.split(separator: ".")
        guard let name = parts.last?.lowercased() else { continue }
        switch parts.dropLast().last {
        case "CAN_RemoteFrame": kind = .remote
        case "CAN_ErrorFrame": kind = .error
        case "CAN_OverloadFrame": kind = .overload
        // Members of other structures, such as a header.
        case let prefix? where prefix != "CAN_DataFrame": continue
        default: break
        }
        switch name {
        case "id", "can_id": id = index
        case "msg_type": type = index
        case "data", "databytes": if field.type == .bytes { data = index }
        case "buschannel": channel = index
        case "dlc" where !isExact:
          length = index
          lengthIsCode = true
        case "len", "datalen", "data_length", "datalength":
          length = index
          lengthIsCode = false
          isExact = true
        case "ide": isExtended = index
        case _ where name.contains("ext"): isExtended = index
        case _ where name.contains("rtr") || name.contains("remote"): isRemote = index
        case _ where name.contains("err") && field.type == .bool: isError = index
        default: break
        }
      }
    }
  }
}
