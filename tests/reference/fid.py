"""FID, KID and Inception features by `pytorch-fid` and SciPy, which know nothing of this program.

    python3 -m venv venv && venv/bin/pip install torch torchvision pytorch-fid scipy safetensors pillow

Constants for the tests of src/metrics/frechet.rs and src/metrics/inception:

    venv/bin/python tests/reference/fid.py constants

Random weights in the layout of the published file (which is not downloaded), in three file formats, and the whole way
from pictures to FID and KID compared with `pytorch-fid`:

    venv/bin/python tests/reference/fid.py check WORK_FOLDER [PURRTRAIT]
"""

import argparse
import json
import subprocess
from pathlib import Path
from unittest import mock

import numpy as np
import torch
import torch.nn.functional as F
from pytorch_fid import inception as theirs
from pytorch_fid.fid_score import calculate_frechet_distance


def moments(x):
    return x.mean(0), np.cov(x, rowvar=False)


def fid(a, b):
    return calculate_frechet_distance(*moments(a), *moments(b))


def fid_of_few(a, b):
    """The same in the space that the vectors span, where the covariances are small: SciPy's root of the product of two
    large matrices without full rank is inexact and takes minutes."""
    basis = np.linalg.qr(np.concatenate([a, b]).T)[0]
    (m1, c1), (m2, c2) = moments(a @ basis), moments(b @ basis)
    roots = np.sqrt(np.abs(np.linalg.eigvals(c1 @ c2)))
    return np.sum((m1 - m2) ** 2) + np.trace(c1) + np.trace(c2) - 2 * roots.sum()


def kid(a, b):
    """The unbiased estimate from all vectors."""
    kernel = lambda x, y: (x @ y.T / x.shape[1] + 1) ** 3
    within = lambda x: (kernel(x, x).sum() - np.trace(kernel(x, x))) / (len(x) * (len(x) - 1))
    return within(a) + within(b) - 2 * kernel(a, b).mean()


# --- constants


def numbers(shape, kind):
    """From -1 to 1, in steps of 0.02, with a shift of 0.1 for each kind."""
    i = np.arange(np.prod(shape), dtype=np.int64)
    values = (i * i * (3 + kind) + i * 7 + kind * 5) % 101 / 50 - 1 + kind * 0.1
    return values.astype(np.float32).reshape(shape)


def constants():
    for n, m, size in [(90, 70, 12), (20, 25, 30), (40, 25, 30)]:
        a, b = numbers((n, size), 0).astype(np.float64), numbers((m, size), 1).astype(np.float64)
        print(f"fid of {n}, {m}, {size}: {fid(a, b):.6f} (by eigenvalues {fid_of_few(a, b):.6f})")
    picture = (np.arange(5 * 5 * 3) * 37 % 256).astype(np.uint8).reshape(5, 5, 3)
    planes = torch.from_numpy(picture).permute(2, 0, 1)[None].float() / 255
    for side in (8, 3):
        out = 2 * F.interpolate(planes, size=(side, side), mode="bilinear", align_corners=False) - 1
        print(f"resized to {side}:", " ".join(f"{v:.6f}" for v in out.flatten().tolist()))

    # A block with each kind of step, on 2 pictures of 6 channels and 7 x 7 places.
    kind = iter(range(1, 100))

    def conv(x, c_out, height, width, stride=1, padding=(0, 0)):
        k = next(kind)
        weight = torch.from_numpy(numbers((c_out, x.shape[1], height, width), k))
        gamma, beta, mean = (torch.from_numpy(numbers((c_out,), k + j)) for j in (1, 2, 3))
        variance = torch.from_numpy(numbers((c_out,), k + 4)) ** 2 + 0.01
        out = F.conv2d(x, weight, stride=stride, padding=padding)
        return F.relu(F.batch_norm(out, mean, variance, gamma, beta, training=False, eps=1e-3))

    x = torch.from_numpy(numbers((2, 6, 7, 7), 0))
    first = conv(conv(x, 4, 1, 1), 5, 1, 7, padding=(0, 3))
    second = conv(F.avg_pool2d(x, 3, 1, 1, count_include_pad=False), 3, 7, 1, padding=(3, 0))
    third = F.max_pool2d(x, 3, 1, 1)
    third = torch.cat([conv(third, 2, 1, 3, padding=(0, 1)), conv(third, 2, 3, 1, padding=(1, 0))], 1)
    block = torch.cat([first, second, third], 1)
    after = torch.cat([conv(block, 4, 3, 3, stride=2), F.max_pool2d(block, 3, 2)], 1)
    print("block:", tuple(after.shape), " ".join(f"{v:.6f}" for v in after.mean((2, 3)).flatten().tolist()))


# --- the whole


def network():
    """Their network with random weights and statistics of batch normalisation that fit them."""
    torch.manual_seed(1)
    with mock.patch.object(theirs, "load_state_dict_from_url", lambda *a, **k: None):
        with mock.patch("torchvision.models.Inception3.load_state_dict", lambda *a: None):
            inception = theirs.fid_inception_v3()
    for module in inception.modules():
        if isinstance(module, torch.nn.Conv2d):
            torch.nn.init.kaiming_normal_(module.weight)
        if isinstance(module, torch.nn.BatchNorm2d):
            torch.nn.init.uniform_(module.weight, 0.5, 1.5)
            torch.nn.init.uniform_(module.bias, -0.5, 0.5)
            module.momentum = None
    inception.train()
    with torch.no_grad(), mock.patch.object(theirs, "fid_inception_v3", lambda: inception):
        whole = theirs.InceptionV3()
        whole.train()
        both = np.concatenate([pictures(12, 64, kind) for kind in (0, 1)])
        whole(torch.from_numpy(both).permute(0, 3, 1, 2).float() / 255)
    return inception, whole.eval()


def pictures(count, side, kind):
    """uint8, count x side x side x 3, as in src/metrics/tests.rs."""
    i = np.arange(count).reshape(-1, 1, 1, 1)
    y = np.arange(side).reshape(1, -1, 1, 1)
    x = np.arange(side).reshape(1, 1, -1, 1)
    c = np.arange(3).reshape(1, 1, 1, -1)
    wave = (x * (3 + i % 5 + kind) + y * (2 + i % 7) + i * 11 + c * 40 + kind * 9) % 160
    grain = (x * x + 3 * x * y + 5 * y * y + 7 * i + 13 * c) % (17 + 30 * kind)
    return (wave + grain + 5 * kind).astype(np.uint8)


def features(whole, set_of_pictures):
    found = []
    with torch.no_grad():
        for batch in np.array_split(set_of_pictures, max(1, len(set_of_pictures) // 10)):
            planes = torch.from_numpy(batch).permute(0, 3, 1, 2).float() / 255
            found.append(whole(planes)[0].squeeze(3).squeeze(2).double().numpy())
    return np.concatenate(found)


def check(work, program):
    import safetensors.torch
    from PIL import Image

    work.mkdir(parents=True, exist_ok=True)
    inception, whole = network()
    state = inception.state_dict()
    torch.save(state, work / "random.pth")
    torch.save(state, work / "old.pth", _use_new_zipfile_serialization=False)
    safetensors.torch.save_file({k: v.contiguous() for k, v in state.items()}, work / "random.safetensors")
    sets = [pictures(50, 64, kind) for kind in (0, 1)]
    x, y = (features(whole, pictures) for pictures in sets)
    x.astype("<f4").tofile(work / "features.f32")
    print(f"features: mean {x.mean():.4f}, largest {x.max():.4f}; fid {fid_of_few(x, y):.6f}, kid {kid(x, y):.8f}", flush=True)
    for kind, pictures_of_kind in enumerate(sets):
        folder = work / f"kind{kind}"
        folder.mkdir(exist_ok=True)
        for i, picture in enumerate(pictures_of_kind):
            Image.fromarray(picture).save(folder / f"{i:03}.png")
    if program is None:
        return
    for file in ("random.pth", "old.pth", "random.safetensors"):
        command = [program, "evaluate", work / "kind0", work / "kind1", "--inception", work / file, "--json"]
        done = subprocess.run(list(map(str, command)), capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        found = json.loads(done.stdout.strip().splitlines()[-1])["inception"]
        print(f"{file}: fid {found['fid']:.6f}, kid {found['kid'] / 1e3:.8f}", flush=True)
        assert abs(found["fid"] / fid_of_few(x, y) - 1) < 1e-3, found
        assert abs(found["kid"] / 1e3 / kid(x, y) - 1) < 1e-3, found
        assert found["pictures"] == 50 and not found["published"], found
    print("fid: features of random weights give the same FID and KID from three kinds of files")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    what = parser.add_subparsers(dest="what", required=True)
    what.add_parser("constants")
    whole = what.add_parser("check")
    whole.add_argument("work", type=Path)
    whole.add_argument("program", nargs="?", help="without it only the files are made")
    options = parser.parse_args()
    if options.what == "constants":
        constants()
    else:
        check(options.work, options.program)


if __name__ == "__main__":
    main()
