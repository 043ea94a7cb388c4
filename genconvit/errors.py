"""What can go wrong, as facts. Sentences are made where people read them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path


@dataclass(eq=False)
class GenConViTError(Exception):
    """Base of every expected failure. The fields are the facts; ``str()`` lists them for logs.

    Not frozen, because ``contextlib`` and others assign ``__traceback__`` to exceptions that pass through them.
    """

    def __str__(self) -> str:
        facts = ", ".join(f"{f.name}={getattr(self, f.name)!s}" for f in fields(self))
        return f"{type(self).__name__}({facts})"

    def __reduce__(self) -> tuple[type[GenConViTError], tuple[object, ...]]:
        return type(self), tuple(getattr(self, f.name) for f in fields(self))


# -- videos ------------------------------------------------------------------------------------------------------------


@dataclass(eq=False)
class VideoNotFound(GenConViTError):
    """There is no such file, or it is a folder, or it vanished or was changed while it was read."""

    path: Path
    problem: str
    """``missing``, ``folder``, ``empty``, ``forbidden``, ``vanished`` or ``failed`` (the disk or the way to it)."""


@dataclass(eq=False)
class VideoUnreadable(GenConViTError):
    """No decoder can make a frame of it."""

    path: Path
    decoders: Mapping[str, str]
    """What each decoder said."""


@dataclass(eq=False)
class NoVideoStream(GenConViTError):
    """A media file without pictures, for example a sound recording."""

    path: Path
    streams: tuple[str, ...]


@dataclass(eq=False)
class FrameUnreadable(GenConViTError):
    """A frame that was promised could not be decoded."""

    path: Path
    frame: int
    detail: str


# -- weights and methods -----------------------------------------------------------------------------------------------


@dataclass(eq=False)
class WeightsMissing(GenConViTError):
    """A method asks for weights that are in none of the folders."""

    name: str
    folders: tuple[Path, ...]


@dataclass(eq=False)
class WeightsDamaged(GenConViTError):
    """A weights file is not the one its card describes."""

    path: Path
    expected_sha256: str
    found_sha256: str


@dataclass(eq=False)
class WeightsRefused(GenConViTError):
    """A file that cannot be taken in as weights."""

    path: Path
    problem: str
    """``missing``, ``unsafe`` (pickled code), ``unreadable``, ``wrong_network``, ``wrong_keys``, ``wrong_shapes``,
    ``not_finite``, ``exists`` or ``changed`` (written into while it was used)."""
    details: tuple[str, ...] = ()


@dataclass(eq=False)
class CardInvalid(GenConViTError):
    """A weights card that does not say what a card has to say."""

    path: Path
    field_name: str
    problem: str


@dataclass(eq=False)
class MethodInvalid(GenConViTError):
    """A method that cannot be used as written."""

    source: str
    field_name: str
    problem: str


@dataclass(eq=False)
class MethodMissing(GenConViTError):
    """No method of that name in the folders, and no such file."""

    name: str
    folders: tuple[Path, ...]


@dataclass(eq=False)
class RuleMismatch(GenConViTError):
    """A decision rule stands in a method other than the one it was derived for."""

    source: str
    rule_belongs_to: tuple[str, ...]
    method_core: str


@dataclass(eq=False)
class WeightsUnfit(GenConViTError):
    """Weights of another network or image size than the method asks for."""

    name: str
    asked: str
    found: str


@dataclass(eq=False)
class FinderModelUnfit(GenConViTError):
    """The model file of a face finder is not there, or is not the one that methods were made with."""

    path: Path
    expected_sha256: str
    found_sha256: str
    """Empty when the file cannot be read."""


@dataclass(eq=False)
class EncoderModelMissing(GenConViTError):
    """A model file is not there by which faces of one person are told from others."""

    path: Path


# -- analyses ----------------------------------------------------------------------------------------------------------


@dataclass(eq=False)
class AnalysisInvalid(GenConViTError):
    """A document that is no analysis, or one of a schema this program does not read."""

    field_name: str
    problem: str


@dataclass(eq=False)
class CertificateInvalid(GenConViTError):
    """A document that is no repeatability certificate, or one of a schema this program does not read."""

    field_name: str
    problem: str


@dataclass(eq=False)
class PictureNotKept(GenConViTError):
    """A picture of a flagged frame could not be written, for example because the disk is full."""

    path: Path
    detail: str


@dataclass(eq=False)
class ResultsInvalid(GenConViTError):
    """A file of results per video that cannot be read, or that has another shape."""

    path: Path
    place: str
    """A line or a field; empty for the whole file."""
    problem: str


# -- the machine -------------------------------------------------------------------------------------------------------


@dataclass(eq=False)
class DeviceUnavailable(GenConViTError):
    """The device that was asked for is not in this machine, or cannot be used."""

    device: str
    available: tuple[str, ...]
    detail: str = ""


@dataclass(eq=False)
class OutOfMemory(GenConViTError):
    """Not even one face fits."""

    device: str
    batch: int


@dataclass(eq=False)
class EngineDied(GenConViTError):
    """The engine process ended without an answer."""

    exit_code: int | None
    stage: str = field(default="")


@dataclass(eq=False)
class EngineFailure(GenConViTError):
    """Something unexpected was raised in the engine process: a fault of the program, not of the video."""

    kind: str
    message: str
    trace: str
