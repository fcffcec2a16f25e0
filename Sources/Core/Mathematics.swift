import Glibc

/// The functions of the C library's libm that Swift's standard library lacks; angles in radians.
package enum Mathematics {
  package static func sin(_ angle: Double) -> Double { Glibc.sin(angle) }
  package static func cos(_ angle: Double) -> Double { Glibc.cos(angle) }
  package static func tan(_ angle: Double) -> Double { Glibc.tan(angle) }
  package static func asin(_ value: Double) -> Double { Glibc.asin(value) }
  package static func acos(_ value: Double) -> Double { Glibc.acos(value) }
  package static func atan(_ value: Double) -> Double { Glibc.atan(value) }
  /// The angle of the point (x, y), in -pi...pi.
  package static func atan2(_ y: Double, _ x: Double) -> Double { Glibc.atan2(y, x) }
  package static func exp(_ value: Double) -> Double { Glibc.exp(value) }
  package static func sinh(_ value: Double) -> Double { Glibc.sinh(value) }
  package static func cosh(_ value: Double) -> Double { Glibc.cosh(value) }
  package static func tanh(_ value: Double) -> Double { Glibc.tanh(value) }
  package static func log10(_ value: Double) -> Double { Glibc.log10(value) }
  package static func log(_ value: Double) -> Double { Glibc.log(value) }
  package static func pow(_ base: Double, _ exponent: Double) -> Double { Glibc.pow(base, exponent) }
  package static func hypot(_ x: Double, _ y: Double) -> Double { Glibc.hypot(x, y) }
}
