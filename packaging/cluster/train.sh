#!/bin/sh
# Trains RUN to its end, on a machine that may be taken away: from its newest checkpoint if it was begun before, else from
# nothing with these arguments of `purrtrait train`.
#
#     train.sh RUN ARGUMENT...          for example: train.sh runs/cats ~/pictures --preset modern-64 --steps 60000
#
# SIGTERM is passed on: the training saves and ends with 130, and AFTER_STOP, if it is set, is run then (a scheduler's command
# to put the job back into its queue). Started again, it goes on; a machine that vanishes without a signal costs at most
# the time since the last checkpoint. PURRTRAIT names another program. The exit code is the program's (README).
set -u
if [ $# -lt 2 ]; then
    echo "usage: $0 RUN ARGUMENT... (those of \`purrtrait train\`, without --out)" >&2
    exit 2
fi
program=${PURRTRAIT:-purrtrait}
run=$1
shift
if [ -e "$run/run.toml" ]; then
    set -- resume "$run"
else
    set -- train "$@" --out "$run"
fi

# In the background, because a shell hears a signal only between two commands, or while it waits.
"$program" "$@" &
training=$!
told=0
trap 'told=1; kill -TERM "$training" 2>/dev/null' TERM INT HUP
code=1
while :; do
    told=0
    wait "$training"
    status=$?
    # 127: it had ended before, and its exit code is known.
    if [ $status -ne 127 ]; then code=$status; fi
    # A signal ends the waiting, not the training, which still saves.
    if [ $told -eq 0 ]; then break; fi
done
if [ $code -eq 130 ] && [ -n "${AFTER_STOP:-}" ]; then
    echo "$run is saved: $AFTER_STOP"
    sh -c "$AFTER_STOP"
fi
exit $code
