from __future__ import annotations

import csv
from pathlib import Path

import cv2
import numpy as np
import pytest

from genconvit.training.photographs import LISTING

SIDE_PX = 96


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


@pytest.fixture(scope="session")
def photographs_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """24 drawn faces with their listing, some of which fall to the held-out part."""
    folder = tmp_path_factory.mktemp("faces") / "drawn"
    folder.mkdir()
    points = face_points()
    with (folder / LISTING).open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["file", *(f"{axis}{i}" for i in range(68) for axis in "xy")])
        for number in range(24):
            cv2.imwrite(str(folder / f"{number:02}.png"), draw_face(number)[:, :, ::-1])
            writer.writerow([f"{number:02}.png", *points.reshape(-1)])
    return folder
