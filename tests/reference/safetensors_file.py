"""Writes and reads .safetensors files: the header's length, the header as JSON, the numbers.

Used by the scripts beside it; needs numpy.
"""

import json
import struct
from pathlib import Path

import numpy as np

KINDS = {"F16": np.float16, "F32": np.float32}


def write(path, tensors, metadata=None):
    """`tensors` are named arrays or PyTorch tensors of 16 or 32 bit floats, `metadata` is named text."""
    header, data = ({"__metadata__": metadata} if metadata else {}), b""
    for name, tensor in tensors.items():
        array = np.ascontiguousarray(tensor)
        kind = next(kind for kind, dtype in KINDS.items() if array.dtype == dtype)
        raw = array.tobytes()
        header[name] = {"dtype": kind, "shape": list(array.shape), "data_offsets": [len(data), len(data) + len(raw)]}
        data += raw
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    Path(path).write_bytes(struct.pack("<Q", len(text)) + text + data)


def read(path):
    """The named arrays of 32 bit floats in a file that `write` wrote, and its metadata."""
    raw = Path(path).read_bytes()
    (length,) = struct.unpack("<Q", raw[:8])
    header, body = json.loads(raw[8 : 8 + length]), raw[8 + length :]
    metadata = header.pop("__metadata__", {})
    tensors = {}
    for name, entry in header.items():
        start, end = entry["data_offsets"]
        numbers = np.frombuffer(body[start:end], KINDS[entry["dtype"]]).astype(np.float32)
        tensors[name] = numbers.reshape(entry["shape"])
    return tensors, metadata
