#!/usr/bin/env bash
# Shows what flowc does, on the brand in flows/. Everything that it makes goes to .flowc/demo.
set -euo pipefail
cd "$(dirname "$0")/.."
made=$PWD/.flowc/demo
rm -rf "$made"
mkdir -p "$made"

say() { printf '\n\033[1m%s\033[0m\n' "$*"; }
shown() { for word in "$@"; do case $word in *[!A-Za-z0-9_./=:,-]*) printf " '%s'" "$word" ;; *) printf ' %s' "$word" ;; esac; done; }
run() { printf '\033[2m$%s\033[0m\n' "$(shown "$@")"; "$@"; }

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

say "5. Fill an account: one SQLite file, no key, no network; six of our flows were changed there by hand"
shop="$made/shop"
mkdir -p "$shop"
cp -R flows flowc.yaml "$shop"
cd "$shop"
run flowc account seed

say "6. Plan: what would make the account what git says?"
run flowc plan --target "Recover | Abandoned cart"

say "7. Apply everything, and plan again"
run flowc apply --yes --allow-live --allow-replace 2>&1 | tail -n 40
run flowc plan

say "8. Which lifecycle audiences are covered?"
flowc coverage | head -n 40
flowc coverage --format html >"../coverage.html"
echo "... the whole tracker is in $made/coverage.html"

say "9. The other way: pull an account into a repository of its own"
mkdir -p "../pulled/flows"
cd "../pulled"
printf 'kind: project\nname: pulled\ndefault_account: sandbox\naccounts:\n  sandbox: {embedded: ../shop/.flowc/sandbox.db}\n' >flowc.yaml
run flowc pull
run flowc uses metric "Placed Order"

say "10. What would happen to past profiles, if two of our flows were back-populated? An account of 300 people"
people="$made/people"
mkdir -p "$people"
cp -R "$shop/flows" "$shop/flowc.yaml" "$people"
cd "$people"
winback="Retain | Winback at 75 and 85 days"
welcome="Welcome | Ten days by mail"
run flowc account seed --small
flowc plan --target "$winback" --target "$welcome" --out two.json >/dev/null
run flowc apply two.json --yes --allow-live 2>&1 | tail -n 2
run flowc data pull --flow "$winback" --flow "$welcome" 2>&1 | tail -n 1
run flowc backpopulate "$winback" --account sandbox --data .flowc/data
run flowc backpopulate "$welcome" --account sandbox --data .flowc/data --mode beginning
flowc backpopulate "$winback" --account sandbox --data .flowc/data --format html >"../winback.html"
echo "... with charts in $made/winback.html"
