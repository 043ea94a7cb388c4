from __future__ import annotations

from genconvit.commands.evaluation_table import table
from genconvit.evaluation.summary import summarise
from genconvit.method import Method
from tests.genconvit.evaluation.rows import made

AGAINST_ALL = "A group without real videos of its own is measured against all of them."


def test_fakes_that_are_set_against_the_reals_of_another_group_are_told_of(tiny_method: Method) -> None:
    youtube = [made("REAL", score, "REAL", "youtube") for score in (0.1, 0.2)]
    fakes = [made("FAKE", score, "FAKE", group) for group in ("Deepfakes", "Face2Face") for score in (0.8, 0.9)]
    assert AGAINST_ALL in table(summarise(youtube + fakes, tiny_method))
    own = [made("REAL", 0.1, "REAL", group) for group in ("Deepfakes", "Face2Face")]
    assert AGAINST_ALL not in table(summarise(own + fakes, tiny_method))
    assert AGAINST_ALL not in table(summarise(youtube, tiny_method))


def test_without_a_rule_nothing_is_said_of_calls(tiny_method: Method) -> None:
    rows = [made("REAL", 0.1), made("FAKE", 0.9)]
    for method in (None, tiny_method):
        assert table(summarise(rows, method)).splitlines()[-1].split()[6:8] == ["-", "-"]
