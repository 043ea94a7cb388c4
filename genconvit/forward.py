"""From face crops to logits: normalisation, precision, batches. Whatever scores a face goes through here."""

from __future__ import annotations

import contextlib
import re
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from genconvit.batch import BATCH
from genconvit.devices import Device
from genconvit.errors import OutOfMemory, WeightsUnfit
from genconvit.method import Triple
from genconvit.networks import draw_noise
from genconvit.networks.fused import fuse, fused_parts
from genconvit.networks.vae import Vae

_OUT_OF_MEMORY = (
    "out of memory",
    "can't allocate memory",
    "not enough memory",
    "cublas_status_alloc_failed",
    "cudnn_status_alloc_failed",
    "allocation_failed",
)
_NOT_REPEATING = re.compile(r"(\S+) does not have a deterministic implementation")


@dataclass(frozen=True, slots=True)
class Placed:
    """A network on a device, with all that a score depends on beside the crop."""

    name: str
    """Of the weights, for an error."""
    network: str
    """``ed`` or ``vae``."""
    module: nn.Module
    mean: Tensor
    """``float32 [3, 1, 1]``, per channel of RGB in 0..1, on the device; likewise ``std``."""
    std: Tensor
    eps: Tensor | None
    """``float32 [latent]`` on the device; None for a network without noise."""


def place(name: str, network: str, module: nn.Module, mean: Triple, std: Triple, device: Device, seed: int) -> Placed:
    """A loaded network, ready for :class:`Forward`, with the noise vector of the seed where it takes one.

    On the CPU ``module`` is given the faster parts of :mod:`genconvit.networks.fused`, in place.
    """
    where = device.torch_device
    if where.type == "cpu":
        fuse(module)
    eps = draw_noise(module.latent, seed).to(where) if isinstance(module, Vae) else None
    shift, scale = (torch.tensor(three, dtype=torch.float32, device=where).view(3, 1, 1) for three in (mean, std))
    return Placed(name, network, module, shift, scale, eps)


def with_noise(placed: Placed, noise: npt.NDArray[np.float32]) -> Placed:
    """The same network with this noise ``float32 [latent]`` instead of its own, where it takes any."""
    eps = None if placed.eps is None else torch.from_numpy(noise).to(placed.eps.device)
    return replace(placed, eps=eps)


class Forward:
    """Networks on one device, through which crops go in batches.

    Attributes:
        networks: at most one of each kind.
        batch: crops that go through a network at once; halved when memory runs out.
        not_repeating: operations that the device had no repeating algorithm for, so far.
    """

    def __init__(
        self, networks: Sequence[Placed], device: Device, *, precision: str = "float32", batch: int = BATCH
    ) -> None:
        """``precision``: ``float32``, or ``bfloat16`` where autocast has it so."""
        self.networks = list(networks)
        self.batch = batch
        self.not_repeating: set[str] = set()
        self._device = device
        self._half = precision == "bfloat16"

    @property
    def fused(self) -> tuple[str, ...]:
        """The parts that run fused, such as ``ed.backbone``; empty where all modules are plain."""
        return tuple(f"{placed.network}.{part}" for placed in self.networks for part in fused_parts(placed.module))

    def logits(self, crops: npt.NDArray[np.uint8], *, mirror: bool = False) -> dict[str, Tensor]:
        """Per network (``ed``, ``vae``) the logits of the crops, and with ``mirror`` also of their mirror images.

        A crop's logits do not depend on what else is in the batch, beyond the rounding of float32.

        Args:
            crops: ``uint8 [N, S, S, 3]``, RGB; N may be 0.

        Returns:
            ``float32 [sides, N, 2]`` on the CPU, sides 1 or 2; index 0 of the last axis is fake, 1 is real.

        Raises:
            OutOfMemory: not even one crop fits on the device.
            WeightsUnfit: a network gave something that is not a number.
        """
        sides = 1 + mirror
        parts: dict[str, list[Tensor]] = {placed.network: [torch.empty(sides, 0, 2)] for placed in self.networks}
        done = 0
        while done < len(crops):
            portion = crops[done : done + self.batch]
            try:
                found = self._run(portion, sides)
            except (RuntimeError, MemoryError) as error:
                if not _is_out_of_memory(error):
                    raise
                found = None
            # Out of the handler first: the error holds the frames that hold the memory.
            if found is None:
                self._halve()
                continue
            for network, rows in found.items():
                parts[network].append(rows)
            done += len(portion)
        return {network: torch.cat(rows, dim=1) for network, rows in parts.items()}

    def _halve(self) -> None:
        if self.batch == 1:
            raise OutOfMemory(self._device.name, 1)
        self.batch //= 2
        if self._device.torch_device.type == "cuda":
            torch.cuda.empty_cache()

    def _run(self, crops: npt.NDArray[np.uint8], sides: int) -> dict[str, Tensor]:
        with torch.inference_mode(), exact_arithmetic(self._device.torch_device, self.not_repeating):
            images = torch.from_numpy(np.require(crops, requirements=("C", "W"))).to(self._device.torch_device)
            images = images.permute(0, 3, 1, 2).to(torch.float32) / 255.0
            return {placed.network: self._sides(placed, images, sides) for placed in self.networks}

    def _sides(self, placed: Placed, images: Tensor, sides: int) -> Tensor:
        normalised = (images - placed.mean) / placed.std
        seen = (normalised, normalised.flip(-1))[:sides]
        logits = torch.stack([self._pass(placed, side) for side in seen])
        if torch.isnan(logits).any():
            raise WeightsUnfit(placed.name, "scores", "not a number")
        return logits

    def _pass(self, placed: Placed, images: Tensor) -> Tensor:
        with torch.autocast(self._device.torch_device.type, dtype=torch.bfloat16, enabled=self._half):
            logits = placed.module(images) if placed.eps is None else placed.module(images, placed.eps)
        cpu: Tensor = logits.cpu().to(torch.float32)
        return cpu


@contextlib.contextmanager
def out_of_memory_as(error: OutOfMemory) -> Iterator[None]:
    """Raises the error in place of a device's own ways to say that memory ran out."""
    try:
        yield
    except (RuntimeError, MemoryError) as cause:
        if not _is_out_of_memory(cause):
            raise
        raise error from None


def _is_out_of_memory(error: BaseException) -> bool:
    """Whether memory ran out: CUDA has a type for it; its libraries and the CPU and MPS allocators have only words."""
    if isinstance(error, (MemoryError, torch.OutOfMemoryError)):
        return True
    words = str(error).lower()
    return any(phrase in words for phrase in _OUT_OF_MEMORY)


@contextlib.contextmanager
def exact_arithmetic(device: torch.device, not_repeating: set[str] | None = None) -> Iterator[None]:
    """Full float32 products, and algorithms that repeat themselves where there are any; what was set is put back.

    On the CPU every operation of the networks has one algorithm, and it repeats itself. Torch is not told there to
    refuse others, because that imports its compiler, which takes longer than torch. On other devices torch takes the
    algorithm that repeats itself wherever it has one. An operation for which it knows that it has none runs all the
    same; its name is added to ``not_repeating``.
    """
    precision = torch.get_float32_matmul_precision()
    cudnn = torch.backends.cudnn.flags(enabled=True, benchmark=False, deterministic=True, allow_tf32=False)
    repeating: contextlib.AbstractContextManager[None] = contextlib.nullcontext()
    if device.type != "cpu":
        repeating = _repeating(set() if not_repeating is None else not_repeating)
    torch.set_float32_matmul_precision("highest")
    try:
        with cudnn, repeating:
            yield
    finally:
        torch.set_float32_matmul_precision(precision)


@contextlib.contextmanager
def _repeating(not_repeating: set[str]) -> Iterator[None]:
    deterministic = torch.are_deterministic_algorithms_enabled()
    warn_only = torch.is_deterministic_algorithms_warn_only_enabled()
    torch.use_deterministic_algorithms(mode=True, warn_only=True)
    said: list[warnings.WarningMessage] = []
    try:
        with warnings.catch_warnings(record=True) as said:
            warnings.simplefilter("always")
            yield
    finally:
        torch.use_deterministic_algorithms(mode=deterministic, warn_only=warn_only)
        for each in said:
            text = str(each.message)
            if named := _NOT_REPEATING.search(text):
                not_repeating.add(named[1])
            # cuBLAS warns unless an environment variable is set; with one stream it repeats itself without.
            elif "deterministic" not in text:
                warnings.warn_explicit(each.message, each.category, each.filename, each.lineno)
