from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from genconvit.evaluation.metrics import auc

scores = st.lists(st.integers(0, 5).map(float), min_size=1, max_size=12).map(np.array)


@given(scores, scores)
def test_auc_is_the_share_of_pairs_in_the_right_order(real: np.ndarray, fake: np.ndarray) -> None:
    counted = np.mean([(f > r) + 0.5 * (f == r) for f in fake for r in real])
    assert auc(real, fake) == pytest.approx(counted)


def test_auc_needs_both_classes() -> None:
    with pytest.raises(ValueError, match="both"):
        auc(np.array([]), np.array([1.0]))
