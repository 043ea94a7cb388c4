"""Taking in a ``.pth`` file, released or of a training run, without ever running what is in it."""

from __future__ import annotations

import json
import pickle
import pickletools
import re
import warnings
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from genconvit.cards import CLASSES, Card, card_path, hash_file, is_name
from genconvit.errors import WeightsRefused
from genconvit.method import IMAGENET_MEAN, IMAGENET_STD, Triple
from genconvit.networks import NetworkConfig
from genconvit.progress import QUIET, Progress
from genconvit.weights.fitting import network_of
from genconvit.weights.saving import save

RELEASED_BACKBONE = "convnext_tiny"
RELEASED_IMAGE_PX = 224
LICENCE = "Not stated in the file. The GenConViT authors publish theirs under CC BY-NC 4.0 (no commercial use)."
WEAKNESS = "Not measured by this program; validate before use in a case."

_GLOBAL = re.compile(r"GLOBAL ([\w.]+)|safe_globals\(\[([\w.]+)\]")


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """What a file may not say of itself. Empty or 0: what the file says, else what the release uses."""

    backbone: str = ""
    image_px: int = 0
    licence: str = ""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What a file holds and says of itself; what it does not say is as in the release."""

    state: Mapping[str, object]
    """May be mapped from the file, and holds whatever the file holds: nothing of it was compared with a network."""
    network: str
    backbone: str
    image_px: int
    mean: Triple
    std: Triple
    licence: str
    training: str


def read_checkpoint(file: Path, options: ImportOptions | None = None) -> Checkpoint:
    """Read a ``.pth`` file: the state dict itself, or a dict with it under ``state_dict`` or ``average``.

    Raises:
        WeightsRefused: ``missing``, ``unsafe``, ``unreadable``, ``wrong_keys`` or ``wrong_network``.
    """
    options = options or ImportOptions()
    state, config = _parts(_read(file), file)
    return Checkpoint(
        state=state,
        network=network_of(state, file),
        backbone=options.backbone or str(config.get("backbone", RELEASED_BACKBONE)),
        image_px=options.image_px or _whole(config.get("image_px"), RELEASED_IMAGE_PX),
        mean=_three(config.get("mean"), IMAGENET_MEAN),
        std=_three(config.get("std"), IMAGENET_STD),
        licence=options.licence or str(config.get("licence", LICENCE)),
        training=str(config.get("training", "not stated in the file")),
    )


def import_weights(
    file: Path,
    name: str,
    to: Path,
    options: ImportOptions | None = None,
    progress: Progress = QUIET,
) -> Card:
    """Take in a released file or a training checkpoint, as safetensors (float32, only what runs) with a card.

    A checkpoint is a dict with the state dict under ``state_dict``, or under ``average`` as this project's trainer
    keeps it; a ``config`` beside it (a dict, or its JSON) may name ``backbone``, ``image_px``, ``mean``, ``std``,
    ``licence`` and ``training``.

    Args:
        file: read with ``weights_only=True``, mapped rather than read where its format allows.
        name: what to call the weights; empty is ``genconvit-ed`` or ``genconvit-vae``.
        to: the weights folder.

    Raises:
        WeightsRefused: see its kinds; nothing is written.
        ValueError: the name is none, see :func:`genconvit.cards.is_name`.
        OSError: the folder cannot be written to; nothing is left behind.
        Cancelled
    """
    if name:
        _require_free(name, to)
    source_sha256 = _hash(file, progress.part(0.0, 0.4))
    checkpoint = read_checkpoint(file, options)
    name = name or f"genconvit-{checkpoint.network}"
    _require_free(name, to)
    card = Card(
        name=name,
        network=checkpoint.network,
        backbone=checkpoint.backbone,
        image_px=checkpoint.image_px,
        mean=checkpoint.mean,
        std=checkpoint.std,
        classes=CLASSES,
        file="",
        bytes=0,
        sha256="",
        licence=checkpoint.licence,
        source=f"imported from {file.name}",
        source_sha256=source_sha256,
        training=checkpoint.training,
        measured=(),
        weaknesses=(WEAKNESS,),
    )
    try:
        NetworkConfig(card.network, card.backbone, card.image_px)
        return save(checkpoint.state, card, to, progress=progress.part(0.4, 0.6))
    except ValueError as error:
        raise WeightsRefused(file, "wrong_network", (str(error),)) from None
    except WeightsRefused as error:
        raise WeightsRefused(file, error.problem, error.details) from None


def _require_free(name: str, to: Path) -> None:
    if not is_name(name):
        raise ValueError(f"not a name for weights: {name!r}")
    for present in (card_path(to, name), to / f"{name}.safetensors"):
        if present.exists():
            raise WeightsRefused(present, "exists", (name,))


def _hash(file: Path, progress: Progress) -> str:
    try:
        return hash_file(file, progress)
    except FileNotFoundError:
        raise WeightsRefused(file, "missing") from None
    except OSError as error:
        raise WeightsRefused(file, "unreadable", (error.strerror or type(error).__name__,)) from None


def _read(file: Path) -> object:
    """What the file holds, if it holds nothing but tensors, numbers and plain collections of them."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return torch.load(file, map_location="cpu", weights_only=True, mmap=zipfile.is_zipfile(file))
    except FileNotFoundError:
        raise WeightsRefused(file, "missing") from None
    except pickle.UnpicklingError as error:
        if named := _foreign_names(file, str(error)):
            raise WeightsRefused(file, "unsafe", named) from None
        raise WeightsRefused(file, "unreadable", (_last_sentence(error),)) from None
    except Exception as error:  # noqa: BLE001 - a damaged pickle can raise anything
        raise WeightsRefused(file, "unreadable", (_last_sentence(error),)) from None


def _foreign_names(file: Path, message: str) -> tuple[str, ...]:
    """The functions or classes that a pickle would have called, as far as they can be told."""
    named = [first or second for first, second in _GLOBAL.findall(message)]
    if not named and not zipfile.is_zipfile(file):
        named = _named_in_pickle(file)
    return tuple(dict.fromkeys(named))


def _named_in_pickle(file: Path) -> list[str]:
    named: list[str] = []
    texts: list[str] = []
    try:
        with file.open("rb") as stream:
            for opcode, argument, _ in pickletools.genops(stream):
                if opcode.name in ("GLOBAL", "INST"):
                    named.append(str(argument).replace(" ", "."))
                elif opcode.name == "STACK_GLOBAL":
                    named.append(".".join(texts[-2:]))
                elif isinstance(argument, str):
                    texts.append(argument)
    except Exception:  # noqa: BLE001 - what was found before the damage is what counts
        return named
    return named


def _parts(checkpoint: object, file: Path) -> tuple[Mapping[str, object], Mapping[str, Any]]:
    """State dict and config of a checkpoint."""
    if not isinstance(checkpoint, Mapping):
        raise WeightsRefused(file, "wrong_keys", (f"a {type(checkpoint).__name__} instead of a state dict",))
    state = checkpoint.get("state_dict", checkpoint.get("average", checkpoint))
    if not isinstance(state, Mapping) or not all(isinstance(key, str) for key in state):
        raise WeightsRefused(file, "wrong_keys", ("the state dict is not a table of names",))
    return state, _config(checkpoint.get("config"))


def _config(value: object) -> Mapping[str, Any]:
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError:
            return {}
    return value if isinstance(value, Mapping) else {}


def _whole(value: object, default: int) -> int:
    return value if type(value) is int else default


def _three(value: object, default: Triple) -> Triple:
    if isinstance(value, (list, tuple)) and len(value) == 3 and all(type(number) is float for number in value):
        return value[0], value[1], value[2]
    return default


def _last_sentence(error: Exception) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    telling = next((line for line in lines if "WeightsUnpickler error" in line), lines[0] if lines else "")
    return f"{type(error).__name__}: {telling[:200]}" if telling else type(error).__name__
