from __future__ import annotations

import re
import time
from concurrent.futures import ThreadPoolExecutor

from desktop.cases import stamps


def test_ids_of_one_moment_differ_and_sort_by_time(monkeypatch):
    monkeypatch.setattr(time, "time_ns", lambda: 1_800_000_000_000_000_000)
    ids = [stamps.new_id() for _ in range(2000)]
    assert len({made[:9] for made in ids}) == 2000
    assert ids == sorted(ids)


def test_ids_are_short_and_survive_a_file_system_that_ignores_case():
    made = stamps.new_id()
    assert re.fullmatch("[0-9a-z]{13}", made)


def test_ids_made_by_several_threads_differ():
    with ThreadPoolExecutor(4) as pool:
        ids = list(pool.map(lambda _: stamps.new_id(), range(2000)))
    assert len({made[:9] for made in ids}) == 2000


def test_a_clock_that_is_set_back_makes_no_earlier_id(monkeypatch):
    first = stamps.new_id()
    monkeypatch.setattr(time, "time_ns", lambda: 0)
    assert stamps.new_id() > first


def test_now_is_utc_in_whole_seconds():
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", stamps.now())
