"""What a few photos of one's own cats become: from nothing, from a model that knows cats, and with frozen stages, each for
the same minutes of one core.

    python tests/reference/few_photos.py FACES OUT JUDGE.onnx [--from bundled] [--minutes 20] [--breeds Sphynx ...]
        [--rows scratch from frozen] [--program PURRTRAIT]

FACES is a folder of cat faces named Breed_number.jpg, as the Oxford-IIIT Pet photos are; each breed stands for somebody's
cats. JUDGE is a network as `judge.py` takes it. Each training gets the steps that fit into its minutes by the time of a step
that this script measures first; how long the core really worked is printed beside it. 400 pictures of seed 1 by the averaged
generator are judged against the photos of the breed. `copies` is the program's own comparison (`evaluate`): distances from
generated pictures to the nearest photo they were trained on, over those between photos; copies are far below 1. What is
finished in OUT is not done again. Writes OUT/results.json and OUT/BREED.png, six pictures a row, ten rows for each training.
Needs: pip install onnxruntime numpy pillow
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from judge import Judge
from PIL import Image

# Widths and rates of a training from nothing that suit one core.
SCRATCH = "--preset modern-64 --g-width 16 --d-width 24 --lr-g 1e-3 --lr-d 1e-3".split()
parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("faces", type=Path)
parser.add_argument("out", type=Path)
parser.add_argument("judge", type=Path)
parser.add_argument("--from", dest="model", default="bundled")
parser.add_argument("--minutes", type=float, default=20)
parser.add_argument("--breeds", nargs="+", default=["Maine_Coon", "Siamese", "Sphynx"])
parser.add_argument("--rows", nargs="+", default=["start", "scratch", "from", "frozen"])
parser.add_argument("--program", default="target/release/purrtrait")
options = parser.parse_args()
ROWS = {
    # The model as it is.
    "start": None,
    "scratch": SCRATCH,
    "from": ["--from", options.model],
    "frozen": ["--from", options.model, "--freeze-d", "2"],
}


def purrtrait(*arguments):
    """Runs the program; gives what it printed and the seconds that it kept cores busy."""
    command = [str(part) for part in (options.program, *arguments)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    printed, complaints = process.communicate()
    if process.returncode:
        sys.exit(f"{' '.join(command)}: exit code {process.returncode}\n{complaints[-2000:]}")
    return printed


def busy():
    times = os.times()
    return times.children_user + times.children_system


def train(folder, photos, settings, steps):
    common = ["--batch", 16, "--seed", 1, "--device", "cpu", "--measure-every", 0, "--sample-every", 500]
    purrtrait("train", photos, *settings, *common, "--steps", steps, "--keep", 2, "--out", folder)


def seconds_of_a_step(photos, settings):
    """Of a core, from a short training."""
    probe = options.out / "probe"
    spent = []
    for steps in (16, 80):
        shutil.rmtree(probe, ignore_errors=True)
        began = busy()
        train(probe, photos, settings, steps)
        spent.append(busy() - began)
    shutil.rmtree(probe)
    return (spent[1] - spent[0]) / 64


def sheet(rows, target):
    """Ten pictures of each training, one row for each."""
    side = 2 * 64
    whole = Image.new("RGB", (10 * side, len(rows) * side))
    for y, folder in enumerate(rows):
        for x, path in enumerate(sorted(folder.glob("*.png"))[:10]):
            picture = Image.open(path).convert("RGB").resize((side, side), Image.LANCZOS)
            whole.paste(picture, (x * side, y * side))
    whole.save(target)


def main():
    options.out.mkdir(parents=True, exist_ok=True)
    known = options.out / "results.json"
    results = json.loads(known.read_text()) if known.exists() else {}
    judge = Judge(options.judge)
    for breed in options.breeds:
        photos = options.out / "photos" / breed
        if not photos.exists():
            photos.mkdir(parents=True)
            for path in sorted(options.faces.glob(f"{breed}_*.jpg")):
                shutil.copy(path, photos)
        shown = []
        for row in options.rows:
            settings, name = ROWS[row], f"{breed}-{row}-{options.minutes:g}"
            pictures = options.out / f"{name}-pictures"
            shown.append(pictures)
            if name in results:
                continue
            run, steps, minutes = options.out / name, 0, 0
            if settings:
                steps = int(60 * options.minutes / seconds_of_a_step(photos, settings))
                shutil.rmtree(run, ignore_errors=True)
                began = busy()
                train(run, photos, settings, steps)
                minutes = (busy() - began) / 60
            model = run if settings else options.model
            shutil.rmtree(pictures, ignore_errors=True)
            purrtrait("generate", model, "--count", 400, "--seed", 1, "--device", "cpu", "--out", pictures)
            report = judge.compare(pictures, photos)
            measured = purrtrait("evaluate", model, photos, "--training", photos, "--json")
            results[name] = {"steps": steps, "core_minutes": round(minutes, 1), **report}
            results[name]["copies"] = round(json.loads(measured.splitlines()[-1])["memorisation"], 3)
            known.write_text(json.dumps(results, indent=1))
            print(name, json.dumps(results[name]), flush=True)
        sheet(shown, options.out / f"{breed}.png")


main()
