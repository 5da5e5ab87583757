"""The training step of `classic-64` on the CPU against PyTorch, in one run: at widths 32 and 64 and batches of 32 and 64, some
rounds in which every program has its turn, so that what else the machine does hits all of them. Several builds of Purrtrait
can be compared.

    python3 -m venv venv && venv/bin/pip install torch numpy
    venv/bin/python tests/reference/step_ratio.py target/release/purrtrait [OTHER_BUILD ...] [--rounds 5] [--steps 12]

Prints a Markdown table: the median time of a step over the rounds, the least and the most, how many times PyTorch's median,
GFLOP/s at the median, and their share of what a large matrix product reaches on the same machine in the same minutes (the
median of those too).
"""

import argparse
import json
import statistics
import subprocess
import sys
from pathlib import Path

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("programs", nargs="+")
parser.add_argument("--rounds", type=int, default=5)
parser.add_argument("--steps", type=int, default=12)
options = parser.parse_args()


def output(command):
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()[-1])


print("| width, batch | program | ms a step | least to most | times PyTorch's | GFLOP/s | of the matrix product |")
print("|---|---|---|---|---|---|---|")
programs = ["PyTorch", *options.programs]
for width, batch in [(32, 32), (32, 64), (64, 32), (64, 64)]:
    common = ["--preset", "classic-64", "--width", str(width), "--batch", str(batch), "--steps", str(options.steps)]
    reports = {program: [] for program in programs}
    for number in range(options.rounds):
        # Another one begins each round.
        first = number % len(programs)
        for program in programs[first:] + programs[:first]:
            if program == "PyTorch":
                report = output([sys.executable, Path(__file__).with_name("torch_step.py"), *common])
            else:
                report = output([program, "bench", *common, "--device", "cpu", "--json"])["training"][0]
            reports[program].append(report)
    median = {program: statistics.median(r["step_seconds"] for r in rounds) for program, rounds in reports.items()}
    for program, rounds in reports.items():
        seconds = [r["step_seconds"] for r in rounds]
        share = "|"
        # PyTorch does not tell them, nor do older builds.
        if all("matmul_gflops" in r for r in rounds):
            gflop = statistics.median(r["step_gflops"] * r["step_seconds"] for r in rounds)
            gflops = gflop / median[program]
            share = f"{gflops:.0f} | {100 * gflops / statistics.median(r['matmul_gflops'] for r in rounds):.0f} %"
        print(
            f"| {width}, {batch} | {program} | {1000 * median[program]:.0f} "
            f"| {1000 * min(seconds):.0f} to {1000 * max(seconds):.0f} "
            f"| {median[program] / median['PyTorch']:.2f} | {share} |",
            flush=True,
        )
