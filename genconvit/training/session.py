"""A training run, from its settings to the weights file."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch

from genconvit.alone import alone
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
LOCK = ".training.lock"


@dataclass(frozen=True, slots=True)
class Assignment:
    """What is to be trained, on what, where.

    ``photographs`` or ``folders``: the data, real photographs to blend or a folder of labelled face images.
    ``cache``: found boxes; None is in ``out``. ``start``: as :func:`genconvit.training.start.started` takes it.
    ``threads``: for the network; 0 is torch's own choice. ``packed``: whether checkpoints are small ones.
    """

    config: TrainingConfig
    out: Path
    name: str
    words: Words
    photographs: tuple[Path, ...] = ()
    folders: Path | None = None
    cache: Path | None = None
    start: Path | None = None
    device: str = "auto"
    workers: int = 1
    threads: int = 0
    packed: bool = False


def run_training(given: Assignment, say: Say, tell: Tell, looked: Looked) -> Card:
    """Train, measure, write. The same assignment again goes on where the run was stopped.

    Args:
        say: gets a line for people now and then.
        tell: gets step, share of the run done and loss, once a step.
        looked: gets the number of images looked at before the run.

    Raises:
        PhotographsUnreadable, DataUnusable, RunDiffers, RunFailed, CheckpointDamaged, StartUnfit, NotAlone,
        GenConViTError, OSError
    """
    if given.threads > 0:
        torch.set_num_threads(given.threads)
    device = choose_device(given.device)
    network, start = started(given.config, given.start)
    given.out.mkdir(parents=True, exist_ok=True)
    with alone(given.out, LOCK, "training run"):
        data = labelled(given.folders, say, looked) if given.folders else blended(given, say, looked)
        say(f"Training on {device.name}.")
        run = train(
            network,
            data,
            given.config,
            given.out,
            start=start,
            device=device,
            workers=given.workers,
            packed=given.packed,
            tell=tell,
        )
        say("Measuring on the images that were kept back.")
        figures = measure(run.average.network, data, given.config)
        card = export(run, given.name, trained_on(data, run), figures, data, given.words, given.out)
        draw(given.out, figures.measured)
    say(f"{card.path}: {card.bytes} bytes, SHA-256 {card.sha256}")
    say("\n".join(card.measured))
    return card


def blended(given: Assignment, say: Say, looked: Looked) -> TrainingData:
    """Photographs, their landmarks and boxes. Raises PhotographsUnreadable, DataUnusable."""
    say("Finding the faces; the next run on the same photographs does without.")
    sets = prepare(given.photographs, given.cache or given.out / "boxes.json", tell=looked)
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
