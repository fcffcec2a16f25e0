/// NumPy's array file, version 1.0.
///
/// https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
///
/// ```
///   93 "NUMPY" 01 00   UInt16 length of what follows up to the data
///   {'descr': '<f4', 'fortran_order': False, 'shape': (480, 640, 1), }   blanks   "\n"
///   samples, little-endian, the last index fastest; they begin at a multiple of 64
/// ```
package enum NPY {
  package static let suffix = "npy"

  /// The file of an array, whose shape is height, width, channels.
  package static func encode(_ array: SampleArray) -> [UInt8] {
    let order = array.kind.size == 1 ? "|" : "<"
    let shape = "(\(array.height), \(array.width), \(array.channels))"
    let text = "{'descr': '\(order)\(array.kind.rawValue)', 'fortran_order': False, 'shape': \(shape), }"
    let magic: [UInt8] = [0x93] + Array("NUMPY".utf8) + [1, 0]
    let start = (magic.count + 2 + text.utf8.count + 1 + 63) / 64 * 64
    let length = start - magic.count - 2
    var bytes: [UInt8] = []
    bytes.reserveCapacity(start + array.bytes.count)
    bytes += magic
    bytes += [UInt8(length & 0xFF), UInt8(length >> 8)]
    bytes += text.utf8
    bytes += repeatElement(UInt8(ascii: " "), count: start - bytes.count - 1)
    bytes.append(UInt8(ascii: "\n"))
    bytes += array.bytes
    return bytes
  }
}
