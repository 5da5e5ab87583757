"""Expected values for the parts of the modern recipe, computed by PyTorch with its own means.

    python3 -m venv venv && venv/bin/pip install torch numpy
    venv/bin/python tests/reference/recipe.py

prints what `src/train/penalty.rs`, `src/train/augment.rs`, `src/model/spectral.rs` and `src/model/ema.rs` compare with:
- the gradient of the R1 penalty by differentiating twice, where ours differentiates once,
- DiffAugment's changes with plain indexing and their gradient by autograd,
- spectral normalisation by a singular value decomposition,
- the average of the generator's weights by its formula in double precision.

Numbers come from formulas, so that both sides start from the same ones without a file.
"""

import math

import torch
import torch.nn.functional as F

torch.set_default_dtype(torch.float64)


def wave(count, phase, amplitude):
    i = torch.arange(count, dtype=torch.float64)
    return amplitude * torch.sin(0.7 * i + phase)


def probe(count):
    """A direction to project gradients on, so that one number stands for a whole tensor."""
    return torch.cos(torch.arange(count, dtype=torch.float64) * 0.37)


# ---- R1: a residual discriminator of 32 px, width 4, without normalisation


def discriminator_params():
    shapes, channels = [], 3
    for stage in range(3):
        following = 4 << stage
        shapes += [(following, channels, 4, 4), (following,), (following, channels, 1, 1), (following,)]
        channels = following
    shapes += [(1, channels, 4, 4), (1,)]
    params = []
    for k, shape in enumerate(shapes):
        fan_in = math.prod(shape[1:]) if len(shape) > 1 else 4
        params.append(wave(math.prod(shape), 1.3 * k, 1.5 / math.sqrt(fan_in)).reshape(shape).requires_grad_())
    return params


def discriminator(x, params):
    for stage in range(3):
        weight, bias, short, short_bias = params[4 * stage : 4 * stage + 4]
        main = F.leaky_relu(F.conv2d(x, weight, bias, stride=2, padding=1), 0.2)
        x = (main + F.conv2d(F.avg_pool2d(x, 2), short, short_bias)) / math.sqrt(2)
    weight, bias = params[12:]
    return F.conv2d(x, weight, bias).reshape(-1)


def r1():
    x = wave(2 * 3 * 32 * 32, 0.3, 1.0).reshape(2, 3, 32, 32).requires_grad_()
    params = discriminator_params()
    (slope,) = torch.autograd.grad(discriminator(x, params).sum(), x, create_graph=True)
    penalty = 0.7 / 2 * slope.square().sum() / 2
    gradients = torch.autograd.grad(penalty, params, allow_unused=True)
    print("r1: 2 penalty =", float(2 * penalty.detach()))
    for k, gradient in enumerate(gradients):
        if gradient is None:
            print(f"  {k}: none")
        else:
            flat = gradient.detach().reshape(-1)
            print(f"  {k}: norm {float(flat.norm()):.6f} along the probe {float(flat @ probe(flat.numel())):.6f}")


# ---- DiffAugment: brightness 0.3, saturation 1.5, contrast 0.6, one row down and two columns left, a cut-out square


def augment():
    side = 8
    x = wave(3 * side * side, 0.2, 0.8).reshape(1, 3, side, side).requires_grad_()
    y = x + 0.3
    grey = y.mean(1, keepdim=True)
    y = (y - grey) * 1.5 + grey
    mean = y.mean((1, 2, 3), keepdim=True)
    y = (y - mean) * 0.6 + mean
    moved = torch.zeros_like(y)
    moved[:, :, 1:, : side - 2] = y[:, :, : side - 1, 2:]
    mask = torch.ones(side, side)
    mask[2:6, 0:3] = 0  # a square of 4 whose first column is -1
    y = moved * mask
    (gradient,) = torch.autograd.grad((y.reshape(-1) * probe(y.numel())).sum(), x)
    print("augment: along the probe", float((y.detach().reshape(-1) * probe(y.numel())).sum()))
    flat = gradient.reshape(-1)
    print(f"  gradient: norm {float(flat.norm()):.6f} along a wave {float(flat @ wave(flat.numel(), 0.9, 1.0)):.6f}")


def spectral():
    i = torch.arange(120, dtype=torch.float64)
    weight = torch.sin(0.13 * i * i + 0.4).reshape(6, 20).requires_grad_()
    u, s, v = torch.linalg.svd(weight.detach())
    sigma = u[:, 0] @ weight @ v[0]
    (gradient,) = torch.autograd.grad(((weight / sigma).reshape(-1) * probe(120)).sum(), weight)
    flat = gradient.reshape(-1)
    print(f"spectral: sigma {float(s[0]):.6f}, gradient norm {float(flat.norm()):.6f}", end=" ")
    print(f"along a wave {float(flat @ wave(120, 0.9, 1.0)):.6f}")


def average():
    # Batch 32, half-life 1,000 pictures after the ramp, which lets it be at most 10 % of the pictures seen.
    value, seen = 0.0, 0
    for step in range(1, 501):
        seen += 32
        half_life = min(1000.0, 0.1 * seen)
        beta = 0.5 ** (32 / half_life)
        newest = math.sin(0.05 * step) + 0.002 * step
        value = beta * value + (1 - beta) * newest
    print(f"average: after 500 steps {value:.7f}")


r1()
augment()
spectral()
average()
