"""The safetensors format, read from bytes that are in memory already, so that what is hashed is what is used.

The format: the header's length (8 bytes, little-endian), a JSON header, the tensors' bytes without a gap.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

LENGTH_BYTES = 8
LONGEST_HEADER = 100_000_000
"""As safetensors has it."""

DTYPES = {
    "F64": torch.float64,
    "F32": torch.float32,
    "F16": torch.float16,
    "BF16": torch.bfloat16,
    "I64": torch.int64,
    "I32": torch.int32,
    "I16": torch.int16,
    "I8": torch.int8,
    "U8": torch.uint8,
    "BOOL": torch.bool,
}


@dataclass(frozen=True, slots=True)
class Stored:
    """A tensor and where its bytes stand in the file, half-open."""

    name: str
    dtype: torch.dtype
    shape: tuple[int, ...]
    start: int
    end: int


def stored_tensors(content: memoryview) -> tuple[Stored, ...]:
    """What a file holds, in the order in which it stands there.

    Args:
        content: the whole file.

    Raises:
        ValueError: not a safetensors file; says what is wrong.
    """
    length = int.from_bytes(content[:LENGTH_BYTES], "little")
    start = LENGTH_BYTES + length
    if len(content) < LENGTH_BYTES or length > LONGEST_HEADER or start > len(content):
        raise ValueError("the header does not fit into the file")
    try:
        header = json.loads(bytes(content[LENGTH_BYTES:start]))
    except (ValueError, RecursionError) as error:
        raise ValueError(f"the header is not JSON: {error}") from None
    if type(header) is not dict:
        raise ValueError("the header is not a table")
    header.pop("__metadata__", None)
    tensors = sorted((_stored(name, entry, start) for name, entry in header.items()), key=lambda tensor: tensor.start)
    at = start
    for tensor in tensors:
        if tensor.start != at:
            raise ValueError(f"{tensor.name} does not begin where the tensor before it ends")
        at = tensor.end
    if at != len(content):
        raise ValueError("the file does not end where its last tensor ends")
    return tuple(tensors)


def seen(content: memoryview, stored: Stored) -> Tensor:
    """The tensor itself: the same memory, not a copy of it, unless it stands where no value of its type may begin."""
    part: memoryview | bytearray = content[stored.start : stored.end]
    if stored.start % stored.dtype.itemsize:
        part = bytearray(part)
    return torch.frombuffer(part, dtype=stored.dtype).view(stored.shape)


def _stored(name: str, entry: Any, start: int) -> Stored:
    if not isinstance(entry, Mapping) or entry.keys() != {"dtype", "shape", "data_offsets"}:
        raise ValueError(f"{name} is not described as a tensor")
    dtype, shape, offsets = DTYPES.get(str(entry["dtype"])), entry["shape"], entry["data_offsets"]
    if dtype is None:
        raise ValueError(f"{name} has the unknown type {entry['dtype']}")
    if not _whole(shape) or not _whole(offsets) or len(offsets) != 2:
        raise ValueError(f"{name} has a shape or a place that is none")
    if 0 in shape:
        raise ValueError(f"{name} has no values")
    if offsets[1] - offsets[0] != math.prod(shape) * dtype.itemsize:
        raise ValueError(f"{name} does not take the bytes that its shape asks for")
    return Stored(name, dtype, tuple(shape), start + offsets[0], start + offsets[1])


def _whole(numbers: object) -> bool:
    return isinstance(numbers, list) and all(type(number) is int and number >= 0 for number in numbers)
