from __future__ import annotations

from collections import Counter
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from genconvit.evaluation.items import Item, limited


def items(labels: list[str]) -> list[Item]:
    return [Item(str(number), Path(str(number)), label) for number, label in enumerate(labels)]


def test_a_few_of_many_are_spread_evenly_by_label() -> None:
    many = items(["FAKE"] * 80 + ["REAL"] * 20)
    few = limited(many, 10)
    assert Counter(item.label for item in few) == {"FAKE": 8, "REAL": 2}
    assert [int(item.file) for item in few] == [0, 10, 20, 30, 40, 50, 60, 70, 80, 90]
    assert limited(many, 10) == few
    assert limited(many, 1000) == tuple(many)


def test_a_rare_label_is_not_lost() -> None:
    assert Counter(item.label for item in limited(items(["FAKE"] * 997 + ["REAL"] * 3), 5)) == {"FAKE": 4, "REAL": 1}


@given(st.lists(st.sampled_from(["FAKE", "REAL", ""]), min_size=1, max_size=60), st.integers(1, 70))
def test_as_many_as_asked_for_in_their_order(labels: list[str], most: int) -> None:
    all_items = items(labels)
    few = limited(all_items, most)
    assert len(few) == min(most, len(all_items))
    assert list(few) == sorted(set(few), key=lambda item: int(item.file))
    if most >= 3:
        assert {item.label for item in few} == set(labels)
