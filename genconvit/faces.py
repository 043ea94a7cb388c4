"""Face finders behind one protocol."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from importlib import import_module
from types import ModuleType
from typing import Protocol

from PIL import ImageFile

from genconvit.centerface import CenterFace
from genconvit.method import Finding
from genconvit.records import FoundFace, Pixels


class FaceFinder(Protocol):
    """Finds faces in one frame; the same frame gives the same faces, whatever was looked at before."""

    @property
    def name(self) -> str: ...

    @property
    def libraries(self) -> Mapping[str, str]:
        """What the result depends on beyond the libraries: model files by their hash."""
        ...

    def find(self, pixels: Pixels) -> list[FoundFace]:
        """Faces in ``uint8 [height, width, 3]``, RGB; boxes in the frame's pixels, half-open."""
        ...


class Hog:
    """dlib's HOG, exactly as ``face_recognition`` runs it in the released script: full size, no upsampling.

    Boxes go from the brows to the chin, cut off at the frame, in the order of the finder. ``face_recognition`` tells no
    confidence, so it is always 1. Of the method's settings only ``longest_side_px`` would matter, and the released
    script has none: it is not looked at.
    """

    def __init__(self) -> None:
        face_recognition = load_face_recognition()
        self.name = "hog"
        self.libraries: Mapping[str, str] = {}
        self._locate = face_recognition.face_locations

    def find(self, pixels: Pixels) -> list[FoundFace]:
        found = self._locate(pixels, number_of_times_to_upsample=0, model="hog")
        return [FoundFace((left, top, right, bottom), 1.0) for top, right, bottom, left in found]


def load_face_recognition() -> ModuleType:
    """The module ``face_recognition``, imported on first use: it takes a second and reads 120 MB of models."""
    truncated = ImageFile.LOAD_TRUNCATED_IMAGES
    try:
        with warnings.catch_warnings():
            # Its package of models still uses pkg_resources, and warns its user about it.
            warnings.filterwarnings("ignore", message="pkg_resources is deprecated", category=UserWarning)
            return import_module("face_recognition")
    finally:
        # On import it has Pillow accept damaged pictures, for the whole process.
        ImageFile.LOAD_TRUNCATED_IMAGES = truncated


def make_finder(finding: Finding) -> FaceFinder:
    """The finder that a method names."""
    return CenterFace(finding) if finding.finder == "centerface" else Hog()
