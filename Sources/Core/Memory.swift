import CSystem

/// How the process gets its memory.
enum Memory {
  /// Keeps buffers of up to 32 MiB on the heap, to be used again.
  ///
  /// By default glibc maps every buffer above 128 KiB anew and gives it back when it is freed, so that each page of each
  /// chunk is cleared and faulted in again.
  static func keepBuffers() {
    mallopt(M_MMAP_THRESHOLD, 32 << 20)
    mallopt(M_TRIM_THRESHOLD, 256 << 20)
  }
}
