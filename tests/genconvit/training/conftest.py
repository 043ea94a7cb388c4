from __future__ import annotations

import csv
import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from genconvit.training.photographs import LISTING

SIDE_PX = 96
BOX = (24.0, 16.0, 72.0, 76.0)
"""Of every drawn face."""


def face_points() -> np.ndarray:
    """68 points laid out like a face of 48 px in the middle of a 96 px picture."""
    angle = np.linspace(np.pi, 0, 17)
    jaw = np.stack([48 - 24 * np.cos(angle - np.pi), 44 + 28 * np.sin(angle)], axis=1)
    brows = np.stack([np.linspace(28, 68, 10), np.full(10, 36.0)], axis=1)
    nose = np.stack([[48, 48, 48, 48, 43, 45, 48, 51, 53], [40, 44, 48, 52, 55, 56, 57, 56, 55]], axis=1)
    eye = np.array([[-4, 0], [-2, -2], [2, -2], [4, 0], [2, 2], [-2, 2]], float)
    turn = np.linspace(0, 2 * np.pi, 13)[:12]
    outer = np.stack([48 - 9 * np.cos(turn), 63 - 4 * np.sin(turn)], axis=1)
    turn = np.linspace(0, 2 * np.pi, 9)[:8]
    inner = np.stack([48 - 6 * np.cos(turn), 63 - 2 * np.sin(turn)], axis=1)
    return np.concatenate([jaw, brows, nose, eye + np.array([38, 41]), eye + np.array([58, 41]), outer, inner]).astype(
        np.float32
    )


def draw_face(seed: int) -> np.ndarray:
    """A picture with structure everywhere: smooth noise, an oval, two eyes, a mouth."""
    rng = np.random.default_rng(seed)
    coarse = rng.integers(40, 216, (12, 12, 3), dtype=np.uint8)
    pixels = cv2.resize(coarse, (SIDE_PX, SIDE_PX), interpolation=cv2.INTER_CUBIC)
    skin = [int(value) for value in rng.integers(120, 220, 3)]
    cv2.ellipse(pixels, (48, 46), (24, 30), 0, 0, 360, skin, -1)
    for centre in ((38, 41), (58, 41), (48, 63)):
        cv2.circle(pixels, centre, 4, (30, 20, 20), -1)
    return pixels


def write_faces(folder: Path, number: int) -> Path:
    """Drawn faces with their listing, and their boxes in ``<folder>.json`` as a cache has them."""
    folder.mkdir()
    points = face_points()
    names = [f"{place:02}.png" for place in range(number)]
    with (folder / LISTING).open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["file", *(f"{axis}{i}" for i in range(68) for axis in "xy")])
        for place, name in enumerate(names):
            cv2.imwrite(str(folder / name), draw_face(place)[:, :, ::-1])
            writer.writerow([name, *points.reshape(-1)])
    boxes = {f"{folder.name}/{name}": BOX for name in names}
    folder.with_suffix(".json").write_text(json.dumps(boxes), encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def photographs_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """24 drawn faces, some of which fall to the held-out part."""
    return write_faces(tmp_path_factory.mktemp("faces") / "drawn", 24)


@pytest.fixture(scope="session")
def sixty_four(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """64 drawn faces."""
    return write_faces(tmp_path_factory.mktemp("more") / "drawn", 64)


@pytest.fixture(scope="session")
def labelled_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """``train|valid|test / fake|real`` of drawn faces; the fake ones have a bright square."""
    root = tmp_path_factory.mktemp("labelled") / "collection"
    place = 0
    for split, number in (("train", 6), ("valid", 3), ("test", 4)):
        for label in ("fake", "real"):
            folder = root / split / label
            folder.mkdir(parents=True)
            for _ in range(number):
                pixels = draw_face(100 + place)
                if label == "fake":
                    pixels[40:60, 40:60] = 250
                cv2.imwrite(str(folder / f"{place:03}.png"), pixels[:, :, ::-1])
                place += 1
    return root
