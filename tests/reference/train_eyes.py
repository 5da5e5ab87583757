"""Trains the eye network of the cat finder on photos of cats with head boxes and eye points.

    python3 -m venv venv && venv/bin/pip install torch numpy pillow
    venv/bin/python tests/reference/train_eyes.py HEADS assets/finder/eyes.safetensors

HEADS holds `photos/`, `heads.csv` (file,width,height,x0,y0,x1,y1,split) and `eyes.csv` (file,lx,ly,rx,ry); more points
stand in `eyes_extra.csv` beside this script, without numbers where the eyes cannot be seen. Only the photos of the
split `train` are used. Half of what the network is shown are squares around heads, as first found, turned by any
angle; a third are the upright, tight squares of its second look; the rest has no eyes: heads that hide them, other
parts of photos, an eye covered. The result is the same for the same files, seed and version of PyTorch.
"""

import argparse
import copy
import math
import random
import time
from pathlib import Path

import torch
import torch.nn.functional as F

import safetensors_file
from eyes_net import (CELL, CELLS, FIRST, SECOND, SIDE, Network, centres, cut, distance, fold, into_crop, normal,
                      read_eyes, read_heads, read_picture, roll)

BATCH, RATE, DECAY = 48, 3e-3, 0.02
# Cells of the wanted heat map's width, and what the loss of the maps and of the trust weigh beside the distance's.
WIDTH, MAP_WEIGHT, TRUST_WEIGHT = 1.0, 0.1, 0.2


def between(low, high):
    return random.uniform(low, high)


def nudged(centre, reach):
    return centre[0] + between(-reach, reach), centre[1] + between(-reach, reach)


class Heads:
    """Random views of the labelled heads."""

    def __init__(self, folder, labels):
        heads = read_heads(folder)
        files = sorted(f for f in labels if heads[f][1] == "train")
        self.boxes = {f: heads[f][0] for f in files}
        self.eyes = {f: labels[f] for f in files}
        self.pictures = {f: read_picture(Path(folder) / f) for f in files}
        self.seen = [f for f in files if labels[f] is not None]
        self.unseen = [f for f in files if labels[f] is None]
        self.order = []

    def draw(self):
        """`(crop, eyes in it or None)`."""
        kind = random.random()
        if kind < 0.04:
            return self.background(random.choice(self.seen))
        if kind < 0.12 and self.unseen:
            return self.view(random.choice(self.unseen))
        if not self.order:
            self.order = random.sample(self.seen, len(self.seen))
        return self.view(self.order.pop())

    def view(self, file):
        picture, eyes = self.pictures[file], self.eyes[file]
        x0, y0, x1, y1 = self.boxes[file]
        longer = max(x1 - x0, y1 - y0)
        if eyes is not None and random.random() < 0.4:
            apart = distance(eyes)
            centre = nudged(eyes.mean(0).tolist(), 0.25 * apart)
            side = SECOND * apart * math.exp(between(-0.25, 0.25))
            angle = roll(eyes) + random.gauss(0, 0.15)
        else:
            centre = nudged(((x0 + x1) / 2, (y0 + y1) / 2), 0.12 * longer)
            side = FIRST * longer * math.exp(between(-0.25, 0.25))
            angle = between(-0.9, 0.9) if random.random() < 0.85 else between(-math.pi, math.pi)
        crop = cut(picture, centre, side, angle, 2)
        if eyes is not None:
            eyes = into_crop(eyes, centre, side, angle)
        if random.random() < 0.5:
            crop = crop.flip(2)
            if eyes is not None:
                eyes = (torch.tensor([SIDE, 0.0]) + eyes * torch.tensor([-1.0, 1.0])).flip(0)
        return self.covered(crop, eyes) if random.random() < 0.25 else (crop, eyes)

    def background(self, file):
        """A square of a photo whose middle is no part of the head."""
        picture, (x0, y0, x1, y1) = self.pictures[file], self.boxes[file]
        _, height, width = picture.shape
        for _ in range(20):
            x, y = between(0, width), between(0, height)
            if not (x0 < x < x1 and y0 < y < y1):
                break
        reach = 2 * max(abs(x - (x0 + x1) / 2) - (x1 - x0) / 4, abs(y - (y0 + y1) / 2) - (y1 - y0) / 4)
        return cut(picture, (x, y), max(reach, 24.0), between(-math.pi, math.pi), 2), None

    def covered(self, crop, eyes):
        """A patch of another photo on the crop; an eye under it cannot be seen any more."""
        width, height = (random.randrange(8, 40) for _ in range(2))
        x, y = random.randrange(SIDE - width), random.randrange(SIDE - height)
        other = self.pictures[random.choice(self.seen)]
        u, v = random.randrange(other.shape[2] - width), random.randrange(other.shape[1] - height)
        crop[:, y : y + height, x : x + width] = other[:, v : v + height, u : u + width]
        if eyes is not None:
            inside = (eyes > torch.tensor([x, y])) & (eyes < torch.tensor([x + width, y + height]))
            if inside.all(1).any():
                eyes = None
        return crop, eyes


def colours(x):
    """Brightness, contrast, saturation, a cast, blur, fewer pixels and noise, each a little."""
    n = len(x)

    def even(low, high, channels=1):
        return torch.rand(n, channels, 1, 1) * (high - low) + low

    grey = x.mean(1, keepdim=True)
    x = grey + (x - grey) * even(0.2, 1.6) * (torch.rand(n, 1, 1, 1) > 0.1)
    x = x * even(0.8, 1.2, 3)
    x = 255 * (x.clamp(0, 255) / 255) ** torch.exp(even(-0.5, 0.5))
    for i in range(n):
        chance = random.random()
        if chance < 0.15:
            less = random.randrange(24, 80)
            small = F.interpolate(x[i : i + 1], size=(less, less), mode="area")
            x[i : i + 1] = F.interpolate(small, size=(SIDE, SIDE), mode="bilinear")
        elif chance < 0.3:
            x[i : i + 1] = F.avg_pool2d(F.pad(x[i : i + 1], (1, 1, 1, 1), mode="replicate"), 3, 1)
    return (x + torch.randn_like(x) * even(0, 12)).clamp(0, 255)


def batch(heads):
    drawn = [heads.draw() for _ in range(BATCH)]
    seen = torch.tensor([eyes is not None for _, eyes in drawn])
    eyes = torch.stack([torch.zeros(2, 2) if e is None else e for _, e in drawn])
    # An eye outside of the crop has no place on the maps.
    seen &= ((eyes > 0) & (eyes < SIDE)).all((1, 2))
    return normal(colours(torch.stack([crop for crop, _ in drawn]))), eyes, seen


def losses(maps, trust, eyes, seen):
    """The eyes' distance to their labels in cells, how unlike the maps are to round spots, and the trust's error."""
    places = (torch.arange(CELLS) + 0.5) * CELL
    maps, eyes = maps[seen], eyes[seen]
    near = (centres(maps) - eyes).norm(dim=2) / CELL
    spot = -0.5 * ((places - eyes[..., None]) / (WIDTH * CELL)) ** 2
    wanted = (spot[:, :, 1, :, None] + spot[:, :, 0, None, :]).flatten(2).softmax(2)
    unlike = -(wanted * maps.flatten(2).log_softmax(2)).sum(2)
    return near.mean(), unlike.mean(), F.binary_cross_entropy_with_logits(trust, seen.float())


def train(heads, steps):
    network = Network()
    kept = copy.deepcopy(network).eval()
    optimiser = torch.optim.AdamW(network.parameters(), lr=RATE, weight_decay=DECAY)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, RATE, total_steps=steps, pct_start=0.1)
    started, sums = time.time(), torch.zeros(3)
    for step in range(1, steps + 1):
        x, eyes, seen = batch(heads)
        parts = losses(*network(x), eyes, seen)
        optimiser.zero_grad()
        (parts[0] + MAP_WEIGHT * parts[1] + TRUST_WEIGHT * parts[2]).backward()
        optimiser.step()
        schedule.step()
        # The mean of the last hundreds of steps is better than the last one.
        with torch.no_grad():
            share = max(0.005, 1 / step)
            for mean, now in zip(kept.state_dict().values(), network.state_dict().values()):
                mean.lerp_(now, share) if mean.is_floating_point() else mean.copy_(now)
        sums += torch.stack(parts).detach()
        if step % 100 == 0:
            near, unlike, trust = (sums / 100).tolist()
            text = f"step {step} of {steps}: {near:.3f} cells, maps {unlike:.3f}, trust {trust:.3f}"
            print(f"{text}, {time.time() - started:.0f} s", flush=True)
            sums.zero_()
    return kept


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("heads", type=Path, help="the folder with photos, heads.csv and eyes.csv")
    parser.add_argument("out", type=Path, help="the network, a .safetensors file")
    parser.add_argument("--steps", type=int, default=1800)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    torch.set_num_threads(1)
    random.seed(options.seed)
    torch.manual_seed(options.seed)
    labels = read_eyes(options.heads / "eyes.csv")
    extra = Path(__file__).with_name("eyes_extra.csv")
    if extra.exists():
        labels = {**read_eyes(extra), **labels}
    heads = Heads(options.heads, labels)
    print(f"{len(heads.seen)} heads with eyes, {len(heads.unseen)} without", flush=True)
    safetensors_file.write(options.out, fold(train(heads, options.steps)))


if __name__ == "__main__":
    main()
