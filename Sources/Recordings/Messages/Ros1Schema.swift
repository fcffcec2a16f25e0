import Core

/// The columns that messages of a definition decode to, and how each lies in a message.
///
/// ```
///   Header header         →  header.seq: uint32, header.stamp: time, header.frame_id: string
///   float64[9] k          →  k: list(float64)
///   uint8[] data, char[4] →  bytes
///   Leaf[] leaves         →  leaves: list(structure([…])), where messages stay messages
///   std_msgs/Empty e      →  none: it has no bytes, as an array of 0 elements
///   std_msgs/Empty[] e    →  e: uint32, how many there are
/// ```
struct Ros1Schema {
  private(set) var fields: [Field] = []
  private(set) var types: [PackedType] = []
  private let definition: Ros1Definition

  init(_ definition: Ros1Definition) {
    self.definition = definition
    flatten(0, prefix: "")
  }

  private mutating func flatten(_ message: Int, prefix: String) {
    for field in definition.messages[message].fields {
      if case .message(let inner) = field.element, field.arity == .one {
        flatten(inner, prefix: "\(prefix)\(field.name).")
      } else if let (type, packed) = column(field) {
        fields.append(Field(prefix + field.name, type))
        types.append(packed)
      }
    }
  }

  /// The column of a field that is not flattened; nil when it has no bytes.
  private func column(_ field: Ros1Definition.Field) -> (FieldType, PackedType)? {
    if field.arity == .fixed(0) { return nil }
    guard let (type, packed) = element(field.element) else {
      return field.arity == .many ? (.uint32, .value(.uint32)) : nil
    }
    let isByte = packed == .value(.uint8)
    return switch field.arity {
    case .one: (type, packed)
    case .many: isByte ? (.bytes, .bytes) : (.list(type), .list(packed))
    case .fixed(let count): isByte ? (.bytes, .fixedBytes(count)) : (.list(type), .fixedList(packed, count))
    }
  }

  private func element(_ element: Ros1Definition.Element) -> (FieldType, PackedType)? {
    switch element {
    case .builtin(let builtin): return Self.builtin(builtin)
    case .message(let index):
      var members: [Field] = []
      var types: [PackedType] = []
      for field in definition.messages[index].fields {
        guard let (type, packed) = column(field) else { continue }
        members.append(Field(field.name, type))
        types.append(packed)
      }
      return members.isEmpty ? nil : (.structure(members), .structure(types))
    // The resolver has refused a definition in which the root needs one.
    case .unresolved: return nil
    }
  }

  private static func builtin(_ type: Ros1Definition.Builtin) -> (FieldType, PackedType) {
    switch type {
    case .bool: (.bool, .value(.bool))
    case .int8, .byte: (.int8, .value(.int8))
    case .int16: (.int16, .value(.int16))
    case .int32: (.int32, .value(.int32))
    case .int64: (.int64, .value(.int64))
    case .uint8, .char: (.uint8, .value(.uint8))
    case .uint16: (.uint16, .value(.uint16))
    case .uint32: (.uint32, .value(.uint32))
    case .uint64: (.uint64, .value(.uint64))
    case .float32: (.float32, .value(.float32))
    case .float64: (.float64, .value(.float64))
    case .string: (.string, .bytes)
    case .time: (.time, .value(.time))
    case .duration: (.duration, .value(.duration))
    }
  }
}
