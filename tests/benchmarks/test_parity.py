"""What can fail the comparison with the float64 arithmetic."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from benchmarks.parity import FACES, is_within, means_compared
from genconvit.networks.portions import portions

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


def test_as_many_faces_as_make_whole_portions_and_a_part_of_one() -> None:
    first_stage = torch.empty(FACES, 96, 56, 56, device="meta")
    sizes = [len(portion) for portion in portions(first_stage, 4 * 96)]
    assert len(sizes) > 2 and sizes[0] == sizes[1] > sizes[-1] > 0
