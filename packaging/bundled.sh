#!/usr/bin/env bash
# Trains a generator like the bundled one on pictures of your own choice, and puts what assets/bundled needs into OUT: the model
# with its discriminator, its settings, and 64 unselected pictures.
#
#     packaging/bundled.sh PICTURES OUT [NOTICE]        for example: packaging/bundled.sh afhq/train/cat afhq-64
#
# NOTICE is the credit and the licence that the model is to carry. Downloads nothing. FACES=on cuts out the faces of whole
# cats, FACES=off takes the middle of each picture (auto decides); STEPS (80,000) and PURRTRAIT name other values. Takes about
# two and a half hours on one core. Started again, it goes on. On the same kind of CPU the same program and pictures give the
# same file.
set -euo pipefail

if (($# < 2)); then sed -n '2,11s/^# \{0,1\}//p' "$0"; exit 2; fi
pictures=$1 out=$2 notice=${3:-}
purrtrait=${PURRTRAIT:-$(dirname "$0")/../target/release/purrtrait}
export RAYON_NUM_THREADS=1
mkdir -p "$out"
if [[ -e $out/run/run.toml ]]; then
    "$purrtrait" resume "$out/run" --device cpu
else
    "$purrtrait" train "$pictures" --faces "${FACES:-auto}" --preset modern-64 --g-width 24 --d-width 32 --batch 8 --lr-g 7e-4 \
        --lr-d 7e-4 --held-out 0 --seed 7 --steps "${STEPS:-80000}" --sample-every 500 --measure-every 0 --device cpu \
        --out "$out/run"
fi
rm -f "$out/cats-64.safetensors" "$out/samples.png"
"$purrtrait" export "$out/run" --format safetensors --half --discriminator --notice "$notice" --out "$out/cats-64.safetensors"
"$purrtrait" generate "$out/cats-64.safetensors" --count 64 --seed 1 --device cpu --grid "$out/samples.png"
cp "$out/run/run.toml" "$out/run.toml"
