"""Changes to a recipe, each for the same minutes of one core, judged by a network that is not part of this project.

    python tests/reference/probes.py TRAIN REFERENCE OUT JUDGE.onnx --base "--preset modern-64 --batch 8"
        --row NAME="--lr-g 5e-4 --lr-d 5e-4" [--row ...] [--minutes 20] [--size 64] [--seeds 1] [--program PURRTRAIT]

TRAIN is learned from, as a whole; REFERENCE holds pictures that nothing learned from. Each row is the base with its settings
after it (`--row base=` is the base itself), and gets the steps that fit into the minutes by the time of a step measured first.
400 pictures of seed 1 by the averaged generator are judged. Rows that are finished in OUT are not trained again, and an
interrupted one goes on. Writes OUT/results.json and a sheet OUT/NAME-SEED.png of thirty pictures, prints a line for each, and at
the end writes OUT/rows.jpg, twelve pictures of each row's first seed.
Needs: pip install onnxruntime numpy pillow
"""

import argparse
import json
import shutil
import subprocess
import sys
from pathlib import Path

from core_time import seconds_of_a_step
from judge import Judge
from PIL import Image

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("train", type=Path)
parser.add_argument("reference", type=Path)
parser.add_argument("out", type=Path)
parser.add_argument("judge", type=Path)
parser.add_argument("--base", required=True)
parser.add_argument("--row", action="append", required=True)
parser.add_argument("--minutes", type=float, default=20)
parser.add_argument("--size", type=int, default=64)
parser.add_argument("--seeds", type=int, nargs="+", default=[1])
parser.add_argument("--program", default="target/release/purrtrait")
options = parser.parse_args()


def purrtrait(*arguments):
    command = [str(part) for part in (options.program, *arguments)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{' '.join(command)}: exit code {done.returncode}\n{done.stderr[-2000:]}")


def with_base(more):
    """The base with a row's settings, which replace those of the same name."""
    words = [*options.base.split(), *more.split()]
    chosen = dict(zip(words[::2], words[1::2], strict=True))
    return [word for pair in chosen.items() for word in pair]


def train(folder, settings, steps, seed):
    quiet = ["--device", "cpu", "--held-out", 0, "--measure-every", 0, "--sample-every", 1000, "--keep", 2]
    purrtrait("train", options.train, *settings, *quiet, "--seed", seed, "--steps", steps, "--out", folder)


def planned(name, settings):
    """How many steps fit into the minutes; decided once."""
    file = options.out / f"{name}.json"
    if not file.exists():
        seconds = seconds_of_a_step(lambda folder, steps: train(folder, settings, steps, 1), options.out / "time")
        file.write_text(json.dumps({"steps": int(60 * options.minutes / seconds)}))
    return json.loads(file.read_text())["steps"]


def sheet(folders, each, across, target):
    """The first pictures of each folder, line after line."""
    side = max(options.size, 96)
    chosen = [path for folder in folders for path in sorted(folder.glob("*.png"))[:each]]
    whole = Image.new("RGB", (across * side, (len(chosen) + across - 1) // across * side))
    for number, path in enumerate(chosen):
        picture = Image.open(path).convert("RGB").resize((side, side), Image.LANCZOS)
        whole.paste(picture, (number % across * side, number // across * side))
    whole.save(target, quality=90)


def main():
    options.out.mkdir(parents=True, exist_ok=True)
    known = options.out / "results.json"
    results = json.loads(known.read_text()) if known.exists() else {}
    judge = Judge(options.judge)
    rows = [(name, with_base(more)) for name, _, more in (row.partition("=") for row in options.row)]
    # All times first, so that the first training does not have a cooler machine than the last.
    steps = {name: planned(name, settings) for name, settings in rows}
    for seed in options.seeds:
        for name, settings in rows:
            row = f"{name}-{seed}"
            if row in results:
                continue
            run, pictures = options.out / row, options.out / f"{row}-pictures"
            if (run / "run.toml").exists():
                purrtrait("resume", run, "--device", "cpu")
            else:
                train(run, settings, steps[name], seed)
            shutil.rmtree(pictures, ignore_errors=True)
            purrtrait("generate", run, "--count", 400, "--seed", 1, "--device", "cpu", "--out", pictures)
            results[row] = {"steps": steps[name], **judge.compare(pictures, options.reference, options.size)}
            known.write_text(json.dumps(results, indent=1))
            sheet([pictures], 30, 10, options.out / f"{row}.png")
            print(row, json.dumps(results[row]), flush=True)
    all_rows = [options.out / f"{name}-{options.seeds[0]}-pictures" for name, _ in rows]
    sheet(all_rows, 12, 12, options.out / "rows.jpg")


main()
