"""Reads and writes safetensors files with nothing but torch, so that the recipe needs no further package."""

import json
import os
import struct

import torch

TYPES = {"F64": torch.float64, "F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16, "I64": torch.int64, "I32": torch.int32, "U8": torch.uint8}
NAMES = {kind: name for name, kind in TYPES.items()}


class WrongFile(Exception):
    """A file that is not what it has to be: no safetensors file, or not with the expected tensors."""


def read(path):
    """Returns (tensors by name, metadata) of a safetensors file."""
    with open(path, "rb") as file:
        content = bytearray(file.read())
    if len(content) < 8:
        raise WrongFile(f"{path}: too short for a safetensors file")
    (length,) = struct.unpack_from("<Q", content)
    if length > len(content) - 8:
        raise WrongFile(f"{path}: not a safetensors file, or cut off: its header would be longer than the file")
    try:
        header = json.loads(bytes(content[8:8 + length]))
        metadata = header.pop("__metadata__", {})
        tensors = {}
        for name, entry in header.items():
            begin, end = entry["data_offsets"]
            # Copied, because the data of a file need not be aligned for its type.
            tensors[name] = torch.frombuffer(bytearray(content[8 + length + begin:8 + length + end]), dtype=TYPES[entry["dtype"]]).reshape(entry["shape"])
    except (ValueError, KeyError, TypeError, AttributeError, RuntimeError) as error:
        raise WrongFile(f"{path}: not a safetensors file, or cut off ({error})") from error
    return tensors, metadata


def write(path, tensors, metadata):
    """Writes tensors sorted by name, data aligned to 8 bytes, under a temporary name first: there is never half a file."""
    header, offset = {"__metadata__": metadata} if metadata else {}, 0
    for name in sorted(tensors):
        size = tensors[name].numel() * tensors[name].element_size()
        header[name] = {"dtype": NAMES[tensors[name].dtype], "shape": list(tensors[name].shape), "data_offsets": [offset, offset + size]}
        offset += size
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    temporary = f"{path}.part"
    with open(temporary, "wb") as file:
        file.write(struct.pack("<Q", len(text)))
        file.write(text)
        for name in sorted(tensors):
            # NumPy knows no bfloat16; the same bits as 16-bit integers do.
            data = tensors[name].detach().cpu().contiguous()
            file.write((data.view(torch.int16) if data.dtype == torch.bfloat16 else data).numpy().tobytes())
    os.replace(temporary, path)
