"""Expected values for the tests of src/metrics, computed independently of it with NumPy (and PyTorch for the features).

Prints constants for src/metrics/tests.rs:

    python3 -m venv venv && venv/bin/pip install torch numpy
    venv/bin/python tests/reference/metrics.py assets/features/efficientnet-lite0.safetensors

Without the file, what needs PyTorch is left out.

The pictures come from a formula that the tests know too. What is random in the sliced Wasserstein distance (places of
patches, directions) differs between the two programs: there all patches are taken, and a band is given instead of digits.
"""

import argparse
from pathlib import Path

import numpy as np

import safetensors_file


def pictures(count, side, kind):
    """uint8, count x side x side x 3."""
    i = np.arange(count).reshape(-1, 1, 1, 1)
    y = np.arange(side).reshape(1, -1, 1, 1)
    x = np.arange(side).reshape(1, 1, -1, 1)
    c = np.arange(3).reshape(1, 1, 1, -1)
    wave = (x * (3 + i % 5 + kind) + y * (2 + i % 7) + i * 11 + c * 40 + kind * 9) % 160
    grain = (x * x + 3 * x * y + 5 * y * y + 7 * i + 13 * c) % (17 + 30 * kind)
    return (wave + grain + 5 * kind).astype(np.uint8)


# --- sliced Wasserstein distance


def blur(planes, gain):
    """The binomial 5x5 kernel as one 2-D sum over a mirrored border; planes are n x side x side."""
    line = np.array([1, 4, 6, 4, 1]) / 16
    kernel = np.outer(line, line) * gain
    side = planes.shape[-1]
    wide = np.pad(planes, ((0, 0), (2, 2), (2, 2)), mode="reflect")
    return sum(kernel[a, b] * wide[:, a : a + side, b : b + side] for a in range(5) for b in range(5))


def pyramid(planes):
    levels = []
    while planes.shape[-1] > 16:
        small = blur(planes, 1)[:, ::2, ::2]
        large = np.zeros_like(planes)
        large[:, ::2, ::2] = small
        levels.append(planes - blur(large, 4))
        planes = small
    return levels + [planes]


def all_patches(planes):
    """Every 7x7 patch of n x 3 x side x side, normalised per channel: rows of 147 numbers."""
    windows = np.lib.stride_tricks.sliding_window_view(planes, (7, 7), axis=(2, 3))
    patches = windows.transpose(0, 2, 3, 1, 4, 5).reshape(-1, 3, 49)
    mean = patches.mean((0, 2), keepdims=True)
    return ((patches - mean) / patches.std((0, 2), keepdims=True)).reshape(-1, 147)


def sliced(a, b, directions, seed):
    axes = np.random.default_rng(seed).standard_normal((147, directions))
    axes /= np.linalg.norm(axes, axis=0)
    return np.mean([np.abs(np.sort(a @ v) - np.sort(b @ v)).mean() for v in axes.T])


def probes(set, number):
    """Some values of each level of one picture's pyramid: corners, edges, inside; and the sum of squares."""
    found = []
    for planes in pyramid(set[number].transpose(2, 0, 1).astype(float)):
        last = planes.shape[-1] - 1
        places = [(0, 0, 0), (1, 0, last), (2, last, 1), (0, 5, 9), (1, 8, 2), (2, last - 1, last - 2)]
        found.append([*(planes[c, y, x] for c, y, x in places), (planes**2).sum()])
    return found


def swd(a, b, directions=2048):
    found = []
    for x, y in zip(*(pyramid(s.transpose(0, 3, 1, 2).reshape(-1, *s.shape[1:3]).astype(float)) for s in (a, b))):
        x, y = (all_patches(planes.reshape(-1, 3, *planes.shape[1:])) for planes in (x, y))
        found.append(1e3 * sliced(x, y, directions, 5))
    return found


# --- the others, from their definitions


def colour(a, b):
    """Wasserstein-1 between equally many values: the mean distance of the sorted values."""
    return np.mean([np.abs(np.sort(a[..., c].ravel().astype(int)) - np.sort(b[..., c].ravel())).mean() for c in range(3)])


def kid(x, y):
    k = lambda a, b: (a @ b.T / a.shape[1] + 1) ** 3
    xx, yy, m, n = k(x, x), k(y, y), len(x), len(y)
    within = (xx.sum() - np.trace(xx)) / (m * (m - 1)) + (yy.sum() - np.trace(yy)) / (n * (n - 1))
    return within - 2 * k(x, y).mean()


def formula_vectors(n, size, kind):
    i = np.arange(n * size)
    return (((i * i * (3 + kind) + i * 7 + kind * 5) % 101) / 50 - 1 + kind * 0.1).reshape(n, size)


def jackknife(x, y, parts=10):
    """The standard error of a KID, each tenth of both sets left out in turn."""
    left = [kid(np.delete(x, i, 0), np.delete(y, j, 0)) for i, j in zip(*(np.array_split(np.arange(len(s)), parts) for s in (x, y)))]
    return np.sqrt((parts - 1) / parts * ((left - np.mean(left)) ** 2).sum())


def neighbourhoods(fakes, reals, k):
    distance = lambda a, b: np.linalg.norm(a[:, None] - b[None], axis=2)
    fake_radius = np.sort(distance(fakes, fakes), 1)[:, k]
    real_radius = np.sort(distance(reals, reals), 1)[:, k]
    between = distance(reals, fakes)
    inside = between <= real_radius[:, None]
    precision, recall = inside.any(0).mean(), (between <= fake_radius[None]).any(1).mean()
    return precision, recall, inside.sum() / (k * len(fakes)), inside.any(1).mean()


def small(set):
    n, side = set.shape[:2]
    box = side // 16
    return set.reshape(n, 16, box, 16, box, 3).mean((2, 4)) / 127.5 - 1


def spread(set):
    flat = small(set).reshape(len(set), -1)
    pairs = np.triu_indices(len(flat), 1)
    return np.median(np.linalg.norm(flat[pairs[0]] - flat[pairs[1]], axis=1))


def memorisation(fakes, held, training):
    """Distance to the nearest training picture or its mirror image: of generated ones, as a share of that of others.

    Others are the held-out ones, or each training picture to the rest of them. Shots of one scene do not count."""
    flat = lambda s: small(s).reshape(len(s), -1)
    distances = lambda a, b: np.linalg.norm(flat(a)[:, None] - flat(b)[None], axis=2)
    mirrored = lambda a, b: np.minimum(distances(a, b), distances(a[:, :, ::-1], b))
    middle = lambda values: np.sort(values)[len(values) // 2]
    scene = 0.35 * spread(training)
    near = mirrored(held, training).min(1)
    own = mirrored(training, training)
    np.fill_diagonal(own, np.inf)
    own = np.where(own >= scene, own, np.inf).min(1)
    found = middle(mirrored(fakes, training).min(1))
    return found / middle(near[near > scene]), found / middle(own[own < np.inf]), (near > scene).sum()


# Of each block the stride of its depthwise convolution.
STRIDES = [1, 2, 1, 2, 1, 2, 1, 1]


def features(path, set):
    import torch
    import torch.nn.functional as F

    tensors = {name: torch.from_numpy(array).double() for name, array in safetensors_file.read(path)[0].items()}

    def conv(x, name, stride=1):
        """Padded as TensorFlow does it: where the zeros are odd, more of them at the right and below."""
        weight = tensors[f"{name}.weight"]
        zeros = weight.shape[-1] - stride
        x = F.pad(x, (zeros // 2, zeros - zeros // 2) * 2)
        groups = x.shape[1] // weight.shape[1]
        return F.conv2d(x, weight, tensors[f"{name}.bias"], stride, groups=groups)

    x = F.relu6(conv((torch.from_numpy(set.transpose(0, 3, 1, 2)).double() - 127) / 128, "stem", 2))
    for i, stride in enumerate(STRIDES):
        y = F.relu6(conv(x, f"block.{i}.expand")) if i > 0 else x
        y = F.relu6(conv(y, f"block.{i}.depthwise", stride))
        if i < len(STRIDES) - 1:
            y = conv(y, f"block.{i}.project")
            y = x + y if x.shape == y.shape else y
        x = y
    y = x.mean((2, 3))
    return (y * y.shape[1] ** 0.5 / y.norm(dim=1, keepdim=True)).numpy()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("network", type=Path, nargs="?", help="the feature network, a .safetensors file")
    network = parser.parse_args().network
    a, b = pictures(60, 64, 0), pictures(60, 64, 1)
    print("sum of pictures", a.astype(int).sum(), b.astype(int).sum())
    print("swd of each level", [round(v, 2) for v in swd(a, b)])
    for level in probes(b, 17):
        print("pyramid probes", [round(float(v), 4) for v in level])
    by_held, by_itself, held = memorisation(b, a, pictures(80, 64, 2))
    print("memorisation by", held, "held-out pictures", round(float(by_held), 6), "by the training", round(float(by_itself), 6))
    x, y = formula_vectors(60, 8, 0), formula_vectors(50, 8, 1)
    print("kid of formula vectors and its error", round(kid(x, y), 6), round(float(jackknife(x, y)), 6))
    print("colour", round(colour(a, b), 6))
    if network is None:
        return
    x, y = features(network, a), features(network, b)
    print("first features", np.round(x[0, :6], 5).tolist(), np.round(y[59, -6:], 5).tolist())
    print("kid", round(kid(x, y) * 1e3, 4))
    print("precision, recall, density, coverage", [round(float(v), 6) for v in neighbourhoods(x, y, 5)])
    print("diversity", round(spread(a) / spread(b), 6))


if __name__ == "__main__":
    main()
