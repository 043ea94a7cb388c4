"""From face crops to scores, with the weights and settings that a method names."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from genconvit.batch import BATCH
from genconvit.cards import Card, find_card
from genconvit.devices import Device, choose_device
from genconvit.errors import MethodInvalid, OutOfMemory, WeightsUnfit
from genconvit.forward import Forward, Placed, out_of_memory_as, place
from genconvit.method import Method, Scoring, WeightsRef, resolved
from genconvit.progress import QUIET, Progress
from genconvit.records import WeightsUsed
from genconvit.weights import load

Pair = tuple[float, float]
"""Sigmoid of the two logits: fake, real. The released networks do not make them sum to 1."""


class Detector:
    """The networks of a method, loaded on a device.

    Attributes:
        method: with the hashes of the weights that were loaded.
        weights: as they were loaded, in the method's order.
        forward: the networks; its ``batch`` is halved when memory runs out.
    """

    def __init__(
        self,
        method: Method,
        folders: Sequence[Path],
        device: str = "auto",
        batch: int = BATCH,
        progress: Progress = QUIET,
    ) -> None:
        """Find, check and load the method's weights in the folders; an earlier folder goes before a later one.

        Raises:
            MethodInvalid: two weights of the same network.
            WeightsMissing, WeightsDamaged, WeightsUnfit, WeightsRefused, CardInvalid
            DeviceUnavailable
            OutOfMemory: the networks do not fit on the device.
            Cancelled: ``progress``, asked while files are read, said so.
        """
        _require_different_networks(method)
        found = [_fitting_card(ref, method, folders) for ref in method.weights]
        chosen = choose_device(device)
        self._device, self._batch = chosen, batch
        with out_of_memory_as(OutOfMemory(chosen.name, 0)):
            networks = [_load(card, chosen, method.scoring, progress) for card in found]
        self.forward = Forward(networks, chosen, precision=method.scoring.precision, batch=batch)
        self.method = resolved(
            method, {card.name: card.sha256 for card in found}, {card.name: card.backbone for card in found}
        )
        self.weights = tuple(
            WeightsUsed(card.name, card.network, card.sha256, card.source_sha256, card.licence) for card in found
        )

    @property
    def device_name(self) -> str:
        """For the record of an analysis. On a CPU it says which parts of the networks run fused, since the plain ones
        give other last digits. It says so where memory ran out and fewer faces go through at once, and names operations
        that the device has no repeating algorithm for."""
        said = [self._device.name]
        if self._device.torch_device.type == "cpu":
            said.append(f"fused: {', '.join(self.forward.fused) or 'nothing'}")
        if (batch := self.forward.batch) < self._batch:
            said.append(fewer_at_once(batch, self._batch))
        if self.forward.not_repeating:
            said.append(f"may not repeat itself: {', '.join(sorted(self.forward.not_repeating))}")
        return ", ".join(said)

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
        logits = self.forward.logits(crops, mirror=self.method.scoring.mirror)
        pairs = {network: _pairs(sides) for network, sides in logits.items()}
        return [{network: rows[position] for network, rows in pairs.items()} for position in range(len(crops))]


def fewer_at_once(batch: int, asked: int) -> str:
    """Of a device whose memory ran out. ``genconvit.notes`` and ``genconvit.certificate`` read it in records."""
    return f"memory ran out: {batch} instead of {asked} faces at once"


def _pairs(logits: Tensor) -> list[Pair]:
    sigmoids = torch.sigmoid(logits.to(torch.float64))
    return [(float(fake), float(real)) for fake, real in (sigmoids.sum(dim=0) / len(sigmoids)).tolist()]


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


def _load(card: Card, device: Device, scoring: Scoring, progress: Progress) -> Placed:
    # What autocast would make of the weights in every batch is made once.
    dtype = torch.bfloat16 if scoring.precision == "bfloat16" else torch.float32
    module = load(card, device.torch_device, dtype, progress)
    return place(card.name, card.network, module, card.mean, card.std, device, scoring.seed)
