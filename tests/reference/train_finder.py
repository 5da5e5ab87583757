"""Trains the network that finds cats' heads (`finder_network.py`) from nothing.

    python3 -m venv venv && venv/bin/pip install torch numpy opencv-python-headless
    venv/bin/python tests/reference/train_finder.py cats_heads work --minutes 60

DATA holds `heads.csv`, `photos/` and `no_cat/`; only the photos marked `train` are used. WORK gets `heads.safetensors`
and `last.pt`, from which `--resume` takes the weights for another round. One core, two batches a second; the rate of
learning falls along a cosine of the time used.
"""

import argparse
import math
import time
from pathlib import Path

import cv2
import numpy as np
import torch
import torch.nn.functional as F

from finder_network import STRIDES, Heads, boxes_of, store
from finder_pictures import MOST, SIDE, Maker, read_photos

BATCH, RATE, DECAY, WARM = 24, 2.5e-3, 0.03, 200
EMA = 0.998
# A cell may answer for a head if its middle lies in the inner part of the box; the best few of these do.
INNER, BEST = 0.35, 9
# What a wrong score weighs in pictures of cats, which may show a second, unmarked one, and in pictures without any.
WITH_CAT, CATLESS = 0.75, 2.0


def batch(maker):
    """Network input, boxes N x MOST x 4 with which of them exist, and ignored boxes likewise."""
    x = np.empty((BATCH, SIDE, SIDE, 3), np.uint8)
    boxes, known = torch.zeros(2, BATCH, MOST, 4), torch.zeros(2, BATCH, MOST, dtype=torch.bool)
    for i in range(BATCH):
        x[i], *lists = maker.picture()
        for k, found in enumerate(lists):
            for j, box in enumerate(found):
                boxes[k, i, j], known[k, i, j] = torch.tensor(box), True
    x = torch.from_numpy(x).permute(0, 3, 1, 2).float() / 63.75 - 2
    return x.contiguous(memory_format=torch.channels_last), boxes, known


def middles():
    """The middle of each cell, A x 2, and its stride, A."""
    points, strides = [], []
    for stride in STRIDES:
        along = (torch.arange(SIDE // stride) + 0.5) * stride
        y, x = torch.meshgrid(along, along, indexing="ij")
        points.append(torch.stack([x, y], -1).reshape(-1, 2))
        strides.append(torch.full((len(points[-1]),), float(stride)))
    return torch.cat(points), torch.cat(strides)


def areas(boxes):
    return (boxes[..., 2:] - boxes[..., :2]).clamp(min=0).prod(-1)


def unions(a, b, generalised=False):
    """Intersection over union of boxes, less the empty part of the hull where that is asked for."""
    both = (torch.minimum(a[..., 2:], b[..., 2:]) - torch.maximum(a[..., :2], b[..., :2])).clamp(min=0).prod(-1)
    union = areas(a) + areas(b) - both + 1e-6
    if not generalised:
        return both / union
    hull = (torch.maximum(a[..., 2:], b[..., 2:]) - torch.minimum(a[..., :2], b[..., :2])).prod(-1) + 1e-6
    return both / union - (hull - union) / hull


def inside(points, strides, boxes, inner):
    """N x MOST x A: whether the middle of the cell lies in the inner part of the box, or next to the box's middle."""
    centre, half = (boxes[..., :2] + boxes[..., 2:]) / 2, (boxes[..., 2:] - boxes[..., :2]) / 2
    far = (points - centre[:, :, None]).abs()
    return (far <= torch.maximum(half[:, :, None] * inner, strides[:, None] * 0.75)).all(-1)


@torch.no_grad()
def assigned(logits, found, boxes, known, points, strides):
    """Task-aligned assignment (Feng et al. 2021): the score each cell should have, N x A, and its box."""
    overlap = unions(boxes[:, :, None], found[:, None])
    fit = logits.sigmoid()[:, None].sqrt() * overlap**5
    fit = fit * (inside(points, strides, boxes, INNER * 2) & known[:, :, None]) + 0.0
    best = fit.topk(BEST, -1)
    chosen = torch.zeros_like(fit).scatter_(-1, best.indices, (best.values > 1e-12).float())
    fit = fit * chosen
    score = fit / (fit.amax(-1, keepdim=True) + 1e-12) * (overlap * chosen).amax(-1, keepdim=True)
    target, which = score.max(1)
    return target, boxes.gather(1, which[..., None].expand(-1, -1, 4))


def losses(maps, boxes, known, points, strides):
    logits, found = boxes_of([m.float() for m in maps])
    target, goal = assigned(logits, found, boxes[0], known[0], points, strides)
    ignored = (inside(points, strides, boxes[1], 1.0) & known[1][:, :, None]).any(1) & (target == 0)
    score = logits.sigmoid().detach()
    strict = torch.where(known[0].any(1), WITH_CAT, CATLESS)[:, None]
    weight = torch.where(target > 0, target, strict * score**2) * ~ignored
    normal = target.sum().clamp(min=1)
    said = (F.binary_cross_entropy_with_logits(logits, target, reduction="none") * weight).sum() / normal
    at = target > 0
    placed = ((1 - unions(found[at], goal[at], generalised=True)) * target[at]).sum() / normal
    return said, placed


class Averaged:
    """The running mean of all weights and statistics."""

    def __init__(self, network):
        self.network, self.steps = Heads().eval(), 0
        self.network.load_state_dict(network.state_dict())

    def update(self, network):
        self.steps += 1
        keep = min(EMA, (1 + self.steps) / (10 + self.steps))
        for mine, new in zip(self.network.state_dict().values(), network.state_dict().values()):
            if mine.dtype.is_floating_point:
                mine.lerp_(new, 1 - keep)
            else:
                mine.copy_(new)


def optimizer_of(network, rate):
    decayed = [p for p in network.parameters() if p.dim() > 1]
    others = [p for p in network.parameters() if p.dim() <= 1]
    groups = [{"params": decayed, "weight_decay": DECAY}, {"params": others, "weight_decay": 0.0}]
    return torch.optim.AdamW(groups, rate, betas=(0.9, 0.98), fused=True)


def train(args):
    torch.manual_seed(args.seed)
    network = Heads().to(memory_format=torch.channels_last)
    if args.resume:
        network.load_state_dict(torch.load(args.resume))
    maker = Maker(*read_photos(args.data, "train"), args.seed)
    points, strides = middles()
    averaged, optimizer = Averaged(network), optimizer_of(network, args.rate)
    sums, start, step, done = np.zeros(2), time.time(), 0, 0.0
    while done < 1:
        step, done = step + 1, min((time.time() - start) / 60 / args.minutes, 1.0)
        rate = args.rate * min(step / WARM, 0.01 + 0.99 * (1 + math.cos(math.pi * done)) / 2)
        for group in optimizer.param_groups:
            group["lr"] = rate
        x, boxes, known = batch(maker)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            maps = network(x)
        said, placed = losses(maps, boxes, known, points, strides)
        optimizer.zero_grad(set_to_none=True)
        (said + 2 * placed).backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 10)
        optimizer.step()
        averaged.update(network)
        sums += [said.item(), placed.item()]
        if step % 100 == 0:
            used = time.time() - start
            print(f"{step} score {sums[0] / 100:.4f} box {sums[1] / 100:.4f} {used / step:.3f} s", flush=True)
            sums[:] = 0
        if step % 500 == 0 or done == 1:
            torch.save(averaged.network.state_dict(), args.work / "last.pt")
            store(averaged.network, args.work / "heads.safetensors")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("work", type=Path)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--rate", type=float, default=RATE)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--resume", type=Path, help="a last.pt to start from")
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    arguments = parser.parse_args()
    arguments.work.mkdir(parents=True, exist_ok=True)
    train(arguments)
