from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from genconvit.evaluation import charts
from genconvit.evaluation.figures import Figure

REALS, FAKES = np.array([0.1, 0.2, 0.2, 0.6]), np.array([0.2, 0.7, 1.0])


def pixels(path: Path) -> np.ndarray:
    with Image.open(path) as picture:
        return np.asarray(picture.convert("RGB"))


def share_of(image: np.ndarray, colour: str) -> float:
    wanted = np.array([int(colour[place : place + 2], 16) for place in (1, 3, 5)])
    return float((np.abs(image.astype(int) - wanted).max(axis=-1) < 8).mean())


def test_a_histogram_shows_fakes_above_and_reals_below(tmp_path: Path) -> None:
    path = tmp_path / "histogram.png"
    charts.histogram(REALS, FAKES, path, thresholds=(0.3, 0.5))
    image = pixels(path)
    upper, lower = image[: len(image) // 2 - 40], image[len(image) // 2 + 40 :]
    assert share_of(upper, charts.FAKE) > 0.02 and share_of(upper, charts.REAL) == 0
    assert share_of(lower, charts.REAL) > 0.02 and share_of(lower, charts.FAKE) == 0
    assert share_of(image, charts.BAND) > 0.02


def test_a_perfect_roc_curve_runs_along_the_corner(tmp_path: Path) -> None:
    perfect, useless = tmp_path / "perfect.png", tmp_path / "useless.png"
    charts.roc(np.array([0.1, 0.2]), np.array([0.8, 0.9]), perfect)
    charts.roc(np.array([0.5, 0.5]), np.array([0.5, 0.5]), useless)

    def coloured(path: Path) -> tuple[int, int]:
        image = pixels(path)
        middle = image[200:450, 250:600]
        return int(share_of(image[40:90, 90:400], charts.FAKE) > 0), int(share_of(middle, charts.FAKE) > 0)

    assert coloured(perfect) == (1, 0) and coloured(useless)[1] == 1


DRAWN: dict[str, Callable[[Path], None]] = {
    "roc": lambda path: charts.roc(REALS, FAKES, path, area=Figure(0.8, 0.7, 0.9, 7), unit="photographs"),
    "precision_recall": lambda path: charts.precision_recall(REALS, FAKES, path),
    "histogram of one": lambda path: charts.histogram(REALS[:1], FAKES[:0], path, thresholds=(0.5, 0.5)),
    "reliability of none": lambda path: charts.reliability([], path),
    "curves": lambda path: charts.curves({"Loss": {"Training": ([1, 2], [0.7, 0.6])}, "AUC": {}}, path),
    "confusion": lambda path: charts.confusion({"REAL": {"REAL": 0, "FAKE": 0}, "FAKE": {"REAL": 1, "FAKE": 9}}, path),
}


@pytest.mark.parametrize("draw", DRAWN.values(), ids=DRAWN)
def test_each_picture_is_whole_and_the_same_again(draw: Callable[[Path], None], tmp_path: Path) -> None:
    path = tmp_path / "picture.png"
    draw(path)
    first = path.read_bytes()
    draw(path)
    assert first == path.read_bytes() and [entry.name for entry in tmp_path.iterdir()] == ["picture.png"]
    assert b"atplotlib" not in first and pixels(path).std() > 5


def test_a_failed_drawing_leaves_the_old_picture(tmp_path: Path) -> None:
    path = tmp_path / "roc.png"
    charts.roc(REALS, FAKES, path)
    before = path.read_bytes()
    with pytest.raises(ValueError, match="no scores"):
        charts.roc(REALS[:0], FAKES[:0], path)
    assert path.read_bytes() == before


def test_settings_of_the_user_have_no_say(tmp_path: Path, root: Path) -> None:
    code = (
        "import sys, pathlib, numpy; from genconvit.evaluation import charts; assert 'matplotlib' not in sys.modules;"
        "charts.roc(numpy.array([.1, .2]), numpy.array([.2, .9]), pathlib.Path('roc.png'));"
        "assert 'matplotlib.pyplot' not in sys.modules"
    )
    pictures = []
    for folder, settings in ((tmp_path / "plain", ""), (tmp_path / "own", "backend: TkAgg\nfigure.facecolor: red\n")):
        folder.mkdir()
        (folder / "matplotlibrc").write_text(settings, encoding="utf-8")
        subprocess.run([sys.executable, "-c", code], cwd=folder, check=True, timeout=120)
        assert sorted(entry.name for entry in folder.iterdir()) == ["matplotlibrc", "roc.png"]
        pictures.append((folder / "roc.png").read_bytes())
    assert pictures[0] == pictures[1]
