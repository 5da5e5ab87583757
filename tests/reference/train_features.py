"""Trains the small network whose features measure how alike two sets of cat pictures are.

Two tasks at once, neither of which needs labels: two views of one picture (random crop, mirror, colours) must be found
among the views of all other pictures (the contrastive loss of SimCLR, Chen et al. 2020), and the kind and strength of
damage done to a picture must be told (blur, noise, colour cast, bending, checkerboard). The first makes features that
know cats apart, the second features that see what generators get wrong.

Eight minutes on one core; a busy one takes longer:

    python3 -m venv venv && venv/bin/pip install torch numpy pillow
    venv/bin/python tests/reference/train_features.py FOLDER assets/features/cat-features-64.safetensors

FOLDER holds square pictures of cat faces. The result is the same for the same pictures, seed and version of PyTorch.
"""

import argparse
import random
import time
from pathlib import Path

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
from PIL import Image

import safetensors_file

SIDE, STORED = 64, 80
CHANNELS = [3, 24, 48, 96, 192]
STEPS, PICTURES, DAMAGED, RATE, TEMPERATURE = 800, 128, 64, 2e-3, 0.2
LEAK = 0.2
# Features that are kept, and what is added to their variance (1 on average before) when it is divided away.
KEPT, FLOOR = 128, 0.1


class Network(nn.Module):
    """Four stages of 4x4 convolution of stride 2, batch normalisation, leaky ReLU; the means of each stage's channels."""

    def __init__(self):
        super().__init__()
        pairs = list(zip(CHANNELS, CHANNELS[1:]))
        self.conv = nn.ModuleList(nn.Conv2d(a, b, 4, 2, 1, bias=False) for a, b in pairs)
        self.norm = nn.ModuleList(nn.BatchNorm2d(b) for _, b in pairs)

    def forward(self, x):
        pools = []
        for conv, norm in zip(self.conv, self.norm):
            x = F.leaky_relu(norm(conv(x)), LEAK)
            pools.append(x.mean((2, 3)))
        return pools


def load(folder):
    files = sorted(p for p in Path(folder).iterdir() if p.suffix.lower() in {".jpg", ".jpeg", ".png"})
    pictures = []
    for path in files:
        with Image.open(path) as image:
            square = image.convert("RGB").resize((STORED, STORED), Image.LANCZOS)
            pictures.append(np.asarray(square).transpose(2, 0, 1))
    return torch.from_numpy(np.stack(pictures))


def floats(pictures):
    return pictures.float() / 127.5 - 1


def uniform(n, low, high):
    return (torch.rand(n) * (high - low) + low).view(-1, 1, 1, 1)


def crops(x, smallest):
    """Squares of `smallest` to 1 of the side, anywhere, half of them mirrored, at 64 pixels."""
    n = len(x)
    scale = uniform(n, smallest, 1.0).view(-1)
    theta = torch.zeros(n, 2, 3)
    theta[:, 0, 0] = scale * torch.where(torch.rand(n) < 0.5, -1.0, 1.0)
    theta[:, 1, 1] = scale
    theta[:, :, 2] = (torch.rand(n, 2) * 2 - 1) * (1 - scale).view(-1, 1)
    grid = F.affine_grid(theta, (n, 3, SIDE, SIDE), align_corners=False)
    return F.grid_sample(x, grid, align_corners=False, padding_mode="reflection")


def colours(x):
    """Brightness, contrast, saturation and a cast, each a little; one in five is grey."""
    n = len(x)
    grey = x.mean(1, keepdim=True)
    saturation = uniform(n, 0.3, 1.7) * (torch.rand(n, 1, 1, 1) > 0.2)
    x = grey + (x - grey) * saturation
    middle = x.mean((1, 2, 3), keepdim=True)
    x = middle + (x - middle) * uniform(n, 0.6, 1.5)
    return x + uniform(n, -0.3, 0.3) + (torch.rand(n, 3, 1, 1) - 0.5) * 0.2


def damage(x):
    """`(damaged, strengths)`: five kinds of damage, each with an even chance to be there, with a strength from 0 to 1."""
    n = len(x)
    strength = torch.rand(n, 5) * (torch.rand(n, 5) < 0.5)
    blur, noise, cast, bend, board = (s.view(-1, 1, 1, 1) for s in strength.T)
    # Bending: a coarse field of random arrows, made smooth.
    field = F.interpolate(torch.randn(n, 2, 5, 5), size=(SIDE, SIDE), mode="bicubic", align_corners=True)
    identity = F.affine_grid(torch.eye(2, 3).expand(n, 2, 3), (n, 3, SIDE, SIDE), align_corners=False)
    grid = identity + field.permute(0, 2, 3, 1) * bend * 0.12
    x = F.grid_sample(x, grid, align_corners=False, padding_mode="reflection")
    # Blur of up to 1.6 pixels.
    sigma = blur.view(-1, 1) * 1.6 + 1e-3
    taps = torch.exp(-0.5 * (torch.arange(-4, 5).view(1, -1) / sigma) ** 2)
    taps = (taps / taps.sum(1, keepdim=True)).repeat_interleave(3, 0)
    flat = F.pad(x, (4, 4, 4, 4), mode="reflect").reshape(1, 3 * n, SIDE + 8, SIDE + 8)
    flat = F.conv2d(flat, taps.view(3 * n, 1, 1, 9), groups=3 * n)
    x = F.conv2d(flat, taps.view(3 * n, 1, 9, 1), groups=3 * n).view(n, 3, SIDE, SIDE)
    rows, columns = torch.meshgrid(torch.arange(SIDE), torch.arange(SIDE), indexing="ij")
    sign = 1 - 2 * ((rows + columns) % 2).float()
    x = x + sign * board * 0.15 + torch.randn_like(x) * noise * 0.25
    direction = F.normalize(torch.randn(n, 3), dim=1).view(n, 3, 1, 1)
    return x + direction * cast * 0.5, strength


def contrastive(a, b):
    """The normalised temperature-scaled cross entropy of SimCLR; row i of `a` belongs to row i of `b`."""
    z = F.normalize(torch.cat([a, b]), dim=1)
    n = len(a)
    likeness = z @ z.T / TEMPERATURE
    likeness.fill_diagonal_(-1e9)
    return F.cross_entropy(likeness, torch.arange(2 * n).roll(n))


def train(pictures):
    network = Network()
    width = CHANNELS[-1]
    project = nn.Sequential(nn.Linear(width, 128), nn.ReLU(), nn.Linear(128, 64))
    tell = nn.Sequential(nn.Linear(width, 64), nn.ReLU(), nn.Linear(64, 5))
    parameters = [*network.parameters(), *project.parameters(), *tell.parameters()]
    optimiser = torch.optim.AdamW(parameters, lr=RATE, weight_decay=1e-4)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, RATE, total_steps=STEPS, pct_start=0.05)
    started, order = time.time(), []
    for step in range(STEPS):
        if len(order) < PICTURES + DAMAGED:
            order = torch.randperm(len(pictures)).tolist()
        chosen, order = order[: PICTURES + DAMAGED], order[PICTURES + DAMAGED :]
        x = floats(pictures[chosen])
        views = [colours(crops(x[:PICTURES], 0.5)) for _ in range(2)]
        damaged, strength = damage(crops(x[PICTURES:], 0.8))
        last = network(torch.cat([*views, damaged]))[-1]
        a, b, c = last.split([PICTURES, PICTURES, DAMAGED])
        alike = contrastive(project(a), project(b))
        told = F.mse_loss(tell(c), strength)
        optimiser.zero_grad()
        (alike + 10 * told).backward()
        optimiser.step()
        schedule.step()
        if step % 20 == 0 or step == STEPS - 1:
            text = f"step {step} contrastive {alike.item():.3f} damage {told.item():.4f} {time.time() - started:.0f} s"
            print(text, flush=True)
    return network.eval()


@torch.no_grad()
def fold(network):
    """Batch normalisation folded into the convolutions, in 16 bits."""
    tensors = {}
    for i, (conv, norm) in enumerate(zip(network.conv, network.norm)):
        scale = norm.weight / (norm.running_var + norm.eps).sqrt()
        tensors[f"stage.{i}.weight"] = (conv.weight * scale.view(-1, 1, 1, 1)).half()
        tensors[f"stage.{i}.bias"] = norm.bias - norm.running_mean * scale
    return tensors


def pools(tensors, x):
    """The means of the channels of all stages of the folded network: pictures x 360."""
    found = []
    for i in range(len(CHANNELS) - 1):
        x = F.conv2d(x, tensors[f"stage.{i}.weight"].float(), tensors[f"stage.{i}.bias"], 2, 1)
        x = F.leaky_relu(x, LEAK)
        found.append(x.mean((2, 3)))
    return torch.cat(found, 1)


def features(tensors, x):
    """Pictures x 128: every vector has the length sqrt(128)."""
    y = (pools(tensors, x) - tensors["features.mean"]) @ tensors["features.matrix"].float()
    return y * KEPT**0.5 / y.norm(dim=1, keepdim=True)


@torch.no_grad()
def whiten(tensors, pictures):
    """Adds what makes features of the means: most of their variance lies in five directions (light, contrast, colour),
    which would hide the others. Principal components are divided by sqrt(variance + 0.1), the first 128 kept."""
    whole = F.interpolate(floats(pictures), size=(SIDE, SIDE), mode="area")
    found = torch.cat([pools(tensors, x) for x in whole.split(256)]).double()
    mean, deviation = found.mean(0), found.std(0)
    variance, axes = torch.linalg.eigh(torch.cov(((found - mean) / deviation).T))
    variance, axes = variance.flip(0)[:KEPT], axes.flip(1)[:, :KEPT]
    # The sign of an axis is arbitrary.
    axes = axes * torch.where(axes.sum(0) < 0, -1.0, 1.0)
    matrix = axes / (variance + FLOOR).sqrt() / deviation.view(-1, 1)
    tensors["features.mean"], tensors["features.matrix"] = mean.float(), matrix.half()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("out", type=Path, help="the network, a .safetensors file")
    options = parser.parse_args()
    torch.set_num_threads(1)
    random.seed(1)
    torch.manual_seed(1)
    pictures = load(options.folder)
    print(f"{len(pictures)} pictures", flush=True)
    tensors = fold(train(pictures))
    whiten(tensors, pictures)
    safetensors_file.write(options.out, tensors)


if __name__ == "__main__":
    main()
