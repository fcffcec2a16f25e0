import Artifacts
import Core

/// Some frames of a datastream's cameras, small enough for a page.
///
/// PNG is made smaller here; JPEG stays as it was recorded, where it is not too large, and the browser scales it.
struct ContactSheet {
  struct Frame {
    /// Below the datastream's folder.
    var path: String
    var bytes: [UInt8]
    var suffix: String
  }

  private(set) var frames: [Frame] = []
  private static let most = 12, width = 320, mostPNG = 64 << 20, mostJPEG = 1 << 20

  /// Evenly spread over the frames of every camera; what cannot be read is left out.
  init(of folder: Folder) throws {
    guard try folder.entry("camera")?.kind == .folder else { return }
    let cameras = try Folder("camera", in: folder)
    let names = try cameras.entries().filter { $0.kind == .folder && $0.isText }.map(\.name)
    guard !names.isEmpty else { return }
    let share = max(1, Self.most / names.count)
    for name in names.prefix(Self.most) {
      let camera = try Folder(name, in: cameras)
      let files = try camera.entries().filter { entry in
        entry.kind == .file && entry.isText
          && (entry.name.hasSuffix(".png") && entry.size <= Self.mostPNG
            || Self.isJPEG(entry.name) && entry.size <= Self.mostJPEG)
      }
      guard !files.isEmpty else { continue }
      for number in 0..<min(share, files.count) {
        let entry = files[number * files.count / min(share, files.count)]
        let file = try FileReader(entry.name, in: camera)
        let bytes = try file.bytes(at: 0, count: file.count)
        guard let small = Self.small(bytes) else { continue }
        frames.append(
          Frame(path: "camera/\(name)/\(entry.name)", bytes: small, suffix: Self.isJPEG(entry.name) ? "jpg" : "png"))
      }
    }
  }

  private static func isJPEG(_ name: String) -> Bool { name.hasSuffix(".jpg") || name.hasSuffix(".jpeg") }

  private static func small(_ bytes: [UInt8]) -> [UInt8]? {
    switch ImageFileKind(bytes[...]) {
    case .jpeg: return bytes
    case .png:
      guard let picture = try? PNG.decode(bytes[...], limit: 1 << 28) else { return nil }
      return try? PNG.encode(picture.thumbnail(width: width), .level(6))
    default: return nil
    }
  }
}

extension Picture {
  /// At most so wide, with eight bits a sample: each pixel is the mean of those that it stands for.
  func thumbnail(width most: Int) -> Picture {
    let step = max(1, (width + most - 1) / most)
    guard step > 1 || bitsPerSample == 16 else { return self }
    let (columns, rows) = (max(1, width / step), max(1, height / step))
    let size = bitsPerSample / 8
    var small: [UInt8] = []
    small.reserveCapacity(columns * rows * channels)
    for row in 0..<rows {
      for column in 0..<columns {
        for channel in 0..<channels {
          var sum = 0, count = 0
          for y in row * step..<min(height, (row + 1) * step) {
            for x in column * step..<min(width, (column + 1) * step) {
              // The high byte of a sample comes first.
              sum += Int(bytes[y * bytesPerRow + x * bytesPerPixel + channel * size])
              count += 1
            }
          }
          small.append(UInt8(sum / max(1, count)))
        }
      }
    }
    return Picture(width: columns, height: rows, channels: channels, bitsPerSample: 8, bytes: small)
  }
}
