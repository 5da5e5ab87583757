"""What a few photos of one's own cats become: from nothing, from a model that knows cats, and with frozen stages, each for
the same minutes of one core.

    python tests/reference/few_photos.py FACES OUT JUDGE.onnx [--from bundled] [--minutes 20] [--breeds Sphynx ...]
        [--rows scratch from frozen unsettled] [--program PURRTRAIT]

FACES is a folder of cat faces named Breed_number.jpg, as the Oxford-IIIT Pet photos are; each breed stands for somebody's
cats. JUDGE is a network as `judge.py` takes it. Each training gets the steps that fit into its minutes by the time of a step
that this script measures first; how long the core really worked is printed beside it. 400 pictures of seed 1 by the averaged
generator are judged against the photos of the breed. `copies` is the share of them nearer to a photo than half the distance
at which the photos lie from each other (`watch.py`; new cats of a breed: 0 to 0.01), `distance` the median of those
distances, over that between the photos. What is finished in OUT is not done again, and an interrupted training goes on (its
minutes are then those that were planned). Writes OUT/results.json and OUT/BREED-MINUTES.png, ten pictures of each training.
Needs: pip install onnxruntime numpy pillow
"""

import argparse
import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
from core_time import busy, seconds_of_a_step
from judge import Judge
from PIL import Image
from watch import lying, load, mirrored, small

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
    # The changes of colour as far to the end, as in the recipe before.
    "unsettled": ["--from", options.model, "--settle-colours", "off"],
    "unsettled-frozen": ["--from", options.model, "--settle-colours", "off", "--freeze-d", "2"],
}


def purrtrait(*arguments):
    """Runs the program; gives what it printed and the seconds that it kept cores busy."""
    command = [str(part) for part in (options.program, *arguments)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    printed, complaints = process.communicate()
    if process.returncode:
        sys.exit(f"{' '.join(command)}: exit code {process.returncode}\n{complaints[-2000:]}")
    return printed


def train(folder, photos, settings, steps):
    common = ["--batch", 16, "--seed", 1, "--device", "cpu", "--measure-every", 0, "--sample-every", 500]
    purrtrait("train", photos, *settings, *common, "--steps", steps, "--keep", 2, "--out", folder)


def sheet(rows, target):
    """Ten pictures of each training, one row for each."""
    side = 2 * 64
    whole = Image.new("RGB", (10 * side, len(rows) * side))
    for y, folder in enumerate(rows):
        for x, path in enumerate(sorted(folder.glob("*.png"))[:10]):
            picture = Image.open(path).convert("RGB").resize((side, side), Image.LANCZOS)
            whole.paste(picture, (x * side, y * side))
    whole.save(target)


def copies(pictures, photos):
    """The share of copies, and the median distance to the nearest photo."""
    known = small(load(photos))
    near = mirrored(small(load(pictures)), known).min(1) / lying(known)
    return {"copies": round(float((near < 0.5).mean()), 3), "distance": round(float(np.median(near)), 3)}


def planned(file, photos, settings):
    """How many steps fit into the minutes; decided once."""
    if not file.exists():
        seconds = seconds_of_a_step(lambda out, steps: train(out, photos, settings, steps), options.out / "probe")
        file.write_text(json.dumps({"steps": int(60 * options.minutes / seconds), "minutes": options.minutes}))
    return json.loads(file.read_text())


def finish(run, photos, settings, plan):
    """Trains to the planned step, from the last checkpoint where there is one; gives the minutes that a core worked."""
    began = busy()
    if (run / "run.toml").exists():
        purrtrait("resume", run, "--device", "cpu")
        return plan["minutes"]
    train(run, photos, settings, plan["steps"])
    return (busy() - began) / 60


def breed_photos(breed):
    photos = options.out / "photos" / breed
    if not photos.exists():
        photos.mkdir(parents=True)
        for path in sorted(options.faces.glob(f"{breed}_*.jpg")):
            shutil.copy(path, photos)
    return photos


def main():
    options.out.mkdir(parents=True, exist_ok=True)
    known = options.out / "results.json"
    results = json.loads(known.read_text()) if known.exists() else {}
    judge = Judge(options.judge)
    for breed in options.breeds:
        photos = breed_photos(breed)
        shown = []
        for row in options.rows:
            settings, name = ROWS[row], f"{breed}-{row}-{options.minutes:g}"
            pictures = options.out / f"{name}-pictures"
            shown.append(pictures)
            if name in results:
                continue
            run, plan, minutes = options.out / name, {"steps": 0}, 0
            if settings:
                plan = planned(options.out / f"{name}.json", photos, settings)
                minutes = finish(run, photos, settings, plan)
            model = run if settings else options.model
            shutil.rmtree(pictures, ignore_errors=True)
            purrtrait("generate", model, "--count", 400, "--seed", 1, "--device", "cpu", "--out", pictures)
            report = {**judge.compare(pictures, photos), **copies(pictures, photos)}
            results[name] = {"steps": plan["steps"], "core_minutes": round(minutes, 1), **report}
            known.write_text(json.dumps(results, indent=1))
            print(name, json.dumps(results[name]), flush=True)
        sheet(shown, options.out / f"{breed}-{options.minutes:g}.png")


main()
