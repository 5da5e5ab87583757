"""Exported ONNX files in onnxruntime give the program's own pictures within 1/255, for batches of several sizes.

    python tests/reference/onnx_check.py WORK_FOLDER
"""

import sys
from pathlib import Path

import numpy
import onnx
import onnxruntime
from formats_common import ARCHITECTURES, compare, latents, make_model, own_pictures, purrtrait

work = Path(sys.argv[1])
for name in ARCHITECTURES:
    folder = work / name
    _, model = make_model(name, folder)
    z = latents(name)
    own = own_pictures(model, z, folder)
    out = folder / "exported.onnx"
    out.unlink(missing_ok=True)
    purrtrait("export", model, "--format", "onnx", "--out", out)
    onnx.checker.check_model(str(out), full_check=True)
    session = onnxruntime.InferenceSession(str(out), providers=["CPUExecutionProvider"])
    (entry,), (result,) = session.get_inputs(), session.get_outputs()
    assert (entry.name, result.name) == ("z", "image"), (entry.name, result.name)
    assert entry.shape == ["N", z.shape[1]] and result.shape == ["N", 3, *own.shape[1:3]], (entry.shape, result.shape)
    # The batch is free: 1, 7 and what is left.
    parts = [session.run(None, {"z": part})[0] for part in numpy.split(z, [1, 8])]
    compare(name, own, numpy.concatenate(parts))
print(f"onnx: {len(ARCHITECTURES)} architectures agree")
