"""The training step that `purrtrait bench` measures, in PyTorch on the CPU: one update of the discriminator and one of
the generator from the same generated batch, BCE on logits with one-sided smoothing, Adam, batch normalisation, an
average of the generator; 32-bit floats.

    python3 -m venv venv && venv/bin/pip install torch numpy
    venv/bin/python tests/reference/torch_step.py --preset classic-64 --steps 10
    target/release/purrtrait bench --preset classic-64 --device cpu --steps 10 --json

Prints one JSON object; `images_per_second` is the number to compare. No gradients are computed for the discriminator's
weights during the generator's update, as in Purrtrait.
"""

import argparse
import copy
import json
import statistics
import time

import torch
from torch import nn
from torch.nn import functional as F

PRESETS = {
    "quick-32": dict(family="dcgan", size=32, width=32, latent=64, kernel=4, batch=32, lr_d=2e-4, lr_g=2e-4),
    "classic-64": dict(family="dcgan", size=64, width=64, latent=100, kernel=4, batch=64, lr_d=2e-4, lr_g=2e-4),
    "article-128": dict(family="article", size=128, width=64, latent=100, kernel=5, batch=64, lr_d=5e-5, lr_g=2e-4),
}
SMOOTHING, EMA_IMAGES = 0.1, 10_000


def dcgan(size, width, latent, kernel):
    stages = (size // 4).bit_length() - 1
    top = width << (stages - 1)
    g = [nn.ConvTranspose2d(latent, top, 4, 1, 0, bias=False), nn.BatchNorm2d(top), nn.ReLU()]
    for stage in reversed(range(stages - 1)):
        c = width << stage
        g += [nn.ConvTranspose2d(2 * c, c, kernel, 2, 1, bias=False), nn.BatchNorm2d(c), nn.ReLU()]
    g += [nn.ConvTranspose2d(width, 3, kernel, 2, 1, bias=False), nn.Tanh()]
    d, channels = [], 3
    for stage in range(stages):
        c = width << stage
        d += [nn.Conv2d(channels, c, kernel, 2, 1, bias=False)]
        d += [nn.BatchNorm2d(c)] if stage else []
        d += [nn.LeakyReLU(0.2)]
        channels = c
    d += [nn.Conv2d(channels, 1, 4, 1, 0, bias=False), nn.Flatten(0)]
    return nn.Sequential(nn.Unflatten(1, (latent, 1, 1)), *g), nn.Sequential(*d)


def article(size, width, latent, kernel):
    base = 8
    stages = (size // base).bit_length() - 1
    top, pad = width << stages, kernel // 2
    g = [nn.Linear(latent, top * base * base), nn.Unflatten(1, (top, base, base)), nn.LeakyReLU(0.2)]
    for stage in reversed(range(stages)):
        c = width << stage
        g += [nn.ConvTranspose2d(2 * c, c, kernel, 2, pad, 1), nn.BatchNorm2d(c), nn.LeakyReLU(0.2)]
    g += [nn.ConvTranspose2d(width, 3, kernel, 1, pad), nn.Tanh()]
    d, channels = [], 3
    for stage in range(stages + 1):
        c = width << stage
        d += [nn.Conv2d(channels, c, kernel, 1 if stage + 1 == stages else 2, pad)]
        d += [nn.BatchNorm2d(c)] if stage else []
        d += [nn.LeakyReLU(0.2)]
        channels = c
    d += [nn.Flatten(), nn.Linear(channels * base * base, 1), nn.Flatten(0)]
    return nn.Sequential(*g), nn.Sequential(*d)


def parameters(module):
    return sum(p.numel() for p in module.parameters())


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--preset", choices=PRESETS, default="classic-64")
    parser.add_argument("--width", type=int, help="width of both networks instead of the preset's")
    parser.add_argument("--batch", type=int, help="pictures per step instead of the preset's")
    parser.add_argument("--steps", type=int, default=10, help="measured steps, after three others")
    parser.add_argument("--threads", type=int, help="instead of PyTorch's choice")
    args = parser.parse_args()
    if args.threads:
        torch.set_num_threads(args.threads)
    preset = PRESETS[args.preset]
    batch, width = args.batch or preset["batch"], args.width or preset["width"]

    torch.manual_seed(1)
    build = dcgan if preset["family"] == "dcgan" else article
    g, d = build(preset["size"], width, preset["latent"], preset["kernel"])
    average = copy.deepcopy(g).requires_grad_(False)
    adam_d = torch.optim.Adam(d.parameters(), lr=preset["lr_d"], betas=(0.5, 0.999))
    adam_g = torch.optim.Adam(g.parameters(), lr=preset["lr_g"], betas=(0.5, 0.999))
    beta = 0.5 ** (batch / EMA_IMAGES)

    real = torch.rand(batch, 3, preset["size"], preset["size"]) * 2 - 1
    ones, zeros = torch.ones(batch), torch.zeros(batch)

    def step():
        fake = g(torch.randn(batch, preset["latent"]))
        loss_d = F.binary_cross_entropy_with_logits(d(real), ones * (1 - SMOOTHING))
        loss_d = loss_d + F.binary_cross_entropy_with_logits(d(fake.detach()), zeros)
        adam_d.zero_grad()
        loss_d.backward()
        adam_d.step()

        d.requires_grad_(False)
        loss_g = F.binary_cross_entropy_with_logits(d(fake), ones)
        adam_g.zero_grad()
        loss_g.backward()
        adam_g.step()
        d.requires_grad_(True)
        with torch.no_grad():
            torch._foreach_lerp_(list(average.parameters()), list(g.parameters()), 1 - beta)
        return loss_d.item(), loss_g.item()

    for _ in range(3):
        step()
    seconds = []
    for _ in range(max(args.steps, 1)):
        started = time.perf_counter()
        losses = step()
        seconds.append(time.perf_counter() - started)
    median = statistics.median(seconds)
    print(json.dumps({
        "torch": torch.__version__,
        "threads": torch.get_num_threads(),
        "preset": args.preset,
        "width": width,
        "batch": batch,
        "generator_parameters": parameters(g),
        "discriminator_parameters": parameters(d),
        "steps": len(seconds),
        "step_seconds": median,
        "images_per_second": batch / median,
        "losses": losses,
    }))


if __name__ == "__main__":
    main()
