"""Where time stamps leave room for frames that are missing.

Frames are not always the same time apart: film in a broadcast comes in steps of 2, 3, 2, 3 fields, and a copy without
its repeated frames in steps of 1, 1, 1, 2. Such a cadence repeats after a number of steps, its period, and as many
steps always last the same time. A frame that is lost from among them makes them last a step longer, wherever it is
lost, and even where the step that it leaves is no longer than one that the cadence has anyway. But losses that are as
regular as a cadence look like one.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from typing import NamedTuple

PERIOD = 24
"""Steps after which a cadence repeats, at the most: that of 24 frames in the place of 25."""
STRETCH = 240
"""Steps that are judged together: film and video take turns in a broadcast."""
ONE = 0.75
"""Steps by which a period has to last longer for a frame to be missing: a whole one, less what rounding and jitter make
of it. The step that is missing may be shorter than the mean one, and a repeated field is half of one."""
REGULAR = 0.75
"""Share of the periods that last as long as they should, from which on there is a cadence."""
FEWER = 3
"""Periods that do not, by which a longer cadence has to have fewer: near an end a late frame is in fewer long ones."""
JITTER = 0.15
"""Steps that a step without a cadence has to last longer still."""
EVENED = 0.25
"""Steps by which two, one of them too long, may last longer than two should where a frame is merely late or early."""
TWO = 1.9
"""Times the usual step of a cadence that another one has to last for it to be two that a loss made one."""


class _Cadence(NamedTuple):
    period: int
    lasts: int
    """How long a period lasts."""
    share: float
    """Of the steps that are a period long, how many last that long."""
    unlike: int
    """How many of them do not."""


class _Stretch(NamedTuple):
    start: int
    """Place of its first time among all."""
    end: int
    """That of its last one, which the next stretch begins with."""
    cadence: _Cadence


def gaps_in(times: Sequence[int], missing: float = ONE, even: float = 0.0) -> tuple[int, ...]:
    """Places in ``times`` behind which something is missing: ``n`` where it is between ``times[n]`` and the next one.

    Args:
        times: ascending.
        missing: how many steps a period has to last longer than it should.
        even: share of the periods that have to last as long as they should; where fewer do, nothing is missing.
    """
    found: set[int] = set()
    for stretch in _stretches(times):
        for start in _too_long(times, stretch, missing, even):
            steps = _steps(times[start : start + stretch.cadence.period + 1])
            # A step that the cadence has may be as long as the one that a loss left: nothing tells them apart.
            found.update(start + at for at, step in enumerate(steps) if step >= 0.9 * max(steps))
    return tuple(sorted(found))


def losses_in(times: Sequence[int]) -> int:
    """How often something is missing, at the least: one loss makes each period too long that it is in, and there may be
    more places than one that it may be at."""
    count = 0
    for stretch in _stretches(times):
        end = stretch.start
        for start in _too_long(times, stretch):
            if start >= end:
                count, end = count + 1, start + stretch.cadence.period
    return count


def excused_in(times: Sequence[int]) -> tuple[int, ...]:
    """Places in ``times`` behind which a step lasts as long as two and is part of a cadence: that of film without its
    repeated frames, or one that regular losses left. Nothing tells these apart."""
    found: set[int] = set()
    for start, end, cadence in _stretches(times):
        if cadence.period > 1:
            steps = _steps(times[start : end + 1])
            # Of 1, 2, 2 the step in the middle is one that losses left.
            usual = sorted(steps)[len(steps) // 4]
            found.update(start + at for at, step in enumerate(steps) if step >= TWO * usual)
    return tuple(sorted(found.difference(gaps_in(times))))


def _stretches(times: Sequence[int]) -> Iterator[_Stretch]:
    steps = max(len(times) - 1, 0)
    parts = max(steps // STRETCH, 1)
    for start, end in itertools.pairwise(steps * part // parts for part in range(parts + 1)):
        if start < end:
            yield _Stretch(start, end, _cadence(times[start : end + 1]))


def _too_long(times: Sequence[int], stretch: _Stretch, missing: float = ONE, even: float = 0.0) -> Iterator[int]:
    """Where in ``times`` the periods begin that something is missing from."""
    start, end, (period, lasts, share, _) = stretch
    if share < even or lasts <= 0:
        return
    most = lasts + (missing + (JITTER if share < REGULAR else 0)) * lasts / period
    for at in range(start, end - period + 1):
        if times[at + period] - times[at] >= most and not (period == 1 and _evens_out(times, at, lasts)):
            yield at


def _evens_out(times: Sequence[int], at: int, step: int) -> bool:
    """Whether the step before or the one behind is as much too short as the one at ``at`` is too long."""
    pairs = [times[n : n + 3] for n in (at - 1, at) if n >= 0 and n + 2 < len(times)]
    return any(last - first <= (2 + EVENED) * step for first, _, last in pairs)


def _steps(times: Sequence[int]) -> list[int]:
    return [after - before for before, after in itertools.pairwise(times)]


def _cadence(times: Sequence[int]) -> _Cadence:
    """The one that the most steps keep to; where they keep to none, the step in the middle."""
    best = middle = _period(times, 1)
    for period in range(2, min(PERIOD, (len(times) - 1) // 4) + 1):
        if not best.unlike:
            break
        cadence = _period(times, period)
        if cadence.share > best.share and cadence.unlike <= best.unlike - FEWER:
            best = cadence
    return best if best.share >= REGULAR else middle


def _period(times: Sequence[int], period: int) -> _Cadence:
    spans = sorted(after - before for before, after in zip(times, times[period:], strict=False))
    lasts = spans[len(spans) // 2]
    alike = sum(abs(span - lasts) <= lasts / period / 4 for span in spans)
    return _Cadence(period, lasts, alike / len(spans), len(spans) - alike)
