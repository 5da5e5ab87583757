"""Does a training grow? Trains a tiny `quick-32` for 10,000 steps and reads the memory of the whole process on the way; on
a GPU, also what the library's allocator holds of the device after as many steps, which `bench` tells (on a software adapter
that memory is the process's own, too). Losses are read, samples drawn and checkpoints saved as usual. Needs Linux.

    python3 tests/reference/growth.py target/release/purrtrait cpu
    python3 tests/reference/growth.py target/release/purrtrait gpu --device-steps 1000 10000

Ends with an error if the process has more than `--most` MiB (8) more at the end than at a tenth of its steps, or the
device 0.1 MiB more after many steps than after few.
"""

import argparse
import json
import subprocess
import sys
import tempfile

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("program")
parser.add_argument("device", nargs="?", default="cpu")
parser.add_argument("--steps", type=int, default=10_000)
parser.add_argument("--device-steps", type=int, nargs=2, metavar=("FEW", "MANY"), help="compare the device's memory")
parser.add_argument("--most", type=float, default=8.0, help="MiB that the process may grow after a tenth of its steps")
options = parser.parse_args()
TINY = ["--preset", "quick-32", "--device", options.device]


def resident(pid):
    """MiB of the process that are in memory."""
    with open(f"/proc/{pid}/status") as file:
        line = next(line for line in file if line.startswith("VmRSS:"))
    return int(line.split()[1]) / 1024


def trained():
    """MiB at some steps of one training."""
    shares = (0.01, 0.05, 0.1, 0.2, 0.5, 0.75, 0.99)
    marks = [max(1, round(options.steps * share)) for share in shares]
    found = []
    with tempfile.TemporaryDirectory() as folder:
        command = [options.program, "train", "demo", *TINY, "--g-width", "4", "--d-width", "4", "--batch", "2",
                   "--demo-count", "64", "--measure-every", "0", "--steps", str(options.steps), "--json",
                   "--out", f"{folder}/run"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
            for line in process.stdout:
                event = json.loads(line)
                if event.get("event") == "progress" and len(found) < len(marks) and event["step"] >= marks[len(found)]:
                    found.append(resident(process.pid))
                    print(f"| {event['step']:,} | {found[-1]:.1f} MiB |", flush=True)
        if process.returncode != 0 or len(found) != len(marks):
            sys.exit(f"the training ended with {process.returncode} after {len(found)} of {len(marks)} readings")
    return found[shares.index(0.1)], found[-1]


def held(steps):
    """MiB that the allocator held at most in so many steps."""
    command = [options.program, "bench", *TINY, "--width", "4", "--batch", "2", "--steps", str(steps), "--json"]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return json.loads(done.stdout.splitlines()[-1])["training"][0]["peak_device_memory_bytes"] / 2**20


print("| step | process |\n|---|---|")
tenth, end = trained()
failures = [f"the process grew by {end - tenth:.1f} MiB"] if end - tenth > options.most else []
if options.device_steps:
    few, many = (held(steps) for steps in options.device_steps)
    print(f"\nthe device: {few:.2f} MiB after {options.device_steps[0]:,} steps, {many:.2f} MiB after "
          f"{options.device_steps[1]:,}")
    # The most that was held depends a little on what happened to be held at once.
    failures += [f"the device's memory grew by {many - few:.2f} MiB"] if many - few > 0.1 else []
sys.exit("; ".join(failures) or None)
