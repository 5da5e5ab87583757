#!/usr/bin/env bash
# Ends a training RUNS times (50) at random moments, most of them while it saves, by turns with SIGKILL and with SIGTERM,
# and resumes it each time. Ends with an error as soon as one resume fails or goes back behind a checkpoint that was
# reported as saved, or a SIGTERM does not save the last step and exit with 130.
#
#     cargo build --release && RUNS=50 tests/reference/kill9.sh
#
# PURRTRAIT names another binary, SEED repeats the same moments. Needs bash 5 and python3.
set -euo pipefail

runs=${RUNS:-50}
RANDOM=${SEED:-$$}
purrtrait=$(realpath "${PURRTRAIT:-$(dirname "$0")/../../target/release/purrtrait}")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export PURRTRAIT_HOME=$work/home
cd "$work"

# Networks wide enough that writing a checkpoint takes longer than a step; a checkpoint after every step.
begin=(train demo --preset quick-32 --device cpu --g-width 32 --d-width 32 --batch 2 --demo-count 16
       --sample-count 1 --metrics-every 1 --sample-every 100 --checkpoint-every 0.01 --out run --json)

# The value of FIELD in the last whole line of FILE about EVENT; 0 if there is none.
last() { # FILE EVENT FIELD
    python3 - "$@" <<'PY'
import json, sys
path, event, field = sys.argv[1:]
value = 0
for line in open(path, errors="replace"):
    try:
        message = json.loads(line)
    except ValueError:
        continue  # cut off by the kill
    if message.get("event") == event:
        value = message[field]
print(value)
PY
}

saved=0 torn=0
for ((i = 1; i <= runs; i++)); do
    if [[ -d run ]]; then arguments=(resume run --steps 0 --json); else arguments=("${begin[@]}"); fi
    "$purrtrait" "${arguments[@]}" >log.jsonl 2>errors.txt &
    pid=$!
    until grep -q '"event":"saved"' log.jsonl; do
        if ! kill -0 $pid 2>/dev/null; then
            echo "FAILED in round $i: the training ended by itself"; cat errors.txt; exit 1
        fi
        sleep 0.01
    done
    # 0 to 400 ms: several saves long.
    sleep "0.$(printf %03d $((RANDOM % 400)))"
    signal=KILL; if ((i % 2 == 0)); then signal=TERM; fi
    kill -$signal $pid 2>/dev/null || true
    code=0; wait $pid 2>/dev/null || code=$?
    newest=$(last log.jsonl saved step)
    if [[ $signal = TERM ]]; then
        reached=$(last log.jsonl metrics step)
        if ((code != 130 || newest < reached)); then
            echo "FAILED in round $i: SIGTERM gives exit code $code, step $newest is saved of $reached"; cat errors.txt; exit 1
        fi
    fi
    # A half-written checkpoint shows that the kill hit a save.
    if compgen -G 'run/checkpoints/.*' >/dev/null; then
        torn=$((torn + 1))
        if [[ $signal = TERM ]]; then echo "FAILED in round $i: SIGTERM left half a checkpoint"; exit 1; fi
    fi

    if ! "$purrtrait" resume run --steps 1 --json >log.jsonl 2>errors.txt; then
        echo "FAILED in round $i: resume exits with an error"; cat errors.txt; exit 1
    fi
    first=$(last log.jsonl started first_step)
    if ((first < newest || first <= saved)); then
        echo "FAILED in round $i: resumed at step $first, but step $newest had been saved"; exit 1
    fi
    saved=$first
done
echo "$((runs - runs / 2)) times SIGKILL, $torn of them in the middle of a save, $((runs / 2)) times SIGTERM, each with \
exit code 130 and the last step saved; every resume worked; $saved steps were trained"
