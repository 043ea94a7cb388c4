from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import nn

from genconvit.training.start import StartUnfit, start_backbone


def backbone() -> nn.Module:
    return nn.Sequential(nn.Linear(3, 2), nn.Linear(2, 2))


def test_a_start_is_matched_in_order_where_no_name_agrees(tmp_path: Path) -> None:
    given, own = backbone(), backbone()
    path = tmp_path / "start.pth"
    torch.save({f"layer.{name}": value for name, value in given.state_dict().items()}, path)
    start_backbone(own, path)
    assert all(torch.equal(a, b) for a, b in zip(given.parameters(), own.parameters(), strict=True))


@pytest.mark.parametrize("content", [None, b"", b"not weights", [1, 2], {"a": "text"}, {"a": torch.zeros(1)}])
def test_what_is_no_start_is_refused_in_words(tmp_path: Path, content: object) -> None:
    path = tmp_path / "start.pth"
    if isinstance(content, bytes):
        path.write_bytes(content)
    elif content is not None:
        torch.save(content, path)
    with pytest.raises(StartUnfit, match=r"start\.pth"):
        start_backbone(backbone(), path)
