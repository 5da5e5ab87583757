#!/usr/bin/env bash
# Trains a generator like the bundled one on pictures of your own choice, and puts what assets/bundled needs into OUT: the model
# with its discriminator, its settings, and 64 unselected pictures.
#
#     packaging/bundled.sh PICTURES OUT [NOTICE]        for example: packaging/bundled.sh afhq/train/cat afhq-64
#
# NOTICE is the credit and the licence that the model is to carry. Downloads nothing. FACES=on cuts out the faces of whole
# cats, FACES=off takes the middle of each picture (auto decides). SIZE=128 grows the bundled generator to 128 px, or the one
# that FROM names, and trains that; its notice stays. STEPS (80,000; 40,000 for 128 px) and PURRTRAIT name other values. Takes
# about two and a half hours on one core, four for 128 px. Started again, it goes on. On the same kind of CPU the same program
# and pictures give the same file.
set -euo pipefail

if (($# < 2)); then sed -n '2,12s/^# \{0,1\}//p' "$0"; exit 2; fi
pictures=$1 out=$2 notice=${3:-}
size=${SIZE:-64}
purrtrait=${PURRTRAIT:-$(dirname "$0")/../target/release/purrtrait}
export RAYON_NUM_THREADS=1
case $size in
    64) steps=80000 recipe=(--preset modern-64 --g-width 24 --d-width 32 --lr-g 7e-4 --lr-d 7e-4) ;;
    128) steps=40000 recipe=(--from "${FROM:-bundled}" --size 128 --lr-g 5e-4 --lr-d 5e-4) ;;
    *) echo "SIZE=$size: 64 or 128" >&2; exit 2 ;;
esac
mkdir -p "$out"
if [[ -e $out/run/run.toml ]]; then
    "$purrtrait" resume "$out/run" --device cpu
else
    "$purrtrait" train "$pictures" --faces "${FACES:-auto}" "${recipe[@]}" --batch 8 --held-out 0 --seed 7 \
        --steps "${STEPS:-$steps}" --sample-every 500 --measure-every 0 --device cpu --out "$out/run"
fi
rm -f "$out/cats-$size.safetensors" "$out/samples.png"
"$purrtrait" export "$out/run" --format safetensors --half --discriminator --notice "$notice" --out "$out/cats-$size.safetensors"
"$purrtrait" generate "$out/cats-$size.safetensors" --count 64 --seed 1 --device cpu --grid "$out/samples.png"
cp "$out/run/run.toml" "$out/run.toml"
