"""Which frames a method looks at."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from genconvit.method import Sampling
from genconvit.method.spread import spread
from genconvit.video import plan, probe
from genconvit.video.sampling import spaced


@pytest.mark.parametrize(("frames", "count"), [(300, 15), (300, 32), (100, 99), (7, 3), (7, 1)])
def test_even_frames_are_those_of_the_released_script(frames, count, make):
    video = probe(make(frames=frames, size=(64, 64), codec_options={"preset": "ultrafast"}))
    wanted = [int(position) for position in np.linspace(0, frames - 1, count)]
    assert list(plan(Sampling("even", count, 0.0), video)) == wanted


def test_a_short_clip_gives_all_of_its_frames(make):
    assert plan(Sampling("even", 32, 0.0), probe(make(frames=5))) == (0, 1, 2, 3, 4)


@given(st.integers(1, 300), st.integers(1, 300))
def test_where_frames_are_few_each_is_named_and_some_several_times(frames, count):
    named = spread(frames, count)
    assert len(named) == count
    assert list(named) == sorted(named)
    if frames <= count:
        assert sorted(set(named)) == list(range(frames))
    else:
        assert len(set(named)) == count


def test_every_half_second(make):
    video = probe(make(frames=60))
    assert plan(Sampling("every", 0, 0.5), video) == (0, 15, 30, 45)
    assert plan(Sampling("every", 0, 100.0), video) == (0,)
    assert plan(Sampling("every", 0, 0.001), video) == tuple(range(60))


def test_every_tenth_of_a_second_does_not_drift():
    times = tuple(Fraction(n, 100) for n in range(1000))
    assert spaced(times, Fraction("0.1")) == tuple(range(0, 1000, 10))


def test_after_a_gap_the_first_frame_counts_once():
    times = tuple(Fraction(n, 10) for n in (0, 1, 2, 31, 32, 40))
    assert spaced(times, Fraction(1)) == (0, 3, 5)


@given(st.sets(st.integers(1, 5000), max_size=60), st.integers(1, 700))
def test_each_multiple_has_its_first_frame(steps, spacing):
    times = tuple(Fraction(n, 1000) for n in sorted({0, *steps}))
    seconds = Fraction(spacing, 1000)
    multiples = [n * seconds for n in range(int(times[-1] / seconds) + 1)]
    wanted = {min(i for i, time in enumerate(times) if time >= multiple) for multiple in multiples}
    assert spaced(times, seconds) == tuple(sorted(wanted))
