"""Widgets die in the GUI thread."""

from __future__ import annotations

import gc
import threading
import weakref
from collections.abc import Iterator

import pytest
from pytestqt.qtbot import QtBot

from desktop.jobs import garbage
from desktop.jobs.garbage import Garbage
from desktop.jobs.tasks import Task, TaskThread
from genconvit.progress import Progress


class Ring:
    """Only the collector can free it."""

    def __init__(self, dead_in: list[str]) -> None:
        self.itself = self
        weakref.finalize(self, lambda: dead_in.append(threading.current_thread().name))


@pytest.fixture
def tidy(monkeypatch: pytest.MonkeyPatch, qapp: object) -> Iterator[Garbage]:
    monkeypatch.setattr(garbage, "EVERY_MS", 5)
    tidy = Garbage()
    yield tidy
    tidy.hand_back()
    assert gc.isenabled()


def test_a_busy_thread_collects_nothing(tidy: Garbage, qtbot: QtBot) -> None:
    dead_in: list[str] = []
    thread = TaskThread("busy")
    thread.start()

    def work(progress: Progress) -> int:
        return sum(len([Ring(dead_in)]) for _ in range(3000))

    with qtbot.waitSignal(thread.finished_task):
        thread.submit(Task("work", 1, work))
    kept: list[list[object]] = []

    def all_dead() -> bool:
        # The last ones may be too few to be due, or have been looked at once already, until there is more.
        kept.extend([] for _ in range(1000))
        return len(dead_in) == 3000

    qtbot.waitUntil(all_dead)
    assert set(dead_in) == {threading.main_thread().name}
    thread.stop()
    assert thread.wait(5.0)


def test_what_was_there_before_is_not_gone_through_again(tidy: Garbage) -> None:
    assert len(gc.get_objects()) < 0.1 * gc.get_freeze_count()
    tidy.hand_back()
    assert gc.get_freeze_count() == 0
