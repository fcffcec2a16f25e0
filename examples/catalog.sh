#!/bin/sh
# From cron: pages of a lake for people and figures for Prometheus: catalog.sh LAKE FOLDER.
set -eu
lake=$1
out=$2
mkdir -p "$out"
av-meta catalog --lake "$lake" --format html -o "$out/catalog"
av-meta report --lake "$lake" -o "$out/report.html"
av-meta metrics --lake "$lake" -o "$out/lake.prom"
av-meta catalog --lake "$lake" --format csv >"$out/products.csv"
