"""The pictures at a run's end."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from genconvit.evaluation import charts
from genconvit.evaluation.figures import Figure
from genconvit.training import metrics
from genconvit.training.data import Measured
from genconvit.training.loop import METRICS

CURVES, CONFUSION, ROC = "curves.png", "confusion.png", "roc.png"
PANELS = {
    "Loss": {"loss": "Training, with all that is added to the cross-entropy"},
    "Accuracy where 0.5 decides": {
        "train_accuracy": "Training images, as the network learns",
        "accuracy": "Images that were kept back, averaged weights",
    },
    "Area under the ROC curve, images that were kept back": {
        "auc": "All",
        "auc_weak": "Weak blends",
        "auc_strong": "Strong degradation",
    },
}
"""What is on the upright axis, to entry of the metrics, to name of the line."""
Line = tuple[Sequence[float], Sequence[float]]


def draw(folder: Path, measured: Measured) -> None:
    """``curves.png`` of the run's metrics; ``confusion.png`` (where 0.5 decides) and ``roc.png`` of its end.

    Raises:
        OSError: the folder cannot be written to.
    """
    charts.curves(panels(metrics.read(folder / METRICS)), folder / CURVES)
    charts.confusion(confused(measured), folder / CONFUSION, unit="images")
    low, high = measured.interval()
    area = Figure(round(measured.facts()["auc"], 6), low, high, len(measured.real) + len(measured.fake))
    charts.roc(measured.real, measured.fake, folder / ROC, area=area, unit="images")


def panels(entries: Sequence[dict[str, float]]) -> dict[str, dict[str, Line]]:
    """Upright axis to name of the line to ``(steps, values)``; lines without a point are left out."""
    found = {
        title: {label: line for name, label in lines.items() if (line := _line(entries, name))[0]}
        for title, lines in PANELS.items()
    }
    return {title: lines for title, lines in found.items() if lines} or {"Loss": {}}


def confused(measured: Measured) -> dict[str, dict[str, int]]:
    """Label to outcome to number of images, 0.5 deciding."""
    return {
        name: {"FAKE": int((scores >= 0.5).sum()), "REAL": int((scores < 0.5).sum())}
        for name, scores in (("Real", measured.real), ("Fake", measured.fake))
    }


def _line(entries: Sequence[dict[str, float]], name: str) -> Line:
    chosen = [entry for entry in entries if name in entry]
    return [entry["step"] for entry in chosen], [entry[name] for entry in chosen]
