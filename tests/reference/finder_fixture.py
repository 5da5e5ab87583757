"""PyTorch's numbers for the cat finder's tests: `finder_fixture.py`, after the weights in assets/finder have changed.

Writes finder_fixture.json beside itself. The inputs are formulas, the same in src/finder/tests.rs.
"""

import hashlib
import json
from pathlib import Path

import eyes_net
import finder_network
import numpy as np
import torch

HERE = Path(__file__).parent
ASSETS = HERE.parent.parent / "assets" / "finder"
LONGER = 256
# Centre, side and angle: small and large for their crops.
SQUARES = [[170.0, 90.0, 80.0, 0.4], [100.0, 120.0, 310.0, -0.2]]


def pattern(width, height):
    """Smooth waves with some edges, H x W x 3 bytes."""
    y, x = np.mgrid[:height, :width].astype(np.int64)
    planes = x * x // 40 + 3 * y, 2 * x + y * y // 30, x * y // 50 + 90 * (x // 32 % 2)
    return np.stack(planes, -1).astype(np.uint8)


def noise(*shape):
    """Numbers from -2 to 2."""
    i = torch.arange(int(np.prod(shape)))
    return ((i * 7919 % 2003).float() / 500.5 - 2).view(1, *shape)


def every(step, tensor):
    return [round(float(v), 5) for v in tensor.flatten()[::step]]


@torch.no_grad()
def main():
    torch.set_num_threads(1)
    files = [ASSETS / "heads.safetensors", ASSETS / "eyes.safetensors"]
    heads, settings = finder_network.stored(files[0])
    eyes = eyes_net.load(files[1])
    fine, coarse = heads(noise(3, 96, 128))
    maps, trust = eyes(noise(3, eyes_net.SIDE, eyes_net.SIDE))
    photo = pattern(310, 200)
    picture = torch.from_numpy(photo).permute(2, 0, 1)
    looks = []
    for x, y, side, angle in SQUARES:
        square = (x, y), side, angle
        found, sure = eyes_net.look(eyes, picture, square)
        crop = eyes_net.cut(picture, *square)
        looks.append({"square": [x, y, side, angle], "crop": every(211, crop), "eyes": found.tolist(), "trust": sure})
    out = {
        "weights": [hashlib.sha256(file.read_bytes()).hexdigest() for file in files],
        "fine": every(7, fine),
        "coarse": every(2, coarse),
        "input": every(997, finder_network.letterbox(photo, LONGER)[0]),
        "eye_maps": every(9, maps),
        "eye_trust": float(trust),
        "looks": looks,
        "found": finder_network.find(heads, photo, settings["scales"])[:20],
    }
    lines = (f"{json.dumps(key)}: {json.dumps(value)}" for key, value in out.items())
    (HERE / "finder_fixture.json").write_text("{\n" + ",\n".join(lines) + "\n}\n")


if __name__ == "__main__":
    main()
