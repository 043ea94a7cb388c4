"""A trained network as a weights file with a card that says what was measured."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import nn

from genconvit import weights
from genconvit.cards import CLASSES, Card
from genconvit.evaluation.intervals import auc_interval
from genconvit.method import Crop
from genconvit.training.batches import Faces
from genconvit.training.config import TrainingConfig
from genconvit.training.model import MEAN, STD, scorer
from genconvit.training.prepare import Sets
from genconvit.training.validation import Outcome, evaluate, samples

WEAKNESSES = (
    "Trained on self-blended photographs only: it looks for the traces of one face laid over another. Wholly synthetic "
    "faces, and reenactment without an edge of blending, leave no such traces and are missed.",
    "Trained on photographs, mostly frontal portraits: profile faces, small faces (below about 60 px), heavy "
    "compression, old film, make-up, masks and beauty filters were rare or absent, and may be called either way.",
    "No part of the training or of the rule is video of a real case: how often it errs there is not known.",
)
PARTS = (
    ("auc_weak", "blend ratio up to 0.5"),
    ("auc_full", "full blends"),
    ("auc_light", "light degradation"),
    ("auc_strong", "strong degradation"),
)


@dataclass(frozen=True, slots=True)
class Words:
    """What only the person who trains can say."""

    licence: str
    source: str


def measure(network: nn.Module, held_out: Faces, config: TrainingConfig) -> Outcome:
    """The whole fixed validation set, float32."""
    crop = Crop("square", config.margin, config.image_px)
    return evaluate(scorer(network), samples(held_out, crop))


def sentences(outcome: Outcome) -> tuple[str, ...]:
    """What the card says of the fixed validation set; a part that no pair falls into is left out."""
    low, high = auc_interval(outcome.real, outcome.fake)
    facts = outcome.facts()
    parts = ", ".join(f"{words} {facts[name]:.3f}" for name, words in PARTS if name in facts)
    return (
        f"Fixed self-blend validation set ({len(outcome.real)} held-out photographs, each real and self-blended, "
        f"single crops, degraded like video): AUC {facts['auc']:.3f}, bootstrap 95 % interval {low:.3f} to "
        f"{high:.3f}; of its parts: {parts}.",
    )


def trained_on(sets: Sets, config: TrainingConfig, step: int, elapsed_s: float, start: str) -> str:
    """What the card says of the training."""
    counts = Counter(photograph.source for photograph in sets.train.photographs)
    listed = ", ".join(f"{source} {count}" for source, count in sorted(counts.items()))
    length = f"{step} steps of {config.batch} images at {config.image_px} px in {elapsed_s / 60:.0f} minutes"
    if config.early_px < config.image_px and config.early_until > 0:
        length += f" (the first {config.early_until:.0%} of that time at {config.early_px} px)"
    if config.join > 0:
        length += f", the autoencoder's path joining after {config.join:.0%} of it"
    started = f"The backbone started from ImageNet weights with SHA-256 {start}. " if start else ""
    return (
        f"Self-blended images (arXiv 2204.08376, own code) of real photographs: {listed}. {started}{length}, seed "
        f"{config.seed}, AdamW up to {config.learning_rate:g}, moving average of the weights."
    )


def export(
    network: nn.Module, name: str, config: TrainingConfig, training: str, outcome: Outcome, words: Words, folder: Path
) -> Card:
    """Write ``<name>.safetensors`` (half precision) and its card. Raises as :func:`genconvit.weights.save`."""
    card = Card(
        name=name,
        network="ed",
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
        measured=sentences(outcome),
        weaknesses=WEAKNESSES,
    )
    return weights.save(network.state_dict(), card, folder, dtype=torch.float16)
