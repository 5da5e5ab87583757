#!/usr/bin/env bash
# The job scripts of packaging/cluster without a cluster: a stand-in starts them, takes the machine away by SIGTERM twice, starts
# them again, and the weights at the end must be those of a training that nobody interrupted, to the bit.
#
#     cargo build --release && tests/reference/cluster.sh
#
# PURRTRAIT names another binary. SIGTERM comes at a random moment of the training (SEED repeats them). Needs bash 5.
set -euo pipefail

RANDOM=${SEED:-$$}
root=$(realpath "$(dirname "$0")/../..")
export PURRTRAIT=$(realpath "${PURRTRAIT:-$root/target/release/purrtrait}")
work=$(mktemp -d)
trap 'jobs -p | xargs -r kill 2>/dev/null || true; rm -rf "$work"' EXIT
cd "$work"
export PURRTRAIT_HOME=$work/home
settings="--preset quick-32 --device cpu --g-width 8 --d-width 8 --batch 4 --demo-count 64 --sample-every 500"
# Many more than pass before a training is interrupted twice, also where a step takes half a millisecond.
steps=3000

fail() { echo "FAILED: $*"; cat log 2>/dev/null; exit 1; }

# A training that nobody interrupts.
"$PURRTRAIT" train demo $settings --steps $steps --out whole >log 2>&1 || fail "the whole training"

readings() { # RUN
    { cat "$1/metrics.jsonl" 2>/dev/null || true; } | wc -l
}

# Starts the command in the background, ends it by SIGTERM once it trains, and waits for it.
interrupted() { # RUN COMMAND...
    local run=$1 code=0 before
    shift
    before=$(readings "$run")
    "$@" >log 2>&1 &
    local job=$!
    until (($(readings "$run") > before + 4)); do
        kill -0 $job 2>/dev/null || fail "$1 ended by itself"
        sleep 0.02
    done
    sleep "0.$(printf %03d $((RANDOM % 300)))"
    kill -TERM $job
    wait $job || code=$?
    ((code == 130)) || fail "exit code $code after SIGTERM, 130 expected"
}

same_weights() { # RUN
    local weights=checkpoints/step-00000$steps/weights.safetensors
    cmp "$1/$weights" "whole/$weights" || fail "$1: other weights"
}

# SLURM: its variables, and a stand-in for the command that puts a job back.
mkdir bin
cat >bin/scontrol <<'STANDIN'
#!/bin/sh
echo "$@" >>"$STANDIN_LOG"
STANDIN
chmod +x bin/scontrol
export STANDIN_LOG=$work/scontrol.log
: >"$STANDIN_LOG"
mkdir -p submitted/packaging
cp -r "$root/packaging/cluster" submitted/packaging/
printf '# name and arguments\nfirst demo --steps 1\n\nsecond demo %s --steps %s\n' "$settings" $steps >submitted/recipes.txt
slurm=(env PATH="$work/bin:$PATH" SLURM_SUBMIT_DIR="$work/submitted" SLURM_ARRAY_JOB_ID=77 SLURM_ARRAY_TASK_ID=2
       RECIPES="$work/submitted/recipes.txt" RUNS="$work/slurm" bash "$root/packaging/cluster/slurm.sbatch")
interrupted slurm/second "${slurm[@]}"
interrupted slurm/second "${slurm[@]}"
"${slurm[@]}" >log 2>&1 || fail "the third start"
[[ $(sort -u "$STANDIN_LOG") = "requeue 77_2" && $(wc -l <"$STANDIN_LOG") = 2 ]] || fail "scontrol: $(<"$STANDIN_LOG")"
same_weights slurm/second
code=0
"${slurm[@]:0:4}" SLURM_ARRAY_TASK_ID=3 "${slurm[@]:5}" >log 2>&1 || code=$?
((code == 2)) && grep -q 'has no line 3' log || fail "a line that is not there: exit code $code"
echo "slurm.sbatch: stopped twice, put back twice, finished with the same weights"

# SkyPilot: its `run` block, in a folder that stands for the machine's.
mkdir sky
sed -n '/^run: |/,$p' "$root/packaging/cluster/skypilot.yaml" | sed '1d; s/^  //' >sky/run.in
sed "s#/purrtrait/program#$PURRTRAIT#g; s#/purrtrait/train.sh#$root/packaging/cluster/train.sh#g
     s#/purrtrait/pictures#demo#g; s#/purrtrait/#$work/sky/#g; s#--device gpu#--device cpu#" sky/run.in >sky/run.sh
grep -q "$root/packaging/cluster/train.sh" sky/run.sh || fail "the run block is not what it was"
sky=(env RECIPE="${settings/--device cpu /} --steps $steps" bash sky/run.sh)
interrupted sky/runs/cats "${sky[@]}"
interrupted sky/runs/cats "${sky[@]}"
"${sky[@]}" >log 2>&1 || fail "the third start"
same_weights sky/runs/cats
echo "skypilot.yaml: stopped twice, finished with the same weights"
