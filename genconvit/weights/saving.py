"""Writing weights: a safetensors file and its card, whole or not at all, one tensor in memory at a time."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import torch
from torch import Tensor

from genconvit.cards import Card, card_path, is_name, to_toml
from genconvit.errors import WeightsRefused
from genconvit.networks import NetworkConfig
from genconvit.progress import QUIET, Progress
from genconvit.weights.fitting import require_finite, used_part
from genconvit.weights.hashed import ALIGNED_BYTES

_DTYPE_NAMES = {torch.float32: "F32", torch.float16: "F16", torch.bfloat16: "BF16", torch.int64: "I64"}
_PIECE = 1 << 22
_LENGTH_BYTES = 8
"""Of the number before the header that says how long it is."""


def save(
    state: Mapping[str, object],
    card: Card,
    folder: Path,
    *,
    dtype: torch.dtype = torch.float32,
    progress: Progress = QUIET,
) -> Card:
    """Keep a state dict as ``<folder>/<name>.safetensors`` with its card in ``<folder>/cards``.

    Args:
        state: of the network that the card names, with or without the parts that never run.
        card: its ``file``, ``bytes``, ``sha256`` and ``folder`` are filled in here.
        dtype: of the floating-point tensors in the file; loading makes float32 of them.

    Returns:
        The card as written.

    Raises:
        WeightsRefused: ``exists``, ``wrong_keys``, ``wrong_shapes`` or ``not_finite``; nothing is written.
        ValueError: a name that is none, an unknown backbone or size.
        OSError: the folder cannot be written to; nothing is left behind.
        Cancelled
    """
    if not is_name(card.name):
        raise ValueError(f"not a name for weights: {card.name!r}")
    file = folder / f"{card.name}.safetensors"
    card_file = card_path(folder, card.name)
    for present in (file, card_file):
        if present.exists():
            raise WeightsRefused(present, "exists", (card.name,))
    tensors = used_part(state, NetworkConfig(card.network, card.backbone, card.image_px), file)
    require_finite({name: _stored(tensor, dtype) for name, tensor in tensors.items()}, file)
    card_file.parent.mkdir(parents=True, exist_ok=True)
    with _replacing(file) as part:
        sha256, size = _write(tensors, dtype, part, progress)
    written = replace(card, file=file.name, bytes=size, sha256=sha256, folder=folder)
    try:
        with _replacing(card_file) as part:
            _write_durably(part, to_toml(written).encode())
    except BaseException:
        file.unlink(missing_ok=True)
        raise
    return written


def _write(tensors: Mapping[str, Tensor], dtype: torch.dtype, path: Path, progress: Progress) -> tuple[str, int]:
    """Write the safetensors format: header length (8 bytes, little-endian), JSON header, tensors' bytes.

    Returns SHA-256 and size of the file.
    """
    kinds = {name: dtype if tensor.is_floating_point() else torch.int64 for name, tensor in tensors.items()}
    order = sorted(tensors, key=lambda name: _place(name, tensors[name].numel(), kinds[name].itemsize))
    header = _header(tensors, kinds, order)
    digest, done = hashlib.sha256(), 0
    total = sum(tensors[name].numel() for name in order)
    with path.open("xb") as stream:
        for piece in (len(header).to_bytes(_LENGTH_BYTES, "little"), header):
            stream.write(piece)
            digest.update(piece)
        for name in order:
            for data in _pieces(tensors[name], kinds[name]):
                stream.write(data)
                digest.update(data)
                done += len(data) // kinds[name].itemsize
                progress.report(done / total)
        stream.flush()
        os.fsync(stream.fileno())
        return digest.hexdigest(), stream.tell()


def _place(name: str, values: int, item_bytes: int) -> tuple[bool, int, str]:
    """A key to sort by, since the format has no gaps between tensors.

    First what ends at a multiple of ALIGNED_BYTES, so that all of it begins at one, where a reader that maps the file
    computes as with tensors of its own. Then wider elements first, which keeps each tensor aligned to its element.
    """
    return values * item_bytes % ALIGNED_BYTES != 0, -item_bytes, name


def _header(tensors: Mapping[str, Tensor], kinds: Mapping[str, torch.dtype], order: list[str]) -> bytes:
    entries: dict[str, object] = {}
    offset = 0
    for name in order:
        end = offset + tensors[name].numel() * kinds[name].itemsize
        shape = list(tensors[name].shape)
        entries[name] = {"dtype": _DTYPE_NAMES[kinds[name]], "shape": shape, "data_offsets": [offset, end]}
        offset = end
    text = json.dumps(entries, separators=(",", ":")).encode()
    # The format lets the header end in spaces.
    return text + b" " * (-(_LENGTH_BYTES + len(text)) % ALIGNED_BYTES)


def _pieces(tensor: Tensor, dtype: torch.dtype) -> Iterator[memoryview]:
    flat = tensor.detach().reshape(-1)
    for start in range(0, flat.numel(), _PIECE):
        piece = flat[start : start + _PIECE].to(device="cpu", dtype=dtype).contiguous()
        yield piece.view(torch.uint8).numpy().data


def _stored(tensor: Tensor, dtype: torch.dtype) -> Tensor:
    """What a reader will see: half precision can overflow. Float32 is left alone, as it costs a copy."""
    return tensor.to(dtype) if tensor.is_floating_point() and dtype is not torch.float32 else tensor


def _write_durably(path: Path, data: bytes) -> None:
    with path.open("xb") as stream:
        stream.write(data)
        stream.flush()
        os.fsync(stream.fileno())


@contextlib.contextmanager
def _replacing(target: Path) -> Iterator[Path]:
    """A file beside the target that becomes the target in the end, or goes away."""
    part = target.with_name(f"{target.name}.{os.getpid()}.part")
    part.unlink(missing_ok=True)
    try:
        yield part
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
