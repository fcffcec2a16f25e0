import CCrypto

/// Digests by libcrypto, which is touched only when the first is asked for: its start-up takes milliseconds.
package enum Digest: String, Sendable, CaseIterable {
  /// What files, manifests and the lineage log are known by.
  case sha256
  /// For manifests of other tools.
  case sha512
  /// For UUIDv5, and manifests of other tools.
  case sha1
  /// For manifests of other tools only.
  case md5

  package static func sha256(_ bytes: RawSpan) -> [UInt8] { Digest.sha256.of(bytes) }
  package static func sha256(_ bytes: [UInt8]) -> [UInt8] { Digest.sha256.of(bytes.bytes) }
  package static func sha256(_ text: String) -> [UInt8] { sha256(Array(text.utf8)) }

  /// The digest of bytes that are all there.
  package func of(_ bytes: RawSpan) -> [UInt8] {
    var hasher = Hasher(self)
    hasher.update(bytes)
    return hasher.finish()
  }

  /// The digest's length in bytes.
  package var count: Int {
    switch self {
    case .sha256: 32
    case .sha512: 64
    case .sha1: 20
    case .md5: 16
    }
  }

  /// A digest of bytes that come one piece after another.
  @safe package struct Hasher: ~Copyable {
    private let digest: Digest
    private let context: OpaquePointer?

    package init(_ digest: Digest) {
      self.digest = digest
      unsafe context = EVP_MD_CTX_new()
      let code = unsafe EVP_DigestInit_ex(context, digest.algorithm, nil)
      // Only memory that ran out, or a libcrypto that refuses its own algorithms, gets here.
      precondition(code == 1, "libcrypto has \(digest)")
    }

    deinit { unsafe EVP_MD_CTX_free(context) }

    package mutating func update(_ bytes: RawSpan) {
      let code = unsafe bytes.withUnsafeBytes { unsafe EVP_DigestUpdate(context, $0.baseAddress, $0.count) }
      precondition(code == 1, "libcrypto takes bytes")
    }

    package consuming func finish() -> [UInt8] {
      unsafe [UInt8](unsafeUninitializedCapacity: digest.count) { buffer, filled in
        var count: UInt32 = 0
        let code = unsafe EVP_DigestFinal_ex(context, buffer.baseAddress, &count)
        precondition(code == 1 && Int(count) == digest.count, "libcrypto gives \(digest)")
        filled = Int(count)
      }
    }
  }

  private var algorithm: OpaquePointer? {
    switch self {
    case .sha256: unsafe EVP_sha256()
    case .sha512: unsafe EVP_sha512()
    case .sha1: unsafe EVP_sha1()
    case .md5: unsafe EVP_md5()
    }
  }
}

extension [UInt8] {
  /// Two lower-case hexadecimal digits a byte.
  package var hex: String {
    let digits = Array("0123456789abcdef".utf8)
    return unsafe String(unsafeUninitializedCapacity: 2 * count) { buffer in
      for (index, byte) in enumerated() {
        unsafe buffer[2 * index] = digits[Int(byte >> 4)]
        unsafe buffer[2 * index + 1] = digits[Int(byte & 15)]
      }
      return 2 * count
    }
  }

  /// The bytes of hexadecimal digits of either case; nil for anything else.
  package init?(hex text: String) {
    let digits = Array(text.utf8)
    guard digits.count.isMultiple(of: 2) else { return nil }
    self = []
    reserveCapacity(digits.count / 2)
    for index in stride(from: 0, to: digits.count, by: 2) {
      guard let high = hexDigit(digits[index]), let low = hexDigit(digits[index + 1]) else { return nil }
      append(high << 4 | low)
    }
  }
}

/// The value of a hexadecimal digit.
func hexDigit(_ byte: UInt8) -> UInt8? {
  switch byte {
  case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
  case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
  case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
  default: nil
  }
}
