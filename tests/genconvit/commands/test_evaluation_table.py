from __future__ import annotations

import re
from dataclasses import replace

import pytest

from genconvit.commands.evaluation_table import FITTED, OF_ANALYZED, UNRESOLVED, choices, table
from genconvit.evaluation.summary import summarise
from genconvit.method import Method, Rule
from tests.genconvit.evaluation.rows import failed, made

AGAINST_ALL = "A group without real videos of its own is measured against all of them."


def test_fakes_that_are_set_against_the_reals_of_another_group_are_told_of(tiny_method: Method) -> None:
    youtube = [made("REAL", score / 100, "REAL", "youtube") for score in range(5)]
    groups = ("Deepfakes", "Face2Face")
    fakes = [made("FAKE", 0.9 + score / 100, "FAKE", group) for group in groups for score in range(5)]
    assert AGAINST_ALL in table(summarise(youtube + fakes, tiny_method))
    assert AGAINST_ALL not in table(summarise(youtube[1:] + fakes, tiny_method))
    own = [made("REAL", 0.1, "REAL", group) for group in groups for _ in range(5)]
    assert AGAINST_ALL not in table(summarise(own + fakes, tiny_method))
    assert AGAINST_ALL not in table(summarise(youtube, tiny_method))


@pytest.fixture
def ruled(tiny_method: Method) -> Method:
    return replace(tiny_method, rule=Rule("tracks", 0.6, 0.4, 0.5, 1, (tiny_method.core_sha256,), "", ()))


def cells(line: str) -> list[str]:
    return re.split(r" {2,}", line)


def test_shares_are_of_what_was_analyzed_and_the_rest_is_told(ruled: Method) -> None:
    fakes = [made("FAKE", 0.9, "FAKE"), made("FAKE", 0.5), made("FAKE", None, faces=0)]
    text = table(summarise([*[failed("REAL")] * 7, *fakes], ruled))
    told = "real: 7 with an error; fake: 1 without a face"
    assert cells(text.splitlines()[1]) == ["all", "7", "3", "-", "-", "50.0 % (1/2)", "50.0 % (1/2)", told]
    assert OF_ANALYZED in text
    whole = table(summarise([made("REAL", 0.1, "REAL"), made("FAKE", 0.9, "FAKE")], ruled))
    assert cells(whole.splitlines()[1])[-1] == "0" and OF_ANALYZED not in whole


def test_an_area_is_shown_from_five_of_each_on_and_never_as_certain(ruled: Method) -> None:
    reals = [made("REAL", score / 100, "REAL") for score in range(5)]
    fakes = [made("FAKE", 0.9 + score / 100, "FAKE") for score in range(5)]
    assert cells(table(summarise(reals[1:] + fakes, ruled)).splitlines()[1])[3] == "too few"
    area = cells(table(summarise(reals + fakes, ruled)).splitlines()[1])[3]
    assert re.fullmatch(r"1\.000 \(0\.[67]\d\d to 1\.000\)", area)


def test_thresholds_for_choosing_a_rule_are_told_with_what_they_rest_on(ruled: Method) -> None:
    reals = [made("REAL", score / 100, "REAL") for score in range(40)]
    fakes = [made("FAKE", 0.3 + score / 100, "FAKE") for score in range(20)]
    lines = choices(summarise(reals + fakes, ruled)).splitlines()
    assert [cells(line)[:3] for line in lines[1:4]] == [
        ["0.1 % *", "0.3901", "0.0 % (0/40), 0.000 to 0.088"],
        ["1 % *", "0.3901", "0.0 % (0/40), 0.000 to 0.088"],
        ["5 %", "0.3701", "5.0 % (2/40), 0.014 to 0.165"],
    ]
    assert cells(lines[3])[3] == "60.0 % (12/20), 0.387 to 0.781"
    assert lines[4:] == [UNRESOLVED, FITTED]
    many = choices(summarise([made("REAL", score / 5000, "REAL") for score in range(1000)] + fakes, ruled))
    assert "*" not in many
    assert choices(summarise(reals, ruled)) == ""
    certain = choices(summarise([*reals, made("REAL", 1.0, "FAKE"), *fakes], ruled)).splitlines()
    assert cells(certain[1])[:2] == ["0.1 % *", "none"] and cells(certain[3])[1] != "none"


def test_without_a_rule_nothing_is_said_of_calls(tiny_method: Method) -> None:
    rows = [made("REAL", 0.1), made("FAKE", 0.9)]
    for method in (None, tiny_method):
        assert cells(table(summarise(rows, method)).splitlines()[1])[4:6] == ["-", "-"]
