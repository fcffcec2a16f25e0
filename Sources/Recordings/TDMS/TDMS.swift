import Core

// TDMS 1.0 (version 4712) and 2.0 (4713), ni.com "TDMS File Format Internal Structure".
//
//   segment*
//     lead-in      "TDSm"  contents:u32 (always little-endian)  version:u32  next segment:u64  raw data:u64
//     metadata     objects:u32  { path  raw index  properties:u32 { name  type:u32  value }* }*
//     raw data     chunk*                              the last can be cut
//
// Both offsets count from the end of the lead-in. What a segment does not say is as it was in the one before.

extension Format {
  package static let tdms = Format(
    name: "tdms", extensions: ["tdms", "tdms_index"],
    recognises: { $0.starts(with: TDMSLeadIn.tag) || $0.starts(with: TDMSLeadIn.indexTag) },
    open: { try TDMSReader($0) }, companion: "_index")
}
