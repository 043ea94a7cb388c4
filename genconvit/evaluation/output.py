"""The files that an evaluation leaves: the summary and its pictures."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from genconvit import whole
from genconvit.evaluation import charts
from genconvit.evaluation.results import Result
from genconvit.evaluation.summary import Summary, scored, to_json

SUMMARY = "summary.json"


def write(summary: Summary, results: Sequence[Result], folder: Path) -> tuple[Path, ...]:
    """Write ``summary.json``, ``roc.png``, ``precision_recall.png``, ``histogram.png``, ``reliability.png`` and
    ``confusion.png``, each whole or not at all; the paths of those written.

    ROC and precision-recall need labelled videos of both kinds with a score, histogram and reliability one.
    A picture that an earlier run left and that these results cannot give is deleted.

    Raises:
        OSError: a file cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / SUMMARY
    # What is not Unicode in a name becomes JSON's own escape, which reads back to the same name.
    whole.write(target, to_json(summary).encode("utf-8", "backslashreplace"))
    written = [target]
    for name, draw in _charts(summary, results).items():
        path = folder / name
        if draw is None:
            path.unlink(missing_ok=True)
        else:
            draw(path)
            written.append(path)
    return tuple(written)


def _charts(summary: Summary, results: Sequence[Result]) -> dict[str, Callable[[Path], None] | None]:
    scores, is_fake = scored(results)
    real, fake = scores[~is_fake], scores[is_fake]
    both, some = bool(len(real) and len(fake)), bool(len(scores))
    judge = summary.method
    rule = (judge.lower, judge.upper) if judge and judge.lower is not None and judge.upper is not None else None
    error = summary.scores.expected_calibration_error
    labelled = summary.real.all + summary.fake.all
    return {
        "roc.png": partial(charts.roc, real, fake, area=summary.scores.auc) if both else None,
        "precision_recall.png": partial(charts.precision_recall, real, fake) if both else None,
        "histogram.png": partial(charts.histogram, real, fake, thresholds=rule) if some else None,
        "reliability.png": partial(charts.reliability, summary.reliability, error=error) if some else None,
        "confusion.png": partial(charts.confusion, summary.confusion) if labelled else None,
    }
