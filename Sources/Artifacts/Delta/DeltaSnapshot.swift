import Core

/// What a table is after a version.
package struct DeltaSnapshot: Sendable {
  package private(set) var version: Int
  package private(set) var format: DeltaProtocol
  package private(set) var metadata: DeltaMetadata
  /// By path.
  private var active: [String: DeltaFile] = [:]
  /// By path; files that were of the table.
  private var removed: [String: DeltaRemoval] = [:]
  /// By application.
  private var transactions: [String: DeltaTransaction] = [:]

  /// The files of the table, in the order of their paths.
  package var files: [DeltaFile] { active.values.sorted { $0.path < $1.path } }

  /// The files of some partitions, in the order of their paths.
  ///
  /// A column whose value is not asked for may have any.
  package func files(where values: [String: String?]) -> [DeltaFile] {
    files.filter { file in values.allSatisfy { file.partitionValues[$0.key] == .some($0.value) } }
  }

  /// Whether some work of an application is in the table.
  package func holds(_ transaction: DeltaTransaction) -> Bool {
    transactions[transaction.application].map { $0.version >= transaction.version } ?? false
  }

  /// Folds what was read from the first version that is needed on; nil while no protocol and metadata were seen.
  init?(_ fold: Fold) {
    guard let format = fold.format, let metadata = fold.metadata, let version = fold.version else { return nil }
    (self.version, self.format, self.metadata) = (version, format, metadata)
    (active, removed, transactions) = (fold.active, fold.removed, fold.transactions)
  }

  /// What is known while versions are read one after another.
  struct Fold {
    var version: Int?
    private(set) var format: DeltaProtocol?
    private(set) var metadata: DeltaMetadata?
    fileprivate private(set) var active: [String: DeltaFile] = [:]
    fileprivate private(set) var removed: [String: DeltaRemoval] = [:]
    fileprivate private(set) var transactions: [String: DeltaTransaction] = [:]

    init() {}

    /// To go on from a snapshot.
    init(_ snapshot: DeltaSnapshot) {
      (version, format, metadata) = (snapshot.version, snapshot.format, snapshot.metadata)
      (active, removed, transactions) = (snapshot.active, snapshot.removed, snapshot.transactions)
    }

    mutating func apply(_ action: DeltaAction) {
      switch action {
      case .format(let format): self.format = format
      case .metadata(let metadata): self.metadata = metadata
      case .add(let file):
        active[file.path] = file
        removed[file.path] = nil
      case .remove(let removal):
        active[removal.path] = nil
        removed[removal.path] = removal
      case .transaction(let transaction): transactions[transaction.application] = transaction
      case .other: break
      }
    }
  }

  /// All that a checkpoint holds, in a fixed order.
  ///
  /// What was removed before an instant is forgotten.
  func actions(keepingRemovedSince instant: Int64) -> [JSON] {
    var actions: [JSON] = [["protocol": format.json], ["metaData": metadata.json]]
    actions += transactions.values.sorted { $0.application < $1.application }.map { ["txn": $0.json] }
    let kept = removed.values.filter { $0.deleted ?? 0 >= instant }.sorted { $0.path < $1.path }
    actions += kept.map { removal in
      var object = removal.json
      object["dataChange"] = false
      return ["remove": .object(object)]
    }
    actions += files.map { ["add": $0.json(changesData: false)] }
    return actions
  }

  var activeCount: Int { active.count }
}
