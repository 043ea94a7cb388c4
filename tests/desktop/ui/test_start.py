from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest

from desktop.ui import start


@pytest.fixture
def slow_switches() -> Iterator[None]:
    """As Python starts; the other tests go on with what they had."""
    before_s = sys.getswitchinterval()
    sys.setswitchinterval(0.005)
    yield
    sys.setswitchinterval(before_s)


@pytest.mark.usefixtures("qapp", "slow_switches")
def test_other_threads_leave_python_to_the_window_soon() -> None:
    start.make_application("light")
    assert sys.getswitchinterval() == pytest.approx(start.SWITCH_S, rel=0.01)
