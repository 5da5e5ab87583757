"""One picture of a run's sample sheets over time: a row for each moment, always the same twelve latents.

    python3 -m venv venv && venv/bin/pip install pillow
    venv/bin/python tests/reference/progress.py RUN OUT.png STEP [STEP ...]
"""

import argparse
from pathlib import Path

from PIL import Image

GAP, COLUMNS = 2, 6  # of a sheet of 36 pictures
parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("run", type=Path)
parser.add_argument("out", type=Path)
parser.add_argument("steps", type=int, nargs="+")
options = parser.parse_args()
run, out, steps = options.run, options.out, options.steps
sheets = [Image.open(run / "samples" / f"step-{step:09}.png") for step in steps]
side = (sheets[0].width - GAP) // COLUMNS - GAP
pitch = side + GAP
picture = Image.new("RGB", (2 * COLUMNS * pitch + GAP, len(sheets) * pitch + GAP), (24, 24, 24))
for row, sheet in enumerate(sheets):
    for half, line in enumerate((1, 3)):  # the second and fourth row of the sheet
        strip = sheet.crop((0, line * pitch, COLUMNS * pitch + GAP, (line + 1) * pitch + GAP))
        picture.paste(strip, (half * COLUMNS * pitch, row * pitch))
picture.save(out, optimize=True)
