#!/usr/bin/env python3
"""Trains the same run on one device, with members on threads and with workers over loopback, and compares.

    python3 tests/reference/workers.py target/release/purrtrait [--presets quick-32,modern-64] [--steps 50]

Needs the optimised program and nothing else. Prints for each preset and each number of members how far losses and weights
are from those of one device and of threads, and pictures per second.
"""

import argparse
import json
import os
import pathlib
import subprocess
import tempfile
import time


class Worker:
    def __init__(self, program, home):
        command = [program, "worker", "--listen", "127.0.0.1:0", "--device", "cpu", "--json"]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment(home))
        self.address = json.loads(self.process.stdout.readline())["address"]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()


def environment(home):
    return {**os.environ, "PURRTRAIT_HOME": str(home)}


def tensors(path):
    """Names and numbers of a safetensors file of 32-bit floats."""
    import array

    data = path.read_bytes()
    length = int.from_bytes(data[:8], "little")
    header = json.loads(data[8 : 8 + length])
    for name, about in header.items():
        if name != "__metadata__":
            first, end = about["data_offsets"]
            yield name, array.array("f", data[8 + length + first : 8 + length + end])


def train(program, home, preset, device, steps, out, extra):
    command = [program, "train", "demo", "--preset", preset, "--device", device, "--steps", str(steps), "--out", str(out)]
    command += ["--metrics-every", "1", "--measure-every", "0", "--sample-every", "1000", "--held-out", "0", "--json", *extra]
    done = subprocess.run(command, capture_output=True, text=True, env=environment(home))
    if done.returncode:
        raise SystemExit(f"{device}: {done.stderr}{done.stdout[-2000:]}")
    events = [json.loads(line) for line in done.stdout.splitlines()]
    losses = [(e["loss_d"], e["loss_g"]) for e in events if e["event"] == "metrics"]
    seconds = [e["seconds"] for e in events if e["event"] == "metrics"]
    weights = out / "checkpoints" / f"step-{steps:09}" / "weights.safetensors"
    # Without the first steps, in which pools and caches fill.
    warm = min(5, steps - 1)
    return losses, dict(tensors(weights)), (steps - warm) / (seconds[-1] - seconds[warm - 1])


def furthest(a, b, ours):
    return max((abs(x - y) for name in a if ours(name) for x, y in zip(a[name], b[name])), default=0.0)


def networks(name):
    return name.startswith(("g/", "d/")) and "running" not in name


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("--presets", default="quick-32,modern-64")
    parser.add_argument("--steps", type=int, default=50)
    parser.add_argument("--extra", default="", help="further flags of train, such as '--batch 16'")
    arguments = parser.parse_args()
    program = str(pathlib.Path(arguments.program).resolve())
    print("| preset | members | losses from one device | weights from one device | losses from threads | weights from threads | steps/s |")
    print("|---|---|---|---|---|---|---|")
    for preset in arguments.presets.split(","):
        with tempfile.TemporaryDirectory() as folder:
            home = pathlib.Path(folder)
            extra = arguments.extra.split()
            alone = train(program, home, preset, "cpu", arguments.steps, home / "alone", extra)
            print(f"| `{preset}` | 1 | | | | | {alone[2]:.2f} |", flush=True)
            for members in (2, 3):
                threads = train(program, home, preset, ",".join(["cpu"] * members), arguments.steps, home / f"t{members}", extra)
                workers = [Worker(program, home / "far") for _ in range(members - 1)]
                try:
                    time.sleep(0.2)
                    devices = ",".join(["cpu"] + [f"worker://{worker.address}" for worker in workers])
                    found = train(program, home, preset, devices, arguments.steps, home / f"w{members}", extra)
                finally:
                    for worker in workers:
                        worker.__exit__()
                cells = []
                for other in (alone, threads):
                    loss = max(abs(x - y) for a, b in zip(other[0], found[0]) for x, y in zip(a, b))
                    cells += [f"{loss:.1e}", f"{furthest(other[1], found[1], networks):.1e}"]
                print(f"| `{preset}` | {members}, over loopback | {' | '.join(cells)} | {found[2]:.2f} |", flush=True)
                print(f"| `{preset}` | {members}, on threads | | | | | {threads[2]:.2f} |", flush=True)


if __name__ == "__main__":
    main()
