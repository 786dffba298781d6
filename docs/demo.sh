#!/usr/bin/env bash
# Shows what flowc does, on the brand in flows/. Everything that it makes goes to .flowc/demo.
set -euo pipefail
cd "$(dirname "$0")/.."
made=.flowc/demo
rm -rf "$made"
mkdir -p "$made"

say() { printf '\n\033[1m%s\033[0m\n' "$*"; }
run() { printf '\033[2m$ %s\033[0m\n' "$*"; "$@"; }

say "1. Check every spec, offline"
run flowc validate

say "2. Compile them to request bodies"
run flowc compile --out "$made/bodies"

say "3. Draw them"
run flowc graph --format svg --out "$made/pictures"
run flowc graph flows/post-purchase.yaml --format mermaid

say "4. Break one, and see what it says"
mkdir -p "$made/broken"
sed -e 's/subject_line:/subject:/' -e 's/flow-start/flow-strat/' flows/welcome.yaml >"$made/broken/welcome.yaml"
run flowc validate "$made/broken/welcome.yaml" || true

say "5. Fill an account (one SQLite file, no key, no network) and pull it into a repository of its own"
mkdir -p "$made/pulled/flows"
printf 'kind: project\nname: pulled\ndefault_account: sandbox\naccounts:\n  sandbox: {embedded: sandbox.db}\n' >"$made/pulled/flowc.yaml"
(
  cd "$made/pulled"
  run flowc account seed
  run flowc pull
  run flowc pull
  run flowc uses metric "Placed Order"
)

say "6. What would happen to people who ordered long ago, if the winback flow were back-populated?"
run flowc backpopulate flows/winback.yaml
