"""Where time stamps leave room for frames that are missing.

Frames are not always the same time apart: film in a broadcast comes in steps of 2, 3, 2, 3 fields, and a copy without
its repeated frames in steps of 1, 1, 1, 2. Such a cadence repeats after a number of steps, its period, and as many
steps always last the same time. A frame that is lost from among them makes them last a step longer, wherever it is
lost, and even where the step that it leaves is no longer than one that the cadence has anyway.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
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
JITTER = 0.15
"""Steps that a step without a cadence has to last longer still."""


class _Cadence(NamedTuple):
    period: int
    lasts: int
    """How long a period lasts."""
    share: float
    """Of the steps that are a period long, how many last that long."""


def gaps_in(times: Sequence[int], missing: float = ONE, even: float = 0.0) -> tuple[int, ...]:
    """Places in ``times`` behind which something is missing: ``n`` where it is between ``times[n]`` and the next one.

    Args:
        times: ascending.
        missing: how many steps a period has to last longer than it should.
        even: share of the periods that have to last as long as they should; where fewer do, nothing is missing.
    """
    steps = max(len(times) - 1, 0)
    parts = max(steps // STRETCH, 1)
    bounds = [steps * part // parts for part in range(parts + 1)]
    found: set[int] = set()
    for start, end in itertools.pairwise(bounds):
        found.update(start + at for at in _gaps(times[start : end + 1], missing, even))
    return tuple(sorted(found))


def _gaps(times: Sequence[int], missing: float, even: float) -> set[int]:
    if len(times) < 2:
        return set()
    period, lasts, share = _cadence(times)
    if share < even or lasts <= 0:
        return set()
    most = lasts + (missing + (JITTER if share < REGULAR else 0)) * lasts / period
    found: set[int] = set()
    for start, (before, after) in enumerate(zip(times, times[period:], strict=False)):
        if after - before >= most:
            steps = [b - a for a, b in itertools.pairwise(times[start : start + period + 1])]
            # A step that the cadence has may be as long as the one that a loss left: nothing tells them apart.
            found.update(start + at for at, step in enumerate(steps) if step >= 0.9 * max(steps))
    return found


def _cadence(times: Sequence[int]) -> _Cadence:
    """The one that the most steps keep to; where they keep to none, the step in the middle."""
    best = middle = _period(times, 1)
    for period in range(2, min(PERIOD, (len(times) - 1) // 4) + 1):
        if best.share == 1:
            break
        best = max(best, _period(times, period), key=lambda cadence: cadence.share)
    return best if best.share >= REGULAR else middle


def _period(times: Sequence[int], period: int) -> _Cadence:
    spans = sorted(after - before for before, after in zip(times, times[period:], strict=False))
    lasts = spans[len(spans) // 2]
    alike = sum(abs(span - lasts) <= lasts / period / 4 for span in spans)
    return _Cadence(period, lasts, alike / len(spans))
