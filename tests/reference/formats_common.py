"""What the checks of the model files share: generators described a second time, in PyTorch and in words of their own,
with random numbers everywhere; the program's own pictures; the comparison."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy
import torch
from PIL import Image
from torch import nn

COUNT = 64
# Name: family, side, width, latent size, kernel, batch normalisation. The presets first (article-128 narrower than it
# is, for the time it takes), then the corners of what the settings allow.
ARCHITECTURES = {
    "quick-32": ("dcgan", 32, 32, 64, 4, True),
    "classic-64": ("dcgan", 64, 64, 100, 4, True),
    "article-128": ("article", 128, 8, 100, 5, True),
    "dcgan-64-k3-none": ("dcgan", 64, 8, 20, 3, False),
    "dcgan-128-k5": ("dcgan", 128, 4, 16, 5, True),
    "dcgan-256-k4-none": ("dcgan", 256, 4, 12, 4, False),
    "article-32-k3-none": ("article", 32, 8, 10, 3, False),
    "article-64-k5-none": ("article", 64, 6, 33, 5, False),
    "article-256-k3": ("article", 256, 4, 16, 3, True),
    # With a stage at full size, a 3x3 convolution behind it, and early maps that gate late ones.
    "modern-64": ("modern", 64, 16, 128, 4, True),
    "modern-128": ("modern", 128, 4, 24, 4, True),
}


class Gate(nn.Sequential):
    """A number between 0 and 1 for each channel, from an early map of 4 x 4 or 8 x 8."""

    def __init__(self, inputs, channels):
        super().__init__(
            nn.Conv2d(inputs, channels, 4, bias=False),
            nn.LeakyReLU(0.2),
            nn.Conv2d(channels, channels, 1, bias=False),
            nn.Sigmoid(),
        )

    def forward(self, x):
        return super().forward(nn.functional.adaptive_avg_pool2d(x, 4))


class Generator(nn.Module):
    """A generator of one of the three families; modules are numbered as in the usual `nn.Sequential`."""

    def __init__(self, family, side, width, latent, kernel, norm):
        super().__init__()
        self.flat = family == "article"
        first = 8 if self.flat else 4
        widths = []
        modern = family == "modern"
        while first < (side if self.flat or modern else side // 2):
            widths.insert(0, width * 2 ** len(widths))
            first *= 2
        same, double = dict(padding=(kernel - 1) // 2), dict(stride=2, padding=(kernel - 1) // 2)
        double["output_padding"] = kernel % 2
        act = (lambda: nn.LeakyReLU(0.2)) if self.flat else nn.ReLU
        top = widths[0] * 2
        if self.flat:
            layers = [nn.Linear(latent, top * 64), nn.Unflatten(1, (top, 8, 8)), act()]
        else:
            layers = [nn.ConvTranspose2d(latent, top, 4, bias=not norm), *self.norm(norm, top), act()]
        bias = self.flat or not norm
        for c_in, c_out in zip([top] + widths, widths):
            layers += [nn.ConvTranspose2d(c_in, c_out, kernel, bias=bias, **double), *self.norm(norm, c_out), act()]
        last = same if self.flat else double
        if modern:
            layers += [nn.ConvTranspose2d(widths[-1], 3, 3, bias=bias, padding=1), nn.Tanh()]
        else:
            layers += [nn.ConvTranspose2d(widths[-1], 3, kernel, bias=bias, **last), nn.Tanh()]
        self.main = nn.Sequential(*layers)
        if modern:
            # A map gates the one of 16 times its side.
            stages = [top] + widths
            self.gate = nn.ModuleList(Gate(a, b) for a, b in zip(stages, stages[4:]))

    @staticmethod
    def norm(on, channels):
        return [nn.BatchNorm2d(channels)] if on else []

    def forward(self, z):
        if not hasattr(self, "gate"):
            return self.main(z if self.flat else z[:, :, None, None])
        x, stages = z[:, :, None, None], []
        for layer in self.main:
            x = layer(x)
            if isinstance(layer, nn.ReLU):
                if len(stages) >= 4:
                    x = x * self.gate[len(stages) - 4](stages[len(stages) - 4])
                stages.append(x)
        return x


def generator(name, seed=11):
    """Random numbers for every tensor, scaled so that pictures use the whole range; statistics from some batches."""
    family, side, width, latent, kernel, norm = ARCHITECTURES[name]
    torch.manual_seed(seed)
    net = Generator(family, side, width, latent, kernel, norm)
    for layer in net.main:
        if isinstance(layer, (nn.Linear, nn.ConvTranspose2d)):
            taps = layer.kernel_size[0] ** 2 / layer.stride[0] ** 2 if isinstance(layer, nn.ConvTranspose2d) else 1
            inputs = layer.weight.shape[0] if isinstance(layer, nn.ConvTranspose2d) else layer.weight.shape[1]
            # A 1x1 map gives each output one tap only.
            taps = 1 if inputs == latent else taps
            nn.init.normal_(layer.weight, std=(2 / (inputs * taps)) ** 0.5)
            if layer.bias is not None:
                nn.init.normal_(layer.bias, std=0.2)
        elif isinstance(layer, nn.BatchNorm2d):
            nn.init.normal_(layer.weight, 1.0, 0.3)
            nn.init.normal_(layer.bias, 0.0, 0.3)
    net.train()
    with torch.no_grad():
        for i in range(4):
            net(torch.from_numpy(latents(name, 8, seed=100 + i)))
    return net.eval()


def latents(name, count=COUNT, seed=5):
    family, latent = ARCHITECTURES[name][0], ARCHITECTURES[name][3]
    rng = numpy.random.default_rng(seed)
    z = rng.uniform(-1, 1, (count, latent)) if family == "article" else rng.standard_normal((count, latent))
    return z.astype(numpy.float32)


def program():
    """The binary: $PURRTRAIT, or the release build."""
    root = Path(__file__).resolve().parents[2]
    target = Path(os.environ.get("CARGO_TARGET_DIR", root / "target"))
    return os.environ.get("PURRTRAIT", str(target / "release" / "purrtrait"))


def purrtrait(*arguments):
    """Runs the program with --json; gives what it said."""
    done = subprocess.run([program(), *map(str, arguments), "--json"], capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"purrtrait {' '.join(map(str, arguments))}: exit code {done.returncode}\n{done.stderr}")
    return json.loads(done.stdout)


def own_pictures(model, z, folder):
    """The program's own pictures for these latents: N x side x side x 3 bytes."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "latents.json").write_text(json.dumps([[float(v) for v in row] for row in z]))
    shutil.rmtree(folder / "pictures", ignore_errors=True)
    report = purrtrait(
        "generate", model, "--latents", folder / "latents.json", "--out", folder / "pictures", "--device", "cpu"
    )
    return numpy.stack([numpy.asarray(Image.open(file)) for file in report["files"]])


def make_model(name, folder):
    """A foreign .safetensors file made by PyTorch, imported by the program: the program's file."""
    from safetensors.torch import save_file

    folder.mkdir(parents=True, exist_ok=True)
    foreign, ours = folder / "foreign.safetensors", folder / "ours.safetensors"
    net = generator(name)
    save_file({key: value.contiguous() for key, value in net.state_dict().items()}, foreign)
    ours.unlink(missing_ok=True)
    purrtrait("import", foreign, "--out", ours)
    return net, ours


def compare(name, own, values):
    """`values`: N x 3 x side x side from -1 to 1. Ends the check where a channel differs by more than 1/255."""
    values = numpy.asarray(values, dtype=numpy.float64)
    theirs = numpy.rint((values + 1) * 127.5).clip(0, 255).transpose(0, 2, 3, 1)
    assert own.shape == theirs.shape, (own.shape, theirs.shape)
    # Pictures of one colour would agree whatever the file held.
    assert own.std() > 25, f"{name}: the pictures are nearly flat ({own.std():.1f})"
    difference = numpy.abs(own.astype(numpy.float64) - theirs)
    print(
        f"{name:20} {len(own)} pictures, largest difference {difference.max():.0f}/255, "
        f"{100 * (difference > 0).mean():.4f} % of the values differ",
        flush=True,
    )
    if difference.max() > 1:
        sys.exit(f"{name}: differs by {difference.max():.0f}/255")
