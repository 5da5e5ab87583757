"""What the tests of the guardian (src/train/guardian/tests.rs) take for a healthy training, from a run:

    purrtrait train CATS --preset classic-64 --g-width 24 --d-width 24 --batch 32 --steps 2000 --sample-every 200 \\
        --measure-every 0 --device cpu --out RUN
    python3 -m venv venv && venv/bin/pip install pillow numpy
    venv/bin/python tests/reference/healthy.py losses RUN > tests/reference/healthy_losses.txt
    venv/bin/python tests/reference/healthy.py diversity RUN CATS

`losses` prints those of every step as the tests read them. `diversity` prints `(step, diversity)` of each sample sheet: the
median distance between its pictures, shrunk to 16 px, as a share of the same of 64 training pictures. Look at the sheets
before you call a run healthy.
"""

import argparse
import json
import tomllib
from pathlib import Path

GAP = 2  # between the pictures of a sheet
SIDE = 16
COMPARED = 64


def losses(run):
    config = tomllib.loads((run / "run.toml").read_text())
    model, smoothing = config["model"], config["tunables"]["smoothing"]
    lines = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
    print(
        f"# loss_d d_real d_fake of the steps 1 to {len(lines)} of a healthy run: {config['preset']} at width "
        f"{model['g-width']}, batch {config['batch']}, {model['loss']}, smoothing {smoothing}."
    )
    for line in lines:
        print(f"{line['loss_d']:.3f} {line['d_real']:.3f} {line['d_fake']:.3f}")


def spread(pictures):
    """The median distance between all pairs of pictures, each shrunk to means over squares."""
    import numpy as np
    from PIL import Image

    small = [np.asarray(p.resize((SIDE, SIDE), Image.BOX), dtype=float).ravel() for p in pictures]
    return np.median([np.linalg.norm(a - b) for i, a in enumerate(small) for b in small[:i]])


def diversity(run, cats):
    from PIL import Image

    config = tomllib.loads((run / "run.toml").read_text())
    side = config["model"]["size"]
    files = sorted(p for p in cats.rglob("*") if p.suffix.lower() in {".jpg", ".jpeg", ".png"})
    some = [files[i * len(files) // COMPARED] for i in range(min(COMPARED, len(files)))]
    real = spread([Image.open(file).convert("RGB") for file in some])
    for sheet in sorted((run / "samples").glob("step-*.png")):
        with Image.open(sheet) as image:
            places = [(x, y) for y in range(GAP, image.height, side + GAP) for x in range(GAP, image.width, side + GAP)]
            tiles = [image.convert("RGB").crop((x, y, x + side, y + side)) for x, y in places]
        print(f"({int(sheet.stem.split('-')[1])}, {spread(tiles[: config['sample-count']]) / real:.3f}),", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    what = parser.add_subparsers(dest="what", required=True)
    what.add_parser("losses").add_argument("run", type=Path)
    sheets = what.add_parser("diversity")
    sheets.add_argument("run", type=Path)
    sheets.add_argument("cats", type=Path, help="the folder that the run was trained on")
    options = parser.parse_args()
    if options.what == "losses":
        losses(options.run)
    else:
        diversity(options.run, options.cats)


if __name__ == "__main__":
    main()
