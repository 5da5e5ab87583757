"""Expected values of the loss tests in src/train/loss.rs, from the formulas alone, in double precision.

    python3 tests/reference/losses.py
"""
from math import exp, log1p

REAL, FAKE, SMOOTH = [0.5, -1.0, 2.0], [-0.25, 1.5, 0.75], 0.1


def mean(values):
    values = list(values)
    return sum(values) / len(values)


def softplus(x):
    return max(x, 0.0) + log1p(exp(-abs(x)))


def relu(x):
    return max(x, 0.0)


r, f = REAL, FAKE
a = [x - mean(f) for x in r]
b = [x - mean(r) for x in f]
losses = {
    "bce": (
        mean((1 - SMOOTH) * softplus(-x) + SMOOTH * softplus(x) for x in r) + mean(map(softplus, f)),
        mean(softplus(-x) for x in f),
    ),
    "lsgan": (
        0.5 * (mean((x - 1) ** 2 for x in r) + mean(x**2 for x in f)),
        0.5 * mean((x - 1) ** 2 for x in f),
    ),
    "hinge": (mean(relu(1 - x) for x in r) + mean(relu(1 + x) for x in f), -mean(f)),
    "ra-lsgan": (
        0.5 * (mean((x - 1) ** 2 for x in a) + mean((x + 1) ** 2 for x in b)),
        0.5 * (mean((x + 1) ** 2 for x in a) + mean((x - 1) ** 2 for x in b)),
    ),
    "ra-hinge": (
        0.5 * (mean(relu(1 - x) for x in a) + mean(relu(1 + x) for x in b)),
        0.5 * (mean(relu(1 + x) for x in a) + mean(relu(1 - x) for x in b)),
    ),
    "rpgan": (mean(softplus(y - x) for x, y in zip(r, f)), mean(softplus(x - y) for x, y in zip(r, f))),
}
for name, (d, g) in losses.items():
    print(f"{name:9} D {d:.7f}  G {g:.7f}")
