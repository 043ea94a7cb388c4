"""Face images in folders: ``train|valid|test / fake|real``, as the released code takes them.

The released loader reads each of the three with torchvision's ``ImageFolder``: the folders in it are the classes, in
alphabetical order (fake 0, real 1); images lie at any depth. It needs all three, does not crop or scale (its images
are cropped faces of 224 px), augments the training images alone, and normalises all with ImageNet's mean and deviation.
Here ``test`` may be missing, and an image of any size is scaled as a crop is. Source: erprogs/GenConViT,
``dataset/loader.py``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from genconvit.pictures import read_picture
from genconvit.records import Pixels
from genconvit.training.data import DataUnusable
from genconvit.training.photographs import in_order

CLASSES = ("fake", "real")
ENDINGS = frozenset({".jpg", ".jpeg", ".png", ".ppm", ".bmp", ".pgm", ".tif", ".tiff", ".webp"})
"""Those of torchvision's ``ImageFolder``."""


@dataclass(frozen=True, slots=True)
class Split:
    """The readable images of one of the three folders."""

    fake: tuple[Path, ...]
    real: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class FaceFolders:
    """What was found, and what could not be read.

    ``test`` is None where there is no such folder. ``digest``: SHA-256 over names and content of the training images.
    ``repeated``: images of ``valid`` and ``test`` whose very file is also in ``train``.
    """

    name: str
    train: Split
    valid: Split
    test: Split | None
    unreadable: tuple[Path, ...]
    repeated: int
    digest: str

    @property
    def last(self) -> Split:
        """What the end of a run is measured on."""
        return self.test or self.valid


def scan(folder: Path, tell: Callable[[int], None] | None = None) -> FaceFolders:
    """Look at every image once, so that none stops a run halfway.

    Args:
        tell: gets the number of images looked at.

    Raises:
        DataUnusable: a folder is missing, has other classes, or a class has no image that can be read.
    """
    looked = _Look(tell)
    train = looked.split(folder / "train")
    seen = set(looked.content)
    digest = hashlib.sha256("".join(f"{path} {sha}\n" for path, sha in looked.listed(folder)).encode()).hexdigest()
    looked.content.clear()
    valid = looked.split(folder / "valid")
    test = looked.split(folder / "test") if (folder / "test").is_dir() else None
    repeated = sum(sha in seen for sha in looked.content)
    return FaceFolders(folder.name, train, valid, test, tuple(looked.unreadable), repeated, digest)


def read_face(path: Path) -> Pixels:
    """``uint8 [height, width, 3]``, RGB, turned upright as its EXIF says. Raises DataUnusable, OSError."""
    pixels = read_picture(path.read_bytes())
    if pixels is None:
        raise DataUnusable(f"{path} is not a picture that can be read")
    return pixels


class _Look:
    """Goes over the images and keeps count."""

    def __init__(self, tell: Callable[[int], None] | None) -> None:
        self.tell = tell
        self.unreadable: list[Path] = []
        self.content: list[str] = []
        self._paths: list[Path] = []

    def split(self, folder: Path) -> Split:
        if not folder.is_dir():
            raise DataUnusable(f"there is no folder {folder}")
        classes = {path.name.lower(): path for path in in_order(folder.iterdir(), folder) if path.is_dir()}
        if sorted(classes) != list(CLASSES):
            found = ", ".join(path.name for path in classes.values()) or "none"
            raise DataUnusable(f"the folders in {folder} must be fake and real; there are: {found}")
        fake, real = (self._readable(classes[name]) for name in CLASSES)
        return Split(fake, real)

    def listed(self, root: Path) -> list[tuple[str, str]]:
        """Paths from the root and content, by SHA-256, of what was readable so far."""
        names = [path.relative_to(root).as_posix() for path in self._paths]
        return list(zip(names, self.content, strict=True))

    def _readable(self, folder: Path) -> tuple[Path, ...]:
        kept = []
        for path in in_order(folder.rglob("*"), folder):
            if path.suffix.lower() not in ENDINGS or not path.is_file():
                continue
            try:
                data = path.read_bytes()
            except OSError:
                data = b""
            if read_picture(data) is None:
                self.unreadable.append(path)
                continue
            kept.append(path)
            self._paths.append(path)
            self.content.append(hashlib.sha256(data).hexdigest())
            if self.tell is not None:
                self.tell(len(self._paths))
        if not kept:
            raise DataUnusable(f"{folder} has no image that can be read")
        return tuple(kept)
