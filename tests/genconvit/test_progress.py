from __future__ import annotations

import pytest

from genconvit.progress import QUIET, Cancelled, Reporter


def test_a_part_is_laid_onto_its_stretch_of_the_whole() -> None:
    told: list[tuple[float, int | None]] = []
    whole = Reporter(lambda fraction, frames: told.append((fraction, frames)))
    inner = whole.part(0.5, 0.4).part(0.5, 0.5)
    inner.report(0.0)
    inner.report(1.0, 7)
    whole.report(3.0)
    assert [fraction for fraction, _ in told] == pytest.approx([0.7, 0.9, 1.0])
    assert [frames for _, frames in told] == [None, 7, None]


def test_whoever_is_told_may_cancel() -> None:
    def stop(fraction: float, frames: int | None) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        Reporter(stop).part(0.1, 0.2).report(0.5)


def test_quiet_never_cancels() -> None:
    QUIET.report(0.5)
    QUIET.part(0.0, 0.5).report(1.0, 3)
