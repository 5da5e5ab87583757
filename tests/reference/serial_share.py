"""Which part of a training step on the CPU only one thread can do, and so how much faster many cores can be (Amdahl's law).

The program is one whose training thread takes no part in what it shares out, but hands it to a pool and waits, so that
what it does itself is serial:

    git worktree add handing
    sed -i 's/^    work_along();/    let _ = work_along;/' handing/src/engine/run/worker.rs
    cargo build --release --manifest-path handing/Cargo.toml
    python3 tests/reference/serial_share.py handing/target/release/purrtrait --preset classic-64 --batch 8 32

Its CPU time, as a share of that of all threads, is the serial share, however busy the machine is; handing over counts,
too, about a quarter of it. The pool has two threads: with one, much is not handed over. Counted between two steps of one
training, with losses read, but without samples, checkpoints and measurements. Needs Linux.
"""

import argparse
import json
import os
import subprocess
import tempfile

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("program")
parser.add_argument("--preset", nargs="+", default=["classic-64"])
parser.add_argument("--width", type=int, default=32, help="of both networks")
parser.add_argument("--batch", type=int, nargs="+", default=[8, 32])
parser.add_argument("--steps", type=int, default=32, help="counted, after the first 16")
options = parser.parse_args()
FIRST = 16


def seconds(pid):
    """CPU seconds of the thread that trains, and of all others."""
    used = {}
    trainer = None
    for task in sorted(os.listdir(f"/proc/{pid}/task"), key=int):
        with open(f"/proc/{pid}/task/{task}/stat") as file:
            name, numbers = file.read().split("(", 1)[1].rsplit(")", 1)
        used[task] = sum(map(int, numbers.split()[11:13])) / os.sysconf("SC_CLK_TCK")
        # Those of the pool inherit the name of the thread that made them.
        if trainer is None and name.startswith("purrtrait-work"):
            trainer = task
    return used[trainer], sum(used.values()) - used[trainer]


def counted(preset, batch):
    last = FIRST + options.steps
    with tempfile.TemporaryDirectory() as folder:
        command = [options.program, "train", "demo", "--preset", preset, "--device", "cpu", "--demo-count", "64",
                   "--g-width", str(options.width), "--d-width", str(options.width), "--batch", str(batch),
                   "--sample-every", "100000", "--checkpoint-every", "1000", "--measure-every", "0",
                   "--steps", str(last + 16), "--json", "--out", f"{folder}/run"]
        environment = {**os.environ, "RAYON_NUM_THREADS": "2"}
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
                              env=environment) as process:
            marks = []
            for line in process.stdout:
                event = json.loads(line)
                if event.get("event") == "progress" and len(marks) < 2 and event["step"] >= (FIRST, last)[len(marks)]:
                    marks.append((event["step"], *seconds(process.pid)))
    (first, *before), (second, *after) = marks
    trains, others = (b - a for a, b in zip(before, after))
    return trains, others, second - first


print("| preset, batch | ms of CPU a step | serial | 8 cores at most | 16 | 32 |")
print("|---|---|---|---|---|---|")
for preset in options.preset:
    for batch in options.batch:
        trains, others, steps = counted(preset, batch)
        share = trains / (trains + others)
        faster = " | ".join(f"{1 / (share + (1 - share) / cores):.1f}" for cores in (8, 16, 32))
        print(f"| `{preset}`, {batch} | {1000 * (trains + others) / steps:.0f} | {100 * share:.1f} % | {faster} |", flush=True)
