#!/bin/sh
# What is in these bags? inspect.sh BAG... : a line a bag, then the channels of the first, then a look into one of them.
set -eu

# One line a bag: messages, duration in seconds, whether it is complete, name.
av-meta inspect --json "$@" | jq -r '
  def seconds: (.[:19] + "Z" | fromdate) + ("0" + .[19:29] | tonumber);
  [.messages, (if .start then (.end | seconds) - (.start | seconds) | . * 10 | round / 10 else 0 end), .complete,
   (.path | split("/") | last)] | @tsv'

# The channels of the first bag with their rates, the fastest first.
av-meta inspect --json "$1" | jq -r '
  .channels | sort_by(-(.rate_hz // 0))[] | [.name, .type, .messages, (.rate_hz // 0 | round)] | @tsv'

# The first fix, if there is one.
av-extract "$1" --type sensor_msgs/NavSatFix --max 1 --format jsonl -o - | jq -c '[.t, .latitude, .longitude]'
