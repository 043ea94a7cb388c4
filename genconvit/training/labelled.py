"""Training data that comes labelled: face images in folders, with augmentations of our own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch

from genconvit.evaluation.intervals import DRAWS, middle
from genconvit.evaluation.kinds import KindFigure
from genconvit.evaluation.metrics import Scores, auc
from genconvit.records import Pixels
from genconvit.training.batches import FAKE, REAL, Batches, LabelledImages, as_images
from genconvit.training.config import TrainingConfig
from genconvit.training.data import Crops, DataUnusable
from genconvit.training.degrade import degrade, draw_recipe, encoded
from genconvit.training.folders import FaceFolders, Split, read_face
from genconvit.training.samples import generator, rotated
from genconvit.training.validation import Score, accuracy, scored

WEAKNESSES = (
    "Trained on the face images of one collection: other manipulations, cameras and compressions than those in it may "
    "be called either way. Nothing is known of profile faces, small faces, heavy compression, old film, wholly "
    "synthetic faces or reenactment without an edge of blending unless the collection has them.",
    "Measured on single images, not on videos: how often it errs on video of a real case is not known.",
)
AT_ONCE = 256
"""Images in memory when the end of a run is measured."""


@dataclass(frozen=True, slots=True, eq=False)
class Told:
    """Scores of labelled images."""

    real: Scores
    fake: Scores
    of: str
    """Which images, for the card."""

    def facts(self) -> dict[str, float]:
        return {"auc": auc(self.real, self.fake), "accuracy": accuracy(self.real, self.fake)}

    def parts(self) -> tuple[KindFigure, ...]:
        """None: the folders name none."""
        return ()

    def interval(self) -> tuple[float, float]:
        """Reals and fakes are drawn again each by themselves."""
        rng, reals, fakes = np.random.default_rng(0), len(self.real), len(self.fake)
        draws = [
            auc(self.real[rng.integers(0, reals, reals)], self.fake[rng.integers(0, fakes, fakes)])
            for _ in range(DRAWS)
        ]
        return middle(np.array(draws))

    def sentence(self) -> str:
        facts, (low, high) = self.facts(), self.interval()
        return (
            f"{self.of} ({len(self.fake)} fake and {len(self.real)} real face images): AUC {facts['auc']:.3f}, "
            f"bootstrap 95 % interval {low:.3f} to {high:.3f}; accuracy {facts['accuracy']:.3f} where 0.5 decides."
        )


class FolderBatches(Batches):
    """Half of each batch fake, half real; each class in an order of its own, a new one every time it begins again.

    The release takes both classes as they come, shuffled together.
    """

    def __init__(self, split: Split, config: TrainingConfig, first_step: int) -> None:
        super().__init__(config.batch, first_step)
        self.split, self.config = split, config
        self._orders: dict[int, tuple[int, np.ndarray]] = {}

    def batch(self, step: int) -> LabelledImages:
        labels = [REAL if place % 2 else FAKE for place in range(self.size)]
        crops = [self._crop(step, place, label) for place, label in enumerate(labels)]
        return LabelledImages(as_images(crops), torch.tensor(labels))

    def _crop(self, step: int, place: int, label: int) -> Pixels:
        paths = self.split.real if label == REAL else self.split.fake
        turn, position = divmod(step * (self.size // 2) + place // 2, len(paths))
        pixels = read_face(paths[int(self._order(label, turn, len(paths))[position])])
        return augmented(pixels, self.config, generator(self.config.seed, step, place))

    def _order(self, label: int, turn: int, count: int) -> np.ndarray:
        kept = self._orders.get(label)
        if kept is None or kept[0] != turn:
            kept = turn, np.random.default_rng([self.config.seed, label, turn]).permutation(count)
            self._orders[label] = kept
        return kept[1]


@dataclass(frozen=True, slots=True, eq=False)
class WatchedImages:
    """Evenly spread images of both classes."""

    real: tuple[Pixels, ...]
    fake: tuple[Pixels, ...]

    def crops(self) -> Crops:
        return np.stack([*self.real, *self.fake])

    def measure(self, score: Score) -> Told:
        return Told(scored(score, self.real), scored(score, self.fake), "Validation images")


@dataclass(frozen=True, slots=True, eq=False)
class Labelled:
    """Images of a folder that was scanned."""

    folders: FaceFolders

    @property
    def digest(self) -> str:
        return self.folders.digest

    def weaknesses(self, config: TrainingConfig) -> tuple[str, ...]:
        return WEAKNESSES

    def batches(self, config: TrainingConfig, first_step: int) -> Batches:
        """Raises DataUnusable where the network is to say where a face was altered."""
        if config.locate > 0:
            raise DataUnusable("labelled images do not say where a face was altered; self-blended ones do")
        return FolderBatches(self.folders.train, config, first_step)

    def watched(self, config: TrainingConfig) -> WatchedImages:
        real, fake = (
            tuple(plain(read_face(path), config.image_px) for path in _spread(paths, config.evaluate_pairs))
            for paths in (self.folders.valid.real, self.folders.valid.fake)
        )
        return WatchedImages(real, fake)

    def measure(self, score: Score, config: TrainingConfig) -> Told:
        last = self.folders.last
        of = "Test images" if self.folders.test else "Validation images, by which the run could be watched"
        if self.folders.repeated:
            of += f", {self.folders.repeated} of which were trained on too"
        real, fake = (_scores(score, paths, config.image_px) for paths in (last.real, last.fake))
        return Told(real, fake, of)

    def describe(self) -> str:
        train = self.folders.train
        return f"{len(train.fake)} fake and {len(train.real)} real face images of {self.folders.name!r}."


def plain(pixels: Pixels, size_px: int) -> Pixels:
    """``uint8 [S, S, 3]``, scaled as a crop is."""
    return np.asarray(cv2.resize(pixels, (size_px, size_px), interpolation=cv2.INTER_AREA), np.uint8)


def augmented(pixels: Pixels, config: TrainingConfig, rng: np.random.Generator) -> Pixels:
    """Mirrored, turned, degraded like video, moved and enlarged by up to 12 %; both classes alike."""
    work_px = round(1.12 * config.image_px)
    result = plain(pixels, work_px)
    if rng.random() < 0.5:
        result = np.ascontiguousarray(result[:, ::-1])
    if rng.random() < 0.3:
        result, _ = rotated(result, np.empty((0, 2), np.float32), float(rng.uniform(-12, 12)))
    recipe = draw_recipe(work_px, float(rng.random()), rng)
    share, x, y = float(rng.uniform(0.88, 1.0)), float(rng.random()), float(rng.random())
    if config.encode:
        recipe = encoded(recipe, rng)
    native = degrade(result, recipe)
    side = max(round(native.shape[0] * share), 8)
    left, top = (round(part * (native.shape[0] - side)) for part in (x, y))
    return plain(np.ascontiguousarray(native[top : top + side, left : left + side]), config.image_px)


def _spread(paths: Sequence[Path], limit: int) -> list[Path]:
    places = np.unique(np.linspace(0, len(paths) - 1, min(limit, len(paths))).astype(int))
    return [paths[place] for place in places]


def _scores(score: Score, paths: Sequence[Path], size_px: int) -> Scores:
    parts = []
    for start in range(0, len(paths), AT_ONCE):
        crops = [plain(read_face(path), size_px) for path in paths[start : start + AT_ONCE]]
        parts.append(scored(score, crops))
    return np.concatenate(parts)
