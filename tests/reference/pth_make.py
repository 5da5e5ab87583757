"""PyTorch state dicts of the usual DCGAN generator, in the forms in which people save them, are imported and give
PyTorch's own pictures within 1/255. Files that must be refused are refused soon, with a reason.

    python tests/reference/pth_make.py WORK_FOLDER
"""

import argparse
import subprocess
import time
from collections import OrderedDict
from pathlib import Path

import torch
from formats_common import compare, generator, latents, own_pictures, program, purrtrait

# A file that makes the program read or allocate without end would take far longer, on a busy machine too.
SECONDS = 10

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("work", type=Path)
work = parser.parse_args().work / "pth"
work.mkdir(parents=True, exist_ok=True)
name = "classic-64"
net, z = generator(name), latents(name)
with torch.no_grad():
    expected = net(torch.from_numpy(z))
state = net.state_dict()
forms = {
    "netG.pth": state,
    "checkpoint.pt": {"epoch": 12, "netG": state, "loss": [0.5, 0.25]},
    "wrapped.pth": {"state_dict": OrderedDict((f"module.{key}", value) for key, value in state.items())},
    "half.pth": OrderedDict((key, value.half() if value.dim() == 4 else value) for key, value in state.items()),
    "legacy.pth": state,
    "parameters.pth": dict(net.named_parameters()) | dict(net.named_buffers()),
}
for file, content in forms.items():
    path = work / file
    torch.save(content, path, _use_new_zipfile_serialization=file != "legacy.pth")
    began = time.monotonic()
    about = purrtrait("import", path)
    assert about["config"]["size"] == 64 and about["config"]["g-width"] == 64, about
    seconds = time.monotonic() - began
    own = own_pictures(path, z, work / file.split(".")[0])
    if file != "half.pth":
        compare(f"{file} ({seconds:.2f} s)", own, expected)
    else:
        rounded = generator(name)
        rounded.load_state_dict(content)
        with torch.no_grad():
            compare(f"{file} ({seconds:.2f} s)", own, rounded(torch.from_numpy(z)))


class Hostile:
    """Runs a command in whoever unpickles it without care."""

    def __reduce__(self):
        import os

        return (os.system, (f"touch {work / 'executed'}",))


whole = (work / "netG.pth").read_bytes()
bad = {
    "hostile.pth": lambda path: torch.save({"main.0.weight": Hostile()}, path),
    "nan.pth": lambda path: torch.save({**state, "main.1.bias": state["main.1.bias"] * float("nan")}, path),
    "narrow.pth": lambda path: torch.save({**state, "main.3.weight": torch.zeros(512, 200, 4, 4)}, path),
    "negative.pth": lambda path: torch.save({**state, "main.1.running_var": -state["main.1.running_var"]}, path),
    "huge.pth": lambda path: torch.save({**state, "main.1.bias": state["main.1.bias"] + 3e38}, path),
    "pointer.pth": lambda path: path.write_text("version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 9\n"),
    "page.pth": lambda path: path.write_text("<!DOCTYPE html><html><body>Sign in</body></html>"),
    "half.zip.pth": lambda path: path.write_bytes(whole[: len(whole) // 2]),
    "flipped.pth": lambda path: path.write_bytes(whole[:5_000_000] + bytes([whole[5_000_000] ^ 1]) + whole[5_000_001:]),
    "tensor.pth": lambda path: torch.save(torch.zeros(3), path),
    "claims.safetensors": lambda path: path.write_bytes((1 << 60).to_bytes(8, "little") + b"{" + bytes(1000)),
}
for file, make in bad.items():
    path = work / file
    make(path)
    began = time.monotonic()
    done = subprocess.run([program(), "import", str(path)], capture_output=True, text=True, timeout=SECONDS)
    seconds = time.monotonic() - began
    reason = done.stderr.strip()
    print(f"{file:20} refused in {seconds:.2f} s: {reason.replace(str(work), '')}", flush=True)
    assert done.returncode == 6 and file in reason, (done.returncode, reason)
assert not (work / "executed").exists()
print(f"pth: {len(forms)} forms agree, {len(bad)} files refused")
