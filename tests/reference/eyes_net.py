"""The eye network of the cat finder: what it looks at, what it says, how its numbers are stored.

`train_eyes.py` trains it, `score_eyes.py` measures it, `eyes_sheet.py` draws what it finds. A picture here is a tensor
3 x height x width of 0 to 255. Points count pixels, x right, y down; 0 is the left or top edge of the first pixel.
Angles are radians, positive clockwise as seen. The left eye is the one on the left once the face stands upright, so a
head upside down has its left eye on the right.
"""

import csv
import math
from pathlib import Path

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
from PIL import Image

import safetensors_file

# Pixels of the crop's side, and of one cell of the heat maps.
SIDE, CELL = 96, 4
CELLS = SIDE // CELL
# The first crop's side over the longer side of the head's box; the second one's over the distance of the eyes.
FIRST, SECOND = 1.3, 3.0
# The least deviation of a crop's values that it is divided by.
FLAT = 8.0
WIDTHS = [16, 32, 48, 64]
# Eyes count as found with at least this trust, having moved at most this share of their distance in the second look,
# and at least this share of the box's longer side apart.
TRUST, MOVED, APART = 0.65, 0.3, 0.15


def conv(a, b, size=3, stride=1):
    return nn.Sequential(nn.Conv2d(a, b, size, stride, size // 2, bias=False), nn.BatchNorm2d(b))


class Network(nn.Module):
    """96x96 crops in; heat maps of both eyes (n x 2 x 24 x 24, before the softmax) and the logit of the trust out."""

    def __init__(self):
        super().__init__()
        a, b, c, d = WIDTHS
        self.down1, self.down2 = conv(3, a, 3, 2), conv(a, b, 3, 2)
        self.down3, self.down4 = conv(b, c, 3, 2), conv(c, d, 3, 2)
        self.res2a, self.res2b = conv(b, b), conv(b, b)
        self.res3a, self.res3b = conv(c, c), conv(c, c)
        self.res4a, self.res4b = conv(d, d), conv(d, d)
        self.up3, self.up2 = conv(d, c, 1), conv(c, b, 1)
        self.last = conv(b, b)
        self.maps = nn.Conv2d(b, 2, 1)
        self.trust = nn.Linear(d, 1)

    def forward(self, x):
        x = F.relu(self.down2(F.relu(self.down1(x))))
        x2 = F.relu(x + self.res2b(F.relu(self.res2a(x))))
        x = F.relu(self.down3(x2))
        x3 = F.relu(x + self.res3b(F.relu(self.res3a(x))))
        x = F.relu(self.down4(x3))
        x4 = F.relu(x + self.res4b(F.relu(self.res4a(x))))
        x3 = F.relu(x3 + F.interpolate(self.up3(x4), scale_factor=2))
        x2 = F.relu(x2 + F.interpolate(self.up2(x3), scale_factor=2))
        maps = self.maps(F.relu(self.last(x2)))
        return maps, self.trust(x4.mean((2, 3)))[:, 0]


def centres(maps):
    """The mean place of each map's softmax, in crop pixels: n x 2 eyes x (x, y)."""
    shares = maps.flatten(2).softmax(2).view_as(maps)
    places = (torch.arange(CELLS) + 0.5) * CELL
    return torch.stack([(shares.sum(2) * places).sum(2), (shares.sum(3) * places).sum(2)], 2)


def turned(points, angle):
    """Points turned clockwise as seen."""
    c, s = math.cos(angle), math.sin(angle)
    return points @ torch.tensor([[c, s], [-s, c]], dtype=points.dtype)


def cut(picture, centre, side, angle, samples=None):
    """The square of `side` around `centre`, turned by `angle`, as 3 x 96 x 96.

    Every pixel is the mean of samples x samples bilinear ones, as many as the picture's pixels need; outside of the
    picture its border goes on.
    """
    n = samples or max(1, math.ceil(side / SIDE))
    steps = (torch.arange(SIDE * n) + 0.5) / (SIDE * n) - 0.5
    y, x = torch.meshgrid(steps, steps, indexing="ij")
    points = turned(torch.stack([x, y], 2).view(-1, 2), angle) * side + torch.tensor(centre, dtype=torch.float32)
    _, height, width = picture.shape
    grid = (points / torch.tensor([width, height]) * 2 - 1).view(1, SIDE * n, SIDE * n, 2)
    found = F.grid_sample(picture[None].float(), grid, padding_mode="border", align_corners=False)
    return F.avg_pool2d(found, n)[0]


def normal(crops):
    """Crops less their mean, over their deviation: of all three colours together."""
    mean = crops.mean((1, 2, 3), keepdim=True)
    deviation = crops.std((1, 2, 3), keepdim=True, correction=0)
    return (crops - mean) / deviation.clamp(min=FLAT)


def onto_picture(points, centre, side, angle):
    """Points of a crop as points of the picture."""
    return turned((points - SIDE / 2) * (side / SIDE), angle) + torch.tensor(centre, dtype=points.dtype)


def into_crop(points, centre, side, angle):
    """Points of the picture as points of a crop."""
    return turned(points - torch.tensor(centre, dtype=points.dtype), -angle) * (SIDE / side) + SIDE / 2


def first_square(box):
    """`(centre, side, angle)` of the crop around a head's box."""
    x0, y0, x1, y1 = box
    return ((x0 + x1) / 2, (y0 + y1) / 2), FIRST * max(x1 - x0, y1 - y0), 0.0


def second_square(eyes):
    """`(centre, side, angle)` of the upright, tight crop around found eyes."""
    (lx, ly), (rx, ry) = eyes.tolist()
    return ((lx + rx) / 2, (ly + ry) / 2), SECOND * math.hypot(rx - lx, ry - ly), math.atan2(ry - ly, rx - lx)


@torch.no_grad()
def look(network, picture, square):
    """`(eyes, trust)`: 2 x 2 in pixels of the picture, and 0 to 1."""
    maps, trust = network(normal(cut(picture, *square)[None]))
    return onto_picture(centres(maps)[0], *square), torch.sigmoid(trust)[0].item()


def find(network, picture, box, passes=2):
    """`(eyes, trust, moved)` in a head's box.

    The second look is at the upright face; `trust` is the lesser of both looks, `moved` is how far the eyes went in
    the second one, as a share of their distance.
    """
    square = first_square(box)
    eyes, trust = look(network, picture, square)
    moved = 0.0
    for _ in range(passes - 1):
        # Eyes that fell together would give a crop of nothing.
        if distance(eyes) < 0.05 * square[1]:
            return eyes, 0.0, 1.0
        again, second = look(network, picture, second_square(eyes))
        moved = (again - eyes).norm(dim=1).mean().item() / distance(eyes)
        eyes, trust = again, min(trust, second)
    return eyes, trust, moved


def sure(eyes, trust, moved, box):
    """Whether what `find` found is to be believed."""
    longer = max(box[2] - box[0], box[3] - box[1])
    return trust >= TRUST and moved <= MOVED and distance(eyes) >= APART * longer


def distance(eyes):
    return (eyes[1] - eyes[0]).norm().item()


def roll(eyes):
    return math.atan2(eyes[1, 1] - eyes[0, 1], eyes[1, 0] - eyes[0, 0])


@torch.no_grad()
def fold(network):
    """Batch normalisation folded into the convolutions: weights in 16 bits, biases in 32."""
    tensors = {}
    for name, layer in network.named_children():
        if isinstance(layer, nn.Sequential):
            weights, norm = layer[0].weight, layer[1]
            scale = norm.weight / (norm.running_var + norm.eps).sqrt()
            tensors[f"{name}.weight"] = (weights * scale.view(-1, 1, 1, 1)).half()
            tensors[f"{name}.bias"] = norm.bias - norm.running_mean * scale
        else:
            tensors[f"{name}.weight"], tensors[f"{name}.bias"] = layer.weight.half(), layer.bias.clone()
    return tensors


def load(path):
    """The network of a file of weights."""
    network = Network().eval()
    tensors = {name: torch.from_numpy(numbers) for name, numbers in safetensors_file.read(path)[0].items()}
    for name, layer in network.named_children():
        if isinstance(layer, nn.Sequential):
            # A normalisation that only adds the bias.
            layer[1].eps = 0.0
            layer[0].weight.data, layer[1].bias.data = tensors[f"{name}.weight"], tensors[f"{name}.bias"]
        else:
            layer.weight.data, layer.bias.data = tensors[f"{name}.weight"], tensors[f"{name}.bias"]
    return network


def read_picture(path):
    with Image.open(path) as image:
        return torch.from_numpy(np.array(image.convert("RGB")).transpose(2, 0, 1).copy())


def read_heads(folder):
    """`{file: (box, split)}` of the photos with a cat."""
    heads = {}
    with open(Path(folder) / "heads.csv") as lines:
        for row in csv.DictReader(lines):
            if row["x0"]:
                heads[row["file"]] = tuple(float(row[k]) for k in ("x0", "y0", "x1", "y1")), row["split"]
    return heads


def read_eyes(path):
    """`{file: 2 x 2 points, or None where the eyes cannot be seen}`."""
    with open(path) as lines:
        rows = list(csv.DictReader(lines))
    numbers = {row["file"]: [row[k] for k in ("lx", "ly", "rx", "ry")] for row in rows}
    return {file: torch.tensor([float(v) for v in n]).view(2, 2) if n[0] else None for file, n in numbers.items()}
