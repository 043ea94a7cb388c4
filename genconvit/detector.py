"""From face crops to scores: device, precision, normalisation, batches."""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from genconvit.cards import Card, find_card
from genconvit.devices import Device, choose_device
from genconvit.errors import MethodInvalid, OutOfMemory, WeightsUnfit
from genconvit.method import Method, WeightsRef, resolved
from genconvit.networks import draw_noise
from genconvit.networks.vae import Vae
from genconvit.records import WeightsUsed
from genconvit.weights import load

BATCH = 32

Pair = tuple[float, float]
"""Sigmoid of the two logits: fake, real. The released networks do not make them sum to 1."""


@dataclass(frozen=True, slots=True)
class _Loaded:
    card: Card
    module: nn.Module
    mean: Tensor
    std: Tensor
    eps: Tensor | None


class Detector:
    """The networks of a method, loaded on a device.

    Attributes:
        method: with the hashes of the weights that were loaded.
        device_name: for the record of an analysis.
        weights: as they were loaded, in the method's order.
        batch: crops that go through a network at once; halved when memory runs out.
    """

    def __init__(self, method: Method, folders: Sequence[Path], device: str = "auto", batch: int = BATCH) -> None:
        """Find, check and load the method's weights in the folders; an earlier folder goes before a later one.

        Raises:
            MethodInvalid: two weights of the same network.
            WeightsMissing, WeightsDamaged, WeightsUnfit, WeightsRefused, CardInvalid
            DeviceUnavailable
            OutOfMemory: the networks do not fit on the device.
        """
        _require_different_networks(method)
        found = [_fitting_card(ref, method, folders) for ref in method.weights]
        self._device: Device = choose_device(device)
        self.device_name = self._device.name
        with _out_of_memory_as(OutOfMemory(self.device_name, 0)):
            self._loaded = [_load(card, self._device.torch_device, method.scoring.seed) for card in found]
        self.method = resolved(
            method, {card.name: card.sha256 for card in found}, {card.name: card.backbone for card in found}
        )
        self.weights = tuple(
            WeightsUsed(card.name, card.network, card.sha256, card.source_sha256, card.licence) for card in found
        )
        self.batch = batch

    def score(self, crops: npt.NDArray[np.uint8]) -> list[dict[str, Pair]]:
        """Per crop, per network (``ed``, ``vae``) the sigmoid pair ``(fake, real)``, each 0..1.

        A crop's scores do not depend on what else is in the batch, beyond the rounding of float32 (1e-5).

        Args:
            crops: ``uint8 [N, S, S, 3]``, RGB, S the method's crop size; N may be 0.

        Raises:
            ValueError: another shape or type.
            OutOfMemory: not even one crop fits on the device.
            WeightsUnfit: a network gave something that is not a number.
        """
        size = self.method.crop.size_px
        if crops.dtype != np.uint8 or crops.ndim != 4 or crops.shape[1:] != (size, size, 3):
            raise ValueError(f"crops must be uint8 [N, {size}, {size}, 3], not {crops.dtype} {list(crops.shape)}")
        results: list[dict[str, Pair]] = []
        while len(results) < len(crops):
            start = len(results)
            try:
                results += self._score_batch(crops[start : start + self.batch])
                continue
            except (RuntimeError, MemoryError) as error:
                if not _is_out_of_memory(error):
                    raise
            # Out of the handler first: the error holds the frames that hold the memory.
            self._halve()
        return results

    def _halve(self) -> None:
        if self.batch == 1:
            raise OutOfMemory(self.device_name, 1)
        self.batch //= 2
        if self._device.torch_device.type == "cuda":
            torch.cuda.empty_cache()

    def _score_batch(self, crops: npt.NDArray[np.uint8]) -> list[dict[str, Pair]]:
        with torch.inference_mode(), _exact_arithmetic():
            images = torch.from_numpy(np.ascontiguousarray(crops)).to(self._device.torch_device)
            images = images.permute(0, 3, 1, 2).to(torch.float32) / 255.0
            pairs = {loaded.card.network: self._pairs(loaded, images) for loaded in self._loaded}
        return [{name: rows[position] for name, rows in pairs.items()} for position in range(len(crops))]

    def _pairs(self, loaded: _Loaded, images: Tensor) -> list[Pair]:
        normalised = (images - loaded.mean) / loaded.std
        sigmoids = self._run(loaded, normalised)
        if self.method.scoring.mirror:
            sigmoids = (sigmoids + self._run(loaded, normalised.flip(-1))) / 2
        if not torch.isfinite(sigmoids).all():
            raise WeightsUnfit(loaded.card.name, "scores", "not a number")
        return [(float(fake), float(real)) for fake, real in sigmoids.tolist()]

    def _run(self, loaded: _Loaded, images: Tensor) -> Tensor:
        half = self.method.scoring.precision == "bfloat16"
        with torch.autocast(self._device.torch_device.type, dtype=torch.bfloat16, enabled=half):
            logits = loaded.module(images) if loaded.eps is None else loaded.module(images, loaded.eps)
        return torch.sigmoid(logits.cpu().to(torch.float64))


def _require_different_networks(method: Method) -> None:
    networks = [ref.network for ref in method.weights]
    for network in networks:
        if networks.count(network) > 1:
            raise MethodInvalid(method.name, "weights.network", f"two weights of the network {network}")


def _fitting_card(ref: WeightsRef, method: Method, folders: Sequence[Path]) -> Card:
    card = find_card(ref.name, folders, ref.sha256)
    if ref.sha256 and card.sha256 != ref.sha256:
        raise WeightsUnfit(ref.name, f"SHA-256 {ref.sha256}", f"SHA-256 {card.sha256}")
    if card.network != ref.network:
        raise WeightsUnfit(ref.name, f"network {ref.network}", f"network {card.network}")
    if ref.backbone and card.backbone != ref.backbone:
        raise WeightsUnfit(ref.name, f"backbone {ref.backbone}", f"backbone {card.backbone}")
    for name in ("mean", "std"):
        asked, given = getattr(method.scoring, name), getattr(card, name)
        if asked != given:
            raise WeightsUnfit(ref.name, f"{name} {list(asked)}", f"{name} {list(given)}")
    if card.image_px != method.crop.size_px:
        raise WeightsUnfit(ref.name, f"{method.crop.size_px} px", f"{card.image_px} px")
    return card


def _load(card: Card, device: torch.device, seed: int) -> _Loaded:
    module = load(card, device)
    eps = draw_noise(module.latent, seed).to(device) if isinstance(module, Vae) else None
    mean, std = (
        torch.tensor(three, dtype=torch.float32, device=device).view(3, 1, 1) for three in (card.mean, card.std)
    )
    return _Loaded(card, module, mean, std, eps)


@contextlib.contextmanager
def _exact_arithmetic() -> Iterator[None]:
    """Full float32 products and algorithms that give the same number every time; what was set before is put back."""
    precision = torch.get_float32_matmul_precision()
    deterministic = torch.are_deterministic_algorithms_enabled()
    warn_only = torch.is_deterministic_algorithms_warn_only_enabled()
    cudnn = torch.backends.cudnn.flags(enabled=True, benchmark=False, deterministic=True, allow_tf32=False)
    torch.set_float32_matmul_precision("highest")
    torch.use_deterministic_algorithms(mode=True, warn_only=True)
    try:
        with cudnn, warnings.catch_warnings():
            # cuBLAS warns unless an environment variable is set; with one stream it repeats itself without.
            warnings.filterwarnings("ignore", message=".*deterministic.*", category=UserWarning)
            yield
    finally:
        torch.use_deterministic_algorithms(mode=deterministic, warn_only=warn_only)
        torch.set_float32_matmul_precision(precision)


@contextlib.contextmanager
def _out_of_memory_as(error: OutOfMemory) -> Iterator[None]:
    try:
        yield
    except (RuntimeError, MemoryError) as cause:
        if not _is_out_of_memory(cause):
            raise
        raise error from None


def _is_out_of_memory(error: BaseException) -> bool:
    """Whether memory ran out: CUDA has a type for it, the CPU and MPS allocators have only words."""
    if isinstance(error, (MemoryError, torch.OutOfMemoryError)):
        return True
    words = str(error).lower()
    return any(phrase in words for phrase in ("out of memory", "can't allocate memory", "not enough memory"))
