#!/bin/sh
# Measure fidelity and speed with the ngspice of some Debian releases, then write docs/results/versions.md:
# sh scripts/versions.sh bookworm trixie sid
set -eu

case $0 in
*/*) cd "${0%/*}/.." ;;
*) cd .. ;;
esac
results=docs/results/versions
mkdir -p "$results"
for suite; do
    sh scripts/other_ngspice.sh "$suite" .venv/bin/python scripts/versions_page.py measure >"$results/$suite.unfinished"
    mv "$results/$suite.unfinished" "$results/$suite.json"
done
.venv/bin/python scripts/versions_page.py page
