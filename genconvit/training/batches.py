"""Batches by number: batch ``step`` of a seed is always the same, whoever asks and whenever."""

from __future__ import annotations

from abc import abstractmethod
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from typing import NamedTuple

import cv2
import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader, IterableDataset, get_worker_info

from genconvit.method import Crop
from genconvit.records import Pixels
from genconvit.training.boxes import FloatBox
from genconvit.training.photographs import Photograph
from genconvit.training.samples import Sample, generator, make_sample
from genconvit.training.variants import Variants

FAKE, REAL = 0, 1
"""Class indices, alphabetical as in the released training folders."""


class LabelledImages(NamedTuple):
    """A batch."""

    images: Tensor
    """``uint8 [N, 3, S, S]``."""
    labels: Tensor
    """``int64 [N]``."""
    altered: Tensor | None = None
    """``float32 [N, 2, S/16, S/16]`` as :data:`genconvit.training.samples.Maps`, 0 of a real one; None where nobody
    knows."""


@dataclass(frozen=True, slots=True, eq=False)
class Faces:
    """Photographs with their boxes, and how often each source is drawn."""

    photographs: tuple[Photograph, ...]
    boxes: tuple[FloatBox, ...]

    def shares(self) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        """Probability of each photograph: a source's total grows with the square root of its size, so that one big
        source of tight portraits does not drown the others."""
        counts = Counter(photograph.source for photograph in self.photographs)
        raw = np.array([counts[photograph.source] ** -0.5 for photograph in self.photographs])
        return np.asarray(raw / raw.sum(), np.float64)


class Batches(IterableDataset[tuple[LabelledImages, LabelledImages]]):
    """Endless pairs of batches, those of an even step and of the odd one after it; each is half real, half fake.

    Workers take turns by pair, so that what the two batches share is made once.
    """

    def __init__(self, batch: int, first_step: int) -> None:
        super().__init__()
        self.size, self.first_step = batch, first_step

    @abstractmethod
    def batch(self, step: int) -> LabelledImages:
        """The batch of a step."""

    def __iter__(self) -> Iterator[tuple[LabelledImages, LabelledImages]]:
        info = get_worker_info()
        worker, workers = (info.id, info.num_workers) if info else (0, 1)
        if info:
            cv2.setNumThreads(1)
        for pair in count(self.first_step // 2 + worker, workers):
            yield self.batch(2 * pair), self.batch(2 * pair + 1)


class SelfBlendBatches(Batches):
    """Photographs and their self-blended twins.

    A photograph and its fake never stand in one batch: they come in two that follow each other, the fakes of one being
    the photographs of the other. Side by side, batch normalisation lets a network tell a face by comparison with its
    twin; it learns that, and then sees next to nothing in a face alone.
    """

    def __init__(
        self,
        faces: Faces,
        crop: Crop,
        batch: int,
        seed: int,
        first_step: int,
        *,
        encode: bool = False,
        variants: Variants | None = None,
        camera: float = 0.0,
        beauty: float = 0.0,
        filming: float = 0.0,
    ) -> None:
        super().__init__(batch, first_step)
        self.faces, self.crop, self.seed = faces, crop, seed
        self.encode, self.variants, self.camera, self.beauty, self.filming = encode, variants, camera, beauty, filming
        self.shares = np.cumsum(faces.shares())
        self._made: tuple[int, list[Sample]] = (-1, [])

    def batch(self, step: int) -> LabelledImages:
        real = [place % 2 == step % 2 for place in range(self.size)]
        samples = self._samples(step // 2)
        crops = [sample.real if is_real else sample.fake for sample, is_real in zip(samples, real, strict=True)]
        maps = np.stack([sample.altered * (not is_real) for sample, is_real in zip(samples, real, strict=True)])
        labels = torch.tensor([REAL if is_real else FAKE for is_real in real])
        return LabelledImages(as_images(crops), labels, torch.from_numpy(maps))

    def _samples(self, twin: int) -> list[Sample]:
        """The pairs that two batches share."""
        if self._made[0] != twin:
            self._made = (twin, [self._sample(twin, place) for place in range(self.size)])
        return self._made[1]

    def _sample(self, twin: int, place: int) -> Sample:
        rng = generator(self.seed, twin, place)
        chosen = min(int(np.searchsorted(self.shares, rng.random(), side="right")), len(self.faces.boxes) - 1)
        photograph, box = self.faces.photographs[chosen], self.faces.boxes[chosen]
        return make_sample(
            photograph,
            box,
            self.crop,
            rng,
            encode=self.encode,
            variants=self.variants,
            camera=self.camera,
            beauty=self.beauty,
            filming=self.filming,
        )


def load(batches: Batches, workers: int) -> Iterator[LabelledImages]:
    """Batches in order of step, made by ``workers`` processes (0: in this one)."""
    pairs: Iterator[tuple[LabelledImages, LabelledImages]] = iter(batches)
    if workers > 0:
        pairs = iter(
            DataLoader(
                batches, batch_size=None, num_workers=workers, prefetch_factor=4, multiprocessing_context="spawn"
            )
        )
    if batches.first_step % 2:
        yield next(pairs)[1]
    for even, odd in pairs:
        yield even
        yield odd


def as_images(crops: Sequence[Pixels]) -> Tensor:
    """``uint8 [S, S, 3]`` each to ``uint8 [N, 3, S, S]``."""
    return torch.from_numpy(np.stack(crops)).permute(0, 3, 1, 2).contiguous()


def usable(photographs: Sequence[Photograph], boxes: dict[str, FloatBox | None]) -> Faces:
    """The photographs in which the finder found the face."""
    kept = [(photograph, box) for photograph in photographs if (box := boxes[photograph.key]) is not None]
    return Faces(tuple(photograph for photograph, _ in kept), tuple(box for _, box in kept))
