"""A weights file read once: hashed and taken in the same pass, so that the bytes that were hashed are those that score.

A large file is mapped, not copied: its tensors are the system's own cache of the file. It costs no second copy in
memory, several processes share it, and nothing has to be written before the first face is scored. A file that another
one is put in the place of, which is how this program writes, stays mapped as it was.

The price: whoever writes into the file itself, in place, changes what is mapped. :class:`Watch` notices that after
each pass. And whoever cuts the mapped file short during a pass ends the process on Linux and macOS (SIGBUS), without a
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
import mmap
import os
import weakref
from collections.abc import Iterator
from dataclasses import dataclass, field

import torch
from torch import Tensor

from genconvit.cards import Card
from genconvit.errors import WeightsDamaged, WeightsMissing, WeightsRefused
from genconvit.progress import QUIET, Progress
from genconvit.weights.stored import Stored, seen, stored_tensors

MAPPED_FROM_BYTES = 64 << 20
"""Smaller files are read into memory of our own, where nobody else writes."""
SHARED_FROM_BYTES = 1 << 20
"""Smaller tensors are copied out of the mapping, to where the processor likes them to begin."""
ALIGNED_BYTES = 64
"""Where the processor likes them to begin: at multiples of this, which is where torch puts its own."""
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


class Watch:
    """A forward hook: raises WeightsDamaged when the mapped file was written into and is no longer the card's.

    It looks at the file that is mapped, whatever stands under its name by now: size, time of writing and time of
    change. The latter cannot be set back, but Windows has the time of creation in its place: there a write goes
    unnoticed where the time of writing is put back. The file is closed when the watch goes away.
    """

    def __init__(self, card: Card, file: io.FileIO, stamp: tuple[int, ...]) -> None:
        """``stamp``: of the file, taken before it was hashed."""
        self._card, self._file, self._stamp = card, file, stamp
        weakref.finalize(self, file.close)

    def __call__(self, *_: object) -> None:
        try:
            if (stamp := stamp_of(self._file)) == self._stamp:
                return
            self._file.seek(0)
            found = hashlib.file_digest(self._file, "sha256").hexdigest()
        except OSError:
            raise WeightsMissing(self._card.name, (self._card.folder,)) from None
        if found != self._card.sha256:
            raise WeightsDamaged(self._card.path, self._card.sha256, found)
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
        WeightsRefused: ``unreadable``: not a safetensors file.
        Cancelled
    """
    with contextlib.ExitStack() as closing:
        try:
            file = closing.enter_context(card.path.open("rb", buffering=0))
            stamp, content = stamp_of(file), _content(file)
        except OSError:
            raise WeightsMissing(card.name, (card.folder,)) from None
        reading = _Reading(content, device, dtype, progress)
        tensors = _tensors(card, reading)
        if not reading.shares:
            return Taken(tensors, None)
        closing.pop_all()
        return Taken(tensors, Watch(card, file, stamp))


def _tensors(card: Card, reading: _Reading) -> dict[str, Tensor]:
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
    return tensors


def _content(file: io.FileIO) -> memoryview:
    """The whole file, writable without changing it."""
    if os.fstat(file.fileno()).st_size >= MAPPED_FROM_BYTES:
        # Some file systems have no mappings; reading does as well.
        with contextlib.suppress(OSError, ValueError):
            return memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY))
    return memoryview(bytearray(file.readall()))


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
        if self._stays and stored.end - stored.start >= SHARED_FROM_BYTES and (self._mapped or _is_aligned(tensor)):
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


def _is_aligned(tensor: Tensor) -> bool:
    return tensor.data_ptr() % ALIGNED_BYTES == 0


def _steps(start: int, end: int, step: int) -> Iterator[tuple[int, int]]:
    return ((at, min(at + step, end)) for at in range(start, end, step))
