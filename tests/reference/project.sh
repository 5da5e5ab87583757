#!/usr/bin/env bash
# Does the search find its own pictures again? Draws 20 with a generator, searches for each, and prints the median of the
# mean errors per channel (of 255), the worst, and the steps.
#
#     [MODEL=bundled] [PURRTRAIT=target/release/purrtrait] tests/reference/project.sh
set -euo pipefail
cd "$(dirname "$0")/../.."
purrtrait=${PURRTRAIT:-target/release/purrtrait}
model=${MODEL:-bundled}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$purrtrait" generate "$model" --count 20 --seed 99 --out "$work" --device cpu --json >/dev/null
for picture in "$work"/*.png; do
    "$purrtrait" project "$picture" --model "$model" --crop whole --device cpu --json 2>/dev/null
done | python3 -c '
import json, statistics, sys
found = [json.loads(line) for line in sys.stdin]
errors = [f["error"] for f in found]
median = statistics.median(errors)
print("%d pictures: median error %.3f of 255, worst %.3f, at most %d steps" %
      (len(found), median, max(errors), max(f["steps"] for f in found)))
sys.exit(median >= 4)'
