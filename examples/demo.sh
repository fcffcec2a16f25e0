#!/bin/sh
# A sample drive through the pipeline: demo.sh BIN FOLDER. FOLDER is made anew each time.
set -eu
bin=$(cd "$1" && pwd)
demo=$2
PATH=$bin:$PATH
say() { printf '\n\033[1m%s\033[0m\n' "$*"; }

[ ! -e "$demo" ] || [ -e "$demo/.avtools-demo" ] || { echo "$demo is there and is not a demo's folder" >&2; exit 2; }
rm -rf "$demo"
mkdir -p "$demo"
touch "$demo/.avtools-demo"
cd "$demo"

say "A lake, and a drive that a logger has left in its landing zone"
av-meta init --lake lake >/dev/null
sample-drive --seconds 20 --truth truth.json -o lake/landing/drive-1 >/dev/null
ls -l lake/landing/drive-1

# The vehicle's CAN database; it goes to raw with the drive.
cp lake/landing/drive-1/vehicle.dbc .

say "What is in the recording (av-meta inspect)"
av-meta inspect lake/landing/drive-1/drive.bag | jq -r '
  "\(.messages) messages in \(.channels | length) channels, complete: \(.complete)",
  (.channels[] | "  \(.name)\t\(.type)\t\(.messages)\t\(.rate_hz // 0 | . * 10 | round / 10) Hz")' | expand -t 32,64,74

say "Validated, ingested, extracted"
av-validate --lake lake --landing --level deep | tee validation.jsonl |
  av-ingest --lake lake | tee raw.jsonl |
  av-extract --lake lake --dbc vehicle.dbc >extracted.jsonl
jq -r '"  \(.measurement)  \(.verdict)  \(.files) files"' validation.jsonl
jq -r '"  \(.zone)  \(.state)  \(.path)"' raw.jsonl extracted.jsonl
extracted=lake/$(jq -r .path extracted.jsonl)

say "On one time line (av-sync)"
av-sync --lake lake --wide --report html <extracted.jsonl >synchronized.jsonl
synchronized=lake/$(jq -r .path synchronized.jsonl)
jq -r '
  "  \(.samples.total) samples by \(.policy)",
  (.streams[] | select(.nature == "frame") |
    "  \(.stream)\t\(.used) used\t\(.unused) unused\t\(.missing_samples + .out_of_tolerance) samples without")' \
  "$synchronized/sync_report.json" | expand -t 24,36,48

say "What was around the car (av-enrich)"
# Two hours of weather, in the form of Meteostat's bulk files.
hour=$(jq -r '.start[11:13]' extracted.jsonl)
{
  echo "year,month,day,hour,temp,rhum,prcp,snwd,wdir,wspd,wpgt,pres,tsun,coco"
  jq -r '.start[0:10] | gsub("-"; ",")' extracted.jsonl | sed "s/$/,$hour,6.0,88,0.0,,240,18.0,36.0,1003.0,,4/"
  jq -r '.start[0:10] | gsub("-"; ",")' extracted.jsonl | sed "s/$/,$((${hour#0} + 1)),5.0,92,0.8,,250,22.0,41.0,1002.0,,7/"
} >10738.csv
cat >enrich.json5 <<'END'
{ weather: {files: ["10738.csv"], stations: {"10738": [48.68, 9.2]}},
  signals: {
    speed_mps: {col: "can/can.VehicleDynamics__VehicleSpeed", unit: "km/h"},
    yaw_rate_radps: {col: "can/can.VehicleDynamics__YawRate", unit: "deg/s"},
    steering_rad: {col: "can/can.Steering__SteeringAngle", unit: "deg"},
    brake: {col: "can/can.Brake__BrakePedal", unit: "%"},
    indicator: {col: "can/can.Body__Indicator.text"}, gear: {col: "can/can.Powertrain__Gear.text"} } }
END
av-enrich --lake lake -c enrich.json5 <synchronized.jsonl >enriched.jsonl
enriched=lake/$(jq -r .path enriched.jsonl)
jq -r '
  (.joins[] | "  \(.source)\t\(.matched) samples matched, unmatched \(.unmatched)"),
  (.ego_source | to_entries[] | "  \(.key)\t\(.value)")' "$enriched/enrich_report.json" | expand -t 24

say "What happened on the way (av-scenes)"
av-scenes --lake lake --report html <enriched.jsonl | tee found.jsonl | jq -c 'select(.type == "datastream")' >scenes.jsonl
scenes=lake/$(jq -r .path scenes.jsonl)
jq -r 'select(.type == "scene") | "  \(.start_ts[11:21])  \(.scene)\t\(.duration_s * 10 | round / 10) s"' found.jsonl | expand -t 36

# ---- Labels (av-label-export): pictures out to a partner, and labels back ----

say "Pictures for a labelling partner, and what comes back (av-label-export)"
# What a detector would have seen: the drive's own objects, by the names of the extracted streams.
sample-drive --seconds 20 --detections detections.jsonl -o again >/dev/null && rm -r again
sed -i 's|"camera/front"|"camera/camera_front"|' detections.jsonl
av-enrich --lake lake -q -c enrich.json5 --objects detections.jsonl --boxes xyxy <synchronized.jsonl >detected.jsonl
av-label-export --lake lake --stream 'camera/*front' --rate 2Hz --min-distance 3m --copy --partner acme \
  --watermark-id acme-7 <detected.jsonl >export.jsonl
package=lake/$(jq -r .path export.jsonl)
jq -r '
  "  \(.counts.items) pictures, \(.counts.labels) pre-labels, for \(.partner)",
  (.counts.left_out | to_entries[] | "  \(.value) samples left out by \(.key)"),
  (.counts.classes | to_entries[] | "  \(.key)\t\(.value)")' "$package/export.json" | expand -t 24
av-label-export --check "$package/coco.json" "$package/openlabel.json" |
  jq -r '"  \(.format): \(.verdict), \(.errors) errors, \(.warnings) warnings"'
# The partner moves one box, finds another, and has a class of its own.
jq '.annotations[0].bbox[0] += 3 | .categories += [{id: 99, name: "scooter"}]
  | .annotations += [.annotations[1] + {id: 9001, bbox: [5, 5, 20, 30], segmentation: [[5, 5, 25, 5, 25, 35, 5, 35]],
      area: 600, category_id: 99}]' "$package/coco.json" >returned.json
av-label-export --lake lake -q --import returned.json >labeled.jsonl
labeled=lake/$(jq -r 'select(.type == "datastream") | .path' labeled.jsonl)
jq -r 'select(.type == "finding") | "  \(.severity): \(.code): \(.msg)"' labeled.jsonl
jq -r '"  \(.labels) labels: \(.changes | to_entries | map("\(.value) \(.key)") | join(", "))"' \
  "$labeled/return_report.json"

# ---- End of labels ----

say "The log of what happened (av-meta log)"
av-meta log --lake lake | jq -r '"  \(.time[11:19])  \(.event)  \(.to // "")"'

say "Verified against the log (av-meta verify)"
av-meta verify --lake lake --level hash >verify.jsonl && echo "  everything is as the log says"

say "Look at"
for look in "$extracted/camera" "$extracted/lidar" "$extracted/gps" "$extracted/imu" "$extracted/structured" \
  "$extracted/extract_report.json" "$synchronized/samples.parquet" "$synchronized/sample_data.parquet" \
  "$synchronized/wide.parquet" "$synchronized/sync_report.html" "$enriched/enriched.parquet" \
  "$enriched/enrich_report.json" "$scenes/scenes.parquet" "$scenes/scenes.html" "$package" "$labeled" \
  lake/lineage truth.json; do
  [ ! -e "$look" ] || printf '  %s/%s\n' "$demo" "$look"
done
find "$extracted" -name '*.png' | sort | sed -n "s|^|  $demo/|;1p"
find "$extracted" -name '*.parquet' | sort | sed -n "s|^|  $demo/|;1p"
