"""What the two watchers of a training are worth: false alarms, and faults that they find. Needs numpy and pillow.

    watch.py copies FOLDER   distances to the nearest training picture, on real pictures (docs/measurements.md)
    watch.py trust           mean signs of few held-out pictures, on simulated discriminators

The rules are written down here a second time, from the definitions and not from the program's code.
"""

import argparse
from pathlib import Path
from statistics import NormalDist

import numpy as np
from PIL import Image

SIDE = 64


def load(folder):
    files = sorted(p for p in Path(folder).iterdir() if p.suffix.lower() in (".jpg", ".jpeg", ".png"))
    square = lambda path: Image.open(path).convert("RGB").resize((SIDE, SIDE), Image.BOX)
    return np.stack([np.asarray(square(path)) for path in files])


def shot(rng, picture, move):
    """Another shot of the same cat: the camera moves by up to `move` of 64 pixels, comes nearer, the light changes."""
    dx, dy = rng.uniform(-move, move, 2)
    zoom = rng.uniform(1 - 0.02 * move, 1 + 0.02 * move)
    start = SIDE / 2 - SIDE / 2 / zoom
    moved = Image.fromarray(picture).transform((SIDE, SIDE), Image.AFFINE, (1 / zoom, 0, start + dx, 0, 1 / zoom, start + dy), Image.BILINEAR)
    light = rng.uniform(1 - 0.025 * move, 1 + 0.025 * move)
    return np.clip(np.asarray(moved, float) * light + rng.normal(0, 6, picture.shape), 0, 255).astype(np.uint8)


def small(pictures):
    return (pictures.reshape(len(pictures), 16, 4, 16, 4, 3).mean((2, 4)) / 127.5 - 1).astype(np.float32)


def distances(a, b):
    a, b = a.reshape(len(a), -1), b.reshape(len(b), -1)
    return np.sqrt(np.maximum((a * a).sum(1)[:, None] + (b * b).sum(1)[None] - 2 * a @ b.T, 0))


def mirrored(a, b):
    return np.minimum(distances(a, b), distances(a[:, :, ::-1], b))


def lying(training, scene=0.35):
    """The distance from a training picture to the nearest other one, in the median; shots of one scene do not count."""
    pairs = distances(training, training)
    least = scene * np.median(pairs[np.triu_indices(len(pairs), 1)])
    own = mirrored(training, training)
    np.fill_diagonal(own, np.inf)
    own = np.where(own < least, np.inf, own).min(1)
    return np.median(own[own < np.inf])


def ratio(made, training, scene=0.35):
    """Of made pictures to the nearest training picture, as a share of that of training pictures among themselves."""
    return np.median(mirrored(made, training).min(1)) / lying(training, scene)


def copies(folder, counts):
    rng, cats = np.random.default_rng(1), load(folder)
    tiny = small(cats)
    print(f"{len(cats)} pictures of {folder}")
    print("a. Other real pictures in place of generated ones: nothing is copied. A ratio below 0.5 would be a false alarm.")
    print("pictures  draws  mean  least  greatest  false alarms")
    for n in counts:
        found = []
        for _ in range(400 if n <= 200 else 100):
            places = rng.permutation(len(cats))
            found.append(ratio(tiny[places[n : n + min(n, 500)]], tiny[places[:n]]))
        found = np.array(found)
        print(f"{n:8}  {len(found):5}  {found.mean():.3f}  {found.min():.3f}  {found.max():8.3f}  {(found < 0.5).sum():12}")
    print("b. As many copies with a little motion, noise and other light, half of them in the mirror; of such shots of one")
    print("   cat the folder may hold several itself. Found: ratio below 0.5, of 20 draws. New: other real cats.")
    print("pictures  shots of each  motion  ratio of copies  found  without the rule for shots  ratio of new ones")
    for n in counts:
        for shots, move in ((1, 0), (2, 1), (2, 2), (4, 1), (4, 2), (4, 4)):
            rows = []
            for _ in range(20):
                places = rng.permutation(len(cats))
                first = cats[places[: n // shots]]
                training = [first] + [np.stack([shot(rng, cat, move) for cat in first]) for _ in range(shots - 1)]
                training = np.concatenate(training)
                some = training[rng.permutation(len(training))[:100]]
                made = np.stack([shot(rng, cat if rng.random() < 0.5 else cat[:, ::-1], 1) for cat in some])
                known = small(training)
                rows.append([ratio(small(made), known), ratio(small(made), known, 0), ratio(tiny[places[n : n + 200]], known)])
            rows = np.array(rows)
            found, without = (rows[:, 0] < 0.5).sum(), (rows[:, 1] < 0.5).sum()
            means = rows.mean(0)
            print(f"{n:8}  {shots:13}  {move:6}  {means[0]:15.2f}  {found:5}  {without:26}  {means[2]:17.2f}")


def looks(rng, pictures, mean, runs, fixed, count=400, memory=40):
    """Mean signs at each look. What a discriminator thinks of a picture is partly the picture's own, partly changes slowly
    (over `memory` looks, of 50 steps each), and the rest is new at each look."""
    level = NormalDist().inv_cdf((mean + 1) / 2)
    slow = np.empty((runs, pictures, count))
    slow[:, :, 0] = rng.normal(size=(runs, pictures))
    keep = np.exp(-1 / memory)
    for t in range(1, count):
        slow[:, :, t] = keep * slow[:, :, t - 1] + np.sqrt(1 - keep**2) * rng.normal(size=(runs, pictures))
    own = rng.normal(size=(runs, pictures, 1)) * fixed**0.5
    rest = (1 - fixed) / 2
    return np.sign(level + own + rest**0.5 * (slow + rng.normal(size=slow.shape))).mean(1)


def raised(train, held, pictures, errors, averaged):
    """The share of runs that raise a finding: eleven looks in a row, 500 steps, at which it looks wrong."""
    sums, streak, found = None, np.zeros(len(train), int), np.zeros(len(train), bool)
    for t in range(train.shape[1]):
        now = np.stack([train[:, t], held[:, t]])
        sums = now if sums is None else sums + (now - sums) / min(t + 1, averaged)
        together = (sums[0] * 64 + sums[1] * pictures) / (64 + pictures)
        error = np.sqrt((1 - together**2) * (1 / 64 + 1 / pictures))
        gap = sums[0] - sums[1]
        streak = np.where((sums[0] > 0.6) & (gap > 0.3) & (gap > errors * error), streak + 1, 0)
        found |= streak >= 11
    return found.mean()


def trust():
    rng = np.random.default_rng(1)
    kinds = (0.9, 0.5, 0.2)
    sound = [(r, r) for r in (0.65, 0.75, 0.85, 0.95)]
    known = [(0.8, 0.2), (0.9, 0.2), (0.95, 0.0), (0.98, -0.3)]
    print("Runs of 400 looks that raise a finding. Sound: both means are alike (0.65 to 0.95), mean and worst of them. Memorising:")
    print("means of training pictures and of held-out ones. 0: by the gap alone, as it was; else errors that it must be wide.")
    print("held out   errors  sound  worst  " + "  ".join(f"{a} {b}" for a, b in known))
    for pictures in (8, 12, 16, 20, 24, 50, 64):
        rules = ((0, 1), (2.5, 8)) if pictures >= 16 else ((2.5, 8),)
        draw = lambda means, fixed: [looks(rng, n, mean, 300, fixed) for n, mean in zip((64, pictures), means)]
        tables = [[[raised(*seen, pictures, *rule) for rule in rules] for seen in (draw(m, f) for m in group for f in kinds)] for group in (sound, known)]
        for i, (errors, _) in enumerate(rules):
            false = np.array(tables[0])[:, i]
            power = np.array(tables[1])[:, i].reshape(len(known), len(kinds)).mean(1)
            print(f"{pictures:9}  {errors:6}  {false.mean():.3f}  {false.max():.3f}  " + "  ".join(f"{p:8.2f}" for p in power), flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    copying = commands.add_parser("copies")
    copying.add_argument("folder", type=Path, help="pictures of different cats, more than the largest number of training pictures")
    copying.add_argument("--pictures", type=int, nargs="+", default=[50, 100, 200, 500, 1000], help="numbers of training pictures")
    commands.add_parser("trust")
    options = parser.parse_args()
    if options.command == "copies":
        copies(options.folder, options.pictures)
    else:
        trust()


if __name__ == "__main__":
    main()
