"""A finder and a scorer in place of the real ones, and an examination that runs on them."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from genconvit.analyze import analyze
from genconvit.gathering import Scorer
from genconvit.method import Crop, Finding, Method, Sampling, Scoring, WeightsRef
from genconvit.records import Examination, FoundFace, Pixels, WeightsUsed

METHOD = Method(
    "try", "", "", Sampling("even", 6, 0.0), Finding("centerface", 640, 0.5, 10, 0), Crop("box", 0.0, 32),
    Scoring("float32", False, 0), (WeightsRef("w", "ed", "0" * 64),), None,
)  # fmt: skip
BOX = (100, 40, 180, 140)


class Middle:
    """Finds one box in every frame; ``first`` is set by the first look, and the later ones wait for ``go_on``."""

    name = "middle"
    libraries: dict[str, str] = {}  # noqa: RUF012

    def __init__(self) -> None:
        self.first, self.go_on, self.looks = threading.Event(), threading.Event(), 0
        self.go_on.set()

    def find(self, pixels: Pixels) -> list[FoundFace]:
        self.looks += 1
        self.first.set()
        if self.looks > 1:
            assert self.go_on.wait(30)
        return [FoundFace(BOX, 0.9)]


class Level:
    """Calls a bright crop fake."""

    method = METHOD
    device_name = "none"
    weights = (WeightsUsed("w", "ed", "0" * 64, "", "none"),)

    def score(self, crops: Pixels) -> list[dict[str, tuple[float, float]]]:
        levels = [float(crop.mean()) / 255 for crop in crops]
        return [{"ed": (level, 1 - level)} for level in levels]


def run(path: Path, load: Callable[[], Scorer], finder: Middle | None = None, **options: Any) -> Examination:
    return analyze(path, METHOD, folders=(), detector=lambda _: load(), finder=lambda _: finder or Middle(), **options)
