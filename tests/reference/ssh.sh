#!/usr/bin/env bash
# Trains on "another machine": a real sshd on loopback with a port, a host key, a user's key and a home of its own. A run
# is started there, a rate is changed live, the connection is cut for 20 s and comes back, and the run is stopped. At the
# end the run folder on this side must be complete and resume on the CPU.
#
#     cargo build --release && tests/reference/ssh.sh
#
# PURRTRAIT names another binary, CUT the seconds without a connection. Needs OpenSSH's server and client.
set -euo pipefail

purrtrait=$(realpath "${PURRTRAIT:-$(dirname "$0")/../../target/release/purrtrait}")
sources=$(realpath "$(dirname "$0")/../..")
cut=${CUT:-20}
sshd=$(command -v sshd || echo /usr/sbin/sshd)
[[ -x $sshd ]] && command -v ssh ssh-keygen >/dev/null || { echo "SKIPPED another machine: OpenSSH is not here"; exit 0; }
work=$(mktemp -d)
cd "$work"
daemon='' front=''
# Engines there end with their runs; a failed test leaves one.
cleanup() {
    kill -9 $front $daemon 2>/dev/null || true
    for job in far/jobs/????????????????; do
        if [[ -d $job ]]; then pkill -f "engine --listen $(basename "$job")" || true; fi
    done
    rm -rf "$work"
}
trap cleanup EXIT
fail() { echo "FAILED: $*"; tail -20 events.jsonl errors.txt sshd.txt far/jobs/*/log.txt 2>/dev/null || true; exit 1; }
# Waits until the command succeeds, 60 s at most.
wait_for() { for ((k = 0; k < 600; k++)); do if "$@" >/dev/null 2>&1; then return; fi; sleep 0.1; done; fail "no $*"; }

mkdir bin far near
chmod 700 far
ssh-keygen -q -t ed25519 -N '' -f host
ssh-keygen -q -t ed25519 -N '' -f key
cp key.pub authorized
((EUID != 0)) || mkdir -p /run/sshd
port=$((20000 + RANDOM % 20000))
cat >sshd.conf <<END
ListenAddress 127.0.0.1
Port $port
HostKey $work/host
AuthorizedKeysFile $work/authorized
PidFile $work/sshd.pid
StrictModes no
UsePAM no
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin yes
SetEnv PURRTRAIT_HOME=$work/far
END
start_sshd() {
    "$sshd" -D -e -f sshd.conf >>sshd.txt 2>&1 &
    daemon=$!
    disown
    wait_for bash -c "exec 3<>/dev/tcp/127.0.0.1/$port"
}
start_sshd

# The program's own ssh takes its settings from here, as it would from ~/.ssh/config.
cat >bin/ssh <<END
#!/bin/sh
exec $(command -v ssh) -F $work/ssh.conf "\$@"
END
cat >ssh.conf <<END
Host box
    HostName 127.0.0.1
    Port $port
    IdentityFile $work/key
    IdentitiesOnly yes
    UserKnownHostsFile $work/known
END
chmod +x bin/ssh
echo "[127.0.0.1]:$port $(<host.pub)" >known
export PATH=$work/bin:$PATH PURRTRAIT_HOME=$work/near
# With a blank in its path, for the shell there.
mkdir "far/a program"
ln -s "$purrtrait" "far/a program/purrtrait"
device="ssh://box?program=$work/far/a%20program/purrtrait&device=cpu"

# One program starts the run and is killed; the next finds it there: the engine of a window, which speaks over its own
# pipe.
tiny="--preset quick-32 --batch 2 --demo-count 16 --sample-count 1 --g-width 4 --d-width 4 --checkpoint-every 1
      --measure-every 0 --metrics-every 4 --sample-every 40"
# shellcheck disable=SC2086
"$purrtrait" train demo $tiny --device "$device" --out run --json >events.jsonl 2>errors.txt &
front=$!
told() { grep -q "$1" events.jsonl; }
saved() { ls run/checkpoints | sed -n 's/^step-0*\([0-9][0-9]*\)$/\1/p' | tail -1 | grep . || echo 0; }
later() { (($(saved) > $1)); }
wait_for told '"event":"saved"'
wait_for later "$(saved)"
[[ -s run/metrics.jsonl && -n $(ls run/samples) ]] || fail "no history and no picture here"
grep -q "$work" far/jobs/*/run/run.toml && fail "a path of this machine was sent"
[[ $(stat -c %a far/jobs) == 700 ]] || fail "others may look into the jobs"

# The front end is killed: training goes on there, and whoever resumes the run finds it.
kill -9 "$front"
before=$(saved)
mkfifo words
protocol=$(sed -n 's/^const PROTOCOL: u32 = \([0-9]*\);$/\1/p' "$sources/src/engine/wire.rs")
python3 "$sources/tests/reference/ssh_window.py" "$purrtrait" "$work/run" <words >events.jsonl 2>>errors.txt &
front=$!
exec 4>words
echo "$protocol" >&4
wait_for told '^Metrics'
wait_for later "$before"

# A setting acts there, and its mark arrives here.
echo "rate 0.00015" >&4
wait_for grep -q '"lr-g":0.00015' run/marks.jsonl
grep -q '"lr_g":0.00015' <(tail -1 run/metrics.jsonl) || wait_for grep -q '"lr_g":0.00015' run/metrics.jsonl

# The connection is cut: what serves it and what listens go, and nobody answers for a while.
there() { tail -1 far/jobs/*/run/metrics.jsonl | sed -n 's/.*"step":\([0-9]*\).*/\1/p'; }
kill "$daemon"
line=$(pgrep -f -- "-F $work/ssh.conf") || fail "no ssh runs"
kill -9 $line
before=$(there)
sleep "$cut"
kill -0 "$front" || fail "the front end is gone"
meanwhile=$(there)
((meanwhile > before)) || fail "nothing was trained without the line ($before, $meanwhile)"
start_sshd
wait_for later "$meanwhile"
steps=$(sed -n 's/.*"step":\([0-9]*\),.*/\1/p' run/metrics.jsonl)
[[ $steps == "$(seq 1 "$(tail -1 <<<"$steps")")" ]] || fail "steps are missing in the history"

echo stop >&4
exec 4>&-
wait "$front" || fail "the front end failed"
front=''
told '^RunEnded' || fail "it did not stop"
last=$(saved)
[[ $last == $(there) ]] || fail "step $last is not the last one there, which is $(there)"
cmp run/metrics.jsonl far/jobs/*/run/metrics.jsonl || fail "another history there"
gone() { ! pgrep -f "engine --listen $(basename far/jobs/????????????????)"; }
wait_for gone

# Here, on the CPU, and then there again.
"$purrtrait" resume run --device cpu --steps $((last + 4)) --json >resume.jsonl 2>>errors.txt || fail "no resume here"
grep -q "\"first_step\":$last" resume.jsonl || fail "step $last is not resumed here"
"$purrtrait" resume run --device "$device" --steps $((last + 8)) --json >there.jsonl 2>>errors.txt || fail "no resume there"
grep -q "\"first_step\":$((last + 4))" there.jsonl || fail "step $((last + 4)) is not resumed there"
[[ $(saved) == $((last + 8)) ]] || fail "the end did not arrive"
echo "trained on another machine to step $last: the line was cut at step $before for $cut s, training went on to step \
$meanwhile; the run folder here was complete, resumed here and there again"
