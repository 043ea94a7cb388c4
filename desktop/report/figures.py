"""The figure of scores over time: what is drawn, in shares of the plot. Drawing is the template's."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from itertools import pairwise

from desktop.report.blocks import Point, Series, Threshold, Tick, Timeline
from desktop.report.words import clock, count, number, person
from genconvit.method import Rule
from genconvit.records import Analysis, FaceScore

STYLES = 6
"""Colours with marks of their own; the persons after these share one more."""
MOST_POINTS = 1500
"""Per figure, about. More cannot be told apart on paper."""
GAP_STEPS = 2.5
"""Frames further apart than so many usual steps are not joined, and the stretch is hatched."""
STEPS_S = (0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400)


def thresholds(rule: Rule | None) -> tuple[Threshold, ...]:
    """The lines of a rule; one where upper and lower are the same."""
    if rule is None:
        return ()
    if rule.upper == rule.lower:
        return (Threshold(f"threshold {number(rule.upper)}", rule.upper),)
    return (Threshold(f"upper {number(rule.upper)}", rule.upper), Threshold(f"lower {number(rule.lower)}", rule.lower))


def timeline(analysis: Analysis) -> Timeline:
    """Every used face over time, one series per person, with the frames that were examined under it."""
    span = _span(analysis)
    used = [score for score in analysis.scores if score.used and score.fake is not None]
    faces = _thinned(used)
    times = sorted({time_s for _, _, time_s in analysis.examined} or {s.time_s for s in analysis.scores})
    widest = _widest_step(times)
    seen = {score.frame for score in analysis.scores}
    spots = [(frame, time_s / span) for frame, _, time_s in analysis.examined]
    return Timeline(
        series=_series(faces, analysis, span, widest),
        thresholds=_lines(analysis.method.rule),
        ticks=_ticks(span),
        gaps=tuple((a / span, b / span) for a, b in _gaps(times, span, widest)),
        with_face=_spread([x for frame, x in spots if frame in seen]),
        without_face=_spread([x for frame, x in spots if frame not in seen]),
        caption=_caption(len(used) - len(faces)),
    )


def _span(analysis: Analysis) -> float:
    last = max((time_s for _, _, time_s in analysis.examined), default=0.0)
    return max(analysis.video.duration_s, last, max((s.time_s for s in analysis.scores), default=0.0), 0.001)


def _lines(rule: Rule | None) -> tuple[Threshold, ...]:
    lines = thresholds(rule)
    if rule is None or rule.frame in (rule.upper, rule.lower):
        return lines
    return (*lines, Threshold(f"frame {number(rule.frame)}", rule.frame))


def _thinned(faces: list[FaceScore]) -> list[FaceScore]:
    """About as many faces as can be told apart: the highest of every so many in a row, in order."""
    step = -(-len(faces) // MOST_POINTS) or 1
    groups = [faces[start : start + step] for start in range(0, len(faces), step)]
    return [max(group, key=lambda face: face.fake or 0.0) for group in groups]


def _series(faces: Sequence[FaceScore], analysis: Analysis, span: float, widest: float) -> tuple[Series, ...]:
    frame_threshold = analysis.method.rule.frame if analysis.method.rule else 2.0
    groups: dict[int, list[FaceScore]] = defaultdict(list)
    for face in faces:
        groups[face.track].append(face)
    series: list[Series] = []
    for style, track in enumerate(sorted(groups)):
        points: list[Point] = []
        before: float | None = None
        for face in groups[track]:
            fake = face.fake if face.fake is not None else 0.0
            near = before is not None and face.time_s - before <= widest
            points.append(Point(face.time_s / span, min(max(fake, 0.0), 1.0), fake >= frame_threshold, near))
            before = face.time_s
        series.append(Series(person(track), min(style, STYLES), tuple(points)))
    return tuple(series)


def _widest_step(times: Sequence[float]) -> float:
    """The longest time between two frames that still counts as usual."""
    steps = sorted(b - a for a, b in pairwise(times))
    return GAP_STEPS * steps[len(steps) // 2] if steps else 0.0


def _gaps(times: Sequence[float], span: float, widest: float) -> list[tuple[float, float]]:
    edges = [0.0, *times, span]
    return [(a, b) for a, b in pairwise(edges) if b - a > max(widest, span * 0.01)]


def _ticks(span: float) -> tuple[Tick, ...]:
    step = next((s for s in STEPS_S if span / s <= 8), float(round(span / 8) or 1))
    return tuple(Tick(i * step / span, _label(i * step, step)) for i in range(int(span / step + 1e-9) + 1))


def _label(seconds: float, step: float) -> str:
    text = clock(seconds)
    return text[:-2] if step < 1 else text[:-4]


def _spread(places: Sequence[float], most: int = 800) -> tuple[float, ...]:
    """Places on the width, each once where they would print on top of each other."""
    return tuple(sorted({round(x * most) / most for x in places}))


def _caption(left_out: int) -> str:
    text = (
        "Score of each used face over time, one mark and colour per person; filled marks are at or above the frame "
        "threshold. Dashed lines: thresholds of the rule. Below the plot: frames examined with a face (tall) and "
        "without one (short). Hatched: stretches in which no frame was examined."
    )
    if left_out:
        text += f" Of close neighbours only the highest is drawn, which leaves out {count(left_out, 'face')}."
    return text
