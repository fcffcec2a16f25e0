import Core

// ROS bag 2.0, http://wiki.ros.org/Bags/Format/2.0, and 1.2 before it.
//
//   "#ROSBAG V2.0\n"
//   record*          header length:u32  header  data length:u32  data        little-endian
//     header         { field length:u32  name "=" value }*
//
//   bag header (03)  index_pos, conn_count, chunk_count; padded with blanks so that it can be rewritten
//   { chunk (05)     connections (07) and messages (02), packed by none, bz2 or lz4
//     index data (04)* }*                                     one a connection in the chunk
//   connection (07)*                                          at index_pos
//   chunk info (06)*                                          one a chunk: position, time range, counts
//
// A recorder that was killed leaves index_pos 0 and no section behind the chunks; its last chunk may be open, with
// size 0 and data length 0. So the index is a hint: opening believes it when it is sound, reading walks the records.

extension Format {
  package static let rosbag = Format(
    name: "rosbag", extensions: ["bag", "active"],
    recognises: {
      $0.starts(with: "#ROSBAG V".utf8) || $0.starts(with: "#ROSRECORD V".utf8) || $0.starts(with: "#ROSLOG V".utf8)
    },
    open: { try RosBagReader($0) })
}

/// The version line of a bag, which decides who reads it.
enum RosBagVersion: Equatable {
  /// Chunks and connections.
  case v20
  /// Definitions and messages at top level, no chunks.
  case v12

  /// Reads the first line.
  ///
  /// - Returns: the version and the length of the line with its newline.
  static func read(_ file: FileReader) throws -> (version: RosBagVersion, length: Int) {
    let head = try file.bytes(at: 0, count: min(file.count, 32))
    let line = String(decoding: head.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
    let known: [String: RosBagVersion] = ["#ROSBAG V2.0": .v20, "#ROSRECORD V1.2": .v12]
    guard let version = known[line], head.count > line.utf8.count else {
      throw FormatError(
        format: "rosbag", structure: "version line", offset: 0,
        problem: "version \(line.jsonQuoted) is not supported; versions 2.0 and 1.2 are")
    }
    return (version, line.utf8.count + 1)
  }
}

/// How the messages of a chunk are packed.
enum RosBagCompression: Equatable {
  case none, bz2, lz4
  case other(String)

  init(_ name: [UInt8]) {
    switch String(decoding: name, as: UTF8.self) {
    case "none", "": self = .none
    case "bz2": self = .bz2
    case "lz4": self = .lz4
    case let name: self = .other(name)
    }
  }

  var name: String {
    switch self {
    case .none: "none"
    case .bz2: "bz2"
    case .lz4: "lz4"
    case .other(let name): name
    }
  }

  /// Nil for `none` and for what nobody knows.
  var codec: Codec? {
    switch self {
    case .bz2: .bzip2
    case .lz4: .lz4Frame
    case .none, .other: nil
    }
  }
}
