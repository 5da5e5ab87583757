"""The best face of each photo as a square PNG, for programs that know nothing of finding faces: an independent judge, another
trainer.

    python tests/reference/squares.py PHOTOS OUT [--size 64] [--program PURRTRAIT]

The program finds heads and eyes (`dataset faces --json`); the squares are cut here, by the rule of `src/data/square.rs` without
its last step, which moves them a little where they hang over the edge. Prints how many there are. Needs: pip install numpy pillow
"""

import argparse
import json
import math
import subprocess
from pathlib import Path

import numpy as np
from PIL import Image

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("photos", type=Path)
parser.add_argument("out", type=Path)
parser.add_argument("--size", type=int, default=64)
parser.add_argument("--program", default="target/release/purrtrait")
options = parser.parse_args()


def square(face):
    """Middle, side and turn (radians, clockwise) of the square: 1.3 heads wide, the eyes 0.4 of it below its top."""
    width, height = face["x1"] - face["x0"], face["y1"] - face["y0"]
    if not face.get("left_eye"):
        return (face["x0"] + width / 2, face["y0"] + height / 2), 1.3 * max(width, height), 0.0
    (x0, y0), (x1, y1) = face["left_eye"], face["right_eye"]
    turn = math.atan2(y1 - y0, x1 - x0)
    side = 1.3 * (width + height) / 2 / (abs(math.sin(turn)) + abs(math.cos(turn)))
    down = 0.1 * side
    middle = ((x0 + x1) / 2 - down * math.sin(turn), (y0 + y1) / 2 + down * math.cos(turn))
    return middle, side, turn


found = json.loads(subprocess.check_output([options.program, "dataset", "faces", options.photos, "--json"]))
options.out.mkdir(parents=True, exist_ok=True)
count = 0
for file in found["files"]:
    if not file["faces"]:
        continue
    (x, y), side, turn = square(max(file["faces"], key=lambda face: face["score"]))
    photo = Image.open(file["path"]).convert("RGB")
    # A square may hang over the edge. Black there would be something that no generator has learned to draw.
    wide = math.ceil(side)
    photo = Image.fromarray(np.pad(np.asarray(photo), [(wide, wide), (wide, wide), (0, 0)], "symmetric"))
    x, y = x + wide, y + wide
    across, down = (side * math.cos(turn), side * math.sin(turn)), (-side * math.sin(turn), side * math.cos(turn))
    corner = (x - across[0] / 2 - down[0] / 2, y - across[1] / 2 - down[1] / 2)
    # Four pixels for one of the result, which are averaged then.
    fine = 4 * options.size
    matrix = (across[0] / fine, down[0] / fine, corner[0], across[1] / fine, down[1] / fine, corner[1])
    cut = photo.transform((fine, fine), Image.AFFINE, matrix, Image.BICUBIC)
    cut.resize((options.size, options.size), Image.BOX).save(options.out / (Path(file["path"]).stem + ".png"))
    count += 1
print(count, "squares in", options.out)
