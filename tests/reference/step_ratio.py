"""The training step of `classic-64` on the CPU against PyTorch, in one run: at widths 32 and 64 and batches of 32 and 64, each
program after the other, some rounds, the medians. Several builds of Purrtrait can be compared.

    python3 -m venv venv && venv/bin/pip install torch numpy
    venv/bin/python tests/reference/step_ratio.py target/release/purrtrait [OLDER_BUILD ...] [--rounds 3] [--steps 12]

Prints a Markdown table: seconds of a step, how many times PyTorch's, GFLOP/s, and their share of what a large matrix product
reaches on the same machine in the same minute.
"""

import argparse
import json
import statistics
import subprocess
import sys
from pathlib import Path

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("programs", nargs="+")
parser.add_argument("--rounds", type=int, default=3)
parser.add_argument("--steps", type=int, default=12)
options = parser.parse_args()


def output(command):
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()[-1])


print("| width, batch | program | ms a step | times PyTorch's | GFLOP/s | of the matrix product |")
print("|---|---|---|---|---|---|")
for width, batch in [(32, 32), (32, 64), (64, 32), (64, 64)]:
    common = ["--preset", "classic-64", "--width", str(width), "--batch", str(batch), "--steps", str(options.steps)]
    found = {program: [] for program in ["PyTorch", *options.programs]}
    for _ in range(options.rounds):
        torch = output([sys.executable, Path(__file__).with_name("torch_step.py"), *common])
        found["PyTorch"].append((torch["step_seconds"], 0, 0))
        for program in options.programs:
            report = output([program, "bench", *common, "--device", "cpu", "--json"])["training"][0]
            # Older builds do not tell the last two.
            numbers = (report.get(key, 0) for key in ("step_gflops", "matmul_gflops"))
            found[program].append((report["step_seconds"], *numbers))
    base = statistics.median(seconds for seconds, _, _ in found["PyTorch"])
    for program, rounds in found.items():
        seconds, gflops, peak = (statistics.median(values) for values in zip(*rounds))
        share = f"{gflops:.0f} | {100 * gflops / peak:.0f} %" if peak else "|"
        print(f"| {width}, {batch} | {program} | {1000 * seconds:.0f} | {seconds / base:.2f} | {share} |", flush=True)
