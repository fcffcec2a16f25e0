/// GeoJSON, https://www.rfc-editor.org/rfc/rfc7946: the track of a position sensor.
///
/// ```
///   {"type":"FeatureCollection","features":[
///   {"type":"Feature","geometry":{"type":"LineString","coordinates":[[8.68,50.11,102.3],…]},
///    "properties":{"topic":"/fix","start":"2022-09-30T…Z","end":"…","points":120,"times":["…",…],"t_ns":["…",…]}}
///   ]}
/// ```
/// Positions are longitude, latitude in degrees (WGS 84) and height in metres above its ellipsoid, as far as it is known.
package enum GeoJSON {
  package static let suffix = "geojson"
}
