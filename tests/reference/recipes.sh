#!/usr/bin/env bash
# The table of recipes in the README: three of them for ten minutes of one core each, with three seeds, judged by a network
# that is not part of this project.
#
#     tests/reference/recipes.sh PICTURES HELD_OUT JUDGE.onnx [OUT]
#
# PICTURES is learned from, HELD_OUT holds squares of pictures that nothing learned from (squares.py), JUDGE is a network as
# judge.py takes it. PURRTRAIT and PYTHON name other programs. An hour and a half of one core; started again, it goes on.
set -euo pipefail

if (($# < 3)); then sed -n '2,9s/^# \{0,1\}//p' "$0"; exit 2; fi
here=$(dirname "$0")
modern="--g-width 12 --d-width 24 --lr-g 1e-3 --lr-d 1e-3"
export RAYON_NUM_THREADS=1
"${PYTHON:-python3}" "$here/probes.py" "$1" "$2" "${4:-recipes}" "$3" --minutes 10 --seeds 1 2 3 \
    --program "${PURRTRAIT:-$here/../../target/release/purrtrait}" --base "--faces on --preset modern-64 --batch 32" \
    --row "classic=--preset classic-64 --g-width 24 --d-width 24" --row "modern=$modern" --row "small=$modern --batch 8"
