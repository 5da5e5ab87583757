"""How colourful pictures are, and how strong in contrast: whether generated ones are paler than the photos they learned from.

    python tests/reference/colours.py FOLDER [FOLDER ...] [--size 64]

All pictures of each folder, averaged down to SIZE pixels a side first, so that photos have no more detail than generated ones.
Saturation is the largest less the smallest of a pixel's three channels, contrast the standard deviation of a channel within a
picture; both are means, in steps of 255. Needs: pip install numpy pillow
"""

import argparse
from pathlib import Path

import numpy as np
from PIL import Image

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("folders", type=Path, nargs="+")
parser.add_argument("--size", type=int, default=64)
options = parser.parse_args()


def loaded(path):
    return np.asarray(Image.open(path).convert("RGB").resize((options.size, options.size), Image.BOX), np.float32)


for folder in options.folders:
    files = sorted(path for path in folder.iterdir() if path.suffix.lower() in {".png", ".jpg", ".jpeg"})
    pictures = np.stack([loaded(path) for path in files])
    saturation = (pictures.max(-1) - pictures.min(-1)).mean()
    contrast = pictures.std((1, 2)).mean()
    print(f"{folder}: {len(files)} pictures, saturation {saturation:.1f}, contrast {contrast:.1f}")
