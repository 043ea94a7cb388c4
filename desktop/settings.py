"""What the examiner has set, in one JSON file. No Qt, no registry."""

from __future__ import annotations

import json
import logging
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from desktop.cases.durable import remove, rename

log = logging.getLogger(__name__)

THEMES = ("system", "light", "dark")
DEVICES = ("auto", "cpu", "cuda", "mps")


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that is remembered between two starts."""

    method: str = "standard"
    """Name of a method."""
    frames: int = 0
    """Frames examined in each video; 0 leaves the method's own plan as it is."""
    device: str = "auto"
    laboratory: str = ""
    laboratory_address: str = ""
    examiner: str = ""
    theme: str = "system"
    copy_evidence: bool = True
    """Whether a video is copied into its case, or only referred to where it is."""
    last_folder: str = ""
    geometry: str = ""
    """Of the window, as Qt saves it, base64."""
    panes: str = ""
    """Widths of the panes of a case, as Qt saves them, base64."""


def load(path: Path) -> Settings:
    """The settings in the file. Without one, and for every value that makes no sense, the default."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return Settings()
    except (OSError, ValueError) as error:
        log.warning("settings could not be read, defaults are used: %s", error)
        return Settings()
    if not isinstance(document, dict):
        return Settings()
    default = Settings()
    kept = {f.name: document[f.name] for f in fields(Settings) if _fits(f.name, document.get(f.name), default)}
    return Settings(**kept)


def save(path: Path, settings: Settings) -> None:
    """Replace the file at once. Raises OSError: the file is as it was.

    A name that the file system has and Unicode has not is kept as it is: JSON's escapes hold what UTF-8 cannot.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(path.name + ".new")
    try:
        beside.write_text(json.dumps(asdict(settings), indent=2) + "\n", encoding="ascii")
        rename(beside, path)
    except OSError:
        remove(beside)
        raise


def _fits(name: str, value: object, default: Settings) -> bool:
    if type(value) is not type(getattr(default, name)):
        return False
    if name == "theme":
        return value in THEMES
    if name == "device":
        return value in DEVICES
    if name == "frames":
        return isinstance(value, int) and 0 <= value <= 1_000_000
    return True
