"""A trained network as a weights file with a card that says how it was trained and what was measured."""

from __future__ import annotations

import copy
import hashlib
import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
import torch
from torch import nn

from genconvit import weights, whole
from genconvit.cards import CLASSES, Card, card_path
from genconvit.training.config import TrainingConfig
from genconvit.training.data import Crops, Measured, TrainingData
from genconvit.training.loop import UNKNOWN, Run
from genconvit.training.model import MEAN, STD, scorer
from genconvit.training.validation import scored

VALIDATION = "validation.json"
STORED = "Stored in half precision"
HALVED = 60
"""Images of each class on which the scores of the stored weights are compared with those before storing."""


@dataclass(frozen=True, slots=True)
class Words:
    """What only the person who trains can say."""

    licence: str
    source: str


@dataclass(frozen=True, slots=True, eq=False)
class Figures:
    """What was measured of the network as it is stored."""

    measured: Measured
    crops: Crops
    largest_difference: float
    """Of any score, on ``crops``, between the network as trained and as stored."""

    def sentences(self) -> tuple[str, ...]:
        return (
            self.measured.sentence(),
            f"{STORED}, computed in float32: on {len(self.crops)} crops of the same set no score moved "
            f"by more than {self.largest_difference:.4f}.",
        )

    def to_json(self, weights_sha256: str) -> str:
        """``{weights_sha256, n, auc, low, high, parts: {words: AUC}, ...}``.

        ``n`` counts the real images (pairs, where each has its fake); ``crops_sha256``, over the first of them, tells
        whether two runs were measured on the same ones.
        """
        facts = self.measured.facts()
        low, high = self.measured.interval()
        table = {
            "weights_sha256": weights_sha256,
            "n": len(self.measured.real),
            "auc": facts["auc"],
            "low": low,
            "high": high,
            "parts": [asdict(part) for part in self.measured.parts()],
            "n_fake": len(self.measured.fake),
            "accuracy": facts["accuracy"],
            "half_precision_difference": self.largest_difference,
            "crops_sha256": hashlib.sha256(self.crops.tobytes()).hexdigest(),
        }
        return json.dumps(table, indent=2) + "\n"


def measure(network: nn.Module, data: TrainingData, config: TrainingConfig) -> Figures:
    """Measure a network as it will be stored: rounded to half precision, computed in float32."""
    stored = halved(network)
    crops = data.watched(replace(config, evaluate_pairs=HALVED)).crops()
    scores = [scored(scorer(model), list(crops)) for model in (network, stored)]
    return Figures(data.measure(scorer(stored), config), crops, float(np.abs(scores[0] - scores[1]).max()))


def halved(network: nn.Module) -> nn.Module:
    """A copy whose numbers are those that a half-precision file gives back."""
    copied = copy.deepcopy(network).eval()
    state = copied.state_dict()
    rounded = {key: value.half().float() if value.is_floating_point() else value for key, value in state.items()}
    copied.load_state_dict(rounded)
    return copied


def trained_on(data: TrainingData, run: Run) -> str:
    """What the card says of the training."""
    config = run.config
    length = f"{run.step} steps of {config.batch} images at {config.image_px} px in {run.elapsed_s / 60:.0f} minutes"
    if config.early_px < config.image_px and config.early_until > 0:
        length += f" (the first {config.early_until:.0%} of that time at {config.early_px} px)"
    if config.join > 0:
        length += f", the autoencoder's path joining after {config.join:.0%} of it"
    learning = f"AdamW up to {config.learning_rate:g}, {config.schedule} after {config.warm_up} steps of warm-up"
    # Of a run by an older program nothing may be known; what it then went on with is not all.
    machines = "" if run.machines in ([], [UNKNOWN]) else f", on {' and '.join(run.machines)}"
    sentences = [
        data.describe(),
        "Half of the images went through an H.264 encoder, real and fake alike." if config.encode else "",
        _variants(config),
        run.origin["start"],
        f"{length}, seed {config.seed}, {learning}, {_average(config)}, {config.precision}{machines}.",
        f"Loss: {_loss(config)}.",
    ]
    return " ".join(sentence for sentence in sentences if sentence)


def _variants(config: TrainingConfig) -> str:
    """The other ways in which fakes were made, if any."""
    parts = []
    if config.donors > 0:
        parts.append(f"{config.donors:.0%} got another photograph's face instead of their own")
    if config.relit > 0:
        parts.append(f"{config.relit:.0%} got light from another side on the face laid over")
    if config.redrawn > 0:
        parts.append(f"{config.redrawn:.0%} got their own face with another expression or without texture")
    if config.cloned > 0:
        parts.append(f"{config.cloned:.0%} were laid over by Poisson blending")
    sentences = [f"Of the fakes {', '.join(parts)}."] if parts else []
    if config.camera > 0:
        sentences.append(
            f"{config.camera:.0%} of the pairs, real and fake alike, were smoothed, sharpened or enlarged whole."
        )
    if config.beauty > 0:
        skin = f"{config.beauty:.0%} of the pairs, real and fake alike, had their skin smoothed as beauty filters do."
        sentences.append(skin)
    if config.filming > 0:
        sentences.append(
            f"{config.filming:.0%} of the pairs, real and fake alike, were shown as video shows faces: blurred by "
            "movement, in shadow, in uneven light, in the dark, partly covered and the like; of all, some leaning far "
            "over or stretched."
        )
    return " ".join(sentences)


def export(
    run: Run, name: str, training: str, figures: Figures, data: TrainingData, words: Words, folder: Path
) -> Card:
    """Write ``<name>.safetensors`` (half precision), its card and ``validation.json``, over those of an earlier end.

    Raises as :func:`genconvit.weights.save`.
    """
    config = run.config
    card = Card(
        name=name,
        network=config.network,
        backbone=config.backbone,
        image_px=config.image_px,
        mean=MEAN,
        std=STD,
        classes=CLASSES,
        file="",
        bytes=1,
        sha256="",
        licence=words.licence,
        source=words.source,
        source_sha256="",
        training=training,
        measured=figures.sentences(),
        weaknesses=data.weaknesses(config),
    )
    for old in (folder / f"{name}.safetensors", card_path(folder, name)):
        old.unlink(missing_ok=True)
    written = weights.save(run.average.network.state_dict(), card, folder, dtype=torch.float16)
    whole.write(folder / VALIDATION, figures.to_json(written.sha256).encode())
    return written


def _average(config: TrainingConfig) -> str:
    return f"moving average of the weights ({config.decay:g})" if config.decay > 0 else "no average of the weights"


def _loss(config: TrainingConfig) -> str:
    smoothed = f" with label smoothing of {config.smoothing:g}" if config.smoothing > 0 else ""
    rebuilt = f", plus {config.rebuild_weight:g} times the error of the reconstruction" if config.rebuild_weight else ""
    located = f", plus {config.locate:g} times the error of where a face was altered" if config.locate else ""
    return f"cross-entropy{smoothed}{rebuilt}{located}"
