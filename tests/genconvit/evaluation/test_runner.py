from __future__ import annotations

import multiprocessing
import os
import time
from collections.abc import Callable, Generator, Iterator
from pathlib import Path

import pytest

from genconvit.commands.sentences import sentence
from genconvit.engine import Serve
from genconvit.errors import EngineDied, WeightsMissing
from genconvit.evaluation.items import Item
from genconvit.evaluation.results import Result
from genconvit.evaluation.runner import PREPARE_TRIES, examined
from genconvit.evaluation.worker import Setting
from genconvit.method import Method

PATIENCE_S = 5.0
"""Two seconds are meant; a busy machine is no failure."""

Run = Callable[..., Generator[Result, None, None]]


@pytest.fixture
def run(target: Serve, tiny_method: Method, tmp_path: Path) -> Iterator[Run]:
    def start(
        *names: str, workers: int = 1, device: str = "cpu", stalled_s: float = 60.0
    ) -> Generator[Result, None, None]:
        items = [Item(name, tmp_path / name, "REAL", "some") for name in names]
        setting = Setting(tiny_method, device)
        return examined(
            items,
            setting,
            [tmp_path],
            told=sentence,
            devices=set(),
            workers=workers,
            target=target,
            stalled_s=stalled_s,
        )

    yield start
    assert multiprocessing.active_children() == []


def test_every_file_gets_a_row_whatever_happens_to_it(run: Run) -> None:
    names = ("a", "poison", "broken", "b", "fault", "hangs", "poison 2", "c")
    rows = {result.file: result for result in run(*names, workers=2, stalled_s=2.0)}
    assert set(rows) == set(names)
    assert {name: bool(rows[name].error) for name in names} == {name: len(name) > 1 for name in names}
    assert rows["poison"].error == "the process that examined it ended (exit code 7)"
    assert rows["broken"].error == "No decoder can read a picture from broken. PyAV: moov atom not found"
    assert "ZeroDivisionError: a fault of ours" in rows["fault"].error
    assert rows["hangs"].error == "given up: no progress for 2 s"
    assert all(row.label == "REAL" and row.group == "some" for row in rows.values())


def test_several_processes_work_at_a_time(run: Run) -> None:
    assert [result.error for result in run("meets 1", "meets 2", "meets 3", workers=3)] == ["", "", ""]


def test_nothing_to_do_starts_nothing(run: Run) -> None:
    assert list(run()) == []


def test_what_makes_every_file_impossible_ends_the_run(run: Run) -> None:
    with pytest.raises(WeightsMissing):
        list(run("a", "b", "c", workers=2, device="nowhere"))


def test_a_process_that_ends_between_files_costs_none(run: Run) -> None:
    rows = list(run("a", "b", "c", workers=1, device="dies between files"))
    assert [(row.file, row.error) for row in rows] == [("a", ""), ("b", ""), ("c", "")]


def test_processes_that_never_come_up_end_the_run(run: Run, tmp_path: Path) -> None:
    with pytest.raises(EngineDied) as caught:
        list(run("a", "b", device="dies at once"))
    assert caught.value.exit_code == 9
    assert (tmp_path / "prepared.txt").read_text("utf-8").split() == ["once"] * PREPARE_TRIES


def test_closing_ends_files_under_way_at_once(run: Run) -> None:
    results = run("a", *[f"hangs {number}" for number in range(4)], workers=3)
    next(results)
    start = time.monotonic()
    results.close()
    assert time.monotonic() - start < PATIENCE_S


@pytest.mark.skipif(not hasattr(os, "kill") or os.name == "nt", reason="there is no such signal there")
def test_a_killed_process_costs_its_file_only(run: Run, tmp_path: Path) -> None:
    results = run("a", "hangs", "b")
    rows = [next(results)]
    while "hangs" not in (tmp_path / "examined.txt").read_text("utf-8"):
        time.sleep(0.01)
    (child,) = multiprocessing.active_children()
    child.kill()
    rows += results
    assert [(row.file, bool(row.error)) for row in rows] == [("a", False), ("hangs", True), ("b", False)]
