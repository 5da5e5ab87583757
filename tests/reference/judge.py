"""Generated pictures against real ones in the features of any network, which is not part of this project: the numbers that
the program's own are checked against.

    python tests/reference/judge.py JUDGE.onnx GENERATED REFERENCE [--size 64] [--count 400]

Both are folders of pictures; JUDGE has the input `input` (N x 3 x 299 x 299, 0 to 1) and one output of N x features. Prints
KID x 1,000 (unbiased, cubic kernel: Binkowski et al. 2018), density and coverage (k = 5: Naeem et al. 2020) as JSON. Pictures
are made as large as `--size` first, so that real ones have no more detail than generated ones. Needs: pip install onnxruntime
numpy pillow
"""

import argparse
import json
import random
from pathlib import Path

import numpy as np
from PIL import Image


def pictures(folder, count, size):
    """Up to `count` of a folder's pictures, drawn with a fixed seed."""
    paths = sorted(path for path in Path(folder).rglob("*") if path.suffix.lower() in (".png", ".jpg", ".jpeg"))
    random.Random(0).shuffle(paths)
    return [Image.open(path).convert("RGB").resize((size, size), Image.LANCZOS) for path in paths[:count]]


class Judge:
    def __init__(self, network):
        import onnxruntime

        settings = onnxruntime.SessionOptions()
        settings.intra_op_num_threads = 1
        self.session = onnxruntime.InferenceSession(str(network), settings)

    def features(self, images):
        rows = []
        for start in range(0, len(images), 8):
            batch = [np.asarray(image.resize((299, 299), Image.BICUBIC), np.float32) for image in images[start : start + 8]]
            batch = np.stack(batch).transpose(0, 3, 1, 2) / 255
            rows.append(self.session.run(None, {"input": np.ascontiguousarray(batch)})[0])
        return np.concatenate(rows).astype(np.float64)

    def compare(self, generated, reference, size=64, count=400):
        fake, real = (self.features(pictures(folder, count, size)) for folder in (generated, reference))
        density, coverage = density_coverage(real, fake)
        return {
            "generated": len(fake),
            "reference": len(real),
            "kid_x1000": round(1000 * kid(fake, real), 2),
            "density": round(density, 3),
            "coverage": round(coverage, 3),
        }


def kid(fake, real):
    """The unbiased squared maximum mean discrepancy with the kernel (x.y / features + 1)^3."""

    def mean(a, b):
        kernel = (a @ b.T / a.shape[1] + 1) ** 3
        return kernel.mean() if a is not b else (kernel.sum() - np.trace(kernel)) / (len(a) * (len(a) - 1))

    return mean(fake, fake) + mean(real, real) - 2 * mean(fake, real)


def density_coverage(real, fake, k=5):
    def squared(a, b):
        return (a**2).sum(1)[:, None] + (b**2).sum(1)[None] - 2 * a @ b.T

    # The nearest is the picture itself.
    radii = np.sort(squared(real, real), axis=1)[:, k]
    between = squared(real, fake)
    density = float((between < radii[:, None]).sum(0).mean() / k)
    return density, float((between.min(1) < radii).mean())


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("judge", type=Path)
    parser.add_argument("generated", type=Path)
    parser.add_argument("reference", type=Path)
    parser.add_argument("--size", type=int, default=64)
    parser.add_argument("--count", type=int, default=400)
    options = parser.parse_args()
    print(json.dumps(Judge(options.judge).compare(options.generated, options.reference, options.size, options.count)))


if __name__ == "__main__":
    main()
