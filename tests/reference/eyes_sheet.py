"""Draws heads enlarged, with eyes as thin crosses, to look at labels and at what the eye network finds.

    python tests/reference/eyes_sheet.py HEADS OUT.png --points CSV [--files LIST] [--grid]

A green cross is the left eye, a red one the right eye; --grid draws lines every 5 or 10 pixels of the photo, numbered,
to point eyes by hand. The number over a tile counts the files.
"""

import argparse
from pathlib import Path

import torch
from eyes_net import FIRST, read_eyes, read_heads
from PIL import Image, ImageDraw


def tile(folder, file, box, eyes, size, grid, number):
    """The square around a head, `size` pixels wide, with its eyes."""
    x0, y0, x1, y1 = box
    side = FIRST * max(x1 - x0, y1 - y0)
    left, top = (x0 + x1 - side) / 2, (y0 + y1 - side) / 2
    with Image.open(Path(folder) / file) as image:
        square = image.convert("RGB").transform(
            (size, size), Image.AFFINE, (side / size, 0, left, 0, side / size, top), Image.BICUBIC)
    draw = ImageDraw.Draw(square)
    scale = size / side
    if grid:
        step = 10 if side > 60 else 5
        for k in range(0, 400, step):
            x, y = (k - left) * scale, (k - top) * scale
            draw.line((x, 0, x, size), (255, 255, 255) if k % 50 == 0 else (150, 150, 150))
            draw.line((0, y, size, y), (255, 255, 255) if k % 50 == 0 else (150, 150, 150))
            if 0 < x < size:
                draw.text((x + 1, size - 11), str(k), (255, 255, 0))
            if 0 < y < size:
                draw.text((1, y + 1), str(k), (255, 255, 0))
    if eyes is not None:
        for (x, y), colour in zip(eyes.tolist(), ((0, 255, 0), (255, 40, 40))):
            x, y = (x - left) * scale, (y - top) * scale
            for reach in (-6, 6):
                draw.line((x + 2 * (reach > 0) - 1, y, x + reach, y), colour)
                draw.line((x, y + 2 * (reach > 0) - 1, x, y + reach), colour)
    draw.rectangle((0, 0, 24, 11), (0, 0, 0))
    draw.text((2, 0), str(number), (255, 255, 255))
    return square


def sheet(folder, files, heads, eyes, size, columns, grid=False, first=0):
    rows = -(-len(files) // columns)
    picture = Image.new("RGB", (columns * (size + 2), rows * (size + 2)))
    for i, file in enumerate(files):
        square = tile(folder, file, heads[file][0], eyes.get(file), size, grid, first + i)
        picture.paste(square, (i % columns * (size + 2), i // columns * (size + 2)))
    return picture


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("heads", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--points", type=Path, required=True, help="a CSV file,lx,ly,rx,ry")
    parser.add_argument("--files", type=Path, help="one file a line; all of --points without")
    parser.add_argument("--tile", type=int, default=240)
    parser.add_argument("--columns", type=int, default=6)
    parser.add_argument("--grid", action="store_true")
    options = parser.parse_args()
    torch.set_num_threads(1)
    heads, eyes = read_heads(options.heads), read_eyes(options.points)
    files = options.files.read_text().split() if options.files else list(eyes)
    sheet(options.heads, files, heads, eyes, options.tile, options.columns, options.grid).save(options.out)


if __name__ == "__main__":
    main()
