"""Measures the eye network of the cat finder on photos that it was not trained on.

    python tests/reference/score_eyes.py HEADS assets/finder/eyes.safetensors [--boxes FILE] [--split val]

HEADS is the folder that `train_eyes.py` learns from. Three kinds of boxes: as labelled; nudged at random, as a detector
would; with --boxes those of a CSV `file,x0,y0,x1,y1,score`, of each photo the surest one that covers the labelled head
with an IoU of 0.5. Roll is in degrees, the eyes' error in percent of their distance, "unsure" the share of heads for
which the network would rather say nothing. `eyes_hidden.csv` names photos of the split `val` where an eye cannot be
seen: there it should be unsure.
"""

import argparse
import csv
import math
import random
from pathlib import Path

import numpy as np
import torch
from eyes_net import distance, find, load, read_eyes, read_heads, read_picture, roll, sure

NUDGES = 4


def overlap(a, b):
    """The IoU of two boxes."""
    inner = [max(a[0], b[0]), max(a[1], b[1]), min(a[2], b[2]), min(a[3], b[3])]
    both = max(0.0, inner[2] - inner[0]) * max(0.0, inner[3] - inner[1])
    area = sum((x1 - x0) * (y1 - y0) for x0, y0, x1, y1 in (a, b))
    return both / (area - both)


def nudged(box):
    """A box as a detector gives it: 5 % of the side off, 8 % too large or small."""
    x0, y0, x1, y1 = box
    longer = max(x1 - x0, y1 - y0)
    x, y = ((a + b) / 2 + random.gauss(0, 0.05) * longer for a, b in ((x0, x1), (y0, y1)))
    w, h = (s * math.exp(random.gauss(0, 0.08)) / 2 for s in (x1 - x0, y1 - y0))
    return x - w, y - h, x + w, y + h


def found_boxes(path, heads):
    """`{file: the surest box that is the labelled head}`."""
    with open(path) as lines:
        rows = sorted(csv.DictReader(lines), key=lambda row: -float(row["score"]))
    boxes = {}
    for row in rows:
        box = tuple(float(row[k]) for k in ("x0", "y0", "x1", "y1"))
        if row["file"] in heads and row["file"] not in boxes and overlap(box, heads[row["file"]][0]) >= 0.5:
            boxes[row["file"]] = box
    return boxes


def measure(network, folder, cases, labels, passes):
    """One row a case: roll error, eye error, sure, trust, moved; the longer side of its box."""
    rows = []
    for file, box in cases:
        eyes, trust, moved = find(network, read_picture(Path(folder) / file), box, passes)
        label = labels[file]
        turn = math.degrees(roll(eyes) - roll(label))
        turn = abs((turn + 180) % 360 - 180)
        off = 100 * (eyes - label).norm(dim=1).mean().item() / distance(label)
        size = max(box[2] - box[0], box[3] - box[1])
        rows.append((turn, off, sure(eyes, trust, moved, box), trust, moved, size))
    return np.array(rows)


def say(name, rows):
    if len(rows) == 0:
        return
    told = rows[rows[:, 2] > 0]
    text = f"{name:28} {len(rows):4} heads, unsure {100 - 100 * len(told) / len(rows):4.1f} %"
    if len(told):
        turn, off = told[:, 0], told[:, 1]
        text += f", roll {np.median(turn):4.2f} median {np.percentile(turn, 90):5.2f} 90 %, "
        text += f"eyes {off.mean():5.2f} mean {np.median(off):4.2f} median {np.percentile(off, 90):5.2f} 90 %"
    print(text, flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("heads", type=Path, help="the folder with photos, heads.csv and eyes.csv")
    parser.add_argument("network", type=Path, help="a .safetensors file")
    parser.add_argument("--boxes", type=Path, help="found boxes, a CSV")
    parser.add_argument("--split", default="val")
    parser.add_argument("--worst", action="store_true", help="name the ten worst heads")
    options = parser.parse_args()
    torch.set_num_threads(1)
    random.seed(1)
    network, heads = load(options.network), read_heads(options.heads)
    labels = read_eyes(options.heads / "eyes.csv")
    seen = sorted(f for f in labels if labels[f] is not None and heads[f][1] == options.split)
    kinds = {
        "labelled boxes": [(f, heads[f][0]) for f in seen],
        "nudged boxes": [(f, nudged(heads[f][0])) for f in seen for _ in range(NUDGES)],
    }
    if options.boxes:
        boxes = found_boxes(options.boxes, heads)
        kinds["found boxes"] = [(f, boxes[f]) for f in seen if f in boxes]
    for name, cases in kinds.items():
        for passes in (1, 2):
            rows = measure(network, options.heads, cases, labels, passes)
            say(f"{name}, {passes} look{'s' * (passes > 1)}", rows)
        for low, high in ((0, 80), (80, 120), (120, 400)):
            say(f"  heads of {low} to {high}", rows[(rows[:, 5] >= low) & (rows[:, 5] < high)])
    hidden = read_eyes(Path(__file__).with_name("eyes_hidden.csv"))
    boxes = [(f, nudged(heads[f][0])) for f in hidden for _ in range(NUDGES)]
    looks = [(find(network, read_picture(options.heads / f), box), box) for f, box in boxes]
    unsure = sum(not sure(*found, box) for found, box in looks)
    share = 100 * unsure / len(looks)
    print(f"eyes that cannot be seen: unsure {share:.0f} % of {len(looks)} looks at {len(hidden)} heads")
    if options.worst:
        for i in np.argsort(-rows[:, 0])[:10]:
            print(cases[i][0], *(f"{v:.2f}" for v in rows[i]))


if __name__ == "__main__":
    main()
