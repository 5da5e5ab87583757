"""Generators as courses, templates and libraries build and save them: nested blocks, biases everywhere, one channel,
DataParallel, whole models, TorchScript, values of other types beside the weights. Each is imported and gives PyTorch's
own pictures within 1/255; so do the program's exports of it, where onnxruntime is installed.

    python tests/reference/pth_shapes.py WORK_FOLDER
"""

import argparse
import datetime
import enum
import functools
import pathlib
from collections import OrderedDict, defaultdict, namedtuple

import numpy
import torch
from formats_common import COUNT, compare, own_pictures, purrtrait
from torch import nn

LATENT, WIDTH = 24, 8


class Blocks(nn.Module):
    """The course's: a block of its own for each stage, the last layer bare or in a block too."""

    def __init__(self, side=64, bias=True, last_bare=True, channels=3, norm_first=True, norm=True):
        super().__init__()
        stages = {32: 3, 64: 4, 128: 5}[side]
        widths = [WIDTH * 2**i for i in reversed(range(stages))]
        blocks = [self.block(LATENT, widths[0], 1, 0, bias, norm and norm_first)]
        blocks += [self.block(a, b, 2, 1, bias, norm) for a, b in zip(widths, widths[1:])]
        last = nn.ConvTranspose2d(WIDTH, channels, 4, 2, 1, bias=bias)
        blocks += [last, nn.Tanh()] if last_bare else [nn.Sequential(last, nn.Tanh())]
        self.gen = nn.Sequential(*blocks)

    def block(self, a, b, stride, padding, bias, norm):
        normalised = [nn.BatchNorm2d(b)] if norm else []
        return nn.Sequential(nn.ConvTranspose2d(a, b, 4, stride, padding, bias=bias), *normalised, nn.ReLU())

    def forward(self, z):
        return self.gen(z[:, :, None, None])


class Named(nn.Module):
    """Layers as attributes, whose names stand in another order than they are computed in."""

    def __init__(self):
        super().__init__()
        widths = [LATENT, WIDTH * 4, WIDTH * 2, WIDTH]
        for i, (a, b) in enumerate(zip(widths, widths[1:]), 1):
            setattr(self, f"deconv{i}", nn.ConvTranspose2d(a, b, 4, 1 if i == 1 else 2, 0 if i == 1 else 1))
            setattr(self, f"bn{i}", nn.BatchNorm2d(b))
        self.colours = nn.ConvTranspose2d(WIDTH, 3, 4, 2, 1, bias=False)

    def forward(self, z):
        x = z[:, :, None, None]
        for i in (1, 2, 3):
            x = torch.relu(getattr(self, f"bn{i}")(getattr(self, f"deconv{i}")(x)))
        return torch.tanh(self.colours(x))


def trained(net, seed=3):
    """Random numbers everywhere, at a size that uses the whole range of the pictures; statistics from some batches."""
    torch.manual_seed(seed)
    for layer in net.modules():
        if isinstance(layer, nn.ConvTranspose2d):
            inputs, taps = layer.weight.shape[0], layer.kernel_size[0] ** 2 / layer.stride[0] ** 2
            nn.init.normal_(layer.weight, std=(2 / (inputs * (1 if inputs == LATENT else taps))) ** 0.5)
            if layer.bias is not None:
                nn.init.normal_(layer.bias, std=0.3)
        elif isinstance(layer, nn.BatchNorm2d):
            nn.init.normal_(layer.weight, 1.0, 0.3)
            nn.init.normal_(layer.bias, 0.0, 0.3)
    net.train()
    with torch.no_grad():
        for _ in range(4):
            net(torch.randn(8, LATENT))
    return net.eval()


class Mood(enum.Enum):
    CALM = 1


class Average:
    """An average of weights as many write it: an object with a dictionary."""

    def __init__(self, net):
        self.decay = 0.999
        self.shadow = dict(net.state_dict())


Losses = namedtuple("Losses", "g d")
plain, bare, bias = trained(Blocks(bias=False)), trained(Blocks(bias=True)), trained(Blocks(last_bare=False))
grey, named, no_norm = trained(Blocks(32, channels=1)), trained(Named()), trained(Blocks(32, norm=False))
half_norm = trained(Blocks(32, norm_first=False, bias=False))
discriminator = nn.Sequential(nn.Conv2d(3, 8, 4, 2, 1), nn.LeakyReLU(0.2), nn.Conv2d(8, 1, 4))
optimizer = torch.optim.Adam(bare.parameters())
optimizer.zero_grad()
bare(torch.randn(4, LATENT)).mean().backward()
for parameter in bare.parameters():
    parameter.grad.zero_()
optimizer.step()
state, parallel = bare.state_dict(), nn.DataParallel(bare)
beside = {
    "epoch": 3,
    "size": torch.Size([64, 64]),
    "device": torch.device("cpu"),
    "dtype": torch.float16,
    "options": argparse.Namespace(ngf=64, lr=2e-4),
    "fid": numpy.float64(12.5),
    "losses": [Losses(0.1, numpy.float32(0.2)), Losses(1.0, 2.0)],
    "array": numpy.arange(5),
    "when": datetime.datetime(2020, 1, 2),
    "folder": pathlib.PurePosixPath("/data/cats"),
    "mood": Mood.CALM,
    "call": functools.partial(print, "x"),
    "count": defaultdict(int, a=1),
    "set": {1, 2},
    "large": 1 << 90,
    "bytes": b"abc",
    "complex": torch.zeros(2, dtype=torch.complex64),
    "sparse": torch.eye(3).to_sparse(),
    "quantised": torch.quantize_per_tensor(torch.zeros(3), 0.1, 0, torch.qint8),
    "expanded": torch.zeros(1).expand(5),
    (1, "tuple"): None,
}
swa = torch.optim.swa_utils.AveragedModel(bare)
# The numbers of another layout, of one large storage, and a part of it.
turned = {key: value.transpose(2, 3).contiguous().transpose(2, 3) for key, value in state.items() if value.dim() == 4}
spread = OrderedDict({**state, **turned})
flat = torch.cat([v.flatten().float() for v in state.values()])
shared, start = OrderedDict(), 0
for key, value in state.items():
    shared[key] = flat[start : start + value.numel()].view(value.shape)
    start += value.numel()
cases = {
    # Name: network, what is saved, and options of torch.save.
    "blocks_bare.pth": (bare, state, {}),
    "blocks_bias.pth": (bias, bias.state_dict(), {}),
    "blocks_plain.pth": (plain, plain.state_dict(), {}),
    "named.pth": (named, named.state_dict(), {}),
    "grey.pth": (grey, grey.state_dict(), {}),
    "no_norm.pth": (no_norm, no_norm.state_dict(), {}),
    "half_norm.pth": (half_norm, half_norm.state_dict(), {}),
    "parallel.pth": (bare, parallel.state_dict(), {}),
    "swa.pth": (bare, swa.state_dict(), {}),
    "deep.pth": (bare, {"state": {"model": {"netG": state, "netD": discriminator.state_dict()}}}, {}),
    "tuple.pth": (bare, (discriminator.state_dict(), state), {}),
    "beside.pth": (bare, {**beside, "G": state, "optimizer": optimizer.state_dict()}, {}),
    "beside4.pth": (bare, {**beside, "G": state}, {"pickle_protocol": 4}),
    "beside5.pth": (bare, {**beside, "G": state}, {"pickle_protocol": 5}),
    "average.pth": (bare, {"average": Average(bare), "D": discriminator.state_dict()}, {}),
    "whole.pth": (bare, bare, {}),
    "whole_parallel.pth": (bare, {"G": parallel, "D": discriminator}, {}),
    "whole_legacy.pth": (bare, bare, {"_use_new_zipfile_serialization": False}),
    "beside_legacy.pth": (bare, {**beside, "G": state}, {"_use_new_zipfile_serialization": False}),
    "lightning.ckpt": (
        bare,
        {
            "epoch": 1,
            "pytorch-lightning_version": "2.0",
            "state_dict": OrderedDict(
                [(f"generator.{k}", v) for k, v in state.items()]
                + [(f"discriminator.{k}", v) for k, v in discriminator.state_dict().items()]
            ),
            "optimizer_states": [optimizer.state_dict()],
            "hyper_parameters": argparse.Namespace(lr=1e-4),
        },
        {},
    ),
    "spread.pth": (bare, spread, {}),
    "shared.pth": (bare, shared, {}),
    "double.pth": (bare, OrderedDict((k, v.double() if v.is_floating_point() else v) for k, v in state.items()), {}),
}

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("work", type=pathlib.Path)
work = parser.parse_args().work / "pth_shapes"
work.mkdir(parents=True, exist_ok=True)
z = numpy.random.default_rng(8).standard_normal((COUNT, LATENT)).astype(numpy.float32)


def check(path, net):
    with torch.no_grad():
        expected = net(torch.from_numpy(z))
    if expected.shape[1] == 1:
        expected = expected.expand(-1, 3, -1, -1)
    compare(path.name, own_pictures(path, z, work / path.stem), expected)
    return expected


for name, (net, content, options) in cases.items():
    torch.save(content, work / name, **options)
    check(work / name, net)
# Half the precision: the network is the rounded one.
rounded = trained(Blocks())
for name, kind in [("half.pth", torch.float16), ("bfloat16.pth", torch.bfloat16)]:
    low = OrderedDict((k, v.to(kind) if v.dim() == 4 else v) for k, v in state.items())
    torch.save(low, work / name)
    rounded.load_state_dict(low)
    check(work / name, rounded)
torch.jit.script(bare).save(str(work / "script.pt"))
check(work / "script.pt", bare)

try:
    import onnxruntime
except ImportError:
    print("SKIPPED the exports: onnxruntime is not installed")
    onnxruntime = None
for name, net in [("blocks_bare.pth", bare), ("grey.pth", grey), ("half_norm.pth", half_norm)]:
    model = work / f"ours_{name}.safetensors"
    model.unlink(missing_ok=True)
    purrtrait("import", work / name, "--out", model)
    expected = check(model, net)
    if onnxruntime:
        graph = work / f"ours_{name}.onnx"
        graph.unlink(missing_ok=True)
        purrtrait("export", model, "--format", "onnx", "--out", graph)
        found = onnxruntime.InferenceSession(str(graph)).run(None, {"z": z})[0]
        difference = numpy.abs(found - expected.numpy()).max()
        print(f"{graph.name:20} largest difference {difference:.1e}")
        assert difference < 1 / 127.5, difference
print(f"pth_shapes: {len(cases) + 3} files agree")
