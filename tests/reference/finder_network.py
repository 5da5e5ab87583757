"""The network that finds cats' heads: its layers, how a photo goes in, how boxes come out, how it is stored.

`train_finder.py` trains it, `score_finder.py` measures a stored one. assets/finder/README.md describes it for readers.
"""

import json

import cv2
import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

import safetensors_file

STRIDES = (8, 16)
MULTIPLE = 32  # the sides of the network's input are multiples of this
LOG_RANGE = (-4.0, 6.0)  # the logarithms of distances are clamped to this
FLOOR = 0.05  # boxes below this score are dropped before anything else
CANDIDATES = 300  # the best ones of these enter the suppression
OVERLAP, INSIDE, MERGE = 0.45, 0.75, 0.6
DEFAULTS = {"scales": [224, 448], "threshold": 0.62}  # chosen by `score_finder.py`


class Conv(nn.Module):
    """A 3x3 convolution with batch normalisation, which `folded` moves into weight and bias, and perhaps ReLU."""

    def __init__(self, inputs, outputs, stride=1, relu=True):
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.norm = nn.BatchNorm2d(outputs)
        self.relu = relu

    def forward(self, x):
        x = self.norm(self.conv(x))
        return F.relu(x, inplace=True) if self.relu else x

    def folded(self):
        factor = self.norm.weight / torch.sqrt(self.norm.running_var + self.norm.eps)
        weight = self.conv.weight * factor[:, None, None, None]
        return weight, self.norm.bias - self.norm.running_mean * factor


class Block(nn.Module):
    """ReLU(x + b(a(x)))."""

    def __init__(self, channels):
        super().__init__()
        self.a = Conv(channels, channels)
        self.b = Conv(channels, channels, relu=False)

    def forward(self, x):
        return F.relu(x + self.b(self.a(x)), inplace=True)


class Heads(nn.Module):
    """RGB pictures, N x 3 x H x W, -2 to 2, to two maps N x 5 x H/s x W/s for the strides 8 and 16.

    The five channels: the logit of the score, the logarithms of the distances to the left, upper, right and lower side
    of the box, in strides, from the middle of the cell.
    """

    def __init__(self):
        super().__init__()
        self.stem = Conv(3, 16, 2)
        self.down4 = Conv(16, 24, 2)
        self.block4 = nn.Sequential(Block(24))
        self.down8 = Conv(24, 64, 2)
        self.block8 = nn.Sequential(Block(64), Block(64))
        self.down16 = Conv(64, 88, 2)
        self.block16 = nn.Sequential(Block(88), Block(88))
        self.down32 = Conv(88, 80, 2)
        self.block32 = nn.Sequential(Block(80))
        self.lateral32, self.lateral16, self.lateral8 = (nn.Conv2d(c, 48, 1) for c in (80, 88, 64))
        self.smooth16, self.smooth8 = Conv(48, 48), Conv(48, 48)
        self.tower16, self.tower8 = Conv(48, 48), Conv(48, 48)
        self.out16, self.out8 = nn.Conv2d(48, 5, 1), nn.Conv2d(48, 5, 1)
        for out, distance in ((self.out8, 3.0), (self.out16, 3.0)):
            nn.init.normal_(out.weight, std=0.01)
            out.bias.data = torch.tensor([-4.6] + [float(np.log(distance))] * 4)

    def forward(self, x):
        c8 = self.block8(self.down8(self.block4(self.down4(self.stem(x)))))
        c16 = self.block16(self.down16(c8))
        c32 = self.block32(self.down32(c16))
        p16 = self.smooth16(self.lateral16(c16) + twice(self.lateral32(c32)))
        p8 = self.smooth8(self.lateral8(c8) + twice(p16))
        return self.out8(self.tower8(p8)), self.out16(self.tower16(p16))


def twice(x):
    return F.interpolate(x, scale_factor=2, mode="nearest")


def letterbox(photo, longer):
    """A photo, H x W x 3 bytes, as network input 3 x H' x W' whose longer side was made `longer`, and that size (w, h).

    Antialiased triangle filter; the photo lies at the left and top, zeros (middle grey) fill up to multiples of 32.
    """
    height, width = photo.shape[:2]
    factor = longer / max(height, width)
    w, h = (max(1, int(side * factor + 0.5)) for side in (width, height))
    x = torch.from_numpy(photo).permute(2, 0, 1)[None].float()
    x = F.interpolate(x, size=(h, w), mode="bilinear", antialias=True, align_corners=False)[0]
    sides = (-(-side // MULTIPLE) * MULTIPLE for side in (h, w))
    canvas = torch.zeros(3, *sides)
    canvas[:, :h, :w] = x / 63.75 - 2
    return canvas, (w, h)


def boxes_of(maps):
    """Logits N x A and boxes N x A x 4 (x0, y0, x1, y1 in pixels of the input), stride 8 first, row by row."""
    logits, boxes = [], []
    for stride, raw in zip(STRIDES, maps):
        n, _, h, w = raw.shape
        distance = raw[:, 1:].clamp(*LOG_RANGE).exp() * stride
        x = (torch.arange(w) + 0.5) * stride
        y = (torch.arange(h)[:, None] + 0.5) * stride
        left, upper, right, lower = distance.unbind(1)
        box = torch.stack([x - left, y - upper, x + right, y + lower], -1)
        logits.append(raw[:, 0].reshape(n, -1))
        boxes.append(box.reshape(n, -1, 4))
    return torch.cat(logits, 1), torch.cat(boxes, 1)


def overlaps(box, boxes):
    """Intersection over union, and intersection over the smaller box, of one box with many."""
    low, high = np.maximum(box[:2], boxes[:, :2]), np.minimum(box[2:], boxes[:, 2:])
    both = np.prod(np.clip(high - low, 0, None), 1)
    one, many = np.prod(box[2:] - box[:2]), np.prod(boxes[:, 2:] - boxes[:, :2], 1)
    return both / (one + many - both + 1e-9), both / (np.minimum(one, many) + 1e-9)


def suppress(scores, boxes):
    """Greedy suppression, best first; a kept box becomes the mean, weighted by score, of all it agrees with."""
    order = np.argsort(-scores, kind="stable")[:CANDIDATES]
    scores, boxes = scores[order], boxes[order]
    left, found = np.ones(len(scores), bool), []
    for i in range(len(scores)):
        if not left[i]:
            continue
        union, smaller = overlaps(boxes[i], boxes)
        same = union >= MERGE
        mean = (boxes[same] * scores[same, None]).sum(0) / scores[same].sum()
        left &= (union <= OVERLAP) & (smaller <= INSIDE)
        found.append((float(scores[i]), *map(float, mean)))
    return found


@torch.no_grad()
def candidates(network, photo, longer):
    """Scores and boxes, in pixels of the photo and clipped to it, above FLOOR, found at one scale."""
    canvas, (w, h) = letterbox(photo, longer)
    logits, boxes = boxes_of(network(canvas[None]))
    scores = torch.sigmoid(logits[0]).numpy()
    height, width = photo.shape[:2]
    keep = scores >= FLOOR
    boxes = boxes[0].numpy()[keep] * np.array([width / w, height / h] * 2)
    return scores[keep], np.clip(boxes, 0, [width, height] * 2)


def find(network, photo, scales):
    """Heads in a photo as (score, x0, y0, x1, y1), best first, down to FLOOR."""
    parts = [candidates(network, photo, longer) for longer in scales]
    return suppress(*(np.concatenate(part) for part in zip(*parts)))


def read_photo(path):
    """H x W x 3 bytes, RGB."""
    return cv2.cvtColor(cv2.imread(str(path), cv2.IMREAD_COLOR), cv2.COLOR_BGR2RGB)


def folded(network):
    """All weights and biases, batch normalisation folded in."""
    tensors = {}
    for name, module in network.named_modules():
        if isinstance(module, Conv):
            tensors[f"{name}.weight"], tensors[f"{name}.bias"] = module.folded()
        elif isinstance(module, nn.Conv2d) and not name.endswith(".conv"):
            tensors[f"{name}.weight"], tensors[f"{name}.bias"] = module.weight, module.bias
    return {name: tensor.detach().half().numpy() for name, tensor in tensors.items()}


def store(network, path, **settings):
    """Writes a file of 16 bit floats; scales and threshold stand in its metadata."""
    metadata = {k: json.dumps(v) for k, v in (DEFAULTS | settings).items()}
    safetensors_file.write(path, folded(network), metadata)


def stored(path):
    """The network of such a file, ready to find, and its settings."""
    tensors, metadata = safetensors_file.read(path)
    settings = {k: json.loads(v) for k, v in metadata.items()}
    network = Heads().eval()
    modules = dict(network.named_modules())
    for name, numbers in tensors.items():
        tensor = torch.from_numpy(numbers)
        module, kind = modules[name.rpartition(".")[0]], name.rpartition(".")[2]
        if isinstance(module, Conv):
            if kind == "weight":
                module.conv.weight.data = tensor
            else:  # the identity, apart from the bias
                module.norm.bias.data = tensor
                module.norm.running_mean.zero_()
                module.norm.running_var.fill_(1 - module.norm.eps)
        else:
            setattr(module, kind, nn.Parameter(tensor))
    return network, settings
