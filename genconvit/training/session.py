"""A training run from the command line's words to the weights file."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

import torch
from torch import nn

from genconvit.cards import Card, card_path
from genconvit.networks import Ed, NetworkConfig, build
from genconvit.training import checkpoint
from genconvit.training.config import TrainingConfig
from genconvit.training.export import Words, export, measure, trained_on
from genconvit.training.loop import Tell, train
from genconvit.training.model import quiet_rebuilt_path, start_backbone
from genconvit.training.prepare import Sets, prepare


def run_training(arguments: argparse.Namespace, say: Callable[[str], None], tell: Tell) -> Card:
    """Train, measure, write. The same words again go on where the run was stopped.

    Args:
        say: gets a line for people now and then.
        tell: gets step, share of the run done and loss, once a step.

    Raises:
        PhotographsUnreadable, RunDiffers, StartUnfit, ValueError, GenConViTError, OSError
    """
    if arguments.threads > 0:
        torch.set_num_threads(arguments.threads)
    config = configured(arguments)
    out: Path = arguments.out
    say("Finding the faces; the next run on the same photographs does without.")
    sets = prepare(arguments.self_blend, arguments.cache or out / "boxes.json")
    counts = (len(sets.train.boxes), len(sets.held_out.boxes), sets.without_face)
    say("{} faces to train on, {} held out, {} photographs without a found face.".format(*counts))
    network, start = started(config, arguments.start)
    average = train(network, sets.train, sets.held_out, config, out, workers=arguments.workers, tell=tell)
    say("Measuring on the held-out faces.")
    card = finish(average.network, arguments, config, sets, start)
    say(f"{card.path}: {card.bytes} bytes, SHA-256 {card.sha256}")
    say("\n".join(card.measured))
    return card


def configured(arguments: argparse.Namespace) -> TrainingConfig:
    """The run that the words ask for. Raises ValueError."""
    return TrainingConfig(
        backbone=arguments.backbone,
        image_px=arguments.image_size,
        early_px=min(arguments.early_size, arguments.image_size),
        early_until=arguments.early_until,
        margin=arguments.margin,
        batch=arguments.batch,
        steps=arguments.steps,
        minutes=arguments.minutes,
        seed=arguments.seed,
        learning_rate=arguments.learning_rate,
        join=arguments.join,
        encode=arguments.encode,
        evaluate_every=arguments.evaluate_every,
        save_every=arguments.save_every,
    )


def started(config: TrainingConfig, start: Path | None) -> tuple[Ed, str]:
    """The network at its beginning, the same for a seed, and the SHA-256 of the file it started from or nothing."""
    torch.manual_seed(config.seed)
    network = build(NetworkConfig("ed", config.backbone, config.image_px))
    if not isinstance(network, Ed):
        raise TypeError(type(network).__name__)
    digest = start_backbone(network.backbone, start) if start else ""
    if config.join > 0:
        quiet_rebuilt_path(network)
    return network, digest


def finish(network: nn.Module, arguments: argparse.Namespace, config: TrainingConfig, sets: Sets, start: str) -> Card:
    """Measure the averaged network on the fixed set and write weights and card, over those of an earlier end."""
    out: Path = arguments.out
    state = checkpoint.load(out / checkpoint.NAME) or {"step": 0, "elapsed_s": 0.0}
    outcome = measure(network, sets.held_out, config)
    text = trained_on(sets, config, int(state["step"]), float(state["elapsed_s"]), start)
    for old in (out / f"{arguments.name}.safetensors", card_path(out, arguments.name)):
        old.unlink(missing_ok=True)
    words = Words(arguments.licence, arguments.source)
    return export(network, arguments.name, config, text, outcome, words, out)
