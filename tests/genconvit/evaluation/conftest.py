from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import cv2
import pytest
import torch

from genconvit.engine import Serve


@pytest.fixture
def target(monkeypatch: pytest.MonkeyPatch) -> Serve:
    """What processes run that examine files by their names; see ``workers_for_tests.py``."""
    monkeypatch.syspath_prepend(Path(__file__).parent)
    import workers_for_tests

    return workers_for_tests.serve


@pytest.fixture
def few_threads() -> Iterator[None]:
    """One that sets the number of threads of this process does not leave it so."""
    before = torch.get_num_threads(), cv2.getNumThreads()
    yield
    torch.set_num_threads(before[0])
    cv2.setNumThreads(before[1])
