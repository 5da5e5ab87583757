"""How near photos of other cats come to training pictures, and how near changed copies of these are: what the limits of
"Is it new?" rest on.

    python3 -m venv venv && venv/bin/pip install numpy pillow
    venv/bin/python tests/reference/originality.py TRAINING OTHERS

TRAINING and OTHERS are folders of square pictures of cats' faces, which share none. For training sets of several sizes it
prints the share of OTHERS, and of changed copies of the training pictures, that are nearer to a training picture than 0.35
and 0.6 of the median distance of a training picture to the nearest other one, at 16 x 16 pixels, also in the mirror. The
copies are shifted by up to 4 of 64 pixels, turned by up to 6 degrees, enlarged by up to a tenth, blurred, or lit otherwise.
"""

import argparse
import pathlib
import random

import numpy as np
from PIL import Image, ImageEnhance, ImageFilter

SIDE, SMALL = 64, 16
SIZES = 50, 200, 1000, 3800
LIMITS = 0.35, 0.6


def pictures(folder):
    paths = sorted(path for path in folder.rglob("*") if path.suffix.lower() in (".jpg", ".jpeg", ".png"))
    return [Image.open(path).convert("RGB").resize((SIDE, SIDE), Image.BOX) for path in paths]


def small(pictures):
    return np.array([np.asarray(p.resize((SMALL, SMALL), Image.BOX), float) for p in pictures])


def changed(picture, dice):
    def moved(*coefficients):
        return picture.transform(picture.size, Image.AFFINE, coefficients)

    kind = dice.randrange(5)
    if kind == 0:
        return moved(1, 0, dice.randint(-4, 4), 0, 1, dice.randint(-4, 4))
    if kind == 1:
        return picture.rotate(dice.uniform(-6, 6), Image.BILINEAR)
    if kind == 2:
        scale = dice.uniform(0.9, 1.1)
        middle = SIDE / 2 * (1 - scale)
        return moved(scale, 0, middle, 0, scale, middle)
    if kind == 3:
        return picture.filter(ImageFilter.GaussianBlur(1.5))
    lit = ImageEnhance.Brightness(picture).enhance(dice.uniform(0.8, 1.2))
    return ImageEnhance.Color(lit).enhance(dice.uniform(0.6, 1.4))


def distances(a, b):
    """Root mean square differences of each of `a` to each of `b` or its mirror image."""

    def plain(a, b):
        a, b = a.reshape(len(a), -1), b.reshape(len(b), -1)
        squares = (a * a).sum(1)[:, None] + (b * b).sum(1)[None] - 2 * a @ b.T
        return np.sqrt(np.maximum(squares, 0) / a.shape[1])

    return np.minimum(plain(a, b), plain(a[:, :, ::-1], b))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("training", type=pathlib.Path)
    parser.add_argument("others", type=pathlib.Path)
    arguments = parser.parse_args()
    dice = random.Random(1)
    training, others = pictures(arguments.training), small(pictures(arguments.others))
    copies = small([changed(picture, dice) for picture in training])
    training = small(training)
    order = np.random.default_rng(1).permutation(len(training))
    for size in [size for size in SIZES if size <= len(order)]:
        chosen = order[:size]
        own = distances(training[chosen], training[chosen])
        np.fill_diagonal(own, np.inf)
        usual = np.median(own.min(1))
        print(f"{size} training pictures, usually {usual:.1f} of 255 apart:")
        for name, set_ in ("other cats", others), ("changed copies", copies[chosen]):
            nearest = distances(set_, training[chosen]).min(1) / usual
            below = ", ".join(f"{100 * (nearest < limit).mean():.1f} % below {limit}" for limit in LIMITS)
            print(f"  {name:14} {below}; smallest {nearest.min():.2f}")


if __name__ == "__main__":
    main()
