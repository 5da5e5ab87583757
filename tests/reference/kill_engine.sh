#!/usr/bin/env bash
# Opens the window on a display of its own, trains in it, and kills the engine's process RUNS times (50) with SIGKILL at
# random moments. Ends with an error as soon as the window is gone, a run is not resumed, or it goes back behind a
# checkpoint that was there. At last the window itself is killed with SIGKILL: the engine must save and end by itself.
#
#     cargo build --release && RUNS=50 tests/reference/kill_engine.sh
#
# PURRTRAIT names another binary, SEED repeats the same moments, SHOT=FILE.png keeps a picture of the window after the
# last resume. Needs bash 5, Xvfb, xdotool, and ImageMagick for the picture.
set -euo pipefail

runs=${RUNS:-50}
RANDOM=${SEED:-$$}
purrtrait=$(realpath "${PURRTRAIT:-$(dirname "$0")/../../target/release/purrtrait}")
work=$(mktemp -d)
cd "$work"
export PURRTRAIT_HOME=$work/home DISPLAY=:$((100 + RANDOM % 400)) WAYLAND_DISPLAY=
Xvfb "$DISPLAY" -screen 0 1280x800x24 >xvfb.txt 2>&1 &
xvfb=$! window='' engine=''
disown
trap 'kill -9 $xvfb $window $engine 2>/dev/null || true; rm -rf "$work"' EXIT

fail() { echo "FAILED: $*"; cat "$work/errors.txt"; exit 1; }
# Waits until the command succeeds, 90 s at most.
wait_for() { for ((k = 0; k < 1800; k++)); do if "$@" >/dev/null 2>&1; then return; fi; sleep 0.05; done; fail "no $*"; }
# The engine's process is the window's only child that serves.
serves() { engine=$(pgrep -P "$window" -f -- '--stdio$'); }
# Another one than before.
serves_again() { local before=$killed; serves && [[ $engine != "$before" ]]; }
# The step of the newest whole checkpoint; 0 if there is none.
newest() { ls run/checkpoints 2>/dev/null | sed -n 's/^step-0*\([0-9][0-9]*\)$/\1/p' | tail -1 | grep . || echo 0; }
newer() { (($(newest) > saved)); }

# A run of its own, saved after every epoch of eight steps, stopped at once: the window resumes it.
"$purrtrait" train demo --preset quick-32 --device cpu --batch 2 --demo-count 16 --sample-count 1 --g-width 4 \
    --d-width 4 --checkpoint-every 1 --measure-every 0 --steps 1 --out run --json >train.jsonl 2>errors.txt
sed -i 's/^max-steps = .*/max-steps = 0/' run/run.toml
grep -q '^max-steps = 0' run/run.toml || fail "no limit in run.toml"

"$purrtrait" >output.txt 2>errors.txt &
window=$!
disown
wait_for xdotool search --onlyvisible --name Purrtrait windowfocus
wait_for serves
# The field above the list of runs, where it is in a window of this size.
sleep 5
xdotool mousemove 817 383 click 1
sleep 0.5
xdotool type --delay 5 "$work/run"
xdotool key Return
saved=1
wait_for newer

for ((i = 1; i <= runs; i++)); do
    saved=$(newest)
    sleep "0.$(printf %03d $((RANDOM % 700)))"
    before=$(newest) killed=$engine
    kill -9 "$engine"
    wait_for serves_again
    kill -0 "$window" 2>/dev/null || fail "round $i: the window is gone"
    saved=$before
    wait_for newer
done
resumed=$(grep -c 'was killed (SIGKILL)' errors.txt) || true
((resumed == runs)) || fail "$resumed of $runs losses were told"
[[ -s output.txt ]] && fail "something was printed on standard output"
[[ -n ${SHOT:-} ]] && import -window root "$SHOT"

kill -9 "$window"
gone() { ! kill -0 "$engine"; }
wait_for gone
last=$(newest)
window=''
"$purrtrait" resume run --steps 1 --json >resume.jsonl 2>>errors.txt || true
grep -q "\"first_step\":$last" resume.jsonl || fail "step $last is not resumed"
echo "$runs times SIGKILL to the engine: the window stayed, the run went on from its newest checkpoint each time, and \
after SIGKILL to the window the engine saved step $last and ended"
