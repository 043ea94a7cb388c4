"""A weights file read once: hashed and taken in the same pass, so that the bytes that were hashed are those that score.

A large file is mapped, not copied: its tensors are the system's own cache of the file. It costs no second copy in
memory, several processes share it, and nothing has to be written before the first face is scored. The price: whoever
writes into the file itself, in place, changes what is mapped. :class:`Watch` notices that after each pass. A file that
another one is put in the place of, which is how this program writes, stays mapped as it was.
"""

from __future__ import annotations

import contextlib
import hashlib
import mmap
import os
from collections.abc import Iterator
from dataclasses import dataclass, field

import torch
from torch import Tensor

from genconvit.cards import Card, hash_file
from genconvit.errors import WeightsDamaged, WeightsMissing, WeightsRefused
from genconvit.progress import QUIET, Progress
from genconvit.weights.stored import Stored, seen, stored_tensors

MAPPED_FROM_BYTES = 64 << 20
"""Smaller files are read into memory of our own, where nobody else writes."""
SHARED_FROM_BYTES = 1 << 20
"""Smaller tensors are copied out of the mapping, to where the processor likes them to begin."""
STEP_BYTES = 1 << 20
"""Hashed between two looks at progress."""
PIECE = 32_000
"""Values that are hashed, then converted while they are in the processor's cache; few enough for torch to stay on the
calling thread."""
RELEASED_BYTES = 64 << 20
"""Mapped memory that is given back at a time, once it was converted."""


@dataclass(frozen=True, slots=True)
class Taken:
    """The tensors of a file by name."""

    tensors: dict[str, Tensor]
    watch: Watch | None
    """Where some of the tensors are the file itself."""


@dataclass(slots=True)
class Watch:
    """A forward hook: raises WeightsDamaged when the mapped file was written into and is no longer the card's."""

    card: Card
    stamp: tuple[int, ...]

    def __call__(self, *_: object) -> None:
        stamp = stamp_of(self.card)
        if stamp[:2] != self.stamp[:2] or stamp == self.stamp:
            return
        if (found := hash_file(self.card.path)) != self.card.sha256:
            raise WeightsDamaged(self.card.path, self.card.sha256, found)
        self.stamp = stamp


def stamp_of(card: Card) -> tuple[int, ...]:
    """Device and number of the file, then its size and time of change; empty when it is gone."""
    try:
        status = card.path.stat()
    except OSError:
        return ()
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns


def take(card: Card, device: torch.device, dtype: torch.dtype, progress: Progress = QUIET) -> Taken:
    """The tensors of the card's file on the device.

    Args:
        dtype: of floating-point tensors with two or more axes; vectors are float32. Whole numbers stay what they are.

    Raises:
        WeightsMissing: the file is not beside the card.
        WeightsDamaged: its SHA-256 is not the card's.
        WeightsRefused: ``unreadable``: not a safetensors file.
        Cancelled
    """
    stamp = stamp_of(card)
    reading = _Reading(_content(card), device, dtype, progress)
    problem = ""
    tensors: dict[str, Tensor] = {}
    try:
        stored = stored_tensors(reading.content)
    except ValueError as error:
        stored, problem = (), str(error)
    for one in stored:
        tensors[one.name] = reading.taken(one)
    reading.reach(len(reading.content))
    if (found := reading.digest.hexdigest()) != card.sha256:
        raise WeightsDamaged(card.path, card.sha256, found)
    if problem:
        raise WeightsRefused(card.path, "unreadable", (problem,))
    return Taken(tensors, Watch(card, stamp) if reading.shares else None)


def _content(card: Card) -> memoryview:
    """The whole file, writable without changing it."""
    try:
        with card.path.open("rb") as file:
            if os.fstat(file.fileno()).st_size >= MAPPED_FROM_BYTES:
                # Some file systems have no mappings; reading does as well.
                with contextlib.suppress(OSError, ValueError):
                    return memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY))
            return memoryview(bytearray(file.read()))
    except OSError:
        raise WeightsMissing(card.name, (card.folder,)) from None


@dataclass(slots=True)
class _Reading:
    content: memoryview
    device: torch.device
    dtype: torch.dtype
    progress: Progress
    shares: bool = False
    """Whether a tensor is the mapped file itself."""
    digest: hashlib._Hash = field(default_factory=hashlib.sha256)
    _at: int = 0
    _released: int = 0

    def reach(self, end: int) -> None:
        """Hash on, up to a place in the file."""
        for start, stop in _steps(self._at, end, STEP_BYTES):
            self.digest.update(self.content[start:stop])
            self.progress.report(stop / len(self.content))
        self._at = max(self._at, end)

    def taken(self, stored: Stored) -> Tensor:
        """A tensor, after its bytes were hashed."""
        wanted = self._wanted(stored)
        if self.device.type == "cpu" and wanted is not stored.dtype:
            return self._converted(stored, wanted)
        self.reach(stored.end)
        tensor = seen(self.content, stored)
        if self._stays and stored.end - stored.start >= SHARED_FROM_BYTES:
            self.shares = self.shares or self._mapped
            return tensor
        copied = tensor.to(self.device, copy=True).to(wanted)
        self._release()
        return copied

    def _wanted(self, stored: Stored) -> torch.dtype:
        if not stored.dtype.is_floating_point:
            return stored.dtype
        return self.dtype if len(stored.shape) > 1 else torch.float32

    def _converted(self, stored: Stored, dtype: torch.dtype) -> Tensor:
        converted = torch.empty(stored.shape, dtype=dtype)
        source, target = seen(self.content, stored).view(-1), converted.view(-1)
        for start, stop in _steps(0, len(target), PIECE):
            self.reach(stored.start + stop * stored.dtype.itemsize)
            target[start:stop].copy_(source[start:stop])
            self._release()
        return converted

    @property
    def _mapped(self) -> bool:
        return isinstance(self.content.obj, mmap.mmap)

    @property
    def _stays(self) -> bool:
        """Whether tensors may be the file itself: then none of it is given back."""
        return self.device.type == "cpu" and self.dtype is torch.float32

    def _release(self) -> None:
        """Give mapped memory back that was copied or converted, where the system can do that."""
        mapping = self.content.obj
        if self._stays or self._at - self._released < RELEASED_BYTES or not isinstance(mapping, mmap.mmap):
            return
        if hasattr(mmap, "MADV_DONTNEED"):
            start, end = (place - place % mmap.PAGESIZE for place in (self._released, self._at))
            mapping.madvise(mmap.MADV_DONTNEED, start, end - start)
        self._released = self._at


def _steps(start: int, end: int, step: int) -> Iterator[tuple[int, int]]:
    return ((at, min(at + step, end)) for at in range(start, end, step))
