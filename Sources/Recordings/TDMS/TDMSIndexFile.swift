import Core

/// The index file beside a data file: all its segments without their raw data.
///
/// Tools that copy or cut data files leave index files behind that are no longer theirs, so one is used only where its
/// lead-ins are those of the data file and its segments end where the data file does.
extension TDMSIndex {
  /// By the index file beside a file, where it is sound and of this file; else by the file's own segments.
  ///
  /// `isDeep` compares every segment, and believes the file alone.
  static func of(_ file: FileReader, isDeep: Bool = false) throws -> TDMSIndex {
    let isData = try file.bytes(at: 0, count: min(4, file.count)) == TDMSLeadIn.tag
    var index: TDMSIndex
    do {
      guard isData, let companion = try file.companion("_index") else { return try TDMSIndex(file) }
      index = try TDMSIndex(companion, comparedWith: file, every: isDeep ? 1 : 1000)
    } catch let error as any Problem {
      var own = try TDMSIndex(file)
      own.ignoreIndexFile("\(error)")
      return own
    }
    let isSound = index.isIndexFile && index.findings.isEmpty && index.mismatch == nil
    if isSound, index.dataEnd == file.count, !isDeep {
      (index.isIndexFile, index.hasCompanion) = (false, true)
      return index
    }
    var own = try TDMSIndex(file)
    own.judge(index, isSound: isSound, bytes: file.count)
    return own
  }

  private mutating func judge(_ index: TDMSIndex, isSound: Bool, bytes: Int) {
    hasCompanion = true
    if let segment = index.mismatch { return ignoreIndexFile("segment \(segment) is another in the file") }
    guard isSound else { return ignoreIndexFile(index.findings.all.first?.message ?? "it is none") }
    if index.dataEnd < bytes {
      ignoreIndexFile("its segments end at byte \(index.dataEnd), the file at byte \(bytes)")
    } else if index.dataEnd > bytes {
      isCut = true
      findings.append(
        Finding(
          .error, "values-missing", at: bytes, length: index.dataEnd - bytes,
          "the index file tells of \(index.segmentCount) segments with \(index.values) values, the file has "
            + "\(segmentCount) with \(values)"))
    }
  }

  private var values: Int { objects.reduce(0) { $0.addingSaturated($1.count) } }

  private mutating func ignoreIndexFile(_ reason: String) {
    hasCompanion = true
    findings.append(Finding(.warning, "index-ignored", "the index file beside it is not used: \(reason)"))
  }
}
