import Core

/// Long lists of events, in files of their own that are named by their content: `lineage/blobs/<sha256>.json`.
struct LineageBlobs {
  private let folder: Folder

  /// `folder` is the lake's `lineage`.
  init(_ folder: Folder) { self.folder = folder }

  /// The event with its longest lists replaced by `{"blob":"sha256:…","count":n}` until it fits into `limit` bytes.
  func shortened(_ event: LineageEvent, limit: Int) throws -> LineageEvent {
    var event = event
    while event.size > limit {
      let lists = event.fields.members.filter { ($0.value.array?.count ?? 0) > 0 }
      let sizes = lists.map { $0.value.text.utf8.count }
      guard let longest = sizes.indices.max(by: { sizes[$0] < sizes[$1] }), sizes[longest] > 128 else {
        throw RecordError("lineage", "\(event.name) takes \(event.size) bytes, a line has \(limit)")
      }
      event.fields[lists[longest].key] = try store(lists[longest].value)
    }
    return event
  }

  /// Writes the list, durably, unless it is there, and returns the reference to it.
  private func store(_ list: JSON) throws -> JSON {
    let bytes = Array(list.text.utf8)
    let digest = Digest.sha256(bytes).hex
    let blobs = try folder.making("blobs")
    if try blobs.entry("\(digest).json") == nil { try write(bytes, "\(digest).json", in: blobs) }
    return ["blob": .string("sha256:" + digest), "count": .count(list.array?.count ?? 0)]
  }

  private func write(_ bytes: [UInt8], _ name: String, in blobs: Folder) throws {
    let file = try AtomicFile(name, in: blobs, run: Identifier.unique().description)
    try file.write(bytes.bytes)
    do throws(SystemError) { try file.commit() } catch {
      // Another run wrote the same list.
      guard error.code == .exists else { throw error }
    }
  }

  /// The list that a reference stands for; the value itself when it is none.
  func resolved(_ value: JSON) throws -> JSON {
    guard let name = value["blob"]?.string else { return value }
    let digest = String(name.dropFirst("sha256:".count))
    guard name.hasPrefix("sha256:"), digest.utf8.count == 64, digest.allSatisfy(\.isHexDigit) else {
      throw IntegrityError("lineage/blobs", "\(name.shown) is not the name of a list", code: .logLine)
    }
    let file = try FileReader("blobs/\(digest).json", in: folder)
    let bytes = try file.bytes(at: 0, count: file.count)
    guard Digest.sha256(bytes).hex == digest else {
      throw IntegrityError(file.path, "has another digest than its name says")
    }
    return try JSON.parse(bytes, limits: JSON.Limits(bytes: max(bytes.count, 1)))
  }

  /// The value with every reference in it resolved; one whose file is gone stays as it is.
  func resolvedThroughout(_ value: JSON) throws -> JSON {
    switch value {
    case .array(let elements): return .array(try elements.map(resolvedThroughout))
    case .object(let object) where object["blob"]?.string != nil && object["count"] != nil:
      do { return try resolved(value) } catch let error as SystemError where error.code == .missing { return value }
    case .object(let object):
      var copy = object
      for member in object.members { copy[member.key] = try resolvedThroughout(member.value) }
      return .object(copy)
    case .null, .bool, .integer, .unsigned, .number, .string: return value
    }
  }
}

extension LineageEvent {
  /// How many bytes its own keys take in a line.
  fileprivate var size: Int { JSON.object(fields).text.utf8.count + name.utf8.count }
}
