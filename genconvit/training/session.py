"""A training run from the command line's words to the weights file."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path

import torch

from genconvit.cards import Card
from genconvit.devices import choose_device
from genconvit.training.blended import Blended
from genconvit.training.config import TrainingConfig
from genconvit.training.data import TrainingData
from genconvit.training.drawing import draw
from genconvit.training.export import Words, export, measure, trained_on
from genconvit.training.folders import scan
from genconvit.training.labelled import Labelled
from genconvit.training.loop import Tell, train
from genconvit.training.prepare import prepare
from genconvit.training.start import started

Say = Callable[[str], None]
Looked = Callable[[int], None]
NAMED = 5
"""Unreadable files that are named; the rest are counted."""
VAE_REBUILD, ED_REBUILD = 1.0, 0.2


def run_training(arguments: argparse.Namespace, say: Say, tell: Tell, looked: Looked) -> Card:
    """Train, measure, write. The same words again go on where the run was stopped.

    Args:
        say: gets a line for people now and then.
        tell: gets step, share of the run done and loss, once a step.
        looked: gets the number of images looked at before the run.

    Raises:
        PhotographsUnreadable, DataUnusable, RunDiffers, RunFailed, CheckpointDamaged, StartUnfit, ValueError,
        GenConViTError, OSError
    """
    if arguments.threads > 0:
        torch.set_num_threads(arguments.threads)
    config = configured(arguments)
    device = choose_device(arguments.device)
    network, start = started(config, arguments.start)
    data = labelled(arguments.data, say, looked) if arguments.data else blended(arguments, say, looked)
    out: Path = arguments.out
    say(f"Training on {device.name}.")
    run = train(
        network,
        data,
        config,
        out,
        start=start,
        device=device,
        workers=arguments.workers,
        packed=arguments.small_checkpoints,
        tell=tell,
    )
    say("Measuring on the images that were kept back.")
    figures = measure(run.average.network, data, config)
    training = trained_on(data, run)
    card = export(run, arguments.name, training, figures, data, Words(arguments.licence, arguments.source), out)
    draw(out, figures.measured)
    say(f"{card.path}: {card.bytes} bytes, SHA-256 {card.sha256}")
    say("\n".join(card.measured))
    return card


def configured(arguments: argparse.Namespace) -> TrainingConfig:
    """The run that the words ask for. Raises ValueError."""
    vae = arguments.network == "vae"
    rebuild = arguments.reconstruction_weight
    if rebuild is None:
        rebuild = VAE_REBUILD if vae else ED_REBUILD
    return TrainingConfig(
        network=arguments.network,
        backbone=arguments.backbone,
        image_px=arguments.image_size,
        early_px=arguments.image_size if vae else min(arguments.early_size, arguments.image_size),
        early_until=arguments.early_until,
        margin=arguments.margin,
        batch=arguments.batch,
        accumulate=arguments.accumulate,
        steps=arguments.steps,
        minutes=arguments.minutes,
        seed=arguments.seed,
        learning_rate=arguments.learning_rate,
        warm_up=arguments.warm_up,
        schedule=arguments.schedule,
        weight_decay=arguments.weight_decay,
        smoothing=arguments.label_smoothing,
        clip=arguments.clip,
        decay=arguments.average_decay,
        join=0.0 if vae else arguments.join,
        rebuild_weight=rebuild,
        encode=arguments.encode,
        precision=arguments.precision,
        evaluate_every=arguments.evaluate_every,
        save_every=arguments.save_every,
    )


def blended(arguments: argparse.Namespace, say: Say, looked: Looked) -> TrainingData:
    """Photographs, their landmarks and boxes. Raises PhotographsUnreadable, DataUnusable."""
    say("Finding the faces; the next run on the same photographs does without.")
    sets = prepare(arguments.self_blend, arguments.cache or arguments.out / "boxes.json", tell=looked)
    counts = (len(sets.train.boxes), len(sets.held_out.boxes), sets.twins, sets.without_face)
    words = "{} faces to train on, {} held out ({} near copies left out), {} photographs without a found face."
    say(words.format(*counts))
    _name_unreadable(sets.unreadable, say)
    return Blended(sets)


def labelled(folder: Path, say: Say, looked: Looked) -> TrainingData:
    """Labelled face images. Raises DataUnusable."""
    say("Looking at every image once.")
    found = scan(folder, looked)
    for name, part in (("train", found.train), ("valid", found.valid), ("test", found.test)):
        if part is not None:
            say(f"{name}: {len(part.fake)} fake, {len(part.real)} real.")
    if found.test is None:
        say("There is no test folder: the end is measured on valid.")
    if found.repeated:
        say(f"Mind: {found.repeated} images of valid and test are also in train; the figures will be too good.")
    _name_unreadable(found.unreadable, say)
    return Labelled(found)


def _name_unreadable(paths: Sequence[Path], say: Say) -> None:
    if paths:
        rest = len(paths) - NAMED
        named = "\n".join(f"  {path}" for path in paths[:NAMED]) + (f"\n  and {rest} more" if rest > 0 else "")
        say(f"{len(paths)} images cannot be read and are left out:\n{named}")
