#!/usr/bin/env bash
# Builds the wheel, installs it in a fresh environment outside the checkout, and compiles flows/ with it.
set -euo pipefail
python=$1
checkout=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

"$python" -m build --wheel --outdir "$work/dist" "$checkout" >"$work/build.log" 2>&1 || { cat "$work/build.log"; exit 1; }
"$python" -m venv "$work/fresh"
"$work/fresh/bin/python" -m pip install --quiet --disable-pip-version-check "$work"/dist/flowc-*.whl
cp -R "$checkout/flows" "$checkout/flowc.yaml" "$work/"
cd "$work"
"$work/fresh/bin/flowc" --version
"$work/fresh/bin/flowc" validate
"$work/fresh/bin/flowc" compile --out "$work/bodies"
"$work/fresh/bin/flowc" schema --out "$work/schema.json"
"$work/fresh/bin/flowc" explain F301 >/dev/null
count=$(find "$work/bodies" -name '*.json' | wc -l)
[ "$count" -gt 20 ] || { echo "only $count bodies"; exit 1; }
echo "the wheel compiles flows/: $count bodies"
