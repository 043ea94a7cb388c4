"""Pictures of figures, as PNG, all in one quiet style. The only door to matplotlib, which is imported when first drawn.

Drawn without a screen and without pyplot's state; settings that a user keeps for matplotlib have no say. The colours
are those of Okabe and Ito, which people with any kind of colour vision can tell apart.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from genconvit import whole
from genconvit.evaluation.figures import Figure
from genconvit.evaluation.intervals import wilson
from genconvit.evaluation.metrics import Counts, Scores, auc, count
from genconvit.evaluation.summary import Bin

if TYPE_CHECKING:
    from matplotlib.axes import Axes

REAL, FAKE, LINES = "#0072B2", "#D55E00", ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00")
INK, QUIET, GRID, BAND = "#222222", "#6B6B6B", "#E4E4E4", "#F1EEE6"
DPI = 150
HISTOGRAM_BINS = 25
STYLE: dict[str, Any] = {
    "figure.constrained_layout.use": True,
    "font.size": 10,
    "axes.titlesize": 12,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.titlepad": 10,
    "axes.labelcolor": INK,
    "axes.edgecolor": QUIET,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": GRID,
    "grid.linewidth": 0.8,
    "text.color": INK,
    "xtick.color": QUIET,
    "ytick.color": QUIET,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "lines.linewidth": 2,
    "legend.frameon": False,
    "savefig.facecolor": "white",
}
SHARES = ("0 %", "20 %", "40 %", "60 %", "80 %", "100 %")
FIFTHS = np.linspace(0, 1, 6)


def roc(real: Scores, fake: Scores, path: Path, *, area: Figure | None = None, unit: str = "videos") -> None:
    """The ROC curve of scores ``float64 [n]`` of each label, with its area.

    Args:
        area: with its interval; without it the area alone is written.
        unit: what was scored, in the plural.
    """
    above, found = _counts(real, fake).at_or_above()
    with _sheet(path, (5.6, 5.6)) as (axes,):
        axes.plot([0, 1], [0, 1], color=QUIET, linewidth=1, linestyle=(0, (4, 3)), label="Guessing")
        axes.plot([0, *above / len(real)], [0, *found / len(fake)], color=FAKE, label=_area(real, fake, area))
        axes.set_title("ROC curve: fakes found, reals wrongly called")
        axes.set_xlabel(f"Real {unit} at or above the threshold (n = {len(real):,})")
        axes.set_ylabel(f"Fake {unit} at or above the threshold (n = {len(fake):,})")
        _unit_square(axes)
        _legend(axes)


def precision_recall(real: Scores, fake: Scores, path: Path, *, unit: str = "videos") -> None:
    """Precision against recall at every threshold; scores ``float64 [n]`` of each label."""
    above, found = _counts(real, fake).at_or_above()
    base = len(fake) / (len(real) + len(fake))
    with _sheet(path, (5.6, 5.6)) as (axes,):
        axes.axhline(base, color=QUIET, linewidth=1, linestyle=(0, (4, 3)), label=f"Calling all fake: {_percent(base)}")
        # Of thresholds that find the same fakes the highest is the best, and the rest are left out.
        best = np.concatenate([found[:1] > 0, found[1:] > found[:-1]])
        recall, precision = found[best] / len(fake), (found / (above + found))[best]
        axes.plot(recall, precision, color=FAKE, drawstyle="steps-pre", label="Every threshold")
        axes.plot(recall[:1], precision[:1], color=FAKE, marker="o", markersize=4)
        axes.set_title("Precision and recall")
        axes.set_xlabel(f"Fakes found: recall (n = {len(fake):,} fake)")
        axes.set_ylabel(f"Fakes among what is found: precision (n = {len(real):,} real)")
        _unit_square(axes)
        _legend(axes)


def histogram(
    real: Scores,
    fake: Scores,
    path: Path,
    *,
    thresholds: tuple[float, float] | None = None,
    unit: str = "videos",
) -> None:
    """How the scores lie, fakes upwards and reals downwards, in shares of each label.

    Args:
        thresholds: lower and upper of the rule; between them is inconclusive.
    """
    edges = np.linspace(0, 1, HISTOGRAM_BINS + 1)
    with _sheet(path, (7.2, 4.8)) as (axes,):
        top = 0.0
        for scores, sign, colour, name in ((fake, 1, FAKE, "Fake"), (real, -1, REAL, "Real")):
            heights = np.histogram(scores, edges)[0] / max(len(scores), 1)
            top = max(top, float(heights.max()))
            axes.bar(
                edges[:-1], sign * heights, width=edges[1], align="edge", color=colour, edgecolor="white", linewidth=0.6
            )
            axes.text(
                0.01, 0.97 if sign > 0 else 0.03, f"{name} {unit} (n = {len(scores):,})", transform=axes.transAxes,
                color=colour, weight="bold", va="top" if sign > 0 else "bottom",
            )  # fmt: skip
        limit = 1.3 * max(top, 0.05)
        axes.axhline(0, color=INK, linewidth=0.8)
        if thresholds:
            _mark_rule(axes, thresholds)
        axes.set_xlim(0, 1)
        axes.set_ylim(-limit, limit)
        axes.yaxis.set_major_formatter(lambda value, _: _percent(abs(value)))
        axes.set_title("Distribution of scores", pad=24 if thresholds else 10)
        axes.set_xlabel("Score: 0 real, 1 fake")
        axes.set_ylabel(f"Share of the {unit} of that label")


def reliability(bins: Sequence[Bin], path: Path, *, error: Figure | None = None) -> None:
    """Share of fakes against mean score, with Wilson's intervals, and the number of videos below.

    Args:
        error: the expected calibration error.
    """
    points = [(each.mean_score, each.n, each.fakes) for each in bins if each.mean_score is not None]
    spans = [wilson(fakes, n) for _, n, fakes in points]
    shares = np.array([fakes / n for _, n, fakes in points])
    reach = np.abs(np.array(spans).reshape(-1, 2).T - shares)
    with _sheet(path, (5.6, 6.4), (3.4, 1)) as (axes, below):
        axes.plot([0, 1], [0, 1], color=QUIET, linewidth=1, linestyle=(0, (4, 3)), label="If it were a probability")
        axes.errorbar(
            [mean for mean, _, _ in points], shares, yerr=reach, color=FAKE, marker="o", markersize=5, linewidth=1.4,
            elinewidth=1.2, capsize=3, label="Measured, with 95 % intervals",
        )  # fmt: skip
        axes.set_title("Reliability: a score is not a probability")
        axes.set_ylabel("Share of fakes")
        _unit_square(axes)
        axes.tick_params(labelbottom=False)
        if error and error.value is not None:
            axes.plot([], [], linestyle="none", label=f"Mean distance from it (ECE): {_with_interval(error)}")
        _legend(axes)
        for each in bins:
            middle = (each.low + each.high) / 2
            below.bar(middle, each.n, width=0.9 * (each.high - each.low), color=QUIET)
            if each.n:
                below.annotate(
                    f"{each.n:,}", (middle, each.n), (0, 2), textcoords="offset points", ha="center", fontsize=8
                )
        below.set_xlim(-0.03, 1.03)
        below.set_xticks(FIFTHS)
        below.set_ylim(0, 1.3 * max([each.n for each in bins], default=1))
        below.set_xlabel(f"Score, and mean score of the bin (n = {sum(each.n for each in bins):,})")
        below.set_yticks([])
        below.set_ylabel("Videos")


def curves(panels: Mapping[str, Mapping[str, tuple[Sequence[float], Sequence[float]]]], path: Path) -> None:
    """Figures over the steps of a training run, panel below panel.

    Args:
        panels: what is on the upright axis, to name of the line, to ``(steps, values)``.
    """
    with _sheet(path, (7.2, 0.8 + 2.8 * len(panels)), (1,) * len(panels)) as sheets:
        for axes, (name, lines) in zip(sheets, panels.items(), strict=True):
            for number, (label, (steps, values)) in enumerate(lines.items()):
                few = len(steps) < 40
                axes.plot(
                    steps, values, color=LINES[number % len(LINES)], label=label, linewidth=1.6,
                    marker="o" if few else "", markersize=3.5,
                )  # fmt: skip
            axes.set_title(name)
            if lines:
                axes.legend(loc="best")
        left = min(axes.get_xlim()[0] for axes in sheets)
        right = max(axes.get_xlim()[1] for axes in sheets)
        for axes in sheets:
            axes.set_xlim(left, right)
        sheets[-1].set_xlabel("Step")


def confusion(table: Mapping[str, Mapping[str, int]], path: Path, *, unit: str = "videos") -> None:
    """Numbers by label (rows) and outcome (columns), shaded by the share of the row.

    Args:
        table: label to outcome to number; every row has the same outcomes.
    """
    rows = list(table)
    columns = list(next(iter(table.values()))) if rows else []
    with _sheet(path, (1.8 + 1.35 * len(columns), 1.6 + 1.0 * len(rows))) as (axes,):
        totals = [sum(table[row].values()) for row in rows]
        shares = np.array([[table[row][column] / max(total, 1) for column in columns]
                           for row, total in zip(rows, totals, strict=True)])  # fmt: skip
        axes.imshow(shares, cmap="Blues", vmin=0, vmax=1.25, aspect="auto")
        for down, row in enumerate(rows):
            for right, column in enumerate(columns):
                share = shares[down, right]
                text = f"{table[row][column]:,}\n{_percent(share)}" if totals[down] else "0"
                axes.text(right, down, text, ha="center", va="center", color="white" if share > 0.62 else INK)
        names = [f"{row}\nn = {total:,}" for row, total in zip(rows, totals, strict=True)]
        axes.set_xticks(range(len(columns)), columns)
        axes.set_yticks(range(len(rows)), names)
        axes.set_xticks(np.arange(len(columns) + 1) - 0.5, minor=True)
        axes.set_yticks(np.arange(len(rows) + 1) - 0.5, minor=True)
        axes.grid(visible=False)
        axes.grid(visible=True, which="minor", color="white", linewidth=3)
        axes.tick_params(which="both", length=0)
        axes.spines[:].set_visible(False)
        axes.set_title("Confusion matrix")
        axes.set_xlabel("Called")
        axes.set_ylabel(f"Labelled ({unit})")


@contextmanager
def _sheet(path: Path, inches: tuple[float, float], heights: Sequence[float] = (1,)) -> Iterator[Sequence[Axes]]:
    """Axes one below the other, sharing what is level; written whole when the block ends without an error."""
    from matplotlib import style
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure as Sheet

    with style.context(STYLE, after_reset=True):
        sheet = Sheet(figsize=inches)
        FigureCanvasAgg(sheet)
        grid = sheet.subplots(len(heights), 1, squeeze=False, height_ratios=list(heights))
        yield list(grid[:, 0])
        picture = io.BytesIO()
        # Without the library's name and version in it the same figures give the same bytes.
        sheet.savefig(picture, format="png", dpi=DPI, metadata={"Software": None})
    whole.write(path, picture.getvalue())


def _unit_square(axes: Axes) -> None:
    axes.set_xlim(-0.03, 1.03)
    axes.set_ylim(-0.03, 1.03)
    axes.set_xticks(FIFTHS, SHARES)
    axes.set_yticks(FIFTHS, SHARES)


def _legend(axes: Axes) -> None:
    """Below the axes, where no line of the data can run through it."""
    from matplotlib.figure import Figure as Sheet

    sheet = axes.get_figure(root=True)
    assert isinstance(sheet, Sheet)
    sheet.legend(loc="outside lower left")


def _mark_rule(axes: Axes, thresholds: tuple[float, float]) -> None:
    """The rule's thresholds, named above the axes."""
    lower, upper = thresholds
    if lower < upper:
        axes.axvspan(lower, upper, color=BAND, zorder=0)
    for threshold in sorted({lower, upper}):
        axes.axvline(threshold, color=INK, linewidth=1, linestyle=(0, (4, 3)))
    words = [(lower, "REAL ", "right"), (upper, " FAKE", "left")]
    if upper - lower > 0.16:
        words.append(((lower + upper) / 2, "INCONCLUSIVE", "center"))
    for place, word, side in words:
        axes.text(
            place, 1.01, word, ha=side, va="bottom", color=QUIET, fontsize=9, transform=axes.get_xaxis_transform()
        )


def _counts(real: Scores, fake: Scores) -> Counts:
    return count(np.concatenate([real, fake]), np.arange(len(real) + len(fake)) >= len(real))


def _area(real: Scores, fake: Scores, area: Figure | None) -> str:
    value = _with_interval(area) if area and area.value is not None else f"{auc(real, fake):.3f}"
    return f"Area under the curve (AUC) {value}"


def _with_interval(figure: Figure) -> str:
    if figure.low is None or figure.high is None or figure.low == figure.high:
        return f"{figure.value:.3f}, no interval"
    return f"{figure.value:.3f}, 95 % interval {figure.low:.3f} to {figure.high:.3f}"


def _percent(share: float) -> str:
    return f"{round(share * 100, 1):g} %"
