"""Face finders behind one protocol."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Mapping
from importlib import import_module
from types import ModuleType
from typing import Any, Protocol

import cv2
import dlib
import numpy as np
import numpy.typing as npt
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

    ``face_recognition`` itself is not imported: it reads 120 MB of models that finding a face does without.

    Boxes go from the brows to the chin, cut off at the frame, in the order of the finder. dlib is given BGR, as the
    script gives it, though it asks for RGB: it follows the channel with the strongest edge, and where two are equal
    their order decides. The script has no confidence, so it is always 1. Of the method's settings only
    ``longest_side_px`` would matter, and the released script has none: it is not looked at.
    """

    def __init__(self) -> None:
        self.name = "hog"
        self.libraries: Mapping[str, str] = {}
        self._locate: Callable[[Pixels, int], Iterable[Any]] = dlib.get_frontal_face_detector()

    def find(self, pixels: Pixels) -> list[FoundFace]:
        height, width = pixels.shape[:2]
        found = self._locate(np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR), np.uint8), 0)
        sides = [(box.left(), box.top(), box.right(), box.bottom()) for box in found]
        return [
            FoundFace((max(left, 0), max(top, 0), min(right, width), min(bottom, height)), 1.0)
            for left, top, right, bottom in sides
        ]


def find_landmarks(pixels: Pixels) -> npt.NDArray[np.float32] | None:
    """Landmarks of the largest face that dlib's HOG finds, by dlib's model of 68 points; None where it finds none.

    Args:
        pixels: ``uint8 [height, width, 3]``, RGB. Faces under about 80 px are not found.

    Returns:
        ``float32 [68, 2]``, x and y in pixels, in the order of the iBUG 68 points.
    """
    face_recognition = load_face_recognition()
    found = face_recognition.face_locations(pixels, number_of_times_to_upsample=0, model="hog")
    if not found:
        return None
    largest = max(found, key=lambda box: (box[2] - box[0]) * (box[1] - box[3]))
    named = face_recognition.face_landmarks(pixels, face_locations=[largest], model="large")[0]
    top, bottom = named["top_lip"], named["bottom_lip"]
    parts = ("chin", "left_eyebrow", "right_eyebrow", "nose_bridge", "nose_tip", "left_eye", "right_eye")
    points = [point for part in parts for point in named[part]]
    # It gives each lip as a closed outline: along its outer edge, then back along its inner one.
    outer, inner = [*top[:7], *bottom[1:6]], [*reversed(top[7:12]), *reversed(bottom[8:11])]
    return np.array([*points, *outer, *inner], np.float32)


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


def use_threads(threads: int) -> None:
    """How many threads OpenCV has in this process, to resize and convert pictures."""
    cv2.setNumThreads(threads)


def make_finder(finding: Finding, threads: int = 0) -> FaceFinder:
    """The finder that a method names; ``threads``: to compute on, 0 for as many as OpenCV has. HOG takes one.

    Raises FinderModelUnfit.
    """
    if finding.finder == "centerface":
        return CenterFace(finding, threads or max(cv2.getNumThreads(), 1))
    return Hog()
