"""The sharpening network of a run, computed a second time in PyTorch and judged on photos.

    python tests/reference/sharpen.py RUN/sharpen.safetensors PHOTOS [JUDGE.onnx] [--sheet sheet.png] [--count 40]
    python tests/reference/sharpen.py RUN/sharpen.safetensors --same SMALL.png LARGE.png

PHOTOS is a folder of photos that the network was not trained on; their middle squares with enough pixels are made small
as training pictures are and enlarged again: bicubic, Lanczos, the network. Prints the mean PSNR in dB (higher is
better), the mean error of the differences between neighbouring pixels (of 255, lower is better) and, with JUDGE, the
mean distance in its features (lower is better): an ONNX network with the input `input` (N x 3 x 299 x 299, 0 to 1). It is
not part of this project; any network for pictures will do that was not trained here. Feature vectors of each place are
normalised and compared as in LPIPS (Zhang et al. 2018), without its learned weights. `--same` compares the program's own
sharpened picture with PyTorch's: a pair from `generate` without and with `--sharpen`.

Needs: pip install torch numpy pillow safetensors, and onnxruntime for JUDGE.
"""

import argparse
import json
import math
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from safetensors import safe_open


def lanczos_rows(count, factor):
    """The matrix of the plain enlargement, edges repeated, and for each result the nearest four pixels."""
    rows, near = np.zeros((count * factor, count)), []
    for i in range(count * factor):
        centre = (i + 0.5) / factor - 0.5
        base = math.floor(centre)
        taps = np.arange(base - 2, base + 4)
        weights = np.sinc(centre - taps) * np.sinc((centre - taps) / 3)
        for tap, weight in zip(np.clip(taps, 0, count - 1), weights / weights.sum()):
            rows[i, tap] += weight
        near.append(np.clip(taps[1:5], 0, count - 1))
    return rows, np.array(near)


def lanczos(picture, factor):
    """As the program enlarges: Lanczos with three lobes within the range of the 4 x 4 pixels around. H x W x 3 bytes."""
    height, width, _ = picture.shape
    (across, near_x), (down, near_y) = lanczos_rows(width, factor), lanczos_rows(height, factor)
    wide = np.einsum("xw,hwc->hxc", across, picture.astype(float))
    large = np.einsum("yh,hxc->yxc", down, wide)
    for limit in (np.min, np.max):
        of_rows = limit(picture[:, near_x], axis=2)
        bound = limit(of_rows[near_y], axis=1)
        large = np.maximum(large, bound) if limit is np.min else np.minimum(large, bound)
    return np.floor(large + 0.5).astype(np.uint8)


class Network:
    def __init__(self, path):
        with safe_open(path, "pt") as file:
            self.card = json.loads(file.metadata()["purrtrait-sharpen"])
            self.weights = {name: file.get_tensor(name) for name in file.keys()}
        self.factor, self.side = self.card["factor"], self.card["side"]

    def conv(self, name, x, **options):
        return F.conv2d(x, self.weights[f"{name}.weight"], self.weights[f"{name}.bias"], **options)

    def block(self, name, x):
        y = F.leaky_relu(self.conv(f"{name}.a", x, padding=1), 0.2)
        return x + self.conv(f"{name}.b", y, padding=1)

    def details(self, picture):
        x = torch.from_numpy(picture.astype(np.float32).transpose(2, 0, 1))[None] / 127.5 - 1
        own = F.leaky_relu(self.conv("head", x, padding=1), 0.2)
        half = F.leaky_relu(self.conv("down", own, stride=2, padding=1), 0.2)
        for i in range(2):
            half = self.block(f"inner.{i}", half)
        up = (self.weights["up.weight"], self.weights["up.bias"])
        y = own + F.conv_transpose2d(F.leaky_relu(half, 0.2), *up, stride=2, padding=1)
        y = self.conv("tail", F.leaky_relu(self.block("outer", y), 0.2), padding=1)
        return F.pixel_shuffle(y, self.factor)[0].numpy().transpose(1, 2, 0)

    def enlarge(self, picture):
        with torch.no_grad():
            sharp = lanczos(picture, self.factor) + 127.5 * self.details(picture)
        return np.clip(np.floor(sharp + 0.5), 0, 255).astype(np.uint8)


def psnr(a, b):
    return 10 * math.log10(255**2 / ((a.astype(float) - b.astype(float)) ** 2).mean())


def edges(a, b):
    error = a.astype(float) - b.astype(float)
    parts = [np.abs(np.diff(error, axis=axis)) for axis in (0, 1)]
    return sum(part.sum() for part in parts) / sum(part.size for part in parts)


def judged(path):
    import onnxruntime

    session = onnxruntime.InferenceSession(path)
    outputs = [output.name for output in session.get_outputs()]

    def features(picture):
        image = Image.fromarray(picture).resize((299, 299), Image.BICUBIC)
        x = np.asarray(image, np.float32).transpose(2, 0, 1)[None] / 255
        return session.run(outputs, {"input": np.ascontiguousarray(x)})

    def distance(a, b):
        total = 0
        for x, y in zip(features(a), features(b)):
            x, y = (v.reshape(v.shape[1], -1) if v.ndim > 2 else v.reshape(-1, 1) for v in (x, y))
            x, y = (v / (np.linalg.norm(v, axis=0, keepdims=True) + 1e-8) for v in (x, y))
            total += ((x - y) ** 2).sum(0).mean()
        return float(total)

    return distance


def squares(folder, network, count):
    """Middle squares with enough pixels: small and large."""
    large = network.side * network.factor
    for path in sorted(Path(folder).rglob("*")):
        if path.suffix.lower() not in (".jpg", ".jpeg", ".png") or count == 0:
            continue
        image = Image.open(path).convert("RGB")
        edge = min(image.size)
        if edge < large:
            continue
        left, top = (image.width - edge) // 2, (image.height - edge) // 2
        square = image.crop((left, top, left + edge, top + edge))
        count -= 1
        yield [np.asarray(square.resize((side, side), Image.LANCZOS)) for side in (network.side, large)]


def main():
    words = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    words.add_argument("network"), words.add_argument("photos", nargs="?"), words.add_argument("judge", nargs="?")
    words.add_argument("--same", nargs=2), words.add_argument("--sheet"), words.add_argument("--count", type=int, default=40)
    args = words.parse_args()
    network = Network(args.network)
    if args.same:
        small, large = (np.asarray(Image.open(path).convert("RGB")) for path in args.same)
        own = network.enlarge(small)
        while own.shape[0] < large.shape[0]:
            own = lanczos(own, 2)
        worst = np.abs(own.astype(int) - large.astype(int)).max()
        print(f"largest difference between the program and PyTorch: {worst} of 255")
        assert worst <= 1
        return
    distance = judged(args.judge) if args.judge else None
    rows, sheet = [], []
    for small, real in squares(args.photos, network, args.count):
        side = real.shape[0]
        bicubic = np.asarray(Image.fromarray(small).resize((side, side), Image.BICUBIC))
        made = [bicubic, lanczos(small, network.factor), network.enlarge(small)]
        measures = [psnr, edges] + ([distance] if distance else [])
        rows.append([[measure(picture, real) for measure in measures] for picture in made])
        sheet.append(np.concatenate([*made, real], axis=1))
    mean = np.mean(rows, axis=0)
    print(f"{len(rows)} photos, {network.side} px to {network.side * network.factor} px")
    for name, values in zip(("bicubic", "Lanczos", "network"), mean):
        judge = f"  feature distance {values[2]:.4f}" if distance else ""
        print(f"{name:8} PSNR {values[0]:.2f} dB  edges {values[1]:.2f}{judge}")
    wins = np.mean([[row[2][0] > row[1][0], row[2][1] < row[1][1]] + ([row[2][2] < row[1][2]] if distance else []) for row in rows], 0)
    print("share of photos where the network is better than Lanczos:", ", ".join(f"{share:.0%}" for share in wins))
    if args.sheet:
        Image.fromarray(np.concatenate(sheet[:6])).save(args.sheet)


if __name__ == "__main__":
    main()
