"""An analysis laid out over time."""

from __future__ import annotations

from dataclasses import replace

from desktop.models.timeline import Point, Stop, Timeline, _gaps


def line(*flagged: int, count: int = 10) -> Timeline:
    stops = tuple(Stop(number * 3, number * 0.1, 1, number * 3 in flagged, 0.5) for number in range(count))
    return Timeline(1.0, 0.7, 0.4, (), stops, (), (0,))


def test_steps_go_by_examined_frames_and_stop_at_the_ends() -> None:
    examined = line()
    assert examined.step(None, 1) == 0
    assert examined.step(0, 1) == 3
    assert examined.step(27, 1) == 27
    assert examined.step(0, -1) == 0
    assert examined.step(9, 1_000_000) == 27


def test_steps_go_by_flagged_frames_from_wherever_one_is() -> None:
    examined = line(6, 15, 21)
    assert examined.step(6, 1, flagged=True) == 15
    assert examined.step(9, 1, flagged=True) == 15
    assert examined.step(9, -1, flagged=True) == 6
    assert examined.step(0, -1, flagged=True) == 6
    assert examined.step(27, 1, flagged=True) == 21
    assert line().step(3, 1, flagged=True) is None


def test_without_a_frame_there_is_nowhere_to_go() -> None:
    empty = line(count=0)
    assert empty.step(None, 1) is None
    assert empty.nearest(0.5) is None


def test_the_nearest_frame_in_time_is_found() -> None:
    assert line().nearest(0.34) == 3
    assert line().nearest(99.0) == 9
    assert line().position(9) == 3
    assert line().position(10) is None


def test_a_stretch_is_a_gap_when_it_is_much_longer_than_usual() -> None:
    times = [0.5 * number for number in range(8)]
    assert _gaps(times, 4.0) == ()
    assert _gaps([*times[:3], 6.0, 6.5], 12.0) == ((1.0, 6.0), (6.5, 12.0))
    assert _gaps([1.0], 10.0) == ()


def test_no_line_is_drawn_across_a_gap() -> None:
    points = [Point(number, number * 1.0, 0.5, 0) for number in range(6)]
    whole = Timeline(6.0, 0.7, 0.4, tuple(points), (), (), (0,))
    assert whole.stretches(points) == [[0, 1, 2, 3, 4, 5]]
    assert replace(whole, gaps=((2.0, 3.0),)).stretches(points) == [[0, 1, 2], [3, 4, 5]]
    assert whole.stretches([]) == []
