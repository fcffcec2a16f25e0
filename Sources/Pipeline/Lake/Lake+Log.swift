import Core

extension Lake {
  /// What the log says, without making anything; nothing where there is no log yet.
  package func recordedView() throws -> LineageView {
    do throws(SystemError) { _ = try Folder("\(path)/lineage") } catch {
      guard error.code == .missing else { throw error }
      return LineageView()
    }
    var reader = LineageReader(try Folder("\(path)/lineage"))
    return try reader.view()
  }
}
