"""A thread that does tasks in order, and lets itself be cancelled."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from desktop.jobs.tasks import Step, Task, TaskThread, _Pace
from genconvit.progress import Cancelled, Progress


class Engine:
    """Blocks until it is stopped, like a call that waits for another process."""

    def __init__(self) -> None:
        self.stopped = threading.Event()
        self.entered = threading.Event()

    def stop(self) -> None:
        self.stopped.set()

    def block(self, progress: Progress) -> str:
        self.entered.set()
        if not self.stopped.wait(10):
            return "never stopped"
        self.stopped.clear()
        raise Cancelled


@pytest.fixture
def engine() -> Engine:
    return Engine()


@pytest.fixture
def thread(engine: Engine, qapp: object) -> Iterator[TaskThread]:
    thread = TaskThread("test", engine.stop)
    thread.start()
    yield thread
    thread.stop()
    assert thread.wait(5.0)


def answer(value: Any) -> Task:
    return Task("answer", value, lambda progress: value)


def test_tasks_end_in_order(thread: TaskThread, qtbot: QtBot) -> None:
    results: list[object] = []
    thread.finished_task.connect(lambda task, result: results.append(result))
    for number in range(20):
        thread.submit(answer(number))
    qtbot.waitUntil(lambda: len(results) == 20)
    assert results == list(range(20))


def test_a_task_can_overtake_and_be_forgotten(thread: TaskThread, engine: Engine, qtbot: QtBot) -> None:
    results: list[object] = []
    thread.finished_task.connect(lambda task, result: results.append(result))
    thread.submit(Task("block", "b", engine.block))
    assert engine.entered.wait(5)
    thread.submit(answer("last"))
    thread.submit(answer("first"), first=True)
    thread.submit(Task("frame", 1, lambda progress: "forgotten"))
    thread.forget("frame")
    thread.cancel("block", "b")
    qtbot.waitUntil(lambda: len(results) == 2)
    assert results == ["first", "last"]


def test_a_failure_carries_the_exception_and_the_thread_goes_on(thread: TaskThread, qtbot: QtBot) -> None:
    def fail(progress: Progress) -> None:
        raise ValueError("seven")

    with qtbot.waitSignal(thread.failed_task) as failed:
        thread.submit(Task("fail", 1, fail))
    assert str(failed.args[1]) == "seven"
    with qtbot.waitSignal(thread.finished_task):
        thread.submit(answer(1))


def test_a_running_task_is_cancelled_at_once(thread: TaskThread, engine: Engine, qtbot: QtBot) -> None:
    thread.submit(Task("block", "b", engine.block))
    assert engine.entered.wait(5)
    with qtbot.waitSignal(thread.cancelled_task):
        thread.cancel("block", "b")


def test_a_waiting_task_is_cancelled_without_touching_the_running_one(
    thread: TaskThread, engine: Engine, qtbot: QtBot
) -> None:
    thread.submit(Task("block", "b", engine.block))
    assert engine.entered.wait(5)
    thread.submit(answer(1))
    with qtbot.waitSignal(thread.cancelled_task) as cancelled:
        thread.cancel("answer", 1)
    assert cancelled.args[0].key == 1
    assert not engine.stopped.is_set()


def test_all_tasks_of_a_kind_are_cancelled(thread: TaskThread, engine: Engine, qtbot: QtBot) -> None:
    cancelled: list[Task] = []
    thread.cancelled_task.connect(cancelled.append)
    thread.submit(Task("block", "b", engine.block))
    assert engine.entered.wait(5)
    thread.submit(Task("block", "c", engine.block))
    thread.cancel("block")
    qtbot.waitUntil(lambda: len(cancelled) == 2)


def test_reporting_raises_where_the_task_was_cancelled(thread: TaskThread, qtbot: QtBot) -> None:
    entered = threading.Event()

    def work(progress: Progress) -> None:
        entered.set()
        while True:
            progress.report(0.5)
            time.sleep(0.005)

    thread.submit(Task("work", 1, work))
    assert entered.wait(5)
    with qtbot.waitSignal(thread.cancelled_task):
        thread.cancel("work", 1)


def test_an_interrupt_that_hits_the_next_task_does_not_cancel_it(thread: TaskThread, qtbot: QtBot) -> None:
    """The engine was stopped for a task that had just ended: the one that runs now is done again."""
    tries: list[int] = []

    def work(progress: Progress) -> str:
        tries.append(1)
        if len(tries) == 1:
            raise Cancelled
        return "done"

    with qtbot.waitSignal(thread.finished_task) as finished:
        thread.submit(Task("work", 1, work))
    assert (finished.args[1], len(tries)) == ("done", 2)


def test_progress_says_pace_and_time_left() -> None:
    pace = _Pace(started_s=100.0)
    assert pace.step(0.0, 0, 100.0) == Step(0.0, 0, None, None)
    assert pace.step(0.25, 20, 102.0) == Step(0.25, 20, 10.0, 6.0)
    assert pace.step(0.5, None, 104.0) == Step(0.5, None, None, 4.0)


def test_progress_is_passed_on(thread: TaskThread, qtbot: QtBot) -> None:
    with qtbot.waitSignal(thread.progressed) as told:
        thread.submit(Task("work", 1, lambda progress: progress.report(1.0, 7)))
    assert (told.args[1].fraction, told.args[1].frames) == (1.0, 7)


def test_fast_progress_is_thinned_out(thread: TaskThread, qtbot: QtBot) -> None:
    steps: list[Step] = []
    thread.progressed.connect(lambda task, step: steps.append(step))

    def work(progress: Progress) -> None:
        for number in range(5000):
            progress.report(number / 5000)
        progress.report(1.0)

    with qtbot.waitSignal(thread.finished_task):
        thread.submit(Task("work", 1, work))
    assert steps[-1].fraction == 1.0
    assert len(steps) < 2500


def test_stopping_may_wait_for_what_is_queued(engine: Engine, qtbot: QtBot) -> None:
    thread = TaskThread("patient")
    done: list[int] = []
    thread.start()
    for number in range(5):
        thread.submit(Task("write", number, lambda progress, number=number: (time.sleep(0.01), done.append(number))))
    thread.stop(finish=True)
    assert thread.wait(5.0)
    assert done == [0, 1, 2, 3, 4]


def test_nothing_is_taken_after_the_stop(qtbot: QtBot) -> None:
    thread = TaskThread("ended")
    thread.start()
    thread.stop()
    assert thread.wait(5.0)
    done: list[int] = []
    thread.submit(Task("late", 1, lambda progress: done.append(1)))
    assert not done


def test_a_task_that_never_returns_is_left_to_itself(qtbot: QtBot) -> None:
    """A read from a dead network disk: nothing can end it."""
    thread = TaskThread("hanging")
    entered, disk = threading.Event(), threading.Event()
    told: list[object] = []
    thread.finished_task.connect(lambda task, result: told.append(result))

    def work(progress: Progress) -> bool:
        entered.set()
        return disk.wait(30)

    thread.submit(Task("work", 1, work))
    thread.start()
    assert entered.wait(5)
    thread.stop()
    assert not thread.wait(0.05)
    disk.set()
    assert not thread.wait(5.0), "nothing is heard of it even when it ends"
    qtbot.wait(20)
    assert not told
