"""A weights file whose hash was compared with its card, so that the bytes that were hashed are those that score.

A small file, as the shipped one is, is read into memory, hashed there and used from there: nobody else can reach it.

A large file is hashed and then mapped, not copied: its tensors are the system's own cache of the file. It costs no
second copy in memory, several processes share it, and nothing has to be written before the first face is scored. What
is hashed is held open, and that is what is mapped, whatever stands under its name meanwhile: a file that another one
replaces, which is how this program writes, stays as it was. Whoever writes into the file itself, in place, changes
what is mapped; that is refused, here or after the next pass by :class:`Watch`. What the networks lay out anew for the
processor (:mod:`genconvit.networks.fused`) is a copy nevertheless.

What remains: whoever cuts a mapped file short during a pass ends the process on Linux and macOS (SIGBUS), without a
word of ours: in the engine's own process that is a typed EngineDied, in one that analyses by itself, as ``python -m
genconvit analyze`` does, it is the end of the command. Windows refuses to shorten a file that is mapped.

Large tensors of a mapped file begin where they stand in it. :func:`genconvit.weights.save` puts them at multiples of
:data:`ALIGNED_BYTES`; in other files they may stand elsewhere, and then give the numbers of aligned ones to the
rounding of float32, not to the last bit.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import os
import weakref
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load as tensors_of
from torch import Tensor

from genconvit.cards import Card, hash_open_file
from genconvit.errors import WeightsDamaged, WeightsMissing, WeightsRefused
from genconvit.progress import QUIET, Progress

MAPPED_FROM_BYTES = 64 << 20
"""Smaller files are read into memory of our own, where nobody else writes."""
SHARED_FROM_BYTES = 1 << 20
"""Smaller tensors are copied out of the mapping, to where the processor likes them to begin."""
ALIGNED_BYTES = 64
"""Where the processor likes them to begin: at multiples of this, which is where torch puts its own."""
PIECE_BYTES = 32 << 20
"""Copied or converted from one mapping: what was touched of it counts as memory of this process until it is closed."""
WRITTEN = 2
"""Parts of a stamp that only writing changes. The time of change is also that of a new name or of none."""
HASHING = 0.7
"""Of the time that reading a mapped file takes."""


@dataclass(frozen=True, slots=True)
class Taken:
    """The tensors of a file by name."""

    tensors: dict[str, Tensor]
    watch: Watch | None
    """Where some of the tensors are the file itself."""


class Watch:
    """A forward hook: raises WeightsDamaged when the mapped file is no longer the card's, and WeightsRefused
    (``changed``) when it is, but was written into.

    It looks at the file that is mapped, whatever stands under its name by now: size, time of writing and time of
    change. Where only the last is another one, the file is hashed again. Unnoticed goes a write that is taken back,
    time of writing included, before the next pass has ended; on Windows, which has the time of creation in place of
    that of change, one whose time of writing is put back. The file is closed when the watch goes away.
    """

    def __init__(self, card: Card, file: io.FileIO, stamp: tuple[int, ...]) -> None:
        """``stamp``: of the file, taken before it was hashed."""
        self._card, self._file, self._stamp = card, file, stamp
        weakref.finalize(self, file.close)

    def __call__(self, *_: object) -> None:
        try:
            if (stamp := stamp_of(self._file)) == self._stamp:
                return
            found = hash_open_file(self._file)
        except OSError:
            raise WeightsMissing(self._card.name, (self._card.folder,)) from None
        _require(self._card, found)
        # Written into and written back: what was computed between need not be the card's.
        if stamp[:WRITTEN] != self._stamp[:WRITTEN]:
            raise WeightsRefused(self._card.path, "changed")
        self._stamp = stamp

    def __deepcopy__(self, memo: object) -> Watch:
        """A copied network watches the same open file."""
        return self


def stamp_of(file: io.FileIO) -> tuple[int, ...]:
    """Size of an open file, time of writing and time of change. Raises OSError."""
    status = os.fstat(file.fileno())
    return status.st_size, status.st_mtime_ns, status.st_ctime_ns


def take(card: Card, device: torch.device, dtype: torch.dtype, progress: Progress = QUIET) -> Taken:
    """The tensors of the card's file on the device.

    Args:
        dtype: of floating-point tensors with two or more axes; vectors are float32. Whole numbers stay what they are.

    Raises:
        WeightsMissing: the file is not beside the card.
        WeightsDamaged: its SHA-256 is not the card's.
        WeightsRefused: ``unreadable``: not a safetensors file; ``changed``: written into meanwhile.
        Cancelled
    """
    try:
        return _taken(card, device, dtype, progress)
    except OSError:
        raise WeightsMissing(card.name, (card.folder,)) from None
    except SafetensorError as error:
        raise WeightsRefused(card.path, "unreadable", (str(error),)) from None


def _opened(file: io.FileIO, path: Path) -> Path:
    """A name under which an open file is opened again, whatever stands under its own name by now. Windows lets nobody
    give a name away whose file is open."""
    held = Path(f"/dev/fd/{file.fileno()}")
    return held if held.exists() else path


def _taken(card: Card, device: torch.device, dtype: torch.dtype, progress: Progress) -> Taken:
    with contextlib.ExitStack() as closing:
        file = closing.enter_context(card.path.open("rb", buffering=0))
        stamp = stamp_of(file)
        if stamp[0] < MAPPED_FROM_BYTES:
            return Taken(_held(card, file.readall(), device, dtype, progress), None)
        _require(card, hash_open_file(file, progress.part(0.0, HASHING)))
        tensors, is_shared = _mapped(_opened(file, card.path), device, dtype, progress.part(HASHING, 1.0 - HASHING))
        if stamp_of(file) != stamp:
            _require(card, hash_open_file(file))
            raise WeightsRefused(card.path, "changed")
        if not is_shared:
            return Taken(tensors, None)
        closing.pop_all()
        return Taken(tensors, Watch(card, file, stamp))


def _require(card: Card, found_sha256: str) -> None:
    if found_sha256 != card.sha256:
        raise WeightsDamaged(card.path, card.sha256, found_sha256)


def _held(
    card: Card, content: bytes, device: torch.device, dtype: torch.dtype, progress: Progress
) -> dict[str, Tensor]:
    _require(card, hashlib.sha256(content).hexdigest())
    progress.report(1.0)
    stored = tensors_of(content)
    return {name: tensor.to(device, _wanted(tensor, dtype), copy=True) for name, tensor in stored.items()}


def _mapped(path: Path, device: torch.device, dtype: torch.dtype, progress: Progress) -> tuple[dict[str, Tensor], bool]:
    """The tensors of a file, and whether some of them are the file itself."""
    tensors: dict[str, Tensor] = {}
    is_shared, done, whole = False, 0, path.stat().st_size
    with safe_open(path, framework="pt") as stored:
        for name in sorted(stored.keys()):
            tensor = stored.get_tensor(name)
            wanted = _wanted(tensor, dtype)
            if device.type == "cpu" and wanted is tensor.dtype and tensor.nbytes >= SHARED_FROM_BYTES:
                tensors[name], is_shared = tensor, True
            else:
                part = progress.part(done / whole, tensor.nbytes / whole)
                tensors[name] = _copied(path, name, tensor, torch.empty_like(tensor, device=device, dtype=wanted), part)
            done += tensor.nbytes
    return tensors, is_shared


def _copied(path: Path, name: str, tensor: Tensor, to: Tensor, progress: Progress) -> Tensor:
    if tensor.nbytes <= PIECE_BYTES:
        return to.copy_(tensor)
    rows = max(1, PIECE_BYTES * len(tensor) // tensor.nbytes)
    for start in range(0, len(tensor), rows):
        with safe_open(path, framework="pt") as stored:
            to[start : start + rows] = stored.get_slice(name)[start : start + rows]
        progress.report(start / len(tensor))
    return to


def _wanted(tensor: Tensor, dtype: torch.dtype) -> torch.dtype:
    if not tensor.is_floating_point():
        return tensor.dtype
    return dtype if tensor.ndim > 1 else torch.float32
