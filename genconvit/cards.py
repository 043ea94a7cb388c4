"""The card of a weights file: what it is, where it comes from, what may be done with it, how good it is.

A weights folder has the ``.safetensors`` files in it, their cards in ``cards/<name>.toml`` and methods in ``methods/``.
Cards are read without torch, so a window can list them.
"""

from __future__ import annotations

import hashlib
import io
import math
import os
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

import tomli_w

from genconvit.errors import CardInvalid, WeightsMissing
from genconvit.method import NETWORKS
from genconvit.progress import QUIET, Progress

SCHEMA = 1
CLASSES = ("fake", "real")
CHUNK_BYTES = 1 << 18
"""Read at a time: what stays in the processor's cache until it is hashed."""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


@dataclass(frozen=True, slots=True)
class Card:
    """See the module's text. The fields, but for ``folder``, are those of the TOML file."""

    name: str
    """What methods call the weights by; also the name of the card file."""
    network: str
    """``ed`` or ``vae``."""
    backbone: str
    """A timm model name."""
    image_px: int
    mean: tuple[float, float, float]
    """Subtracted from RGB in 0..1, then divided by ``std``."""
    std: tuple[float, float, float]
    classes: tuple[str, str]
    """Meaning of the two logits in order; always fake, real."""
    file: str
    """Name of the weights file in the folder."""
    bytes: int
    sha256: str
    """Of the weights file."""
    licence: str
    source: str
    source_sha256: str
    """Of the file the weights were made from; empty when they were trained here."""
    training: str
    measured: tuple[str, ...]
    """What was measured of these weights, one sentence each, with data set, number of videos and interval."""
    weaknesses: tuple[str, ...]
    folder: Path = field(default=Path(), compare=False)
    """The weights folder the card was found in."""

    @property
    def path(self) -> Path:
        """The weights file."""
        return self.folder / self.file


@dataclass(frozen=True, slots=True)
class CardProblem:
    """A weights file or card that is not as it should be."""

    path: Path
    problem: str
    """``missing``, ``size``, ``sha256`` or ``card`` (the card itself cannot be read)."""
    expected: str
    found: str


def is_name(name: str) -> bool:
    """Whether weights may be called so: 1 to 64 letters, digits, dots, dashes, underscores; no dot first."""
    return _NAME.fullmatch(name) is not None


def card_path(folder: Path, name: str) -> Path:
    """Where the card of that name stands in a weights folder."""
    return folder / "cards" / f"{name}.toml"


def card_files(folders: Sequence[Path]) -> tuple[Path, ...]:
    """All card files, in order of folder, then of name."""
    return tuple(path for folder in folders for path in sorted((folder / "cards").glob("*.toml")))


def cards(folders: Sequence[Path]) -> tuple[Card, ...]:
    """The cards of all folders; of two with the same name the one in the earlier folder.

    Raises:
        CardInvalid: one of them cannot be read.
    """
    first: dict[str, Card] = {}
    for path in card_files(folders):
        card = read_card(path)
        first.setdefault(card.name, card)
    return tuple(first.values())


def find_card(name: str, folders: Sequence[Path], sha256: str = "") -> Card:
    """The card called ``name`` in the first folder that has it; with ``sha256``, the first one with that hash too.

    Raises:
        WeightsMissing: none. A card of that name with another hash is given where there is no better one: who asked
            for the hash has to compare.
        CardInvalid
    """
    paths = [path for folder in folders if is_name(name) and (path := card_path(folder, name)).is_file()]
    if not paths:
        raise WeightsMissing(name, tuple(folders))
    found = [read_card(path) for path in (paths if sha256 else paths[:1])]
    return next((card for card in found if card.sha256 == sha256), found[0])


def read_card(path: Path) -> Card:
    """Read and check a card file.

    Raises:
        CardInvalid: not TOML, a field missing, unknown or out of range.
    """
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise CardInvalid(path, "file", str(error)) from None
    if table.pop("schema", None) != SCHEMA:
        raise CardInvalid(path, "schema", f"must be {SCHEMA}")
    wanted = {f.name for f in fields(Card)} - {"folder"}
    if unknown := sorted(set(table) - wanted):
        raise CardInvalid(path, unknown[0], "is not a field of a card")
    if missing := sorted(wanted - set(table)):
        raise CardInvalid(path, missing[0], "is missing")
    for field_name, problem in _problems(table, path.stem):
        raise CardInvalid(path, field_name, problem)
    values: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in table.items()}
    for name in ("mean", "std"):
        values[name] = tuple(float(value) for value in values[name])
    return Card(**values, folder=path.parent.parent)


def to_toml(card: Card) -> str:
    """Text that :func:`read_card` reads back to an equal card."""
    table: dict[str, Any] = {"schema": SCHEMA, **asdict(card)}
    del table["folder"]
    return tomli_w.dumps(table)


def verify(folders: Sequence[Path], progress: Progress = QUIET) -> tuple[CardProblem, ...]:
    """Hash every weights file again and compare it with its card.

    Raises:
        Cancelled
    """
    found: list[CardProblem] = []
    readable: list[Card] = []
    for path in card_files(folders):
        try:
            readable.append(read_card(path))
        except CardInvalid as error:
            found.append(CardProblem(path, "card", error.field_name, error.problem))
    for position, card in enumerate(readable):
        part = progress.part(position / len(readable), 1 / len(readable))
        if (problem := _compare(card, part)) is not None:
            found.append(problem)
    return tuple(found)


def hash_file(path: Path, progress: Progress = QUIET) -> str:
    """SHA-256 of a file, read in pieces. Raises OSError, Cancelled."""
    with path.open("rb", buffering=0) as file:
        return hash_open_file(file, progress)


def hash_open_file(file: io.FileIO, progress: Progress = QUIET) -> str:
    """SHA-256 of a file from its beginning, read in pieces. Raises OSError, Cancelled."""
    digest, done, size = hashlib.sha256(), file.seek(0), max(os.fstat(file.fileno()).st_size, 1)
    piece = memoryview(bytearray(CHUNK_BYTES))
    while count := file.readinto(piece):
        digest.update(piece[:count])
        done += count
        progress.report(done / size)
    return digest.hexdigest()


def _compare(card: Card, progress: Progress) -> CardProblem | None:
    try:
        size = card.path.stat().st_size
        if size != card.bytes:
            return CardProblem(card.path, "size", str(card.bytes), str(size))
        digest = hash_file(card.path, progress)
    except FileNotFoundError:
        return CardProblem(card.path, "missing", card.sha256, "")
    except OSError as error:
        return CardProblem(card.path, "missing", card.sha256, error.strerror or type(error).__name__)
    return None if digest == card.sha256 else CardProblem(card.path, "sha256", card.sha256, digest)


def _problems(table: Mapping[str, Any], stem: str) -> Iterator[tuple[str, str]]:
    texts = ("name", "network", "backbone", "file", "sha256", "licence", "source", "source_sha256", "training")
    for name in texts:
        if not isinstance(table[name], str):
            yield name, "must be text"
    for name in ("image_px", "bytes"):
        if type(table[name]) is not int or table[name] <= 0:
            yield name, "must be a whole number above 0"
    for name in ("measured", "weaknesses"):
        if not isinstance(table[name], list) or not all(isinstance(entry, str) for entry in table[name]):
            yield name, "must be a list of texts"
    for name in ("mean", "std"):
        if not _three_numbers(table[name]):
            yield name, "must be three numbers"
    if min(table["std"]) <= 0:
        yield "std", "must be above 0"
    if table["classes"] != list(CLASSES):
        yield "classes", f"must be {', '.join(CLASSES)}"
    if table["network"] not in NETWORKS:
        yield "network", f"must be one of {', '.join(NETWORKS)}"
    if table["name"] != stem or not is_name(stem):
        yield "name", f"must be the name of the card's file, {stem!r}"
    if not is_name(table["file"]):
        yield "file", "must be the plain name of a file in the weights folder"
    if not _is_digest(table["sha256"]):
        yield "sha256", "must be 64 hexadecimal digits"
    if table["source_sha256"] and not _is_digest(table["source_sha256"]):
        yield "source_sha256", "must be 64 hexadecimal digits or empty"


def _three_numbers(value: object) -> bool:
    if not isinstance(value, list) or len(value) != 3:
        return False
    return all(type(number) in (int, float) and math.isfinite(number) for number in value)


def _is_digest(text: str) -> bool:
    return re.fullmatch(r"[0-9a-f]{64}", text) is not None
