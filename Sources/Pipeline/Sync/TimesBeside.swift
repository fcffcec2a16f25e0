/// Other times of messages, kept by how far they are from those that are used: mostly a few milliseconds, often the same
/// for all, so that an hour more of a drive takes little memory.
struct TimesBeside: Sendable {
  private enum Form: Sendable { case none, one(Int64), narrow([Int32]), wide([Int64]) }

  private let form: Form
  /// What says in a narrow form that there is no time.
  private static let absent = Int32.min

  /// A time a message, 0 where it has none; empty where no message has one.
  init(_ times: [Int64], beside base: [Int64]) {
    guard let first = times.first, let own = base.first, times.count == base.count else {
      form = .none
      return
    }
    let one = first &- own
    if !times.contains(0), zip(times, base).allSatisfy({ $0 &- $1 == one }) {
      form = .one(one)
      return
    }
    var narrow: [Int32] = []
    narrow.reserveCapacity(times.count)
    for (time, own) in zip(times, base) {
      guard time != 0 else {
        narrow.append(Self.absent)
        continue
      }
      guard let away = Int32(exactly: time &- own), away != Self.absent else {
        form = .wide(times)
        return
      }
      narrow.append(away)
    }
    form = .narrow(narrow)
  }

  /// The time of a message whose used time is `base`; nil where it has none.
  func time(_ row: Int, beside base: Int64) -> Int64? {
    switch form {
    case .none: nil
    case .one(let away): base &+ away
    case .narrow(let all): all[row] == Self.absent ? nil : base &+ Int64(all[row])
    case .wide(let all): all[row] == 0 ? nil : all[row]
    }
  }
}
