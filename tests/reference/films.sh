#!/usr/bin/env bash
# Makes one film of each kind from a tiny run and looks at it with ffprobe: codec, number of frames, size, rate, and for
# WebM and MP4 also how close the decoded pictures come to the exact ones. MP4 is made with ffmpeg and without.
#
#     cargo build --release && tests/reference/films.sh
#
# PURRTRAIT names another binary. Prints SKIPPED where ffmpeg is not installed.
set -euo pipefail

for tool in ffprobe ffmpeg; do
    if ! command -v $tool >/dev/null; then echo "SKIPPED: $tool is not installed"; exit 0; fi
done
purrtrait=$(realpath "${PURRTRAIT:-$(dirname "$0")/../../target/release/purrtrait}")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export PURRTRAIT_HOME=$work/home
cd "$work"
failed=0

"$purrtrait" train demo --preset quick-32 --device cpu --g-width 8 --d-width 8 --batch 8 --demo-count 64 --steps 40 \
    --sample-every 5 --sample-count 9 --out run >/dev/null 2>&1

probe() { # FILE ENTRY
    ffprobe -v error -count_frames -select_streams v:0 -show_entries "stream=$2" -of default=nw=1:nk=1 "$1" | head -1
}

check() { # WHAT FOUND EXPECTED
    if [[ $2 == "$3" ]]; then echo "passed: $1: $2"; else echo "FAILED: $1: $2, expected $3"; failed=1; fi
}

film() { # FILE CODEC FRAMES WIDTH HEIGHT RATE COMMAND...
    local file=$1 codec=$2 frames=$3 width=$4 height=$5 rate=$6
    shift 6
    "$purrtrait" "$@" --device cpu --out "$file" >/dev/null 2>&1 || { echo "FAILED: $file is not made"; failed=1; return; }
    check "$file codec" "$(probe "$file" codec_name)" "$codec"
    check "$file frames" "$(probe "$file" nb_read_frames)" "$frames"
    check "$file size" "$(probe "$file" width) x $(probe "$file" height)" "$width x $height"
    check "$file rate" "$(probe "$file" avg_frame_rate)" "$rate"
}

way=(interpolate run --seeds 1,2,3 --loop)
film way.gif  gif  40 64  64  20/1 "${way[@]}" --frames 40 --fps 20 --upscale 2
film way.apng apng 40 64  64  24/1 "${way[@]}" --frames 40 --fps 24 --upscale 2
film way.webm av1  90 128 128 30/1 "${way[@]}" --frames 90 --fps 30 --upscale 4
film odd.webm av1  50 96  96  25/1 "${way[@]}" --frames 50 --fps 25 --upscale 3
film walk.webm av1 60 64  64  24/1 walk run --seed 4 --frames 60 --fps 24 --upscale 2
sheets=$(ls run/samples/*.png | wc -l)
side=$((3 * 34 + 2))
film lapse.webm av1 "$sheets" $side $side 8/1 timelapse run --fps 8
film lapse.gif gif "$sheets" $side $side 10/1 timelapse run --fps 10

film way.mp4  h264 90 128 128 30/1 "${way[@]}" --frames 90 --fps 30 --upscale 4
film lapse.mp4 h264 "$sheets" $side $side 8/1 timelapse run --fps 8
(export PATH=$work && film bare.mp4 - 0 0 0 0 "${way[@]}" --frames 90 --fps 30 --upscale 4) >/dev/null 2>&1 || true
for entry in codec_name=av1 nb_read_frames=90 width=128 height=128 avg_frame_rate=30/1; do
    check "bare.mp4 ${entry%%=*}" "$(probe bare.mp4 "${entry%%=*}")" "${entry#*=}"
done
for entry in pix_fmt=yuv420p color_space=bt709 color_range=tv; do
    check "way.mp4 ${entry%%=*}" "$(probe way.mp4 "${entry%%=*}")" "${entry#*=}"
done

for file in way.webm way.mp4 bare.mp4; do
    # The length that the head states: 90 frames at 30 a second.
    length=$(ffprobe -v error -show_entries format=duration -of default=nw=1:nk=1 $file)
    check "$file length" "$length" 3.000000
    # Nothing complains while decoding, also after a jump.
    check "$file decodes" "$(ffmpeg -v error -i $file -f null - 2>&1 | wc -l)" 0
    check "$file seeks" "$(ffmpeg -v error -ss 2.5 -i $file -f null - 2>&1 | wc -l)" 0
done
for file in way.mp4 bare.mp4; do
    # A film that comes down a line starts at once.
    order=$(ffmpeg -v trace -i $file -f null - 2>&1 | grep -o "type:'\(moov\|mdat\)'" | head -1)
    check "$file begins with its head" "$order" "type:'moov'"
done

# The same way as exact pictures: the film is close to them, so its colours are right.
"$purrtrait" "${way[@]}" --frames 90 --upscale 4 --device cpu --out exact >/dev/null 2>&1
# Nothing is found where ffmpeg fails: that is a failure like any other.
for file in way.webm way.mp4 bare.mp4; do
    psnr=$(ffmpeg -v info -i $file -framerate 30 -i exact/frame-%06d.png \
        -lavfi '[0:v]scale=in_color_matrix=bt709:in_range=tv,format=gbrp[a];[1:v]format=gbrp[b];[a][b]psnr' \
        -f null - 2>&1 | tee psnr.log | grep -o 'average:[0-9.inf]*' | cut -d: -f2) || true
    if [[ -z $psnr ]]; then
        echo "FAILED: $file is like the exact pictures: ffmpeg gives no PSNR"; tail -3 psnr.log; failed=1
    elif [[ $psnr == inf ]] || awk "BEGIN { exit !($psnr > 32) }"; then
        echo "passed: $file is like the exact pictures: $psnr dB"
    else
        echo "FAILED: $file is like the exact pictures: $psnr dB, expected more than 32"; failed=1
    fi
done

if ((failed)); then echo "failed"; exit 1; fi
echo "passed"
