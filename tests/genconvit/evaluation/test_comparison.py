from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from genconvit.evaluation.comparison import compare, paired_auc_difference
from genconvit.evaluation.metrics import auc
from genconvit.evaluation.results import Result
from tests.genconvit.evaluation.rows import failed, made


def named(*rows: Result) -> list[Result]:
    return [replace(row, file=f"{place}.mp4") for place, row in enumerate(rows)]


def placements(real: np.ndarray, fake: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    wins = (fake[:, None] > real[None, :]) + 0.5 * (fake[:, None] == real[None, :])
    return wins.mean(axis=0), wins.mean(axis=1)


def delong_error(first: tuple[np.ndarray, np.ndarray], second: tuple[np.ndarray, np.ndarray]) -> float:
    """Standard error of the difference of two areas over the same videos (DeLong et al. 1988)."""
    pairs = (placements(*first), placements(*second))
    return float(np.sqrt(sum((pairs[1][k] - pairs[0][k]).var(ddof=1) / len(pairs[0][k]) for k in (0, 1))))


def test_the_interval_of_the_difference_agrees_with_delong() -> None:
    rng = np.random.default_rng(5)
    is_fake = np.arange(300) >= 180
    shared = rng.normal(0, 1, 300) + is_fake
    first, second = shared + rng.normal(0, 0.8, 300), shared + rng.normal(0, 0.4, 300)
    figure = paired_auc_difference(first, second, is_fake)
    exact = auc(second[~is_fake], second[is_fake]) - auc(first[~is_fake], first[is_fake])
    error = delong_error((first[~is_fake], first[is_fake]), (second[~is_fake], second[is_fake]))
    assert figure.value == pytest.approx(exact, abs=1e-6) and figure.n == 300
    assert (figure.low, figure.high) == pytest.approx((exact - 1.96 * error, exact + 1.96 * error), abs=0.2 * error)


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5), st.booleans()), min_size=2, max_size=10))
def test_the_other_way_round_the_difference_turns(rows: list[tuple[int, int, bool]]) -> None:
    first, second = (np.array([row[side] for row in rows], float) for side in (0, 1))
    is_fake = np.array([row[2] for row in rows])
    here, there = paired_auc_difference(first, second, is_fake), paired_auc_difference(second, first, is_fake)
    if here.value is None:
        assert there.value is None
    else:
        assert here.value == -there.value and here.low == pytest.approx(-there.high, abs=2e-6)  # type: ignore[operator]


def test_by_hand() -> None:
    first = named(
        made("REAL", 0.4, "REAL"), made("REAL", 0.6, "FAKE"), made("FAKE", 0.5, "FAKE"), made("FAKE", 0.9, "FAKE")
    )
    second = named(
        made("REAL", 0.1, "REAL"), made("REAL", 0.2, "REAL"), made("FAKE", 0.15, "REAL"), made("FAKE", 0.9, "FAKE")
    )
    found = compare(first, second)
    assert (found.real, found.fake, found.alone, found.unlike) == (2, 2, (0, 0), 0)
    assert (found.area.first.value, found.area.second.value, found.area.difference.value) == (0.75, 0.75, 0)
    assert (found.false_positives.first.hits, found.false_positives.second.hits) == (1, 0)
    assert found.false_positives.difference.value == -0.5 and found.found_fakes.difference.value == -0.5
    assert "nothing can be said" in found.text() and "Left out" not in found.text()
    assert "+0.000 (no interval: every draw alike)" in compare(first, first).text()


def test_only_videos_of_both_are_compared_and_the_rest_told() -> None:
    first = named(
        made("REAL", 0.1), made("FAKE", 0.9), made("FAKE", 0.8), made("REAL", 0.2), made("", 0.5), failed("FAKE")
    )
    second = named(
        made("REAL", 0.1), made("FAKE", 0.9), made("REAL", 0.8), made("REAL", None), made("", 0.5), made("FAKE", 0.7)
    )
    found = compare(first, [*second, made("FAKE", 0.9)])
    assert (found.real, found.fake, found.scored_real, found.scored_fake) == (2, 2, 1, 1)
    assert (found.alone, found.unlike, found.unlabelled) == ((0, 1), 1, 1)
    assert (found.found_fakes.first.n, found.false_positives.first.n) == (1, 2)
    assert (found.analyzed_real, found.analyzed_fake, found.failed, found.without_face) == (2, 1, (1, 0), (0, 0))
    assert "rates over 2 and 1 analyzed in both" in found.text()
    assert "\nWith an error: 1 in the first, 0 in the second.\n" in found.text()
    assert "Left out: 1 only in the second, 1 labelled differently, 1 without a label." in found.text()
    assert compare([*first, made("REAL", 0.1)], second).alone == (1, 0)


def test_videos_of_one_name_and_another_content_are_not_compared() -> None:
    first = named(made("REAL", 0.1), made("FAKE", 0.9), made("FAKE", 0.8), made("REAL", 0.2))
    hashes = ["a" * 64, "b" * 64, "c" * 64, ""]
    here = [replace(row, sha256=sha256) for row, sha256 in zip(first, hashes, strict=True)]
    there = [replace(row, sha256=sha256) for row, sha256 in zip(first, ["a" * 64, "d" * 64, "", ""], strict=True)]
    found = compare(here, there)
    assert (found.real, found.fake, found.unlike_files, found.unlike) == (2, 1, 1, 0)
    assert "Left out: 1 of another content under the same name." in found.text()


def test_videos_of_one_name_are_paired_in_their_order() -> None:
    twice = [made("REAL", 0.1), made("FAKE", 0.9)]
    found = compare([*twice, made("FAKE", 0.3)], twice)
    assert (found.real, found.fake, found.alone) == (1, 1, (1, 0))


def test_a_video_that_one_could_not_analyze_is_not_one_that_it_let_pass() -> None:
    first = named(failed("REAL"), made("REAL", 0.9, "FAKE"), made("FAKE", None, faces=0), made("FAKE", 0.9, "FAKE"))
    second = named(made("REAL", 0.9, "FAKE"), made("REAL", 0.2, "REAL"), made("FAKE", 0.2), failed("FAKE"))
    found = compare(first, second)
    assert (found.false_positives.first.n, found.found_fakes.first.n) == (1, 0)
    assert (found.failed, found.without_face) == ((1, 1), (1, 0))
    assert found.false_positives.difference.value == -1 and found.found_fakes.difference.value is None


def test_where_every_draw_is_alike_nothing_is_said() -> None:
    reals = [made("REAL", 0.5) for _ in range(6)]
    good = named(*reals, *[made("FAKE", 0.9) for _ in range(6)])
    bad = named(*reals, *[made("FAKE", 0.5) for _ in range(6)])
    found = compare(bad, good)
    assert found.area.difference.low == found.area.difference.high == 0.5
    assert "The difference of areas has no interval: nothing can be said of which is better." in found.text()


def test_few_videos_are_told_of() -> None:
    reals = [made("REAL", place / 100) for place in range(20)]
    good = named(*reals, *[made("FAKE", 0.1 + place / 100) for place in range(20)])
    bad = named(*reals, *[made("FAKE", (19 - place) / 200) for place in range(20)])
    text = compare(bad, good).text()
    assert "the second has the larger area. With fewer than 30 of a label the interval is too narrow" in text
    assert "Newcombe (or its outer ends with a bootstrap) of areas" in text


def test_a_difference_that_may_be_chance_is_called_so() -> None:
    reals = [made("REAL", place / 100) for place in range(40)]
    odd, even = (
        named(*reals, *[made("FAKE", 0.1 + place / 100 + 0.03 * ((place + first) % 2)) for place in range(40)])
        for first in (0, 1)
    )
    text = compare(odd, even).text()
    assert "holds 0: these videos do not show that one is better." in text and "bootstrap of areas" in text


def test_a_clear_difference_is_said() -> None:
    reals = [made("REAL", place / 100) for place in range(30)]
    good = named(*reals, *[made("FAKE", 0.5 + place / 100) for place in range(30)])
    bad = named(*reals, *[made("FAKE", place / 100) for place in range(30)])
    assert "the second has the larger area.\n" in compare(bad, good).text()
    assert "the first has the larger area" in compare(good, bad).text()


@pytest.mark.parametrize("rows", [[], [made("REAL", 0.2, "REAL")], [failed("FAKE")]])
def test_with_nothing_to_compare_it_says_so(rows: list[Result]) -> None:
    found = compare(rows, rows)
    assert found.area.difference.value is None and "no area to compare" in found.text()
