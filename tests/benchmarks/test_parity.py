"""What can fail the comparison with the float64 arithmetic."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.parity import is_within, means_compared

LOGITS = np.array([[0.2, -0.3], [1.1, 0.4]])


@pytest.mark.parametrize(("apart", "within"), [(1e-6, True), (1e-3, False)])
def test_the_two_numbers_of_a_video_have_a_bar(apart: float, within: bool) -> None:
    plain = {"ed": [LOGITS, LOGITS], "vae": [LOGITS, LOGITS]}
    ours = {"ed": [LOGITS, LOGITS], "vae": [LOGITS, LOGITS + apart]}
    both = means_compared(ours, plain)
    assert both["within"] is within
    assert both["fake"] == pytest.approx([np.mean(1 / (1 + np.exp(-LOGITS[:, 0])))] * 2)
    assert 0 < both["largest_difference"] < apart
    networks = {"ed": {"within": True}, "vae": {"within": True}}
    assert is_within({"networks": networks, "both": both}) is within
    assert not is_within({"networks": networks | {"vae": {"within": False}}, "both": both | {"within": True}})
