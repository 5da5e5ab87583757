"""Finds cats of photos that a generator has never seen, puts each into a copy of it, and says how well that went.

    python3 -m venv venv && venv/bin/pip install pillow
    RAYON_NUM_THREADS=1 venv/bin/python tests/reference/put_in.py target/release/purrtrait PHOTOS WORK \\
        [--model bundled] [--count 20] [--name PART]

PHOTOS is a folder of photos, of which COUNT are taken, evenly spread over their sorted names. Whatever is in WORK is not
made again, so that it can be done in pieces. WORK/sheet.png gets a row for each photo: as it was cut, the closest
picture, and the picture of the tuned copy. Printed are, for each photo, the mean error of a channel (of 255) before and
after, the share (how unlike the photo the closest picture looks, random pictures being 1), the seconds of both, and by
how much the pictures of 100 latents differ between the generator and its copy: written by both as PNGs, and compared
here, so that the program does not judge itself. Then come the medians.
"""

import argparse
import json
import pathlib
import statistics
import subprocess

from PIL import Image, ImageChops, ImageStat

WITNESSES = 100
SEED = 4711


def run(program, *arguments):
    done = subprocess.run([program, *map(str, arguments), "--device", "cpu", "--json"], capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{arguments}: {done.stderr[-500:]}")
    return json.loads(done.stdout.strip().splitlines()[-1])


def witnesses(program, model, folder):
    """The same latents' pictures by any model."""
    if not folder.exists():
        run(program, "generate", model, "--count", WITNESSES, "--seed", SEED, "--out", folder, "--name", "{number}")
    return [Image.open(path).convert("RGB") for path in sorted(folder.glob("*.png"))]


def difference(a, b):
    return statistics.mean(ImageStat.Stat(ImageChops.difference(a, b)).mean)


def put_in(program, photo, model, work):
    folder = work / photo.stem
    report = folder / "report.json"
    if not report.exists():
        folder.mkdir(exist_ok=True)
        for left in folder.glob("*.*"):
            left.unlink()
        found = run(program, "project", photo, "--model", model, "--tune", folder / "tuned.safetensors",
                    "--sheet", folder / "sheet.png")
        report.write_text(json.dumps(found))
    return json.loads(report.read_text()), folder


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("photos", type=pathlib.Path)
    parser.add_argument("work", type=pathlib.Path)
    parser.add_argument("--model", default="bundled")
    parser.add_argument("--count", type=int, default=20)
    parser.add_argument("--name", default="", help="only photos with this in their name")
    wanted = parser.parse_args()
    photos = sorted(p for p in wanted.photos.iterdir() if wanted.name in p.name and p.suffix in (".jpg", ".png"))
    step = max(1, len(photos) // wanted.count)
    wanted.work.mkdir(exist_ok=True)
    before = witnesses(wanted.program, wanted.model, wanted.work / "before")
    rows, strips = [], []
    for photo in photos[::step][: wanted.count]:
        found, folder = put_in(wanted.program, photo, wanted.model, wanted.work)
        after = witnesses(wanted.program, found["tuned"]["file"], folder / "after")
        moved = [difference(a, b) for a, b in zip(before, after, strict=True)]
        row = (found["error"], found["tuned"]["error"], found["share"], found["seconds"], found["tuned"]["seconds"],
               statistics.mean(moved), max(moved))
        rows.append(row)
        strips.append(Image.open(folder / "sheet.png").convert("RGB"))
        print(f"{photo.stem:24} {found['placed_by']:7}", *(f"{value:7.2f}" for value in row), flush=True)
    print(f"{'median':32}", *(f"{statistics.median(column):7.2f}" for column in zip(*rows)))
    print(f"{'worst':32}", *(f"{max(column):7.2f}" for column in zip(*rows)))
    across = 4
    width, height = strips[0].size
    sheet = Image.new("RGB", (across * (width + 8), -(-len(strips) // across) * height))
    for i, strip in enumerate(strips):
        sheet.paste(strip, (i % across * (width + 8), i // across * height))
    sheet.save(wanted.work / "sheet.png")


if __name__ == "__main__":
    main()
