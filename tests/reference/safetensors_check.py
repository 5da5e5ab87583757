"""Exported .safetensors files, loaded and run by the PyTorch program that the export writes beside them, give the
program's own pictures within 1/255. PyTorch's own network of the same numbers must agree as well.

    python tests/reference/safetensors_check.py WORK_FOLDER
"""

import os
import sys
from pathlib import Path

import torch
from formats_common import ARCHITECTURES, compare, generator, latents, make_model, own_pictures, purrtrait
from safetensors.torch import load_file

work = Path(sys.argv[1])
for name in ARCHITECTURES:
    folder = work / name
    net, model = make_model(name, folder)
    z = latents(name)
    own = own_pictures(model, z, folder)
    out = folder / "exported.safetensors"
    for file in (out, out.with_suffix(".py")):
        file.unlink(missing_ok=True)
    purrtrait("export", model, "--format", "safetensors", "--out", out)
    # The snippet as a module: its own demonstration does not run then.
    words = {"__name__": "snippet"}
    exec(compile(out.with_suffix(".py").read_text(), out.with_suffix(".py"), "exec"), words)
    loaded = words["Generator"]()
    loaded.load_state_dict(load_file(out))
    loaded.eval()
    with torch.no_grad():
        compare(name, own, loaded(torch.from_numpy(z)))
        compare(f"{name}, original", own, net(torch.from_numpy(z)))
    # Once also as it stands, as a person would run it.
    if name == "quick-32":
        here = os.getcwd()
        os.chdir(folder)
        exec(compile(out.with_suffix(".py").read_text(), out.with_suffix(".py"), "exec"), {"__name__": "__main__"})
        assert Path("cats.png").stat().st_size > 1000
        os.chdir(here)
print(f"safetensors: {len(ARCHITECTURES)} architectures agree")
