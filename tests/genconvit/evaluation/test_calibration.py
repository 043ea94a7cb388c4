import numpy as np
import pytest

from genconvit.evaluation.calibration import CHANCE, FEW, FROM_ZERO, calibration_error, farthest, of_probabilities
from genconvit.evaluation.figures import NO_WIDTH
from genconvit.evaluation.metrics import count, expected_calibration_error


def drawn(rng: np.random.Generator, n: int, times: float) -> tuple[np.ndarray, np.ndarray]:
    """Scores and labels; with ``times`` 1 the scores are probabilities, with more they are surer than they may be."""
    likely = rng.normal(0, 1.5, n)
    fake = rng.random(n) < 1 / (1 + np.exp(-likely))
    fake[:2] = (False, True)
    return 1 / (1 + np.exp(-times * likely)), fake


@pytest.mark.parametrize("times", [1.0, 3.0])
def test_the_interval_holds_the_true_error_in_most_samples(times: float) -> None:
    rng = np.random.default_rng(5)
    true = float(expected_calibration_error(count(*drawn(rng, 200_000, times))))
    found = [calibration_error(*drawn(rng, 80, times)) for _ in range(40)]
    assert sum(each.low <= true <= each.high for each in found if each.low is not None and each.high is not None) >= 35
    # The percentiles alone would not do.
    plain = sum(each.bootstrap_low <= true for each in found if each.bootstrap_low is not None)
    assert plain <= (2 if times == 1 else 32)


def test_what_probabilities_would_show_too_begins_at_0() -> None:
    found = calibration_error(*drawn(np.random.default_rng(0), 60, 1.0))
    assert found.low == 0 and found.note == FROM_ZERO and found.interval == "bootstrap+reflected"
    assert found.bootstrap_low is not None and found.bootstrap_low > 0


def test_scores_far_from_probabilities_exclude_0() -> None:
    fake = np.arange(60) % 3 == 0
    scores = np.linspace(0.8, 1, 60)
    wider = calibration_error(scores, fake)
    assert wider.low is not None and wider.high is not None and wider.value is not None
    assert 0.3 < wider.low < wider.value < wider.high <= 1


@pytest.mark.parametrize(
    ("scores", "fake", "value", "note"),
    [
        # Reals and fakes are drawn apart: where all scores of a label are alike, every draw is the same.
        ([0.9] * 60, [True, False, False] * 20, 0.9 - 1 / 3, NO_WIDTH),
        ([0.0, 1.0] * 10, [False, True] * 10, 0, f"{CHANCE} {NO_WIDTH}"),
        ([0.5] * 20, [False, True] * 10, 0, f"{CHANCE} {NO_WIDTH}"),
        ([0.2, 0.9], [False, True], 0.15, f"{CHANCE} {NO_WIDTH} {FEW}"),
    ],
)
def test_draws_without_width_give_no_interval(scores: list[float], fake: list[bool], value: float, note: str) -> None:
    found = calibration_error(np.array(scores), np.array(fake))
    assert found.value == pytest.approx(value, abs=1e-6) and found.note == note
    assert (found.low, found.high, found.interval) == (None, None, "none")
    assert found.bootstrap_low == found.bootstrap_high == found.value


def test_few_videos_of_a_label_are_said_to_be_few() -> None:
    scores = np.linspace(0.1, 0.9, 24)
    found, enough = (calibration_error(scores, np.arange(24) < reals) for reals in (4, 5))
    assert found.note.endswith(FEW) and found.interval == "bootstrap+reflected"
    assert FEW not in enough.note


def test_few_errors_of_sure_scores_leave_the_upper_end_far() -> None:
    # One of 40 was wrong; three times as many are well possible, and a bootstrap alone says up to .074.
    fake = np.arange(40) >= 20
    scores = np.where(fake, 0.999, 0.001)
    scores[0] = 0.999
    found = calibration_error(scores, fake)
    assert found.bootstrap_high is not None and found.bootstrap_high < 0.08
    assert found.high is not None and 0.1 < found.high < 0.2


def test_the_farthest_error_by_hand() -> None:
    # No fake of 10 at 0, no real of 10 at 1: Wilson's farther ends are .2775 off, in two halves.
    assert farthest(np.repeat([0.0, 1.0], 10), np.repeat([False, True], 10)) == pytest.approx(0.2775 / 2**0.5, abs=1e-4)


def test_one_label_has_no_calibration_error() -> None:
    found = calibration_error(np.array([0.2, 0.9]), np.array([True, True]))
    assert (found.value, found.low, found.n, found.interval) == (None, None, 2, "none") and found.note


def test_errors_of_probabilities_by_hand() -> None:
    # One video of .3: fake or not, the error is .7 or .3.
    errors = of_probabilities(np.array([0.3]), 500)
    assert set(errors.round(6)) == {0.3, 0.7} and (errors > 0.5).mean() == pytest.approx(0.3, abs=0.06)
    assert (of_probabilities(np.array([0.0, 1.0])) == 0).all()


def test_the_same_numbers_again() -> None:
    given = drawn(np.random.default_rng(1), 50, 2.0)
    assert calibration_error(*given) == calibration_error(*given)
