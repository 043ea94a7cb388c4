from __future__ import annotations

import sys

import pytest

from desktop.ui import start


def test_other_threads_leave_python_to_the_window_soon(qapp: object) -> None:
    sys.setswitchinterval(0.005)
    start.make_application("light")
    assert sys.getswitchinterval() == pytest.approx(start.SWITCH_S, rel=0.01)
    assert start.SWITCH_S <= 0.001
